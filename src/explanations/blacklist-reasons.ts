import { ExitCode } from "../errors.ts";
import type { Explanation } from "./explanation.ts";

/** Why RingCentral stopped delivering; `pattern` finds the reason as the subscription tells it. */
export interface BlacklistReason extends Explanation {
  readonly kind: "blacklist";
  readonly pattern: RegExp;
}

const makeAnew =
  "Mend the endpoint until `rcwh check <url> --event` finds nothing, then bring the subscription back with `rcwh recover <id>`.";
const answerFirst = "Make the endpoint answer 200 at once, and do its work afterwards.";
const shared = { kind: "blacklist", exitCode: ExitCode.attention } as const;

export const blacklistReasons: readonly BlacklistReason[] = [
  {
    ...shared,
    code: "blacklisted",
    pattern: /^black-?listed$/i,
    meaning:
      "RingCentral delivers no more events to this subscription, because its endpoint failed for some time.",
    causes: [
      "The endpoint answered with something else than 200, too late, too much, or not at all.",
      "Nobody is told: the status and its reason stand in `rcwh show <id>`.",
    ],
    remedies: [
      makeAnew,
      "Fetch what was missed through the API itself: events of that time are not delivered later.",
      "Have `rcwh renew` run regularly: it reports blacklisted subscriptions with exit code 8.",
    ],
    open: "How long an endpoint may fail is not published: an engineer said ten minutes in 2018, one operator saw 22 hours. The guide calls it permanent; in 2018 a check every 15 minutes brought subscriptions back. Whether a renewal revives one is not documented.",
  },
  {
    ...shared,
    code: "blacklisted-timeout",
    pattern: /I\/O operation is failed|timed out/i,
    meaning: "The endpoint could not be talked to, or did not answer within three seconds.",
    causes: [
      "The endpoint does its work before it answers.",
      "It answers the handshake but never an event, as some sample programs do.",
      "It is down, or a firewall refuses RingCentral.",
    ],
    remedies: [answerFirst, makeAnew],
    open: "Of the details in brackets only “Read timed out” has been seen.",
  },
  {
    ...shared,
    code: "blacklisted-status",
    pattern: /Webhook responses? with code|reason: \[/i,
    meaning:
      "The endpoint answered events with another status than 200; the number in brackets is it.",
    causes: [
      "404: the path has moved, or the program is not deployed there any more.",
      "401 or 403: the endpoint refuses deliveries whose verification token it does not expect.",
      "5xx: the program fails on some events, or a gateway finds it gone.",
    ],
    remedies: [
      "Make the endpoint answer 200 to every delivery, also to one that it then drops.",
      makeAnew,
    ],
  },
  {
    ...shared,
    code: "blacklisted-size",
    pattern: /exceeds max size/i,
    meaning: "The endpoint's answers were over 1024 bytes, headers included.",
    causes: ["A framework adds headers, cookies or a body to each answer."],
    remedies: ["Answer without a body and with few headers, at most 1024 bytes in all.", makeAnew],
  },
];
