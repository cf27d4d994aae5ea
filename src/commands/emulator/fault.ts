import type { CommandContext } from "../../context.ts";
import { clashes } from "../../emulator/control/fault-clashes.ts";
import type { ActiveFault } from "../../emulator/control/faults.ts";
import { printRecords } from "../../io/formats.ts";
import { collect, createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { allowOneOf, refuseBeside } from "../flags/flag-rules.ts";
import { keepFlagsApart } from "../flags/subcommands.ts";
import { printDone } from "../output/print-done.ts";
import { type CallEmulator, withEmulator } from "./control-client.ts";
import { type EmulatorFaultOptions, loadFaultExplainer, readFault } from "./fault-request.ts";

const shape = `{ "schemaVersion": 1, "faults": [ { "id", "match": { "method", "path" }, "status", "code",
  "delay", "drop", "times", "rate", "fired", … } ] }`;

export function createEmulatorFaultCommand(context: CommandContext, run = addFault) {
  const command = createCommand("fault", context, manual)
    .usage("[flags] [command]")
    .summary("make requests fail")
    .description(
      "Make requests to a running emulator fail. Without --method and --path, the next request fails, whatever it is; requests to the emulator's own control API never do.",
    )
    .optionsGroup("Requests:")
    .option("--method <method>", "only requests with this method")
    .option("--path <glob>", "only requests to this path; * stands for anything")
    .option("--times <n>", "how many times, or always (default: once; always with --rate)")
    .option("--rate <chance>", "probability that a request fails, from 0 to 1")
    .option("--seed <text>", "make --rate pick the same requests every time")
    .optionsGroup("Response:")
    .option("--code <code>", "a RingCentral error, such as CMN-301")
    .option("--status <status>", "an HTTP status")
    .option("--body <text>", "a body, sent as JSON if it is JSON, else as plain text")
    .option("--body-file <path>", "read the body from a file, or from - (stdin)")
    .option("--html", "an HTML error page, as from a gateway")
    .option("--header <name: value>", "a response header; may be repeated", collect)
    .option("--delay <duration>", "delay the response, in real time: 20ms, 3s")
    .option("--drop [when]", "close the connection without a response, before or after processing")
    .option("--truncate <bytes>", "cut the response off after this many bytes");
  allowOneOf(command, ["--body", "--body-file"]);
  for (const [name, others] of clashes) {
    refuseBeside(command, `--${name}`, others.flatMap(flagsOf));
  }
  addEmulatorFlag(command).action((options) => run(options, context));
  keepFlagsApart(command);
  command.addCommand(createListCommand(context));
  command.addCommand(createClearCommand(context));
  return command;
}

/** The flags for a field of a fault. */
function flagsOf(name: string): readonly string[] {
  if (name === "headers") return ["--header"];
  return name === "body" ? ["--body", "--body-file"] : [`--${name}`];
}

const manual: Manual = {
  commonFlags: ["--method", "--path", "--times", "--code", "--status"],
  examples: {
    "rcwh emulator fault --code CMN-301": "the next request exceeds the rate limit",
    "rcwh emulator fault --method POST --path '/restapi/v1.0/subscription*' --status 503 --times 3":
      "the next three creates or renewals fail",
    "rcwh emulator fault --method POST --drop after":
      "the next POST is processed, but its response is lost",
    "rcwh emulator fault --rate 0.1 --seed 7 --delay 3s": "one request in ten is slow",
    "rcwh emulator fault list": "list active faults",
    "rcwh emulator fault clear": "remove all faults",
  },
  json: shape,
  exitCodes: emulatorExitCodes,
};

function createListCommand(context: CommandContext) {
  return addEmulatorFlag(
    createCommand("list", context, {
      examples: {
        "rcwh emulator fault list": "list active faults",
        "rcwh emulator fault list | cut -f1": "only their ids",
        "rcwh emulator fault list --json | jq '[.faults[].fired] | add'":
          "how often faults were used",
      },
      json: shape,
      exitCodes: emulatorExitCodes,
    })
      .alias("ls")
      .description("List active faults and how often each was used."),
  ).action((options) => listFaults(options, context));
}

function createClearCommand(context: CommandContext) {
  return addEmulatorFlag(
    createCommand("clear", context, {
      examples: {
        "rcwh emulator fault clear": "remove all faults",
        "rcwh emulator fault clear 2": "remove one",
        "rcwh emulator fault clear --url http://127.0.0.1:4011": "of another emulator",
      },
      json: shape,
      exitCodes: {
        ...emulatorExitCodes,
        3: "the emulator has no such fault",
      },
    })
      .description("Remove all faults, or one. With --json, what remains is printed.")
      .argument("[id]", "remove only this fault"),
  ).action((id, options) => clearFaults(id, options, context));
}

async function addFault(options: EmulatorFaultOptions, context: CommandContext): Promise<void> {
  const fault = await readFault(options, context);
  await withEmulator(options.url, context, async (call) => {
    const explain = await loadFaultExplainer(options.code);
    const added = await call<ActiveFault>("add the fault", "POST /faults", {
      body: fault,
      explain,
    });
    await printFaults([added], context);
  });
}

async function listFaults({ url }: EmulatorFlag, context: CommandContext): Promise<void> {
  await withEmulator(url, context, async (call) => {
    const faults = await readFaults(call);
    await printFaults(faults, context);
    if (faults.length === 0) context.io.note("No faults.");
  });
}

async function clearFaults(
  id: string | undefined,
  { url }: EmulatorFlag,
  context: CommandContext,
): Promise<void> {
  await withEmulator(url, context, async (call) => {
    if (id === undefined) await call("remove the faults", "DELETE /faults");
    else {
      const path = `/faults/${encodeURIComponent(id)}` as const;
      await call(`remove fault ${id}`, `DELETE ${path}`, { explain: () => unknownFault });
    }
    context.io.note(id === undefined ? "Removed all faults." : `Removed fault ${id}.`);
    await printDone(context, "faults", await readFaults(call));
  });
}

async function readFaults(call: CallEmulator): Promise<readonly ActiveFault[]> {
  const { faults } = await call<{ faults: readonly ActiveFault[] }>(
    "list the faults",
    "GET /faults",
  );
  return faults;
}

const unknownFault = {
  message: "the emulator has no fault with this id",
  hint: "List the faults with `rcwh emulator fault list`.",
};

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
