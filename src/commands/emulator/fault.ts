import type { CommandContext } from "../../context.ts";
import type { ActiveFault } from "../../emulator/control/faults.ts";
import { printRecords } from "../../io/formats.ts";
import { collect, createCommand, renderManual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { keepFlagsApart } from "../flags/subcommands.ts";
import { type EmulatorControl, withEmulatorControl } from "./control-client.ts";
import { type EmulatorFaultOptions, loadFaultExplainer, readFault } from "./fault-request.ts";

const shape = `{ "schemaVersion": 1, "faults": [ { "id", "match": { "method", "path" }, "status", "code",
  "delay", "drop", "times", "rate", "fired", … } ] }`;

export function createEmulatorFaultCommand(context: CommandContext, run = addFault) {
  const command = createCommand("fault", context)
    .usage("[flags] [command]")
    .summary("make requests fail")
    .description(
      "Make requests to a running emulator fail, as networks and platforms do. Without --method and --path the next request is met, whichever it is; the emulator's own controls never are.",
    )
    .optionsGroup("Which requests:")
    .option("--method <method>", "GET, POST, PUT, DELETE …")
    .option("--path <glob>", "whose path is this one; * stands for anything")
    .option("--times <n>", "how often, or always (default: once; always with --rate)")
    .option("--rate <chance>", "each with this chance, from 0 to 1")
    .option("--seed <text>", "makes the dice of --rate fall the same every time")
    .optionsGroup("What they get:")
    .option("--code <code>", "this error of RingCentral's, such as CMN-301")
    .option("--status <status>", "this HTTP status")
    .option("--body <text>", "this body; JSON as such, all else as plain text")
    .option("--body-file <path>", "the same from a file, or from - (stdin)")
    .option("--html", "a gateway's page in HTML")
    .option("--header <name: value>", "this header; may be repeated", collect)
    .option("--delay <duration>", "their answer later, by real time: 20ms, 3s")
    .option("--drop [when]", "no answer: the connection breaks before or after the processing")
    .option("--truncate <bytes>", "an answer that breaks off after so many bytes");
  addEmulatorFlag(command)
    .addHelpText("after", manual)
    .action((options) => run(options, context));
  keepFlagsApart(command);
  command.addCommand(createListCommand(context));
  command.addCommand(createClearCommand(context));
  return command;
}

const manual = renderManual({
  examples: [
    ["rcwh emulator fault --code CMN-301", "the next request is one too many"],
    [
      "rcwh emulator fault --method POST --path '/restapi/v1.0/subscription*' --status 503 --times 3",
      "three creates or renewals in a row",
    ],
    ["rcwh emulator fault --method POST --drop after", "done, but the answer is lost"],
    ["rcwh emulator fault --rate 0.1 --seed 7 --delay 3s", "one request in ten is slow"],
    ["rcwh emulator fault list", "what is still to come"],
    ["rcwh emulator fault clear", "all is well again"],
  ],
  json: shape,
  exitCodes: [0, 1, 2, 5],
});

function createListCommand(context: CommandContext) {
  return addEmulatorFlag(
    createCommand("list", context)
      .alias("ls")
      .description("List the faults that may still come, and how often each has come."),
  )
    .addHelpText(
      "after",
      renderManual({
        examples: [
          ["rcwh emulator fault list", "what is still to come"],
          ["rcwh emulator fault list | cut -f1", "their ids"],
          [
            "rcwh emulator fault list --json | jq '[.faults[].fired] | add'",
            "how often any has come",
          ],
        ],
        json: shape,
        exitCodes: [0, 1, 2, 5],
      }),
    )
    .action((options) => listFaults(options, context));
}

function createClearCommand(context: CommandContext) {
  return addEmulatorFlag(
    createCommand("clear", context)
      .description("Take back the faults that may still come, or one of them.")
      .argument("[id]", "this one alone"),
  )
    .addHelpText(
      "after",
      renderManual({
        examples: [
          ["rcwh emulator fault clear", "all of them"],
          ["rcwh emulator fault clear 2", "one"],
          ["rcwh emulator fault clear --url http://127.0.0.1:4011", "those of another emulator"],
        ],
        exitCodes: [0, 1, 2, 3, 5],
      }),
    )
    .action((id, options) => clearFaults(id, options, context));
}

async function addFault(options: EmulatorFaultOptions, context: CommandContext): Promise<void> {
  const fault = await readFault(options, context);
  await withEmulatorControl(options.url, context, async ({ call }) => {
    const explain = await loadFaultExplainer(options.code);
    const added = (await call("add the fault", "POST", "/faults", fault, explain)) as ActiveFault;
    await printFaults([added], context);
  });
}

async function listFaults({ url }: EmulatorFlag, context: CommandContext): Promise<void> {
  await withEmulatorControl(url, context, async ({ call }) => {
    const { faults } = (await call("list the faults", "GET", "/faults")) as {
      readonly faults: readonly ActiveFault[];
    };
    await printFaults(faults, context);
    if (faults.length === 0) context.io.note("No faults.");
  });
}

async function clearFaults(
  id: string | undefined,
  { url }: EmulatorFlag,
  context: CommandContext,
): Promise<void> {
  await withEmulatorControl(url, context, async ({ call }) => {
    if (id === undefined) await call("clear the faults", "DELETE", "/faults");
    else await clearFault(id, call);
    context.io.note(id === undefined ? "No faults any more." : `Fault ${id} is gone.`);
  });
}

async function clearFault(id: string, call: EmulatorControl["call"]): Promise<void> {
  const path = `/faults/${encodeURIComponent(id)}`;
  await call(`clear fault ${id}`, "DELETE", path, undefined, () => ({
    message: "there is none with this id",
    hint: "See which may still come with `rcwh emulator fault list`.",
  }));
}

function printFaults(faults: readonly ActiveFault[], { io }: CommandContext): Promise<void> {
  return printRecords(io, {
    key: "faults",
    records: faults,
    columns: [
      { title: "id", value: ({ id }) => id },
      { title: "method", value: ({ match }) => match?.method ?? "*" },
      { title: "path", value: ({ match }) => match?.path ?? "*", shrink: "wrap" },
      { title: "effect", value: describeEffect, shrink: "wrap" },
      { title: "times", value: describeTimes },
      { title: "fired", value: ({ fired }) => String(fired) },
    ],
  });
}

function describeEffect({ code, status, html, body, headers, delay, drop, truncate }: ActiveFault) {
  return [
    code,
    status === undefined ? undefined : String(status),
    html && "HTML",
    body !== undefined && "a body",
    headers && Object.keys(headers).join(" "),
    delay && `${delay} late`,
    drop && `dropped ${drop} the processing`,
    truncate !== undefined && `cut after ${truncate} bytes`,
  ]
    .filter((part) => part)
    .join(", ");
}

function describeTimes({ times, rate }: ActiveFault): string {
  if (rate !== undefined) return `${rate * 100} %${times === undefined ? "" : `, ${times}`}`;
  return String(times ?? 1);
}
