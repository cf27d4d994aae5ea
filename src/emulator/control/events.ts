import type { EmulatedEvent } from "../backend.ts";
import { anything, isCount, isShape, isWord, type Rule } from "../rules.ts";

/** The number of a user. */
export const isUser = isCount(1, 999_999_999);

export const eventShape = isShape(
  { filter: isWord, body: anything, user: isUser } satisfies {
    readonly [Name in keyof EmulatedEvent]-?: Rule;
  },
  { allowed: 'an object such as { filter: "sms", user: 1 }', required: ["filter"] },
);
