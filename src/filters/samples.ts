import type { CatalogueEntry } from "./catalogue-entry.ts";
import { callSamples } from "./samples-calls.ts";
import { messageSamples } from "./samples-messages.ts";
import { presenceSamples } from "./samples-presence.ts";
import { serviceSamples } from "./samples-services.ts";

/**
 * A believable `body` for an event of this filter: invented people, numbers from the range kept for fiction,
 * fixed ids and times. Every filter of the catalogue has one. Where RingCentral publishes no payload (webinar,
 * ring events, the reminder) the shape is a guess.
 */
export function sampleBody({ filter }: CatalogueEntry): unknown {
  return samples[filter];
}

const samples: Readonly<Record<string, unknown>> = {
  ...messageSamples,
  ...callSamples,
  ...presenceSamples,
  ...serviceSamples,
};
