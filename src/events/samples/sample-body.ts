import type { CatalogueEntry } from "../../filters/catalogue/entry.ts";
import { generateBody } from "../body.ts";
import type { EventBody } from "./event-context.ts";
import { createSeededRandom } from "./seeded-random.ts";

/** What an event of this filter may look like, the same at all times. */
export function sampleBody({ filter }: CatalogueEntry): EventBody | undefined {
  return generateBody(filter, {
    random: createSeededRandom("a sample of each"),
    now: Date.parse("2026-03-02T09:30:04.512Z"),
    // The turn of a call in progress, and of something new.
    sequence: 1_209,
    user: {
      accountId: 400_131_426_008,
      extensionId: 400_131_430_008,
      extensionNumber: "101",
      name: "Mara Lindqvist",
    },
  });
}
