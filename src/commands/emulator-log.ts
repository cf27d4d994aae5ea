import type { CommandContext } from "../context.ts";
import type { Delivery } from "../emulator/deliveries.ts";
import type { LoggedRequest } from "../emulator/request-log.ts";
import { printRecords } from "../io/formats.ts";
import { withEmulatorControl } from "../operations/emulator-control.ts";
import { createCommand, renderManual } from "../program/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../program/emulator-flag.ts";

interface EmulatorLogOptions extends EmulatorFlag {
  readonly clear?: true;
}

const manual = renderManual({
  examples: [
    ["rcwh emulator log", "what clients asked, and what they were answered"],
    [
      "rcwh emulator log --json | jq '.deliveries[] | select(.delivered | not)'",
      "failed deliveries",
    ],
    ["rcwh emulator log --clear", "begin anew, before the next try"],
  ],
  json: `{ "schemaVersion": 1, "requests": [ { "requestId", "timestamp", "method", "path", "status", "code",
  "user", "body" } ], "deliveries": [] }`,
  exitCodes: [0, 1, 2, 5],
});

export function createEmulatorLogCommand(context: CommandContext, run = showEmulatorLog) {
  const command = createCommand("log", context)
    .summary("requests and deliveries so far")
    .description(
      "Show the latest requests to a running emulator, oldest first, without secrets. With --json the deliveries, too.",
    )
    .optionsGroup("Log:")
    .option("--clear", "forget it, instead");
  return addEmulatorFlag(command)
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

async function showEmulatorLog(
  { url, clear }: EmulatorLogOptions,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  await withEmulatorControl(url, context, async ({ call }) => {
    if (clear) {
      await call("clear the emulator's log", "DELETE", "/log");
      io.note("The log is empty.");
      return;
    }
    const { requests, deliveries } = (await call("read the emulator's log", "GET", "/log")) as {
      readonly requests: readonly LoggedRequest[];
      readonly deliveries: readonly Delivery[];
    };
    await printRecords(io, {
      key: "requests",
      records: requests,
      extra: { deliveries },
      columns: [
        { title: "user", value: ({ user }) => String(user ?? "-") },
        { title: "method", value: ({ method }) => method },
        { title: "path", value: ({ path }) => path, shrink: "wrap" },
        { title: "status", value: ({ status }) => String(status) },
      ],
    });
    if (requests.length === 0) io.note("Nobody has asked for anything.");
  });
}
