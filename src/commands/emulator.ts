import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isJson, toJson } from "../io/formats.ts";
import { createCommand, renderManual } from "../program/command.ts";

export interface EmulatorOptions {
  readonly port?: string;
  readonly allowRemote?: true;
}

const defaultPort = "4010";

const manual = renderManual({
  examples: [
    ["rcwh emulator", `listen on port ${defaultPort}, until Ctrl-C`],
    ["rcwh emulator --port 0 --json", "take a free port, and tell a script which"],
    [
      "RCWH_SERVER=http://127.0.0.1:4010 RCWH_CLIENT_ID=emulator-client RCWH_CLIENT_SECRET=emulator-secret RCWH_JWT=user-1 rcwh list",
      "use it, in another terminal",
    ],
    [
      'curl -X POST localhost:4010/emulator/v1/clock -d \'{"advance":"3d"}\' -H content-type:application/json',
      "let three days pass",
    ],
  ],
  json: '{ "schemaVersion": 1, "url", "clientId", "clientSecret", "jwt" } on one line, once it listens',
  exitCodes: [0, 1, 2, 130],
});

export function createEmulatorCommand(context: CommandContext, run = runEmulator) {
  return createCommand("emulator", context)
    .description(
      "Run RingCentral's OAuth and Subscription APIs on this machine, for tests and for trying things out: sign-in, both subscription APIs, real handshakes and deliveries, a clock that can be moved. Listens on loopback, and forgets everything when it ends.",
    )
    .optionsGroup("Emulator:")
    .option("--port <port>", "listen here; 0 takes a free port", defaultPort)
    .option("--allow-remote", "call webhook addresses that are not on this machine, too")
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

export async function runEmulator(
  options: EmulatorOptions,
  context: CommandContext,
): Promise<void> {
  const { io, clock, signal } = context;
  const port = parsePort(options.port ?? defaultPort);
  const [{ createEmulator }, { emulatorApp }, { serve }] = await Promise.all([
    import("../emulator/emulator.ts"),
    import("../emulator/settings.ts"),
    import("../emulator/serve.ts"),
  ]);
  const emulator = createEmulator({
    clock,
    settings: { allowRemoteDeliveries: options.allowRemote ?? false },
  });
  const server = await serve(emulator.fetch, { port });
  try {
    const { clientId, clientSecret } = emulatorApp;
    const access = { url: server.url, clientId, clientSecret, jwt: "user-1" };
    if (isJson(io.format)) {
      io.data(toJson({ schemaVersion: 1, ...access }));
    } else {
      io.data(`RingCentral, emulated, at ${access.url}

  RCWH_SERVER=${access.url} RCWH_CLIENT_ID=${clientId} RCWH_CLIENT_SECRET=${clientSecret} RCWH_JWT=${access.jwt} \\
    rcwh list

The JWT user-1 is user 1, user-2 the next one, and so on. Ctrl-C ends it.`);
    }
    await aborted(signal);
  } finally {
    await server.close();
  }
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port ${text} is not a port.`, "Use a number from 0 to 65535.");
}

/** Rejects with the signal's reason, once it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
