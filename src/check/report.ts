import { endpointDeadline, maximumAnswerBytes } from "../endpoint/limits.ts";
import { ExitCode } from "../errors.ts";
import type { Check, Finding } from "./check.ts";
import type { Quote } from "./quote.ts";

/** What each rule requires, in the order of the report. */
const limits = {
  url: "https",
  dns: "an address",
  "public-address": "reachable from the internet",
  "tcp-ipv4": "a connection",
  "tcp-ipv6": "a connection",
  "tls-version": "1.2 or later",
  "certificate-chain": "complete, to a public authority",
  "certificate-name": "the address's host",
  "certificate-days": "valid for 14 days or more",
  http: "an answer in HTTP/1.x",
  status: "exactly 200",
  redirect: "none",
  "validation-token": "returned exactly",
  time: `${endpointDeadline} ms`,
  size: `${maximumAnswerBytes} bytes`,
  "content-type": "application/json",
  "content-encoding": "none",
  "http-version": "HTTP/1.x",
  "keep-alive": "not required",
  "repeated-handshake": "answered like the first",
  "event-status": "exactly 200",
  "event-time": `${endpointDeadline} ms`,
  "event-size": `${maximumAnswerBytes} bytes`,
} as const;

export type EndpointRule = keyof typeof limits;

/** Every rule's name, in the order of the report. */
export const ruleNames = Object.keys(limits) as readonly EndpointRule[];

/** Collects the rows of a check. */
export interface Report {
  start(rule: EndpointRule): void;
  pass(rule: EndpointRule, measured: string): void;
  warn(rule: EndpointRule, measured: string, more?: Partial<Finding>): void;
  /**
   * A broken rule. The platform refuses a handshake for one reason: the first failure here is that
   * reason, and later ones become warnings.
   */
  fail(rule: EndpointRule, measured: string, more: Broken): void;
  skip(rule: EndpointRule, why: string): void;
  /** Whether the platform would refuse the endpoint, or this machine cannot tell. */
  refused(): boolean;
  /** For every text from the endpoint that a row shows. */
  readonly quote: Quote;
  /** All rows; rules without a result are skipped. */
  conclude(): readonly Check[];
}

export interface Broken {
  /** The platform's code, or for an event a reason that `rcwh explain` knows. */
  readonly code: string;
  readonly hint: string;
  /** For a failure that is not the endpoint's fault. */
  readonly exitCode?: ExitCode;
}

interface ReportOptions {
  readonly timeout: number;
  readonly quote: Quote;
  readonly onRow?: ((row: Check) => void) | undefined;
  readonly onStart?: ((rule: string) => void) | undefined;
}

/** All rows of a check that ended early: rules without a result are skipped. */
export function completed(rows: readonly Check[]): readonly Check[] {
  return ruleNames.map(
    (rule) =>
      rows.findLast((row) => row.rule === rule) ?? {
        rule,
        status: "skip",
        measured: "skipped: the run ended before",
        limit: limits[rule],
      },
  );
}

export function createReport({ timeout, quote, onRow, onStart }: ReportOptions): Report {
  const rows = new Map<EndpointRule, Check>();
  const timed = `${timeout} ms`;
  const limitOf = (rule: EndpointRule) =>
    rule === "time" || rule === "event-time" ? timed : limits[rule];
  const add = (
    rule: EndpointRule,
    status: Check["status"],
    measured: string,
    more: Partial<Finding> = {},
  ) => {
    const row: Check = { rule, status, measured, limit: limitOf(rule), ...more };
    rows.set(rule, row);
    onRow?.(row);
  };
  const refused = () =>
    [...rows].some(([rule, { status }]) => status === "fail" && !isAboutEvents(rule));
  return {
    start: (rule) => onStart?.(rule),
    pass: (rule, measured) => add(rule, "pass", measured),
    warn: (rule, measured, more) => add(rule, "warn", measured, more),
    fail(rule, measured, { exitCode = ExitCode.endpoint, ...more }) {
      if (refused() && !isAboutEvents(rule)) add(rule, "warn", measured, more);
      else add(rule, "fail", measured, { ...more, exitCode });
    },
    skip: (rule, why) => add(rule, "skip", why),
    refused,
    quote,
    conclude() {
      for (const rule of ruleNames) {
        if (!rows.has(rule)) add(rule, "skip", "skipped: fix the failure above first");
      }
      return ruleNames.flatMap((rule) => rows.get(rule) ?? []);
    },
  };
}

function isAboutEvents(rule: EndpointRule): boolean {
  return rule.startsWith("event-");
}
