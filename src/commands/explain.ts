import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { explanations, findExplanations, nearestCodes } from "../explanations/find.ts";
import { printRecords } from "../io/formats.ts";
import type { IO } from "../io/io.ts";
import { truncateMiddle, wrapLine } from "../io/text.ts";
import { oneLine, stripControls } from "../one-line.ts";
import { columnsInFull, type Explained, listColumns, withExitCode } from "./explain-columns.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { exitCodeMeanings } from "./flags/exit-codes.ts";

const manual: Manual = {
  examples: {
    "rcwh explain SUB-525": "explain a code",
    "rcwh explain 'Webhook responses with code: [404], reason: [Not Found]'":
      "explain a reason or message as printed",
    "rcwh explain 8": "explain an exit code",
    "rcwh renew 2>&1 | rcwh explain": "explain what another command printed",
    "rcwh explain --list": "list every code",
    "rcwh explain SUB-525 --json | jq -r '.explanations[0].remedies[]'":
      "print what to do, for a script",
  },
  json: '{ "schemaVersion": 1, "explanations": [ { "code", "kind": "ringcentral|oauth|blacklist|http|rcwh",\n  "status", "exitCode", "meaning", "causes": [], "remedies": [], "open" } ] }',
  exitCodes: {
    0: "explained",
  },
};

export function createExplainCommand(context: CommandContext) {
  return createCommand("explain", context, manual)
    .description(
      "Explain an error code or a reason for blacklisting: what it means, what causes it and what to do. Knows RingCentral's codes, HTTP statuses, rcwh's own codes and its exit codes, alone or in what a run printed. Needs no account.",
    )
    .argument("[code...]", "codes such as SUB-525, or a message; - or a pipe: stdin")
    .option("--list", "list every code")
    .action((words, { list }) => explain(words, list ?? false, context));
}

async function explain(
  words: readonly string[],
  list: boolean,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const isPiped = words.length === 0 && !list && !io.stdin.isTTY;
  const readsInput = isPiped || words.join(" ") === "-";
  const written = readsInput ? await readStandardInput(context) : words.join(" ");
  const text = stripControls(written).trim();
  if (list !== (text === "")) throw list ? listWithCode() : nothingToExplain();
  if (list) {
    return printRecords(io, {
      key: "explanations",
      records: explanations.map(withExitCode),
      columns: listColumns,
    });
  }
  const found = findExplanations(text);
  if (found.explanations.length === 0) throw unknownCode(text);
  const records = found.explanations.map(withExitCode);
  if (io.format === "table") io.data(records.map((record) => render(record, io)).join("\n\n"));
  else await printRecords(io, { key: "explanations", records, columns: columnsInFull });
  if (found.unknown.length > 0) throw unknownCode(found.unknown.join(" "));
}

/** Only loaded if there is something to read. */
async function readStandardInput(context: CommandContext): Promise<string> {
  const { readText } = await import("../operations/text-input.ts");
  return readText("-", "-", context);
}

function listWithCode(): UsageError {
  return new UsageError("--list takes no code.", "Remove the code, or --list.");
}

function nothingToExplain(): UsageError {
  return new UsageError(
    "No code given.",
    "Give a code, as in `rcwh explain SUB-525`; see all with `rcwh explain --list`.",
  );
}

function unknownCode(text: string): UsageError {
  const lines = text.split("\n").length;
  if (lines > 1) {
    return new UsageError(
      `None of these ${lines} lines has a code or message that rcwh can explain.`,
      "See every code with `rcwh explain --list`.",
    );
  }
  const near = nearestCodes(text);
  const suggestion = near.length > 0 ? `Did you mean ${near.join(", ")}? ` : "";
  return new UsageError(
    `Unknown code or message "${truncateMiddle(oneLine(text), longestQuote)}".`,
    `${suggestion}See every code with \`rcwh explain --list\`.`,
  );
}

/** Characters of what was asked, for messages. */
const longestQuote = 200;

/** Longer lines than these are tiring to read. */
const widestText = 80;

/** One explanation for people, no wider than their terminal. */
function render(explained: Explained, { width, style }: Pick<IO, "width" | "style">): string {
  const { code, status, exitCode, meaning, causes, remedies, open } = explained;
  const room = Math.min(width, widestText);
  const facts = [
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    // An exit code's own meaning says the same.
    ...(code === `exit-${exitCode}`
      ? []
      : [`rcwh exits with ${exitCode}: ${exitCodeMeanings.get(exitCode)}`]),
  ].join("; ");
  const lists = [
    ["Causes", causes],
    ["What to do", remedies],
    ["Unclear from public sources", open === undefined ? [] : [open]],
  ] as const;
  return [
    style.bold(code),
    ...wrapLine(meaning, room),
    ...(facts === "" ? [] : wrapLine(`(${facts})`, room).map(style.dim)),
    ...lists.flatMap(([heading, items]) =>
      items.length === 0
        ? []
        : [
            "",
            style.bold(`${heading}:`),
            ...items.flatMap((item) => wrapLine(`  - ${item}`, room)),
          ],
    ),
  ].join("\n");
}
