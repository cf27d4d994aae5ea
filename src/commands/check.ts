import type { CommandContext } from "../context.ts";
import { endpointDeadline } from "../endpoint/limits.ts";
import { CliError, UsageError } from "../errors.ts";
import { parseEventFilters } from "../filters/parse.ts";
import { isJson } from "../io/format.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { redactAddress } from "../machine/redact.ts";
import { shellWord } from "../machine/shell-word.ts";
import { addressOf, isSubscriptionId } from "../operations/subscription-address.ts";
import {
  readVerificationToken,
  type VerificationTokenFlags,
} from "../operations/verification-token.ts";
import { watchChecks } from "../operations/watched-check.ts";
import { parseAddress, refuseHiddenQuery } from "../subscriptions/address.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { addVerificationTokenFlags } from "./flags/verification-token-flags.ts";
import { concludeEndpoint } from "./output/conclude-endpoint.ts";
import { checksShape, printRankedChecks } from "./output/print-checks.ts";

export interface CheckOptions extends VerificationTokenFlags {
  readonly samples?: string;
  readonly publicOnly?: true;
  /** False for `--no-event`, true for `--event` without a filter. */
  readonly event?: string | boolean;
}

const manual: Manual = {
  commonFlags: [
    "--event",
    "--samples",
    "--public-only",
    "--verification-token-file",
    "--verification-token",
  ],
  examples: {
    "rcwh check https://example.com/hook": "the handshake, as RingCentral does it",
    "rcwh check http://localhost:5000/webhook":
      "while developing: also delivers an event, needs no account",
    "rcwh check https://example.com/hook --samples 20": "how long it takes: p50 and maximum",
    "rcwh check https://example.com/hook --event sms --verification-token-file token.txt":
      "also deliver a sample text message, after a confirmation",
    "rcwh check https://example.com/hook --json | jq -r '.checks[] | select(.status == \"fail\") | .code'":
      "for a script: the code that RingCentral would return",
  },
  json: checksShape,
  exitCodes: {
    0: "RingCentral would accept the endpoint",
    5: "could not be tried from here: network or DNS failed",
    6: "the endpoint broke a rule; the error names it",
    9: "--event: declined, or nobody could confirm (see --yes)",
    130: "interrupted",
  },
};

/** Milliseconds that a run may take in addition to its samples. */
const checkLimit = 90_000;
const mostSamples = 1000;

export function createCheckCommand(context: CommandContext, run = checkUrl) {
  const command = createCommand("check", context, manual)
    .usage("[flags] <url>")
    .description(
      "Check an endpoint against RingCentral's rules, from this machine: name, connection, certificate, handshake, time and size of the answer, and one event. Shows broken rules first, each with RingCentral's code and what to do; --verbose also shows skipped rules. Needs no account unless you give a subscription's id. On a terminal, it asks for what is missing. Answers may take 3 s; --timeout lowers that.",
    )
    .argument(
      "[url]",
      "URL of the endpoint: https, or http on this machine; or the id of a subscription",
    )
    .option("--samples <n>", "number of handshakes to time (default: 1)")
    .option(
      "--event [filter]",
      "also deliver a sample event (default: of posts, for a URL on this machine)",
    )
    .option("--no-event", "deliver no event")
    .option("--public-only", "never connect to this machine or a private network")
    .optionsGroup("Verification token (sent with every request):");
  return addVerificationTokenFlags(command).action((url, options) =>
    withUrlFromEvent(url, options).url === undefined && context.io.interactive
      ? askAndCheck(options, context)
      : run(url, options, context),
  );
}

async function askAndCheck(flags: CheckOptions, context: CommandContext): Promise<void> {
  const { askForEndpoint } = await import("../operations/guide/ask-for-endpoint.ts");
  const { commandLine, showCommandLine } = await import("../operations/guide/command-line.ts");
  const url = await askForEndpoint((text) => parseEndpoint(text, context), context);
  const { event, ...rest } = flags;
  const words = {
    ...{ name: "check", operands: [url] },
    flags: { ...rest, ...(event === false ? { noEvent: true } : { event }) },
  };
  showCommandLine(commandLine(words, context.settings), context.io);
  await checkUrl(url, flags, context);
}

export async function checkUrl(
  words: string | undefined,
  flags: CheckOptions,
  context: CommandContext,
): Promise<void> {
  const { io, env, settings } = context;
  const { url: text, options } = withUrlFromEvent(words, flags);
  const url =
    text !== undefined && isSubscriptionId(text)
      ? await addressOf(text, context)
      : parseEndpoint(text, context);
  context.redactor.addAddress(url);
  const samples = parseSamples(options.samples ?? "1");
  const { hostname } = new URL(url);
  const isLocal = isLoopback(hostname);
  const filter = parseEvent(options.event ?? isLocal);
  const { token } = await readVerificationToken(options, context);
  const timeout = Math.min(endpointDeadline, settings.timeout);
  const { checks, ending } = await watchChecks(
    url,
    {
      verificationToken: token,
      samples,
      timeout,
      event: filter === undefined ? undefined : await createSampleEvent(filter, context),
      ownServer: isLocal && !options.publicOnly && (await hasOwnServer(context)),
      publicOnly: options.publicOnly ?? false,
      showSecrets: settings.showSecrets || isJson(io.format) || io.format === "yaml",
      env,
    },
    {
      limit: checkLimit + samples * timeout,
      ...(!isLocal && {
        question: `Deliver a sample event to ${hostname}? It may be a production system.`,
      }),
    },
    context,
  );
  await printRankedChecks(context, checks);
  if (ending) throw ending;
  concludeEndpoint(checks, { isLocal, withEvent: filter !== undefined, timeout }, context);
}

/** Commander takes the URL as the value of an optional flag: `rcwh check --event https://…`. */
function withUrlFromEvent(url: string | undefined, options: CheckOptions) {
  const { event } = options;
  if (url !== undefined || typeof event !== "string" || !/^https?:/i.test(event)) {
    return { url, options };
  }
  return { url: event, options: { ...options, event: true } };
}

/** A URL as `rcwh create` accepts it, or http on another machine, which the report then rejects. */
function parseEndpoint(text: string | undefined, { settings }: CommandContext): string {
  if (text === undefined) {
    throw new UsageError(
      "Which endpoint? The URL is missing.",
      "Add its URL: `rcwh check https://example.com/hook`.",
    );
  }
  refuseHiddenQuery(text);
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const whole = hasScheme ? text : `${schemeFor(text)}://${text}`;
  const shown = redactAddress(whole, settings.showSecrets);
  if (!hasScheme && parseUrl(whole)) {
    throw new UsageError(
      `${redactAddress(text, settings.showSecrets)} is not a full URL.`,
      `Try \`rcwh check ${shellWord(shown)}\`.`,
    );
  }
  const parsed = parseUrl(text);
  if (parsed?.protocol === "http:" && !isLoopback(parsed.hostname)) return text;
  return parseAddress(text, "http://127.0.0.1");
}

function schemeFor(text: string): "http" | "https" {
  const url = `https://${text}`;
  return isLoopback(parseUrl(url)?.hostname ?? "") ? "http" : "https";
}

function parseSamples(text: string): number {
  const samples = Number(text);
  if (/^\d+$/.test(text) && samples >= 1 && samples <= mostSamples) return samples;
  throw new UsageError(
    `Invalid --samples value "${text}": must be a whole number from 1 to ${mostSamples}.`,
  );
}

/** The filter of the event to deliver; undefined for no event. */
function parseEvent(event: string | boolean): string | undefined {
  if (event === false) return undefined;
  const { eventFilters } = parseEventFilters([event === true ? "posts" : event], {
    allowUnknown: false,
  });
  const [filter, ...others] = eventFilters;
  if (others.length === 0) return filter;
  throw new UsageError(
    `Invalid --event value "${event}": must be one filter, not ${eventFilters.length}.`,
  );
}

async function createSampleEvent(eventFilter: string, context: CommandContext) {
  const { createOrdinaryEvent } = await import("../deliveries/sample-events.ts");
  return { text: JSON.stringify(createOrdinaryEvent(eventFilter, context)) };
}

/** Whether this profile's server is on this machine, like an emulator, and can reach loopback addresses. */
async function hasOwnServer(context: CommandContext): Promise<boolean> {
  try {
    return isLoopback(new URL((await context.identity()).server).hostname);
  } catch (error) {
    if (error instanceof CliError) return false;
    throw error;
  }
}
