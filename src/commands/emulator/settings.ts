import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { closest } from "../../filters/edit-distance.ts";
import { printRecords } from "../../io/formats.ts";
import { jsonOrText } from "../../machine/json.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { withEmulator } from "./control-client.ts";

const manual: Manual = {
  examples: {
    "rcwh emulator settings": "show all",
    "rcwh emulator settings subscriptionLimit=2 rateLimits=off": "change two",
    'rcwh emulator settings \'users={"2":{"disabledFilters":[{"filter":"*","permission":"ReadMessages"}]}}\'':
      "change one whose value is JSON",
  },
  json: '{ "schemaVersion": 1, "settings": [ { "name", "value" } ] }',
  exitCodes: emulatorExitCodes,
};

export function createEmulatorSettingsCommand(context: CommandContext, run = changeSettings) {
  const command = createCommand("settings", context, manual)
    .summary("show or change its settings")
    .description(
      "Show the settings of a running emulator, or change some. Changes apply to requests from then on. `rcwh help docs emulator-reference` describes each.",
    )
    .argument("[change...]", "name=value; the value is JSON or plain text");
  return addEmulatorFlag(command).action((changes, options) => run(changes, options, context));
}

async function changeSettings(
  changes: readonly string[],
  { url }: EmulatorFlag,
  context: CommandContext,
): Promise<void> {
  const wanted = Object.fromEntries(changes.map(readChange));
  await withEmulator(url, context, async (call) => {
    const settings = await (changes.length === 0
      ? call<object>("read the emulator's settings", "GET /settings")
      : call<object>("change the emulator's settings", "PATCH /settings", {
          body: wanted,
          explain: await loadExplainer(),
        }));
    await printRecords(context.io, {
      key: "settings",
      records: Object.entries(settings)
        .filter(([name]) => changes.length === 0 || name in wanted)
        .map(([name, value]: [string, unknown]) => ({ name, value })),
      columns: [
        { title: "setting", key: "name", value: ({ name }) => name },
        { title: "value", value: ({ value }) => textOf(value), shrink: "wrap" },
      ],
    });
  });
}

/** Explains why the emulator refuses a change. */
async function loadExplainer() {
  const [{ describeSetting }, { defaultSettings }] = await Promise.all([
    import("../../emulator/control/settings.ts"),
    import("../../emulator/setting-table.ts"),
  ]);
  return ({ parameterName }: { readonly parameterName: string }) => {
    const atStart = startHints.get(parameterName);
    if (atStart !== undefined) return { hint: atStart };
    const values = describeSetting(parameterName);
    if (values !== undefined) {
      return {
        message: `invalid value for ${parameterName}`,
        hint: `It must be ${values}; null restores the default.`,
      };
    }
    const similar = closest(parameterName, Object.keys(defaultSettings));
    return {
      message: `unknown setting "${parameterName}"`,
      hint: `${similar === undefined ? "" : `Did you mean ${similar}? `}List all settings with \`rcwh emulator settings\`.`,
    };
  };
}

/** Settings that can only be set when the emulator is started. */
const startHints: ReadonlyMap<string, string> = new Map([
  ["allowRemoteDeliveries", "Start one with `rcwh emulator --allow-remote`."],
  ["certificateAuthorities", "Set it with startEmulator, from a program."],
]);

function readChange(text: string): readonly [name: string, value: unknown] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, jsonOrText(value)];
  throw new UsageError(
    `Invalid setting "${text}": must look like name=value.`,
    "Write it as subscriptionLimit=2, or list all settings with `rcwh emulator settings`.",
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
