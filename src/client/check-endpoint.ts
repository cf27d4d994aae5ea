import { knownFault } from "../api/connection-faults.ts";
import { codeOf, type Fetch } from "../api/fetch-transport.ts";
import type { Check } from "../check/check.ts";
import { createQuote } from "../check/quote.ts";
import { createReport, type EndpointRule, type Report } from "../check/report.ts";
import { endpointDeadline, maximumAnswerBytes } from "../endpoint/limits.ts";
import { CliError, ExitCode } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { type Redactor, redactAddress, shorten } from "../machine/redact.ts";

/** What was found about one of RingCentral's rules for endpoints. */
export interface EndpointCheck {
  /** As `rcwh check` names it, such as `status`, `validation-token` or `time`. */
  readonly rule: string;
  readonly status: "pass" | "warn" | "fail" | "skip";
  readonly measured: string;
  readonly limit: string;
  /** The code with which RingCentral would refuse, such as `SUB-522`, or the reason for which it would blacklist. */
  readonly code?: string;
  readonly hint?: string;
}

export interface FetchCheckOptions {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  readonly redactor: Redactor;
  readonly verificationToken: string | undefined;
  /** Delivered after a handshake that passed. */
  readonly event?: object | undefined;
}

/**
 * Shakes hands with an endpoint as RingCentral does, and delivers an event, by `fetch`. What only a socket shows
 * (addresses, TLS, the bytes on the wire) is skipped; sizes are those of what arrived.
 */
export async function checkByFetch(
  address: string,
  options: FetchCheckOptions,
): Promise<readonly Check[]> {
  const { redactor, event } = options;
  redactor.add(options.verificationToken);
  const quote = createQuote({ redactor, query: new URL(address).search || undefined });
  const report = createReport({ timeout: endpointDeadline, quote });
  for (const rule of unmeasured) report.skip(rule, "not measured: fetch does not show it");
  if (!event) for (const rule of eventRules) report.skip(rule, "not requested");
  const { protocol, hostname } = new URL(address);
  if (protocol !== "https:" && !isLoopback(hostname)) {
    report.fail("url", redactAddress(address), {
      code: "SUB-523",
      hint: "Serve the endpoint over https.",
    });
    return report.conclude();
  }
  report.pass("url", redactAddress(address));
  await checkHandshake(address, options, report);
  if (event && !report.refused()) await checkEvent(address, event, options, report);
  return report.conclude();
}

/** Throws exit 6 with RingCentral's code for an endpoint that fails the handshake. */
export async function proveByFetch(address: string, options: FetchCheckOptions): Promise<void> {
  const rows = await checkByFetch(address, options);
  const broken = rows.find(({ status }) => status === "fail");
  if (!broken) return;
  const { rule, measured, code = "SUB-521" } = broken;
  throw new CliError(
    `${redactAddress(address)} fails RingCentral's handshake: ${rule}: ${measured} (${code}). Nothing was changed.`,
    { exitCode: ExitCode.endpoint, code },
  );
}

const unmeasured = [
  ...["dns", "public-address", "tcp-ipv4", "tcp-ipv6", "tls-version"],
  ...["certificate-chain", "certificate-name", "certificate-days"],
  ...["http-version", "content-encoding", "keep-alive", "repeated-handshake"],
] as readonly EndpointRule[];
const eventRules = ["event-status", "event-time", "event-size"] as const;

interface Answered {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly bytes: number;
  readonly milliseconds: number;
}

type Exchanged = Answered | { readonly failure: string; readonly code: string };

async function checkHandshake(
  address: string,
  options: FetchCheckOptions,
  report: Report,
): Promise<void> {
  const validationToken = crypto.randomUUID();
  const headers = { "Content-Type": "application/json", "Validation-Token": validationToken };
  const answer = await post(address, { headers, body: undefined }, options);
  if ("failure" in answer) {
    if (answer.code === "TIMEOUT") {
      report.fail("time", answer.failure, {
        code: "SUB-521",
        hint: "Answer first and process afterwards; wake up a serverless endpoint beforehand.",
      });
    } else {
      const code = answer.code === "CERTIFICATE" ? "SUB-524" : "SUB-521";
      report.fail("http", report.quote(answer.failure, 160), {
        code,
        hint: "Check that the endpoint is running, and any proxy in front of it.",
      });
    }
    return;
  }
  report.pass("http", "an answer");
  report.pass("time", `${answer.milliseconds} ms`);
  const { status, bytes } = answer;
  const shown = `${status} ${report.quote(answer.statusText, 60)}`.trim();
  const location = answer.headers.get("location");
  if (status >= 300 && status < 400 && location !== null) {
    report.skip("status", `${shown}, a redirect`);
    report.fail("redirect", `${shown} to ${report.quote(redactAddress(location), 200)}`, {
      code: "SUB-522",
      hint: "Use the URL that it redirects to, or answer without a redirect.",
    });
    return;
  }
  report.pass("redirect", "none");
  if (status !== 200) {
    report.fail("status", shown, {
      code: "SUB-522",
      hint: "Answer the handshake with exactly 200, without a login or a redirect.",
    });
    return;
  }
  report.pass("status", shown);
  const echoed = answer.headers.get("validation-token");
  if (echoed === validationToken) report.pass("validation-token", "returned exactly");
  else {
    report.fail("validation-token", echoed === null ? "missing" : "a different value", {
      code: "SUB-520",
      hint: "Copy the request's Validation-Token header to the answer, once and unchanged.",
    });
  }
  if (bytes <= maximumAnswerBytes) report.pass("size", `about ${bytes} bytes`);
  else {
    report.fail("size", `about ${bytes} bytes`, {
      code: "SUB-525",
      hint: "Answer without a body and with few headers.",
    });
  }
  const type = answer.headers.get("content-type");
  if (/^application\/(?:[\w.-]+\+)?json\b/i.test(type ?? "")) {
    report.pass("content-type", report.quote(type ?? "", 80));
  } else {
    report.warn("content-type", type === null ? "none" : report.quote(type, 80), {
      code: "SUB-525",
      hint: "Send Content-Type: application/json anyway, even without a body.",
    });
  }
}

async function checkEvent(
  address: string,
  event: object,
  options: FetchCheckOptions,
  report: Report,
): Promise<void> {
  const headers = { "Content-Type": "application/json; charset=UTF-8" };
  const answer = await post(address, { headers, body: JSON.stringify(event) }, options);
  if ("failure" in answer) {
    const rule = answer.code === "TIMEOUT" ? "event-time" : "event-status";
    report.fail(rule, report.quote(answer.failure, 160), {
      code: "blacklisted-timeout",
      hint: "Answer 200 first and process afterwards.",
    });
    return;
  }
  const shown = `${answer.status} ${report.quote(answer.statusText, 60)}`.trim();
  if (answer.status === 200) report.pass("event-status", shown);
  else {
    report.fail("event-status", shown, {
      code: "blacklisted-status",
      hint: "Answer every event with 200, even one that you ignore.",
    });
  }
  report.pass("event-time", `${answer.milliseconds} ms`);
  if (answer.bytes <= maximumAnswerBytes) report.pass("event-size", `about ${answer.bytes} bytes`);
  else {
    report.fail("event-size", `about ${answer.bytes} bytes`, {
      code: "blacklisted-size",
      hint: "Answer without a body and with few headers.",
    });
  }
}

/** Sends what RingCentral sends, and reads the answer as far as it may be long. */
async function post(
  address: string,
  {
    headers,
    body,
  }: { readonly headers: Record<string, string>; readonly body: string | undefined },
  { fetch, signal, verificationToken }: FetchCheckOptions,
): Promise<Exchanged> {
  signal.throwIfAborted();
  const hangUp = new AbortController();
  const startedAt = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: (() => void) | undefined;
  const ended = new Promise<Exchanged>((resolve, reject) => {
    const failure = `no answer within ${endpointDeadline} ms`;
    timer = setTimeout(() => resolve({ failure, code: "TIMEOUT" }), endpointDeadline);
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  const exchange = async (): Promise<Exchanged> => {
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: {
          Accept: "application/json",
          "User-Agent": "RingCentral-Webhook/8.3",
          ...(verificationToken !== undefined && { "Verification-Token": verificationToken }),
          ...headers,
        },
        redirect: "manual",
        signal: hangUp.signal,
        ...(body !== undefined && { body }),
      });
      const bytes = headBytes(response) + (await bodyBytes(response));
      const milliseconds = Math.round(performance.now() - startedAt);
      const { status, statusText, headers: answered } = response;
      if (response.type === "opaqueredirect") {
        return {
          status: 302,
          statusText,
          headers: new Headers({ location: "…" }),
          bytes,
          milliseconds,
        };
      }
      return { status, statusText, headers: answered, bytes, milliseconds };
    } catch (error) {
      const code = codeOf(error);
      const known = knownFault(code);
      const message = error instanceof Error ? error.message : String(error);
      const failure = known?.reason(new URL(address).host) ?? shorten(message, 120);
      return { failure, code: known?.code ?? "NETWORK" };
    }
  };
  try {
    return await Promise.race([exchange(), ended]);
  } finally {
    clearTimeout(timer);
    if (abort) signal.removeEventListener("abort", abort);
    hangUp.abort();
  }
}

function headBytes({ status, statusText, headers }: Response): number {
  let bytes = `HTTP/1.1 ${status} ${statusText}\r\n\r\n`.length;
  headers.forEach((value, name) => {
    bytes += name.length + value.length + ": \r\n".length;
  });
  return bytes;
}

/** What is too large in any case is not read to its end. */
async function bodyBytes({ body }: Response): Promise<number> {
  if (!body) return 0;
  const reader = body.getReader();
  let bytes = 0;
  while (bytes <= 16 * maximumAnswerBytes) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes += value.byteLength;
  }
  return bytes;
}

/** An event of a post, as RingCentral delivers one. */
export function sampleEvent(now: number): object {
  const at = new Date(now).toISOString();
  const subscriptionId = "5c7c1d1e-0000-4000-8000-000000000000";
  return {
    uuid: String(Math.floor(now)).padStart(16, "1"),
    event: "/team-messaging/v1/posts",
    timestamp: at,
    subscriptionId,
    ownerId: "400000001",
    body: {
      id: "100000001",
      groupId: "200000001",
      type: "TextMessage",
      text: "A sample event, to try the endpoint.",
      creatorId: "400000001",
      creationTime: at,
      lastModifiedTime: at,
      attachments: null,
      mentions: null,
      eventType: "PostAdded",
    },
  };
}
