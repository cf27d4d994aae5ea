import type { CommandContext } from "../context.ts";
import type { DeliveryOutcome, KeptAnswer } from "../endpoint/delivery.ts";
import { timeoutReason, tooLargeReason } from "../endpoint/delivery-reasons.ts";
import { endpointDeadline, maximumAnswerBytes } from "../endpoint/limits.ts";
import { summarizeEvent } from "../events/summary.ts";
import { codeOfProblem, consequence } from "../listener/blacklist-warnings.ts";
import { membersOf, parseJson } from "../machine/json.ts";
import { oneLine } from "../one-line.ts";
import type { NewEvent } from "./event-buffer.ts";
import type { InspectedDelivery } from "./protocol.ts";

type Redactor = CommandContext["redactor"];

/** An event as the page gets it. */
export function inspectEvent(
  event: Pick<NewEvent, "receivedAt" | "origin" | "of" | "transport" | "headers" | "sent" | "text">,
  redactor: Redactor,
  envelope: unknown = parseJson(event.text),
): NewEvent {
  const { alias, what } = summarizeEvent(envelope);
  const { subscriptionId } = membersOf(envelope);
  const filter = oneLine(alias);
  return {
    ...event,
    // As `--json` prints it.
    text: redactor.data(event.text),
    headers: withoutSecrets(event.headers, redactor),
    ...(event.sent && { sent: withoutSecrets(event.sent, redactor) }),
    summary: oneLine(redactor.data(what || "An event")).slice(0, longestSummary),
    ...(filter !== "" && { filter }),
    ...(typeof subscriptionId === "string" && { subscriptionId }),
  };
}

const longestSummary = 500;

/** A target's answer as the page gets it. */
export function inspectAnswer(
  { status, milliseconds, bytes, problem, answer }: DeliveryOutcome,
  target: string,
  redactor: Redactor,
): InspectedDelivery {
  return {
    state: status === undefined ? "failed" : "answered",
    target,
    ...(status !== undefined && { status }),
    milliseconds: Math.round(milliseconds),
    ...contentOf(answer, redactor),
    verdict: judge(problem === undefined ? undefined : redactor.text(problem), {
      milliseconds,
      bytes,
    }),
  };
}

/** What came back, as far as it was kept. */
export function contentOf(
  answer: KeptAnswer | undefined,
  redactor: Redactor,
): Pick<InspectedDelivery, "headers" | "body"> {
  if (!answer) return {};
  return {
    headers: withoutSecrets(answer.headers, redactor),
    body: redactor.quoted(answer.body),
  };
}

/**
 * What RingCentral would make of an answer. `problem` as in `DeliveryOutcome`; `bytes` only where they were counted.
 */
export function judge(
  problem: string | undefined,
  { milliseconds = 0, bytes = 0 }: Partial<Pick<DeliveryOutcome, "milliseconds" | "bytes">> = {},
): Verdict {
  if (problem !== undefined) {
    return { status: "fail", text: `${problem}. ${consequence}`, code: codeOfProblem(problem) };
  }
  const took = Math.round(milliseconds);
  if (took > close * endpointDeadline) {
    return {
      status: "warn",
      text: `RingCentral would accept this answer, but it took ${took} of the ${endpointDeadline} ms that RingCentral waits.`,
      code: codeOfProblem(timeoutReason()),
    };
  }
  if (bytes > close * maximumAnswerBytes) {
    return {
      status: "warn",
      text: `RingCentral would accept this answer, but it has ${bytes} of the ${maximumAnswerBytes} bytes that RingCentral reads, headers included.`,
      code: codeOfProblem(tooLargeReason()),
    };
  }
  return { status: "pass", text: "RingCentral would accept this answer." };
}

type Verdict = NonNullable<InspectedDelivery["verdict"]>;

/** The part of a limit from which on the next answer may exceed it. */
const close = 0.8;

/** With `…` for the token, which the target may send back, and for other secrets. */
function withoutSecrets(
  headers: Readonly<Record<string, string>>,
  redactor: Redactor,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.test(name) ? "…" : redactor.quoted(value),
    ]),
  );
}

const secretHeaders = /^(?:verification-token|(?:proxy-)?authorization|(?:set-)?cookie)$/i;
