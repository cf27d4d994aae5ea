import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { parseEventFilters } from "../filters/parse.ts";
import { refuseLocalServer } from "../listener/local-server.ts";
import {
  readVerificationToken,
  type VerificationTokenFlags,
} from "../operations/verification-token.ts";
import { parseAddress } from "../subscriptions/address.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";

export const defaultListenPort = "4011";
export const defaultBuffer = "10000";

export interface ListenOptions extends Omit<VerificationTokenFlags, "generateVerificationToken"> {
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

interface ListenSubscription {
  readonly eventFilters: readonly string[];
  readonly api: Api;
  /** The public address of this listener; events come over a WebSocket where it is absent. */
  readonly url: string | undefined;
}

/** What `rcwh listen` is to do. */
export interface ListenPlan {
  readonly subscription: ListenSubscription | undefined;
  readonly host: string;
  readonly port: number;
  /** Whether another port does as well. */
  readonly portMayChange: boolean;
  readonly path: string;
  readonly forwardTo: string | undefined;
  /** As given; whoever is forwarded to gets it too. */
  readonly verificationToken: string | undefined;
  readonly rejectStatus: number;
  readonly record: string | undefined;
  readonly exitAfter: { readonly events: number } | { readonly milliseconds: number } | undefined;
  readonly buffer: number;
}

/** Everything that can be told to be wrong before anything is opened. Throws UsageError. */
export async function planListening(
  options: ListenOptions,
  context: CommandContext,
): Promise<ListenPlan> {
  const { io } = context;
  if (io.format === "csv" || io.format === "yaml") {
    throw new UsageError(
      `Events cannot be printed as ${io.format} while they come.`,
      "Use --json, or -o tsv; `rcwh listen --record <file>` keeps them.",
    );
  }
  const rejectStatus = parseNumber(options.rejectStatus ?? "200", "--reject-status", 200, 599);
  const buffer = parseNumber(options.buffer ?? defaultBuffer, "--buffer", 1, 1_000_000);
  const port = parseNumber(options.port ?? defaultListenPort, "--port", 0, 65_535);
  const { exitAfter, forwardTo } = options;
  const plan = {
    host: parseHost(options.host ?? "127.0.0.1"),
    port,
    portMayChange: options.port === undefined && options.url === undefined,
    path: parsePath(options),
    forwardTo: forwardTo === undefined ? undefined : parseTarget(forwardTo),
    rejectStatus,
    record: options.record,
    exitAfter: exitAfter === undefined ? undefined : parseExitAfter(exitAfter),
    buffer,
  };
  const subscription = await planSubscription(options, context);
  const { token } = await readVerificationToken(options, io, { generates: false });
  return { ...plan, subscription, verificationToken: token };
}

async function planSubscription(
  options: ListenOptions,
  context: CommandContext,
): Promise<ListenSubscription | undefined> {
  const { filter = [], receiveOnly, url, allowUnknownFilter = false } = options;
  if (receiveOnly) {
    if (filter.length === 0 && url === undefined) return undefined;
    throw new UsageError(
      `--receive-only makes no subscription, so there is nothing to do with ${filter.length > 0 ? "--filter" : "--url"}.`,
      "Leave out one of the two.",
    );
  }
  if (filter.length === 0) {
    throw new UsageError(
      "Which events? --filter is missing.",
      "Name some, such as --filter posts (`rcwh filters` lists them), or use --receive-only to take what others send.",
    );
  }
  const { eventFilters, api, notes } = parseEventFilters(filter, {
    allowUnknown: allowUnknownFilter,
  });
  if (api === "webinar" && url === undefined) {
    throw new UsageError(
      "Webinar events do not come over a WebSocket.",
      "Give the public address of this listener, such as `rcwh listen --url https://…`.",
    );
  }
  const { server } = await context.identity();
  if (url === undefined) refuseLocalServer(server);
  const address = url === undefined ? undefined : parseAddress(url, server);
  for (const note of notes) context.io.note(note);
  return { eventFilters, api, url: address };
}

function parseNumber(text: string, flag: string, least: number, most: number): number {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `${flag} ${text} is not a number that fits.`,
    `Use one from ${least} to ${most}.`,
  );
}

function parseHost(text: string): string {
  const host = text.replace(/^\[(.+)\]$/, "$1");
  if (/^[\w.:%-]+$/.test(host)) return host;
  throw new UsageError(
    `--host ${JSON.stringify(text)} is no address of this machine.`,
    "Use one such as 127.0.0.1, ::1 or 0.0.0.0.",
  );
}

function parsePath({ path, url }: ListenOptions): string {
  const text = path ?? (url !== undefined && URL.canParse(url) ? new URL(url).pathname : "/");
  const whole = text.startsWith("/") ? text : `/${text}`;
  if (/^[!-~]+$/.test(whole) && !/[?#]/.test(whole)) return whole;
  throw new UsageError(
    `--path ${JSON.stringify(text)} is no path of a URL.`,
    "Use one such as /webhook, percent-encoded and without a query.",
  );
}

/** `3000` and `localhost:3000/webhook` are as good as a whole URL. */
function parseTarget(text: string): string {
  const whole = /^\d{1,5}(?:\/|$)/.test(text)
    ? `http://localhost:${text}`
    : /^https?:\/\//i.test(text)
      ? text
      : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  const isOther = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !/^https?:/i.test(text);
  if (!url || isOther || url.hostname === "" || /[\s\p{Cc}\\]/u.test(text)) {
    throw new UsageError(
      `--forward-to ${JSON.stringify(text)} is no address to forward to.`,
      "Use a port or a URL, such as --forward-to 3000 or --forward-to localhost:3000/webhook.",
    );
  }
  return url.href;
}

function parseExitAfter(text: string): { events: number } | { milliseconds: number } {
  if (/^[1-9]\d{0,8}$/.test(text)) return { events: Number(text) };
  const milliseconds = /^0*$/.test(text) ? 0 : parseDuration(text, "--exit-after");
  if (milliseconds > 0) return { milliseconds };
  throw new UsageError(
    `--exit-after ${text} is over before it begins.`,
    "Use a number of events or a duration, such as 10 or 5m.",
  );
}
