import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { closest } from "../../filters/edit-distance.ts";
import { printRecords } from "../../io/formats.ts";
import { jsonOrText } from "../../machine/json.ts";
import { createCommand, renderManual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { withEmulatorControl } from "./control-client.ts";

const manual = renderManual({
  examples: [
    ["rcwh emulator settings", "all of them"],
    ["rcwh emulator settings subscriptionLimit=2 rateLimits=off", "change some"],
    [
      'rcwh emulator settings \'users={"2":{"disabledFilters":[{"filter":"*","permission":"ReadMessages"}]}}\'',
      "one whose value is JSON",
    ],
  ],
  json: '{ "schemaVersion": 1, "settings": [ { "name", "value" } ] }',
  exitCodes: [0, 1, 2, 5],
});

export function createEmulatorSettingsCommand(context: CommandContext, run = changeSettings) {
  const command = createCommand("settings", context)
    .summary("show and change how it behaves")
    .description(
      "Show the settings of a running emulator, or change some for the requests to come. docs/emulator.md says what each decides.",
    )
    .argument("[change...]", "name=value; the value is JSON, or else a text");
  return addEmulatorFlag(command)
    .addHelpText("after", manual)
    .action((changes, options) => run(changes, options, context));
}

async function changeSettings(
  changes: readonly string[],
  { url }: EmulatorFlag,
  context: CommandContext,
): Promise<void> {
  const wanted = Object.fromEntries(changes.map(readChange));
  await withEmulatorControl(url, context, async ({ call }) => {
    const settings = (await (changes.length === 0
      ? call("read the emulator's settings", "GET", "/settings")
      : call(
          "change the emulator's settings",
          "PATCH",
          "/settings",
          wanted,
          await loadExplainer(),
        ))) as object;
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

/** Why the emulator does not take a change. */
async function loadExplainer() {
  const [{ describeSetting }, { defaultSettings }] = await Promise.all([
    import("../../emulator/control/settings.ts"),
    import("../../emulator/settings.ts"),
  ]);
  return ({ parameterName }: { readonly parameterName: string }) => {
    const atStart = startHints.get(parameterName);
    if (atStart !== undefined) return { hint: atStart };
    const values = describeSetting(parameterName);
    if (values !== undefined) {
      return {
        message: `${parameterName} cannot have this value`,
        hint: `It is ${values}; null is the default again.`,
      };
    }
    const similar = closest(parameterName, Object.keys(defaultSettings));
    return {
      message: `there is no setting ${parameterName}`,
      hint: `${similar === undefined ? "" : `Did you mean ${similar}? `}\`rcwh emulator settings\` lists them all.`,
    };
  };
}

/** What only the start decides, for whoever wants to change it. */
const startHints: ReadonlyMap<string, string> = new Map([
  ["allowRemoteDeliveries", "Start one with `rcwh emulator --allow-remote`."],
  ["certificateAuthorities", "Start one from a program with startEmulator, which takes settings."],
]);

function readChange(text: string): readonly [name: string, value: unknown] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, jsonOrText(value)];
  throw new UsageError(
    `${JSON.stringify(text)} is not a change.`,
    "Write a setting, = and its value, such as subscriptionLimit=2; `rcwh emulator settings` lists them all.",
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
