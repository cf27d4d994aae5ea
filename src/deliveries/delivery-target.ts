import { emulatorProfile, localServer } from "../config/profile-name.ts";
import type { CommandContext } from "../context.ts";
import { CliError, UsageError, withHint } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { redactAddress } from "../machine/redact.ts";
import { addressOf, isSubscriptionId } from "../operations/subscription-address.ts";
import {
  readVerificationToken,
  type VerificationTokenFlags,
} from "../operations/verification-token.ts";
import { parseAddress } from "../subscriptions/address.ts";

export interface TargetFlags extends VerificationTokenFlags {
  readonly to?: string;
}

/** An endpoint that events are posted to. */
export interface EndpointTarget {
  readonly kind: "endpoint";
  readonly url: string;
  /** The URL as messages show it. */
  readonly name: string;
  readonly isLocal: boolean;
  readonly verificationToken: string | undefined;
}

/** An emulator, which delivers to its subscriptions. */
export interface EmulatorTarget {
  readonly kind: "emulator";
  /** The server, where the profile names one. */
  readonly url: string | undefined;
  /** The run with the emulator's profile. */
  readonly context: CommandContext;
}

/**
 * Where events go: the endpoint that `--to` names, else the running `rcwh listen`, else the emulator of this profile.
 * Throws UsageError if there is none of these, or more than one `rcwh listen`.
 */
export async function findTarget(
  flags: TargetFlags,
  context: CommandContext,
): Promise<EndpointTarget | EmulatorTarget> {
  const { to } = flags;
  if (to === "emulator")
    return (await emulatorOf(context)) ?? { kind: "emulator", url: undefined, context };
  if (to !== undefined) return findEndpoint(flags, context);
  const listener = await onlyListener(flags, context);
  if (listener) return listener;
  const emulator = await emulatorOf(context);
  if (emulator) return emulator;
  throw new UsageError(
    "No target for the events: no `rcwh listen` is running, and this profile's server is not an emulator.",
    "Name an endpoint, such as --to http://127.0.0.1:8080/hook, start `rcwh listen --receive-only`, or use --to emulator.",
  );
}

/** Whether a command may ask for a target: without `--to` it has none, or more than one, and a terminal. */
export async function asksForTarget(
  { to, dryRun }: TargetFlags & { readonly dryRun?: true },
  takesEmulator: boolean,
  context: CommandContext,
): Promise<boolean> {
  if (to !== undefined || dryRun || !context.io.interactive) return false;
  const { runningListeners } = await import("../listener/lease-owners.ts");
  const { length } = await runningListeners(context);
  if (length > 0) return length > 1;
  return !(takesEmulator && (await emulatorOf(context)));
}

/** The same, but only endpoints. */
export async function findEndpoint(
  flags: TargetFlags,
  context: CommandContext,
): Promise<EndpointTarget> {
  const { to } = flags;
  if (to !== undefined && to !== "listen") {
    const url = isSubscriptionId(to) ? await addressOf(to, context) : parseTarget(to, context);
    const { token } = await readVerificationToken(flags, context);
    return endpoint(url, token, context);
  }
  const listener = await onlyListener(flags, context);
  if (listener) return listener;
  throw new UsageError(
    "No `rcwh listen` of this user is running.",
    "Start `rcwh listen --receive-only`, or name an endpoint, such as --to http://127.0.0.1:8080/hook.",
  );
}

function endpoint(
  url: string,
  verificationToken: string | undefined,
  { redactor, settings }: CommandContext,
): EndpointTarget {
  redactor.add(verificationToken);
  redactor.addAddress(url);
  return {
    kind: "endpoint",
    url,
    name: redactAddress(url, settings.showSecrets),
    isLocal: isLoopback(new URL(url).hostname),
    verificationToken,
  };
}

/** Throws UsageError. */
export function parseTarget(text: string, { settings }: CommandContext): string {
  const hint = "Use a URL such as --to http://127.0.0.1:8080/hook, or --to listen.";
  const invalid = `Invalid --to value ${JSON.stringify(redactAddress(text, settings.showSecrets))}`;
  if (!/^https?:\/\//i.test(text)) {
    throw new UsageError(`${invalid}: must be a URL or a target that --help lists.`, hint);
  }
  const url = parseUrl(text);
  if (url?.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new UsageError(
      `${invalid}: RingCentral delivers over https; http works on this machine only.`,
      "Use the endpoint's https address.",
    );
  }
  try {
    return parseAddress(text, "http://127.0.0.1");
  } catch (error) {
    throw error instanceof CliError && !url ? withHint(error, hint) : error;
  }
}

/** The running listener, with the token that it expects unless a flag gives another. Throws UsageError for several. */
async function onlyListener(
  flags: TargetFlags,
  context: CommandContext,
): Promise<EndpointTarget | undefined> {
  const { runningListeners } = await import("../listener/lease-owners.ts");
  const listeners = await runningListeners(context);
  const [first, ...others] = listeners;
  if (!first) return undefined;
  if (others.length > 0) {
    const urls = listeners.map(({ url }) => redactAddress(url, context.settings.showSecrets));
    throw new UsageError(
      `More than one \`rcwh listen\` is running: ${urls.join(" and ")}.`,
      `Choose one, such as --to ${urls[0]}.`,
    );
  }
  const { token = first.verificationToken } = await readVerificationToken(flags, context);
  return endpoint(first.url, token, context);
}

/** Undefined when the profile's server is RingCentral itself, and without credentials. */
export async function emulatorOf(context: CommandContext): Promise<EmulatorTarget | undefined> {
  const server = await serverOf(context);
  if (server === undefined || !isLoopback(new URL(server).hostname)) return undefined;
  if (server !== localServer) return { kind: "emulator", url: server, context };
  // The profile in use may be the emulator's without a flag that names it.
  const settings = { ...context.settings, profile: emulatorProfile };
  return { kind: "emulator", url: undefined, context: { ...context, settings } };
}

async function serverOf(context: CommandContext): Promise<string | undefined> {
  try {
    return (await context.identity()).server;
  } catch (error) {
    if (error instanceof CliError && error.code === "NOT_SIGNED_IN") return undefined;
    throw error;
  }
}
