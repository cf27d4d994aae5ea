import { randomUUID } from "node:crypto";
import type { CommandContext } from "../context.ts";
import { userOf } from "../emulator/sign-in/users.ts";
import { type EventEnvelope, generateEvent } from "../events/event.ts";
import { seriesLength } from "../events/samples/event-context.ts";
import { createRandomChoices } from "../events/samples/random-choices.ts";
import { ordinaryChoices } from "../events/samples/sample-body.ts";
import { createSeededRandom } from "../events/samples/seeded-random.ts";

export interface SampleOptions {
  /** A whole filter URI, with `~` for own ids. */
  readonly eventFilter: string;
  /** The same seed makes the same events, except for their times. */
  readonly seed: string | undefined;
  /** The event data to use instead of generated data. */
  readonly body: { readonly value: unknown } | undefined;
}

/** An envelope as RingCentral sends it, with any data. */
export interface SampleEvent extends Omit<EventEnvelope, "body"> {
  readonly body: unknown;
}

/** One ordinary event about user 1 of the emulator, of a filter in the catalogue. Only its ids differ each time. */
export function createOrdinaryEvent(
  eventFilter: string,
  { clock }: Pick<CommandContext, "clock">,
): SampleEvent {
  const context = { ...ordinaryChoices(), now: clock.now(), user: userOf(1) };
  const event = generateEvent(eventFilter, context, randomUUID());
  if (!event) throw new Error(`Not in the catalogue: ${eventFilter}`);
  return { ...event, uuid: createRandomChoices(Math.random).longId() };
}

/** Generates events of one subscription, about user 1 of the emulator; each call returns the next. */
export function createSampleEvents(
  { eventFilter, seed = randomUUID(), body }: SampleOptions,
  { clock }: Pick<CommandContext, "clock">,
): () => SampleEvent {
  const random = createSeededRandom(seed);
  const choices = createRandomChoices(random);
  const subscriptionId = choices.uuid();
  const user = userOf(1);
  let sequence = 0;
  let since = clock.now();
  return () => {
    const now = clock.now();
    // A few events in a row tell of one thing, such as a call from its first ring to its end.
    if (sequence % seriesLength === 0) since = now;
    const series = { seed: `${seed} ${Math.floor(sequence / seriesLength)}`, since };
    const context = { random, now, user, sequence, series };
    sequence += 1;
    const event = generateEvent(eventFilter, context, subscriptionId) ?? {
      uuid: choices.longId(),
      event: eventFilter
        .replaceAll(/(?<=\/accounts?\/)~/g, String(user.accountId))
        .replaceAll(/(?<=\/extensions?\/)~/g, String(user.extensionId)),
      timestamp: new Date(now).toISOString(),
      subscriptionId,
      ownerId: String(user.extensionId),
      body: {},
    };
    return body ? { ...event, body: body.value } : event;
  };
}
