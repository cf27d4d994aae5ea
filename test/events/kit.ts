import type { EventContext } from "../../src/events/samples/event-context.ts";
import { createSeededRandom } from "../../src/events/samples/seeded-random.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";

export const now = Date.parse("2026-11-22T12:00:00.000Z");

export const user = {
  accountId: 4_000_000_001,
  extensionId: 7_000_000_001,
  extensionNumber: "101",
  name: "User 1",
};

/** The same seed creates the same context. */
export function eventContext(seed: number, changes: Partial<EventContext> = {}): EventContext {
  return { random: createSeededRandom(`test ${seed}`), now, user, sequence: seed, ...changes };
}

export const filters: readonly string[] = catalogue.map(({ filter }) => filter);
