import type { Clock } from "../machine/clock.ts";
import type { AnswerHeaders, Transport } from "./http.ts";

/** What an answer tells besides its body, and when it came, by our own clock: milliseconds since the epoch. */
export interface ObservedAnswer {
  readonly headers: AnswerHeaders;
  readonly sentAt: number;
  readonly receivedAt: number;
}

export interface ObservedTransport extends Transport {
  /** Whatever its status was; undefined before the first. */
  readonly lastAnswer: ObservedAnswer | undefined;
}

/** The same transport, which remembers its last answer. */
export function observeTransport(
  transport: Transport,
  clock: Pick<Clock, "now">,
): ObservedTransport {
  const observed: { lastAnswer: ObservedAnswer | undefined } & Transport = {
    lastAnswer: undefined,
    async exchange(request, limits) {
      const sentAt = clock.now();
      const answer = await transport.exchange(request, limits);
      observed.lastAnswer = { headers: answer.headers, sentAt, receivedAt: clock.now() };
      return answer;
    },
    close: () => transport.close(),
  };
  return observed;
}

/**
 * What time it is for the server, milliseconds since the epoch, by the `Date` of its last answer: an
 * expiry that it has set passes by its clock. Undefined where it did not say. `now` is our own time.
 */
export function serverTime(answer: ObservedAnswer | undefined, now: number): number | undefined {
  const answeredAt = Date.parse(answer?.headers["date"] ?? "");
  if (answer === undefined || Number.isNaN(answeredAt)) return undefined;
  return answeredAt + now - answer.receivedAt;
}
