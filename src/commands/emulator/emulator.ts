import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { emulatorProfile } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import type { Emulator } from "../../emulator/interface.ts";
import type { ServeStateOptions } from "../../emulator/server/serve-state.ts";
import type { EmulatorSettings } from "../../emulator/settings.ts";
import { UsageError } from "../../errors.ts";
import { isJson } from "../../io/format.ts";
import { toJson } from "../../io/formats.ts";
import type { IO } from "../../io/io.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { keepFlagsApart } from "../flags/subcommands.ts";
import { bugMessage } from "../flags/version.ts";
import { createEmulatorBlacklistCommand } from "./blacklist.ts";
import { createEmulatorClockCommand } from "./clock.ts";
import { defaultEmulatorPort } from "./control-client.ts";
import { createEmulatorCutCommand } from "./cut.ts";
import { createEmulatorEventCommand } from "./event.ts";
import { createEmulatorFaultCommand } from "./fault.ts";
import { createEmulatorLogCommand } from "./log.ts";
import { createEmulatorSettingsCommand } from "./settings.ts";
import { createEmulatorStateCommand } from "./state.ts";

export interface RunEmulatorOptions {
  readonly port?: string;
  readonly state?: string;
  readonly seed?: string;
  readonly rateLimit?: string;
  readonly allowRemote?: true;
}

const manual: Manual = {
  examples: {
    "rcwh emulator": `listen on port ${defaultEmulatorPort} until Ctrl-C`,
    "rcwh emulator --port 0 --json": "pick a free port, and print it for a script",
    "RCWH_SERVER=http://127.0.0.1:4010 RCWH_CLIENT_ID=emulator-client RCWH_CLIENT_SECRET=emulator-secret RCWH_JWT=user-1 rcwh list":
      "use it from another terminal",
    "rcwh emulator --state state.json": "resume tomorrow where it stopped today",
    "rcwh emulator --seed 7 --rate-limit off": "the same ids in every run, without rate limits",
    "rcwh emulator clock --advance 3d": "advance its clock by three days",
  },
  json: '{ "schemaVersion": 1, "url", "clientId", "clientSecret", "jwt" } on one line, once it listens',
  exitCodes: {
    0: "ended by itself, because its output was closed",
    1: "cannot listen, or cannot write the state file",
    5: "the port or the state file is in use",
    130: "stopped with Ctrl-C",
  },
};

export function createEmulatorCommand(context: CommandContext, run = runEmulator) {
  const command = createCommand("emulator", context, manual)
    .usage("[flags] [command]")
    .description(
      "Run an emulated RingCentral on this machine: sign-in, both subscription APIs, the WebSocket gateway, handshakes, deliveries and rate limits. Its subcommands, run in another terminal, move its clock, send events and make requests fail. It listens on loopback only and forgets everything when it ends.",
    )
    .optionsGroup("Emulator:")
    .option("--port <port>", "port to listen on; 0 picks a free one", defaultEmulatorPort)
    .option("--state <path>", "save state to this file, and resume from it")
    .option("--seed <text>", "make ids, tokens, sample events and random choices repeatable")
    .option(
      "--rate-limit <limits>",
      "requests per minute: <light>/<medium>/<heavy>/<auth>, or off (default: 50/40/10/5)",
    )
    .option("--allow-remote", "also call webhook addresses outside this machine")
    .action((options) => run(options, context));
  keepFlagsApart(command, (flag, value) =>
    flag === "--port" && /^[1-9]\d{0,4}$/.test(String(value))
      ? `Name the emulator with --url http://127.0.0.1:${value}.`
      : `Give ${flag} to \`rcwh emulator\` when you start it.`,
  );
  command.addCommand(createEmulatorClockCommand(context));
  command.addCommand(createEmulatorEventCommand(context));
  command.addCommand(createEmulatorFaultCommand(context));
  command.addCommand(createEmulatorStateCommand(context));
  command.addCommand(createEmulatorLogCommand(context));
  command.addCommand(createEmulatorSettingsCommand(context));
  command.addCommand(createEmulatorBlacklistCommand(context));
  command.addCommand(createEmulatorCutCommand(context));
  return command;
}

export async function runEmulator(
  options: RunEmulatorOptions,
  context: CommandContext,
): Promise<void> {
  const { io, clock, signal } = context;
  await refuseProfile(context);
  const port = parsePort(options.port ?? defaultEmulatorPort);
  const { seed, rateLimit, state, allowRemote = false } = options;
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
  const server =
    state === undefined
      ? await serve(emulator.fetch, { port, upgrade: emulator.upgrade })
      : await serveFile(state, emulator, { clock, signal, port });
  try {
    const { clientId, clientSecret } = emulatorApp;
    announce({ url: server.url, clientId, clientSecret, jwt: "user-1" }, io);
    await Promise.race([aborted(signal), ...("failed" in server ? [server.failed] : [])]);
  } finally {
    await server.close();
  }
}

async function serveFile(path: string, emulator: Emulator, options: ServeStateOptions) {
  const { serveState } = await import("../../emulator/server/serve-state.ts");
  return serveState(path, emulator, options);
}

/** The profile's emulator runs inside each command; a server started here would be a second one. */
async function refuseProfile({ settings, config }: CommandContext): Promise<void> {
  if (settings.profile !== emulatorProfile || !settings.profileByFlag) return;
  const state = join(dirname((await config()).path), "emulator.json");
  throw new UsageError(
    "The profile emulator needs no server: its emulator runs inside each command.",
    `Run commands with it, such as \`rcwh --profile emulator list\`; to serve its state, run \`rcwh emulator --state ${shellWord(state)}\`.`,
  );
}

function announce(access: Access, io: IO): void {
  if (isJson(io.format)) {
    io.data(toJson({ schemaVersion: 1, ...access }));
    return;
  }
  const { url, clientId, clientSecret, jwt } = access;
  io.data(`Emulated RingCentral at ${url}

  RCWH_SERVER=${url} RCWH_CLIENT_ID=${clientId} \\
    RCWH_CLIENT_SECRET=${clientSecret} RCWH_JWT=${jwt} \\
    rcwh list

The JWT user-1 signs in as user 1, user-2 as user 2, and so on. Press Ctrl-C to stop.`);
}

interface Access {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly jwt: string;
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

/** Rejects with the signal's reason when it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
