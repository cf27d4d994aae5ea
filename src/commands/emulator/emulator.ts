import { dirname, join } from "node:path";
import { emulatorProfile } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import type { Access } from "../../emulator/testing/environment.ts";
import { UsageError } from "../../errors.ts";
import type { EmulatorPage, InspectedEmulator } from "../../inspector/emulator-page.ts";
import type { PagePlan } from "../../inspector/open-page.ts";
import { isJson } from "../../io/format.ts";
import { toJson } from "../../io/formats.ts";
import type { IO } from "../../io/io.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addPageFlags, type PageFlags, planPage } from "../flags/page-flags.ts";
import { keepFlagsApart } from "../flags/subcommands.ts";
import { version } from "../flags/version.ts";
import { createEmulatorBlacklistCommand } from "./blacklist.ts";
import { createEmulatorClockCommand } from "./clock.ts";
import { defaultEmulatorPort } from "./control-client.ts";
import { createEmulatorCutCommand } from "./cut.ts";
import { createEmulatorEventCommand } from "./event.ts";
import { createEmulatorExecCommand } from "./exec.ts";
import { createEmulatorFaultCommand } from "./fault.ts";
import { createEmulatorLogCommand } from "./log.ts";
import { createEmulatorSettingsCommand } from "./settings.ts";
import { addStartFlags, type StartFlags, startEmulator } from "./start-emulator.ts";
import { createEmulatorStateCommand } from "./state.ts";

const manual: Manual = {
  commonFlags: ["--port", "--state", "--seed", "--rate-limit", "--allow-remote"],
  examples: {
    "rcwh emulator": `listen on port ${defaultEmulatorPort} until Ctrl-C`,
    "rcwh emulator --port 0 --json": "pick a free port, and print it for a script",
    "RCWH_SERVER=http://127.0.0.1:4010 RCWH_CLIENT_ID=emulator-client RCWH_CLIENT_SECRET=emulator-secret RCWH_JWT=user-1 rcwh list":
      "use it from another terminal",
    "rcwh emulator --ui": "watch it in a browser: clock, events, faults, requests",
    "rcwh emulator --state state.json": "resume tomorrow where it stopped today",
    "rcwh emulator exec -- npm test": "run a command with an emulator of its own",
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
      "Run an emulated RingCentral on this machine: sign-in, both subscription APIs, the WebSocket gateway, handshakes, deliveries and rate limits. Its subcommands, run in another terminal, move its clock, send events and make requests fail. By default it listens on loopback and forgets everything when it ends.",
    )
    .optionsGroup("Emulator:");
  addPageFlags(addStartFlags(command, defaultEmulatorPort)).action((options) =>
    run(options, context),
  );
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
  command.addCommand(createEmulatorExecCommand(context));
  return command;
}

export async function runEmulator(
  options: StartFlags & PageFlags,
  context: CommandContext,
): Promise<void> {
  const plan = planPage(options);
  await refuseProfile(context);
  const { access, emulator, failed, close } = await startEmulator(
    options,
    context,
    defaultEmulatorPort,
  );
  let page: EmulatorPage | undefined;
  try {
    page = plan && (await openPage(plan, { emulator, url: access.url }, context));
    announce(access, context.io);
    const failures = [failed, page?.failed].filter((each) => each !== undefined);
    await Promise.race([aborted(context.signal), ...failures]);
  } finally {
    await page?.close();
    await close();
  }
}

async function openPage(plan: PagePlan, served: InspectedEmulator, context: CommandContext) {
  const { openEmulatorPage } = await import("../../inspector/emulator-page.ts");
  return openEmulatorPage(plan, served, version, context);
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

/** Rejects with the signal's reason when it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
