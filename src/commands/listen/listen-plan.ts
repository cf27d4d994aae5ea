import { randomBytes } from "node:crypto";
import { emulatorProfile, localServer } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { parseEventFilters } from "../../filters/parse.ts";
import type { Format } from "../../io/format.ts";
import type { ListenPlan, ListenSubscription } from "../../listener/plan.ts";
import { refuseForWebSocket } from "../../listener/websocket-refusals.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { parseHost } from "../../machine/own-host.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import { redactAddress } from "../../machine/redact.ts";
import { shellWord } from "../../machine/shell-word.ts";
import {
  readVerificationToken,
  type VerificationTokenFlags,
} from "../../operations/verification-token.ts";
import { parseAddress, refuseHiddenQuery } from "../../subscriptions/address.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import type { PageFlags } from "../flags/page-flags.ts";

export const defaultListenPort = "4011";
export const defaultBuffer = "10000";

export interface ListenOptions extends VerificationTokenFlags, PageFlags {
  readonly filter?: readonly string[];
  readonly url?: string;
  readonly receiveOnly?: true;
  readonly port?: string;
  readonly path?: string;
  readonly host?: string;
  readonly forwardTo?: string;
  readonly rejectStatus?: string;
  readonly record?: string;
  readonly exitAfter?: string;
  readonly buffer?: string;
  readonly allowUnknownFilter?: true;
}

/** Checks everything that can be checked before anything is opened. Throws UsageError. */
export async function planListening(
  options: ListenOptions,
  context: CommandContext,
): Promise<ListenPlan> {
  const { io, redactor, settings } = context;
  refuseFormat(io.format);
  const { port, rejectStatus, exitAfter, forwardTo, record } = options;
  const server = {
    rejectStatus: parseNumber(rejectStatus ?? "200", "--reject-status", 200, 599),
    port: parseNumber(port ?? defaultListenPort, "--port", 0, 65_535),
    portMayChange: port === undefined && options.url === undefined,
    host: parseHost(options.host ?? "127.0.0.1"),
    path: parsePath(options),
  };
  const buffer = parseNumber(options.buffer ?? defaultBuffer, "--buffer", 1, 1_000_000);
  const target = forwardTo === undefined ? undefined : parseTarget(forwardTo);
  const end = exitAfter === undefined ? undefined : parseExitAfter(exitAfter);
  const subscription = await planSubscription(options, context);
  const { token } = await readVerificationToken(options, context);
  const verificationToken = token ?? generateToken(subscription);
  redactor.add(verificationToken);
  redactor.addAddress(target);
  return {
    subscription,
    server: { ...server, publicHost: parsePublicHost(options.url), verificationToken },
    forward:
      target === undefined
        ? undefined
        : {
            url: target,
            name: redactAddress(target, settings.showSecrets),
            verificationToken: token,
            buffer,
          },
    record,
    exitAfter: end,
  };
}

/** A webhook's address is public: its token keeps out events that others post to it. */
function generateToken(subscription: ListenSubscription | undefined): string | undefined {
  return subscription?.url === undefined ? undefined : randomBytes(24).toString("base64url");
}

function refuseFormat(format: Format): void {
  if (format !== "csv" && format !== "yaml") return;
  throw new UsageError(
    `\`rcwh listen\` cannot print ${format}, because it prints events one at a time.`,
    "Use --json or -o tsv; `--record events.ndjson` saves events as well.",
  );
}

async function planSubscription(
  options: ListenOptions,
  context: CommandContext,
): Promise<ListenSubscription | undefined> {
  const { receiveOnly, url, allowUnknownFilter = false } = options;
  if (receiveOnly) return undefined;
  const filter = options.filter ?? (await askIfInteractive(options, context));
  if (filter.length === 0) {
    throw new UsageError(
      "Which events? Add --filter.",
      "Choose filters from `rcwh filters`, such as `rcwh listen --filter posts`, or use `rcwh listen --receive-only` to accept what others send.",
    );
  }
  const { eventFilters, api, notes } = parseEventFilters(filter, {
    allowUnknown: allowUnknownFilter,
  });
  const identity = await context.identity();
  if (url === undefined) refuseForWebSocket(eventFilters);
  const address = url === undefined ? undefined : parseAddress(url, identity.server);
  if (identity.server === localServer && address !== undefined) {
    refuseOtherMachine(address, filter, identity.profile);
  }
  for (const note of notes) context.io.note(note);
  return { eventFilters, api, url: address };
}

async function askIfInteractive(options: ListenOptions, context: CommandContext) {
  if (!context.io.interactive) return [];
  const { askListenFilters } = await import("./listen-guide.ts");
  return askListenFilters({ ...options }, context);
}

/** At once, rather than once it listens: the emulator inside rcwh calls this machine only. */
function refuseOtherMachine(address: string, filters: readonly string[], profile: string): void {
  const { hostname } = new URL(address);
  if (isLoopback(hostname)) return;
  const words = profile === emulatorProfile ? ["--profile", profile, "listen"] : ["listen"];
  const flags = filters.flatMap((filter) => ["--filter", shellWord(filter)]);
  throw new UsageError(
    `The emulator calls only this machine, and ${hostname} is not.`,
    `Leave out --url to receive events over a WebSocket: \`rcwh ${[...words, ...flags].join(" ")}\`.`,
  );
}

function parseNumber(text: string, flag: string, least: number, most: number): number {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `Invalid ${flag} value ${JSON.stringify(text)}: must be a whole number from ${least} to ${most}.`,
    "See `rcwh listen --help`.",
  );
}

/** The host of --url, without brackets. A subscription's address is checked further. */
function parsePublicHost(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = parseUrl(text);
  if (url && /^https?:$/.test(url.protocol)) return url.hostname.replace(/^\[|\]$/g, "");
  throw new UsageError(
    `Invalid --url value ${JSON.stringify(redactAddress(text))}: must be an http or https URL.`,
    "Use the public address of this listener, such as --url https://abc.example.com/hook.",
  );
}

function parsePath({ path, url }: ListenOptions): string {
  const text = path ?? parseUrl(url ?? "")?.pathname ?? "/";
  const whole = text.startsWith("/") ? text : `/${text}`;
  if (/^[!-~]+$/.test(whole) && !/[?#]/.test(whole)) return whole;
  throw new UsageError(
    `Invalid --path value ${JSON.stringify(text)}: must be the path of a URL.`,
    "Use one such as /webhook, percent-encoded and without a query.",
  );
}

/** Accepts `3000` and `localhost:3000/webhook` as well as a whole URL. */
function parseTarget(text: string): string {
  const whole = /^\d{1,5}(?:\/|$)/.test(text)
    ? `http://localhost:${text}`
    : /^https?:\/\//i.test(text)
      ? text
      : `http://${text}`;
  const url = parseUrl(whole);
  const isOther = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !/^https?:/i.test(text);
  if (!url || isOther || url.hostname === "" || /[\s\p{Cc}\\]/u.test(text)) {
    throw new UsageError(
      `Invalid --forward-to value ${JSON.stringify(text)}: must be a port or an http or https URL.`,
      "Use a port or a URL, such as --forward-to 3000 or --forward-to localhost:3000/webhook.",
    );
  }
  refuseHiddenQuery(whole);
  return url.href;
}

function parseExitAfter(text: string): { events: number } | { milliseconds: number } {
  if (/^[1-9]\d{0,8}$/.test(text)) return { events: Number(text) };
  const milliseconds = /^0*$/.test(text) ? 0 : parseDuration(text, "--exit-after");
  if (milliseconds > 0) return { milliseconds };
  throw new UsageError(
    `Invalid --exit-after value ${JSON.stringify(text)}: must be more than 0.`,
    "Use a number of events or a duration, such as 10 or 5m.",
  );
}
