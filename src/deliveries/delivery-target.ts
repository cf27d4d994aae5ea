import { emulatorProfile, localServer } from "../config/profile-name.ts";
import type { CommandContext } from "../context.ts";
import { CliError, UsageError, withHint } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";
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
  /** For messages. */
  readonly name: string;
  readonly isLocal: boolean;
  readonly verificationToken: string | undefined;
}

/** An emulator, which delivers to those who subscribed there. */
export interface EmulatorTarget {
  readonly kind: "emulator";
  /** Of one that is a server, where the profile says which. */
  readonly url: string | undefined;
  /** With the profile that is meant. */
  readonly context: CommandContext;
}

const ways = "Name an endpoint with `--to <url>`, start `rcwh listen`, or use `--to emulator`.";

/**
 * Where events go: the endpoint that `--to` names, the one `rcwh listen` that runs, or, without `--to`, the emulator
 * where this profile is of one. Throws UsageError where that is nowhere, or where it could be several.
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
    "There is nowhere to send events: no `rcwh listen` runs, and the server of this profile is no emulator.",
    ways,
  );
}

/** The same among endpoints only. */
export async function findEndpoint(
  flags: TargetFlags,
  context: CommandContext,
): Promise<EndpointTarget> {
  const { to } = flags;
  if (to !== undefined && to !== "listen") {
    const url = parseTarget(to, context);
    const { token } = await readToken(flags, context);
    return endpoint(url, token, context);
  }
  const listener = await onlyListener(flags, context);
  if (listener) return listener;
  throw new UsageError(
    "No `rcwh listen` of this user runs.",
    "Start one with `rcwh listen`, or name an endpoint with `--to <url>`.",
  );
}

function endpoint(
  url: string,
  verificationToken: string | undefined,
  { settings }: CommandContext,
): EndpointTarget {
  return {
    kind: "endpoint",
    url,
    name: redactAddress(url, settings.showSecrets),
    isLocal: isLoopback(new URL(url).hostname),
    verificationToken,
  };
}

function parseTarget(text: string, { settings }: CommandContext): string {
  const hint = "Give a URL such as --to http://127.0.0.1:8080/hook, or --to listen.";
  if (!/^https?:\/\//i.test(text)) {
    const shown = redactAddress(text, settings.showSecrets);
    throw new UsageError(`--to ${JSON.stringify(shown)} is no place for an event.`, hint);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new UsageError(
      `${url.host} is not on this machine, and http is not for elsewhere: RingCentral delivers to https only.`,
      "Give the https address of the endpoint.",
    );
  }
  try {
    return parseAddress(text, "http://127.0.0.1");
  } catch (error) {
    throw error instanceof CliError && !url ? withHint(error, hint) : error;
  }
}

/** The one that runs, with the token that it wants unless a flag gives another. Throws UsageError where several do. */
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
      `${listeners.length} of \`rcwh listen\` run, at ${urls.join(" and ")}.`,
      `Name one of them, such as \`--to ${urls[0]}\`.`,
    );
  }
  const { token = first.verificationToken } = await readToken(flags, context);
  return endpoint(first.url, token, context);
}

function readToken(flags: TargetFlags, { io }: CommandContext) {
  return readVerificationToken(flags, io, { generates: false });
}

/** Undefined where the profile is of RingCentral itself, or nobody is signed in. */
async function emulatorOf(context: CommandContext): Promise<EmulatorTarget | undefined> {
  const server = await serverOf(context);
  if (server === undefined || !isLoopback(new URL(server).hostname)) return undefined;
  if (server !== localServer) return { kind: "emulator", url: server, context };
  // It may be this profile's without being named, as the one in use.
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
