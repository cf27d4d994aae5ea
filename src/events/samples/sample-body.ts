import type { CatalogueEntry } from "../../filters/catalogue/entry.ts";
import { generateBody } from "../body.ts";
import type { EventBody } from "./event-context.ts";
import { createSeededRandom } from "./seeded-random.ts";

/**
 * What makes an ordinary event of every filter: a new post, a text message that arrived, presence during a call. Other
 * choices make rare ones too, such as a deleted post, of which little more than an id is left.
 */
export function ordinaryChoices() {
  return { random: createSeededRandom("a sample of each"), sequence: 1_209 };
}

/** A sample body for an event of this filter, always the same. */
export function sampleBody({ filter }: CatalogueEntry): EventBody | undefined {
  return generateBody(filter, {
    ...ordinaryChoices(),
    now: Date.parse("2026-03-02T09:30:04.512Z"),
    user: {
      accountId: 400_131_426_008,
      extensionId: 400_131_430_008,
      extensionNumber: "101",
      name: "Mara Lindqvist",
    },
  });
}
