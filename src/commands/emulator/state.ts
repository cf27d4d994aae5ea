import type { CommandContext } from "../../context.ts";
import type { EmulatorState } from "../../emulator/state.ts";
import { printRecords } from "../../io/formats.ts";
import { redactAddress } from "../../machine/redact.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { withEmulator } from "./control-client.ts";

interface EmulatorStateOptions extends EmulatorFlag {
  readonly reset?: true;
}

const manual: Manual = {
  examples: {
    "rcwh emulator state": "show the subscriptions of all users",
    "rcwh emulator state --json | jq .sessions": "who is signed in",
    "rcwh emulator state --reset": "forget everything",
  },
  json: `{ "schemaVersion": 1, "subscriptions": [ { "id", "api", "user", "status", "expirationTime", … } ],
  "now", "sessions": [], "deliveries": [] }`,
  exitCodes: emulatorExitCodes,
};

export function createEmulatorStateCommand(context: CommandContext, run = showEmulatorState) {
  const command = createCommand("state", context, manual)
    .summary("show or reset its state")
    .description(
      "Show the state of a running emulator: the subscriptions of all users, sessions and deliveries, without secrets.",
    )
    .optionsGroup("State:")
    .option("--reset", "first forget everything, and set the clock to the real time");
  return addEmulatorFlag(command).action((options) => run(options, context));
}

async function showEmulatorState(
  { url, reset }: EmulatorStateOptions,
  context: CommandContext,
): Promise<void> {
  const { io, settings } = context;
  await withEmulator(url, context, async (call) => {
    if (reset) await call("reset the emulator", "DELETE /state");
    const state = await call<EmulatorState>("read the emulator's state", "GET /state");
    const { schemaVersion: _, subscriptions, ...extra } = state;
    await printRecords(io, {
      key: "subscriptions",
      records: subscriptions,
      extra,
      columns: [
        { title: "id", value: ({ id }) => id },
        { title: "user", value: ({ user }) => String(user) },
        { title: "status", value: ({ status }) => status },
        {
          title: "expires",
          key: "expirationTime",
          value: ({ expirationTime }) => expirationTime,
          show: ({ expirationTime }) =>
            relativeExpiry(Date.parse(expirationTime) - Date.parse(state.now)),
        },
        {
          title: "address",
          value: ({ transportType, address }) =>
            address === undefined ? transportType : redactAddress(address, settings.showSecrets),
          shrink: "wrap",
        },
        {
          title: "filters",
          key: "eventFilters",
          value: ({ eventFilters }) => eventFilters.join(","),
          show: ({ eventFilters }) => eventFilters,
          shrink: "wrap",
        },
      ],
    });
    if (reset) io.note("The emulator was reset.");
    else {
      io.note(
        `Its clock shows ${state.now}. Subscriptions: ${subscriptions.length}, sessions: ${state.sessions.length}, deliveries: ${state.deliveries.length}.`,
      );
    }
  });
}
