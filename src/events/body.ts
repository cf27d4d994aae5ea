import { catalogue } from "../filters/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../filters/catalogue/entry.ts";
import { splitUri } from "../filters/uri.ts";
import { accountBodies } from "./samples/account.ts";
import type { EventBody, Occasion } from "./samples/event-context.ts";
import { messageBodies } from "./samples/messages.ts";
import { presenceBodies } from "./samples/presence.ts";
import { ringsenseBodies } from "./samples/ringsense.ts";
import { type BodyGenerators, type Scene, setScene } from "./samples/sample-data.ts";
import { smsBodies } from "./samples/sms.ts";
import { teamMessagingBodies } from "./samples/team-messaging.ts";
import { telephonyBodies } from "./samples/telephony.ts";
import { webinarBodies } from "./samples/webinar.ts";

/**
 * A believable `body` for an event of this filter: a whole URI with ids, `~` or placeholders in it, whose ids
 * and query the body agrees with. The same occasion gives the same body. Where RingCentral publishes no
 * payload (webinar, reminder, the mobile ring events) the shape is a guess. Undefined for a filter that is not
 * in the catalogue.
 */
export function generateBody(filter: string, occasion: Occasion): EventBody | undefined {
  const scene = setScene(filter, occasion);
  return scene && bodyOf(scene);
}

export function bodyOf(scene: Scene): EventBody | undefined {
  return generators[scene.template]?.(scene);
}

/** The reminder tells how many seconds the subscription still has. */
const reminderBody = ({ given }: Scene): EventBody => ({
  expiresIn: Number(given("threshold", "259200")),
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

/** The catalogue's filters that there are events for, in its order. */
export const eventSources: readonly CatalogueEntry[] = catalogue.filter(
  ({ filter }) => splitUri(filter).path in generators,
);
