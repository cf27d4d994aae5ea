import { maximumAnswerBytes } from "../emulator/endpoint-exchange.ts";
import { oneLine, redactAddress } from "../io/text.ts";
import type { Handshake } from "./calls.ts";
import type { Answer, Exchanged } from "./exchange.ts";
import type { Report } from "./report.ts";
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
  const { answer, failure, bytes, firstStatus } = handshake;
  const isTooLarge = bytes > maximumAnswerBytes;
  const status = answer?.status ?? firstStatus;
  if (isTooLarge && status === 200) tellSize(handshake, report);
  else if (failure && (!isTooLarge || status === undefined)) {
    tellFailure(handshake, timing, report);
    return false;
  }
  report.pass("http", answer ? `an answer in HTTP/${answer.httpVersion}` : "an answer");
  tellHttpVersion(answer, report);
  if (status !== undefined && status !== 200) {
    tellStatus(status, answer, report);
    return false;
  }
  report.pass("status", `200 ${oneLine(answer?.statusText ?? "").slice(0, 40)}`.trim());
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
    const detail = answer
      ? "bytes that belong to no answer follow the answer"
      : oneLine(failure.detail).replace(/^Parse Error: /, "not HTTP: ");
    report.fail("http", detail, {
      code: "SUB-525",
      hint: "Answer in HTTP/1.1, with lines that end in CR LF and nothing behind the body.",
    });
    return;
  }
  const detail = oneLine(failure?.detail ?? "no answer");
  report.fail("http", bytes === 0 ? `no answer: ${detail}` : `half an answer: ${detail}`, {
    code: "SUB-521",
    hint: "Look into the endpoint's own log: it, or a proxy in front of it, closes the connection too early.",
  });
}

function tellStatus(status: number, answer: Answer | undefined, report: Report): void {
  const text = oneLine(answer?.statusText ?? "").slice(0, 60);
  const shown = `${status} ${text}`.trim();
  const location = answer?.headers.location;
  if (status >= 300 && status < 400 && location !== undefined) {
    report.skip("status", `${shown}, a redirect`);
    report.fail("redirect", `${shown} to ${oneLine(redactAddress(location)).slice(0, 200)}`, {
      code: "SUB-522",
      hint: "Give the address that it leads to, or have the first one answer itself.",
    });
  } else {
    report.fail("status", shown, { code: "SUB-522", hint: remedyForStatus(status) });
    report.pass("redirect", "none");
  }
  const why = "not judged: the status decides";
  for (const rule of ["validation-token", "size", "content-type", "content-encoding"] as const) {
    report.skip(rule, why);
  }
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
  if (/^application\/json\s*(?:;|$)/i.test(type ?? "")) {
    report.pass("content-type", oneLine(type ?? "").slice(0, 80));
    return;
  }
  report.fail("content-type", type === undefined ? "none" : oneLine(type).slice(0, 80), {
    code: "SUB-525",
    hint: "Answer with `Content-Type: application/json`, also where there is no body.",
  });
}

function tellEncoding({ headers }: Answer, report: Report): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") {
    report.pass("content-encoding", "none");
    return;
  }
  report.warn("content-encoding", oneLine(encoding).slice(0, 40), {
    hint: "Switch compression off for this path: RingCentral does not ask for it, and whether it can read it is not documented.",
  });
}

/** HTTP/1.0 and chunked answers are named, never refused. */
function tellHttpVersion(answer: Answer | undefined, report: Report): void {
  if (!answer) return;
  const { httpVersion, headers } = answer;
  const coding = headers["transfer-encoding"];
  const more = coding === undefined ? "" : `, ${oneLine(coding).slice(0, 40)}`;
  report.pass("http-version", `HTTP/${httpVersion}${more}`);
}
