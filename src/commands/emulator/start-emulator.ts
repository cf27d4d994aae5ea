import { inspect } from "node:util";
import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { CommandContext } from "../../context.ts";
import type { Emulator } from "../../emulator/interface.ts";
import type { EmulatorSettings } from "../../emulator/settings.ts";
import type { Access } from "../../emulator/testing/environment.ts";
import { UsageError } from "../../errors.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { createOwnHostTest, isOpenHost, parseHost } from "../../machine/own-host.ts";
import { collect } from "../flags/command.ts";
import { bugMessage } from "../flags/version.ts";

export interface StartFlags {
  readonly port?: string;
  readonly host?: string;
  readonly allowHost?: readonly string[];
  readonly seed?: string;
  readonly rateLimit?: string;
  readonly allowRemote?: true;
  readonly state?: string;
}

/** An emulator on a port. */
export interface StartedEmulator {
  readonly access: Access;
  readonly emulator: Emulator;
  /** Rejects when its state can no longer be saved; absent without a file. */
  readonly failed?: Promise<never>;
  close(): Promise<void>;
}

export function addStartFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
  port: string,
) {
  return command
    .option("--port <port>", `port to listen on; 0 picks a free one (default: ${port})`)
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option(
      "--allow-host <name>",
      "also answer requests for this host, such as a container's name (repeatable)",
      collect,
    )
    .option("--state <path>", "save state to this file, and resume from it")
    .option("--seed <text>", "make ids, tokens, sample events and random choices repeatable")
    .option(
      "--rate-limit <limits>",
      "requests per minute: <light>/<medium>/<heavy>/<auth>, or off (default: 50/40/10/5)",
    )
    .option("--allow-remote", "also call webhook addresses outside this machine");
}

/** Throws UsageError for a bad flag, and CliError if it cannot listen or the state cannot be used. */
export async function startEmulator(
  flags: StartFlags,
  { io, clock, signal }: CommandContext,
  defaultPort: string,
): Promise<StartedEmulator> {
  const port = parsePort(flags.port ?? defaultPort);
  const host = parseHost(flags.host ?? "127.0.0.1");
  const { seed, rateLimit, state, allowHost = [], allowRemote = false } = flags;
  const rateLimits = rateLimit === undefined ? undefined : parseRateLimits(rateLimit);
  const [{ createEmulator }, { emulatorApp }, { serve }] = await Promise.all([
    import("../../emulator/emulator.ts"),
    import("../../emulator/settings.ts"),
    import("../../emulator/server/serve.ts"),
  ]);
  const emulator = createEmulator({
    clock,
    settings: { allowRemoteDeliveries: allowRemote, ...(rateLimits && { rateLimits }) },
    ...(seed !== undefined && { seed }),
    onError: (error) => io.say(`${bugMessage}\n${inspect(error)}`),
  });
  const isOwnHost = createOwnHostTest(host, allowHost);
  const options = { port, host, isOwnHost, upgrade: emulator.upgrade };
  if (!isLoopback(host)) {
    io.warn(`With --host ${host} other machines can use this emulator, and control it.`);
  }
  const server = await (state === undefined
    ? serve(emulator.fetch, options)
    : serveFile(state, emulator, { ...options, clock, signal }));
  const { clientId, clientSecret } = emulatorApp;
  // An address that stands for all of this machine's cannot be called.
  const url = isOpenHost(host) ? `http://127.0.0.1:${new URL(server.url).port}` : server.url;
  return {
    access: { url, clientId, clientSecret, jwt: "user-1" },
    emulator,
    ...("failed" in server && { failed: server.failed }),
    async close() {
      await server.close();
      // Ends timers, WebSockets and connections to endpoints.
      emulator.reset();
    },
  };
}

async function serveFile(
  path: string,
  emulator: Emulator,
  options: Parameters<typeof import("../../emulator/server/serve-state.ts")["serveState"]>[2],
) {
  const { serveState } = await import("../../emulator/server/serve-state.ts");
  return serveState(path, emulator, options);
}

function parseRateLimits(text: string): EmulatorSettings["rateLimits"] {
  if (text === "off") return "off";
  const numbers = /^(\d{1,6})\/(\d{1,6})\/(\d{1,6})\/(\d{1,6})$/.exec(text)?.slice(1).map(Number);
  const [light, medium, heavy, auth] = numbers ?? [];
  if (light && medium && heavy && auth) return { light, medium, heavy, auth };
  throw new UsageError(
    `Invalid --rate-limit value "${text}": must be off or four numbers above 0.`,
    "Write the numbers as light/medium/heavy/auth; RingCentral's are 50/40/10/5.",
  );
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(
    `Invalid --port value "${text}": must be a whole number from 0 to 65535.`,
    "Use --port 0 to pick a free port.",
  );
}
