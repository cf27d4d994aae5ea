import { isInterim } from "../endpoint/http-exchange.ts";
import { maximumAnswerBytes } from "../endpoint/limits.ts";
import { redactAddress } from "../machine/redact.ts";
import type { Handshake } from "./calls.ts";
import type { Answer, Exchanged } from "./raw-exchange.ts";
import type { EndpointRule, Report } from "./report.ts";
import { tellSize } from "./size-rule.ts";
import { tellToken } from "./token-rule.ts";

interface Timing {
  /** When the first call began, with the name's look-up. */
  readonly startedAt: number;
  readonly timeout: number;
}

/**
 * Holds an answer to the handshake against the rules, the one first for which the platform would refuse
 * it: an answer that is too large, then one that is none, then its status, its token and its type.
 * Returns whether the platform takes it. What time it took, is for the caller to say.
 */
export function checkAnswer(handshake: Handshake, timing: Timing, report: Report): boolean {
  const { answer, failure, bytes, statusAtLimit } = handshake;
  const isTooLarge = bytes > maximumAnswerBytes;
  const status = isTooLarge ? statusAtLimit : answer?.status;
  // The limit was passed before the answer itself began.
  const isOnlyInterim = isTooLarge && isInterim(status);
  if (isTooLarge && (status === 200 || isOnlyInterim)) tellSize(handshake, report);
  else if (failure && (!isTooLarge || status === undefined)) {
    tellFailure(handshake, timing, report);
    return false;
  }
  report.pass("http", answer ? `an answer in HTTP/${answer.httpVersion}` : "an answer");
  tellHttpVersion(answer, report);
  if (isOnlyInterim) {
    skipRest(
      ["status", "redirect", "validation-token", "content-type", "content-encoding"],
      "size",
      report,
    );
    return false;
  }
  if (status !== undefined && status !== 200) {
    tellStatus(status, answer, report);
    return false;
  }
  report.pass("status", `200 ${report.quote(answer?.statusText ?? "", 40)}`.trim());
  report.pass("redirect", "none");
  if (!answer) return false;
  tellToken(answer, handshake.validationToken, report);
  if (!isTooLarge) tellSize(handshake, report);
  tellContentType(answer, report);
  tellEncoding(answer, report);
  return !report.refused();
}

/** Says what a whole answer lacks that is none; `elapsed` is on the clock of the whole call. */
function tellFailure(
  { failure, answer, firstByteAt, bytes }: Exchanged,
  { startedAt, timeout }: Timing,
  report: Report,
): void {
  if (failure?.kind === "timeout") {
    const begun = firstByteAt === undefined ? undefined : Math.round(firstByteAt - startedAt);
    report.skip("http", "not measured: the time decides");
    report.fail(
      "time",
      begun === undefined
        ? `no answer within ${timeout} ms`
        : `begun after ${begun} ms, and not whole within ${timeout} ms`,
      {
        code: "SUB-521",
        hint:
          begun === undefined
            ? "Answer first, and work afterwards; wake up a serverless endpoint right before."
            : "Send the whole answer at once, with a Content-Length that is its body's.",
      },
    );
    return;
  }
  if (failure?.kind === "garbled") {
    const isWithin = answer === undefined || /chunk/i.test(failure.detail);
    const detail = isWithin
      ? report.quote(failure.detail.replace(/^Parse Error: /, "not HTTP: "), 120)
      : "bytes that belong to no answer follow the answer";
    report.fail("http", detail, {
      code: "SUB-525",
      hint: "Answer in HTTP/1.1, with lines that end in CR LF and nothing behind the body.",
    });
    return;
  }
  const detail = report.quote(failure?.detail ?? "no answer", 120);
  report.fail("http", bytes === 0 ? `no answer: ${detail}` : `half an answer: ${detail}`, {
    code: "SUB-521",
    hint: failure?.wantsCertificate
      ? "Let this path through without a client certificate: RingCentral presents none."
      : "Look into the endpoint's own log: it, or a proxy in front of it, closes the connection too early.",
  });
}

function tellStatus(status: number, answer: Answer | undefined, report: Report): void {
  const text = report.quote(answer?.statusText ?? "", 60);
  const shown = `${status} ${text}`.trim();
  const location = answer?.headers.location;
  if (status >= 300 && status < 400 && location !== undefined) {
    report.skip("status", `${shown}, a redirect`);
    report.fail("redirect", `${shown} to ${report.quote(redactAddress(location), 200)}`, {
      code: "SUB-522",
      hint: "Give the address that it leads to, or have the first one answer itself.",
    });
  } else {
    report.fail("status", shown, { code: "SUB-522", hint: remedyForStatus(status) });
    report.pass("redirect", "none");
  }
  skipRest(["validation-token", "size", "content-type", "content-encoding"], "status", report);
}

function skipRest(rules: readonly EndpointRule[], decisive: EndpointRule, report: Report): void {
  for (const rule of rules) report.skip(rule, `not judged: the ${decisive} decides`);
}

function remedyForStatus(status: number): string {
  if (status > 200 && status < 300)
    return "Set the status to 200: RingCentral's guide names no other.";
  if (status === 404) return "Correct the path in the address, or add a route for it.";
  if (status === 405) return "Let the path take POST requests.";
  if (status === 400 || status === 415) {
    return "Take an empty body that is declared as JSON: strict parsers refuse the handshake for it.";
  }
  if (status === 401 || status === 403) {
    return "Let the handshake through without a login, a signature or a CSRF token.";
  }
  if (status >= 500)
    return "Look into the endpoint's own log, or that of the proxy in front of it.";
  return "Answer the handshake with exactly 200.";
}

function tellContentType({ headers }: Answer, report: Report): void {
  const type = headers["content-type"];
  if (isJsonType(type)) {
    report.pass("content-type", report.quote(type ?? "", 80));
    return;
  }
  report.fail("content-type", type === undefined ? "none" : report.quote(type, 80), {
    code: "SUB-525",
    hint: "Answer with `Content-Type: application/json`, also where there is no body.",
  });
}

/** What the platform takes as the type of an answer. */
export function isJsonType(type: string | undefined): boolean {
  return /^application\/json\s*(?:;|$)/i.test(type ?? "");
}

function tellEncoding({ headers }: Answer, report: Report): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") {
    report.pass("content-encoding", "none");
    return;
  }
  report.warn("content-encoding", report.quote(encoding, 40), {
    hint: "Switch compression off for this path: RingCentral does not ask for it, and whether it can read it is not documented.",
  });
}

/** HTTP/1.0 and chunked answers are named, never refused. */
function tellHttpVersion(answer: Answer | undefined, report: Report): void {
  if (!answer) return;
  const { httpVersion, headers } = answer;
  const coding = headers["transfer-encoding"];
  const more = coding === undefined ? "" : `, ${report.quote(coding, 40)}`;
  report.pass("http-version", `HTTP/${httpVersion}${more}`);
}
