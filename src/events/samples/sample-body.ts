import type { CatalogueEntry } from "../../filters/catalogue/entry.ts";
import { generateBody } from "../body.ts";
import type { EventBody } from "./event-context.ts";
import { createSeededRandom } from "./seeded-random.ts";

/** A sample body for an event of this filter, always the same. */
export function sampleBody({ filter }: CatalogueEntry): EventBody | undefined {
  return generateBody(filter, {
    random: createSeededRandom("a sample of each"),
    now: Date.parse("2026-03-02T09:30:04.512Z"),
    // Makes presence show a call in progress, and other events something new.
    sequence: 1_209,
    user: {
      accountId: 400_131_426_008,
      extensionId: 400_131_430_008,
      extensionNumber: "101",
      name: "Mara Lindqvist",
    },
  });
}
