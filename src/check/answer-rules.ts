import { isInterim, isJsonType } from "../endpoint/http-exchange.ts";
import { maximumAnswerBytes } from "../endpoint/limits.ts";
import { redactAddress } from "../machine/redact.ts";
import type { Handshake } from "./calls.ts";
import type { Answer, Exchanged } from "./raw-exchange.ts";
import type { EndpointRule, Report } from "./report.ts";
import { tellSize } from "./size-rule.ts";

interface Timing {
  /** When the first call began, including the name look-up. */
  readonly startedAt: number;
  readonly timeout: number;
}

/**
 * Checks the answer to a handshake, starting with the rule for which the platform would refuse it: size,
 * then a missing answer, then status and token. Returns whether the platform accepts it.
 * The caller checks the time.
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

/** Reports why there is no complete answer. */
function tellFailure(
  { failure, answer, firstByteAt, bytes }: Exchanged,
  { startedAt, timeout }: Timing,
  report: Report,
): void {
  if (failure?.kind === "timeout") {
    const begun = firstByteAt === undefined ? undefined : Math.round(firstByteAt - startedAt);
    report.skip("http", "skipped: too slow");
    report.fail(
      "time",
      begun === undefined
        ? `no answer within ${timeout} ms`
        : `started after ${begun} ms, but incomplete after ${timeout} ms`,
      {
        code: "SUB-521",
        hint:
          begun === undefined
            ? "Answer first and process afterwards; wake up a serverless endpoint beforehand."
            : "Send the whole answer at once, with a Content-Length that matches its body.",
      },
    );
    return;
  }
  if (failure?.kind === "garbled") {
    const { begins, detail } = failure;
    if (answer === undefined && begins !== undefined) {
      report.fail("http", `not HTTP, but ${describeOther(begins, report)}`, {
        code: "SUB-525",
        hint: "Check the scheme, host and port of the URL: what answers there does not speak HTTP.",
      });
      return;
    }
    const isWithin = answer === undefined || /chunk/.test(detail);
    report.fail("http", isWithin ? report.quote(detail, 120) : "extra bytes follow the answer", {
      code: "SUB-525",
      hint: "Answer in HTTP/1.1, with lines that end in CR LF and nothing after the body.",
    });
    return;
  }
  const words = failure?.detail ?? "no answer";
  // Node's words for a connection that ended before an answer began.
  const detail =
    words === "socket hang up" ? "the connection was closed" : report.quote(words, 120);
  report.fail("http", bytes === 0 ? `no answer: ${detail}` : `an incomplete answer: ${detail}`, {
    code: "SUB-521",
    hint: failure?.asksForCertificate
      ? "Do not require a client certificate on this path: RingCentral sends none."
      : "Check the endpoint's log: the endpoint, or a proxy in front of it, closes the connection too early.",
  });
}

/** What another protocol begins with, such as SSH's name and version. */
function describeOther(begins: string, report: Report): string {
  // A TLS alert.
  if (begins.startsWith("\x15\x03")) return "TLS";
  if (!/^[\x20-\x7e\t]+$/.test(begins)) return "binary data";
  return `an answer that begins with "${report.quote(begins, 60)}"`;
}

function tellStatus(status: number, answer: Answer | undefined, report: Report): void {
  const text = report.quote(answer?.statusText ?? "", 60);
  const shown = `${status} ${text}`.trim();
  const location = answer?.headers.location;
  if (status >= 300 && status < 400 && location !== undefined) {
    report.skip("status", `${shown}, a redirect`);
    report.fail("redirect", `${shown} to ${report.quote(redactAddress(location), 200)}`, {
      code: "SUB-522",
      hint: "Use the URL that it redirects to, or answer without a redirect.",
    });
  } else {
    report.fail("status", shown, { code: "SUB-522", hint: remedyForStatus(status) });
    report.pass("redirect", "none");
  }
  skipRest(["validation-token", "size", "content-type", "content-encoding"], "status", report);
}

function skipRest(rules: readonly EndpointRule[], decisive: EndpointRule, report: Report): void {
  for (const rule of rules) report.skip(rule, `skipped: the ${decisive} decides`);
}

function remedyForStatus(status: number): string {
  if (status > 200 && status < 300)
    return "Set the status to 200, the only one that RingCentral's guide names.";
  if (status === 404) return "Correct the path of the URL, or add a route for it.";
  if (status === 405) return "Accept POST requests on this path.";
  if (status === 400 || status === 415) {
    return "Accept an empty body with a JSON content type: strict parsers refuse the handshake because of it.";
  }
  if (status === 401 || status === 403) {
    return "Accept the handshake without a login, a signature or a CSRF token.";
  }
  if (status >= 500) return "Check the log of the endpoint, or of the proxy in front of it.";
  return "Answer the handshake with exactly 200.";
}

/** Warns at most: one source requires the type, and most of RingCentral's own sample receivers send none. */
function tellContentType({ headers }: Answer, report: Report): void {
  const type = headers["content-type"];
  if (isJsonType(type)) {
    report.pass("content-type", report.quote(type ?? "", 80));
    return;
  }
  report.warn("content-type", type === undefined ? "none" : report.quote(type, 80), {
    code: "SUB-525",
    hint: "Send Content-Type: application/json anyway, even without a body: RingCentral's troubleshooting note requires it, although its own samples do not send it.",
  });
}

function tellEncoding({ headers }: Answer, report: Report): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") {
    report.pass("content-encoding", "none");
    return;
  }
  report.warn("content-encoding", report.quote(encoding, 40), {
    hint: "Turn compression off for this path: RingCentral does not ask for it, and may not be able to read it.",
  });
}

/** HTTP/1.0 and chunked answers pass, too. */
function tellHttpVersion(answer: Answer | undefined, report: Report): void {
  if (!answer) return;
  const { httpVersion, headers } = answer;
  const coding = headers["transfer-encoding"];
  const more = coding === undefined ? "" : `, ${report.quote(coding, 40)}`;
  report.pass("http-version", `HTTP/${httpVersion}${more}`);
}

/** Checks that the Validation-Token came back, and otherwise reports where it went. */
function tellToken(answer: Answer, token: string, report: Report): void {
  if (answer.headers["validation-token"] === token) {
    report.pass("validation-token", "returned exactly");
    return;
  }
  report.fail("validation-token", findToken(answer, token, report), {
    code: "SUB-520",
    hint: "Copy the request's Validation-Token header to the answer, once and unchanged.",
  });
}

function findToken({ rawHeaders, body }: Answer, token: string, report: Report): string {
  const named = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? { name, value: rawHeaders[at + 1] ?? "" } : [],
  );
  const values = named
    .filter(({ name }) => name.toLowerCase() === "validation-token")
    .map(({ value }) => value);
  const [value] = values;
  if (value === undefined) {
    const other = named.find((each) => each.value === token);
    if (other) return `in the header ${report.quote(other.name, 40)} instead`;
    return body.includes(token) ? "in the body, not in the header" : "missing";
  }
  if (values.length > 1) return `the header ${values.length} times`;
  return howAltered(value, token);
}

function howAltered(value: string, token: string): string {
  if (value === "") return "the header is empty";
  if (value.split(/[\s,;]+/).filter((part) => part === token).length > 1) return "doubled";
  if (/^(["']).*\1$/.test(value) && value.slice(1, -1) === token) return "in quotation marks";
  if (value.toLowerCase() === token.toLowerCase()) return "in a different case";
  if (value.includes(token)) return "with extra text";
  if (token.includes(value)) return "cut short";
  return "a different value";
}
