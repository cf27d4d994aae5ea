import { catalogue } from "../filters/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { splitUri } from "../filters/uri.ts";
import { accountBodies } from "./samples/account.ts";
import type { EventBody, EventContext } from "./samples/event-context.ts";
import { messageBodies } from "./samples/messages.ts";
import { presenceBodies } from "./samples/presence.ts";
import { ringsenseBodies } from "./samples/ringsense.ts";
import { type BodyGenerators, createSampleData, type SampleData } from "./samples/sample-data.ts";
import { smsBodies } from "./samples/sms.ts";
import { teamMessagingBodies } from "./samples/team-messaging.ts";
import { telephonyBodies } from "./samples/telephony.ts";
import { webinarBodies } from "./samples/webinar.ts";

/**
 * Makes up a realistic `body` for an event of this filter. The filter is a whole URI with ids, `~` or placeholders;
 * the body agrees with its ids and query. Where RingCentral publishes no payload (webinars, reminders, mobile ring
 * events) the shape is a guess. Returns undefined for a filter that is not in the catalogue.
 */
export function generateBody(filter: string, context: EventContext): EventBody | undefined {
  const data = createSampleData(filter, context);
  return data && bodyOf(data);
}

export function bodyOf(data: SampleData): EventBody | undefined {
  return generators[data.template]?.(data);
}

/** A reminder has the seconds until the subscription expires. */
const reminderBody = ({ queryValue }: SampleData): EventBody => ({
  expiresIn: Number(queryValue("threshold", "259200")),
});

const generators: BodyGenerators = {
  ...smsBodies,
  ...messageBodies,
  ...telephonyBodies,
  ...presenceBodies,
  ...teamMessagingBodies,
  ...accountBodies,
  ...webinarBodies,
  ...ringsenseBodies,
  "/restapi/v1.0/subscription/~": reminderBody,
};

/** The catalogue's entries for which bodies can be generated, in its order. */
export const eventSources: readonly CatalogueEntry[] = catalogue.filter(
  ({ filter }) => splitUri(filter).path in generators,
);
