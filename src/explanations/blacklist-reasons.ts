import { ExitCode } from "../errors.ts";
import type { Explanation } from "./explanation.ts";

/** Why RingCentral stopped delivering. `pattern` matches the reason in the subscription. */
export interface BlacklistReason extends Explanation {
  readonly kind: "blacklist";
  readonly pattern: RegExp;
}

const repair =
  "Fix the endpoint until `rcwh check <url> --event` passes, then run `rcwh recover <id>`.";
const answerFirst = "Make the endpoint answer 200 at once and do its work afterwards.";
const shared = { kind: "blacklist", exitCode: ExitCode.attention } as const;

export const blacklistReasons: readonly BlacklistReason[] = [
  {
    ...shared,
    code: "blacklisted",
    pattern: /^black-?listed$/i,
    meaning:
      "RingCentral has stopped delivering events, because the endpoint failed for some time.",
    causes: [
      "The endpoint did not answer 200, or answered too late, with too much data, or not at all.",
      "RingCentral sends no notice; `rcwh show <id>` shows the status and the reason.",
    ],
    remedies: [
      repair,
      "Fetch missed data through the API: missed events are never delivered later.",
      "Run `rcwh renew` regularly: it reports blacklisted subscriptions with exit code 8.",
    ],
    open: "How long an endpoint may fail is not published: an engineer said ten minutes in 2018, one operator saw 22 hours. The guide says blacklisting is permanent; in 2018 a check every 15 minutes reactivated subscriptions. Whether a renewal reactivates one is not documented.",
  },
  {
    ...shared,
    code: "blacklisted-timeout",
    pattern: /I\/O operation is failed|timed out/i,
    meaning: "The endpoint could not be reached, or did not answer within three seconds.",
    causes: [
      "The endpoint does its work before it answers.",
      "It answers the handshake but never an event, as some sample programs do.",
      "It is down, or a firewall blocks RingCentral.",
    ],
    remedies: [answerFirst, repair],
    open: 'The only detail seen in the brackets is "Read timed out".',
  },
  {
    ...shared,
    code: "blacklisted-status",
    pattern: /Webhook responses? with code|reason: \[/i,
    meaning:
      "The endpoint answered events with a status other than 200; the message has it in brackets.",
    causes: [
      "404: the path has moved, or the app is no longer deployed there.",
      "401 or 403: the endpoint rejects deliveries with an unexpected verification token.",
      "5xx: the app fails on some events, or a gateway cannot reach it.",
    ],
    remedies: ["Make the endpoint answer 200 to every delivery, even one that it ignores.", repair],
  },
  {
    ...shared,
    code: "blacklisted-size",
    pattern: /exceeds max size/i,
    meaning: "The endpoint's responses exceeded 1024 bytes, headers included.",
    causes: ["A framework adds headers, cookies or a body to each response."],
    remedies: ["Answer with no body and few headers, at most 1024 bytes in total.", repair],
  },
];
