import type { CommandContext } from "../../context.ts";
import type { DeliveryOutcome } from "../../endpoint/delivery.ts";
import { endpointDeadline, maximumAnswerBytes } from "../../endpoint/limits.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { valueAt } from "../../events/payload.ts";
import { summarizeEvent } from "../../events/summary.ts";
import { withEndpoint } from "../../explanations/check-hint.ts";
import { printRecords, toJson } from "../../io/formats.ts";
import type { IO } from "../../io/io.ts";
import { statusMarks } from "../../io/marks.ts";
import type { Column } from "../../io/table.ts";
import { redactAddress } from "../../machine/redact.ts";
import { oneLine } from "../../one-line.ts";

/** One event at one endpoint, as machine formats print it. */
export interface DeliveryRow {
  readonly event: string;
  readonly uuid: string;
  /** Only from an emulator, like `address`. */
  readonly subscriptionId?: string;
  readonly address?: string;
  /** Absent without an answer. */
  readonly status?: number;
  readonly milliseconds?: number;
  readonly bytes?: number;
  /** Whether RingCentral would accept the answer. */
  readonly accepted: boolean;
  /** Why RingCentral would not, in its own words. */
  readonly problem?: string;
}

/** The shape of `--json`, for `--help`. */
export const deliveriesShape =
  '{ "schemaVersion": 1, "deliveries": [ { "event", "uuid", "status", "milliseconds", "bytes",\n  "accepted", "problem" } ], "summary": { "sent", "accepted", "p50", "max" } }';

/** Reports deliveries while they go out, and sums them up at the end. */
export interface DeliveryReport {
  /** Prints the row at once on a terminal, in TSV and in NDJSON. `sent` is the event's envelope. */
  add(row: DeliveryRow, sent: unknown): Promise<void>;
  /** Prints the rest and the sum; also after an interruption. */
  print(): Promise<void>;
  /** Throws exit 6 if RingCentral would accept no answer, 7 if it would not accept some. */
  conclude(): void;
}

export function createDeliveryReport(
  context: CommandContext,
  /** The endpoint, for messages. */
  name: string,
  /** Where every event goes; undefined where each row has its own address. */
  url?: string,
): DeliveryReport {
  const { io, redactor } = context;
  const columns = columnsFor(context);
  const rows: DeliveryRow[] = [];
  const times: number[] = [];
  let sent = 0;
  let accepted = 0;
  let last: Refused | undefined;
  return {
    async add({ problem, ...rest }, event) {
      // It has the endpoint's own words, which may echo the request.
      const row = { ...rest, ...(problem !== undefined && { problem: redactor.text(problem) }) };
      sent += 1;
      if (row.accepted) accepted += 1;
      else last = { problem: row.problem, url: row.address ?? url };
      if (row.milliseconds !== undefined) times.push(row.milliseconds);
      if (io.format === "table") printLine(row, event, sent === 1, io);
      else if (io.format === "ndjson") io.data(toJson(row));
      else if (io.format === "tsv") await printRecords(io, { key, records: [row], columns });
      else rows.push(row);
    },
    async print() {
      const span = spanOf(times);
      if (sent === 0 && io.format === "table") return;
      if (io.format !== "table" && io.format !== "tsv" && io.format !== "ndjson") {
        const extra = { summary: { sent, accepted, ...span } };
        await printRecords(io, { key, records: rows, columns, extra });
      }
      if (sent < 2) return;
      const took = span ? `; p50 ${span.p50} ms, max ${span.max} ms` : "";
      io.note(`${sent} deliveries, ${accepted} accepted${took}.`);
    },
    conclude() {
      if (accepted < sent) throw failure({ sent, accepted, last, name });
    },
  };
}

/** The row for an event that was posted. */
export function toRow(
  event: unknown,
  { status, milliseconds, bytes, problem }: DeliveryOutcome,
): DeliveryRow {
  return {
    event: String(valueAt(event, "event") ?? ""),
    uuid: String(valueAt(event, "uuid") ?? ""),
    ...(status !== undefined && { status }),
    milliseconds,
    bytes,
    accepted: problem === undefined,
    ...(problem !== undefined && { problem }),
  };
}

const key = "deliveries";

function columnsFor({ settings }: CommandContext): readonly Column<DeliveryRow>[] {
  return [
    { title: "event", value: ({ event }) => event },
    { title: "uuid", value: ({ uuid }) => uuid },
    { title: "status", value: ({ status }) => String(status ?? "") },
    { title: "milliseconds", value: ({ milliseconds }) => String(milliseconds ?? "") },
    { title: "bytes", value: ({ bytes }) => String(bytes ?? "") },
    { title: "accepted", value: ({ accepted }) => String(accepted) },
    { title: "problem", value: ({ problem }) => problem ?? "" },
    { title: "subscriptionId", value: ({ subscriptionId }) => subscriptionId ?? "" },
    {
      title: "address",
      value: ({ address }) => redactAddress(address ?? "", settings.showSecrets),
    },
  ];
}

/** Column widths are fixed, because each line is printed before the next delivery. */
function printLine(row: DeliveryRow, event: unknown, isFirst: boolean, io: IO): void {
  const { bold, green, red, dim } = io.style;
  if (isFirst) io.data(bold("STATUS  TIME     SIZE     EVENT"));
  const { alias, what } = summarizeEvent(event);
  const { status, milliseconds, bytes, accepted, problem, address } = row;
  const cells = [
    String(status ?? "-").padEnd(6),
    (milliseconds === undefined ? "-" : `${milliseconds} ms`).padEnd(7),
    (bytes === undefined ? "-" : `${bytes} B`).padEnd(7),
  ];
  const [first = "", ...others] = cells;
  const paint = accepted ? green : red;
  const shown = address === undefined ? "" : ` → ${redactAddress(address)}`;
  const text = oneLine(`${alias}${shown}${what && `  ${what}`}`);
  const room = Math.max(20, io.width - cells.join("  ").length - 2);
  io.data([paint(first), ...others, cut(text, room)].join("  "));
  if (problem !== undefined) io.data(`  ${red(statusMarks.fail)} ${dim(oneLine(problem))}`);
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}

function spanOf(times: number[]): { readonly p50: number; readonly max: number } | undefined {
  const sorted = Float64Array.from(times).sort();
  const max = sorted.at(-1);
  const p50 = sorted[Math.ceil(sorted.length / 2) - 1];
  return max === undefined || p50 === undefined ? undefined : { p50, max };
}

interface Outcome {
  readonly sent: number;
  readonly accepted: number;
  readonly last: Refused | undefined;
  readonly name: string;
}

/** A delivery that RingCentral would not accept. */
interface Refused {
  readonly problem: string | undefined;
  readonly url: string | undefined;
}

function failure({ sent, accepted, last, name }: Outcome): CliError {
  const which = sent === 1 ? "the answer" : `${sent - accepted} of ${sent} answers`;
  const why =
    last?.problem === undefined ? "" : `${sent === 1 ? ": " : ". The last one: "}${last.problem}`;
  return new CliError(`RingCentral would not accept ${which} from ${name}${why}.`, {
    exitCode: accepted === 0 ? ExitCode.endpoint : ExitCode.partial,
    code: "DELIVERY_FAILED",
    hint: withEndpoint(
      `Answer 200 within ${endpointDeadline / 1000} s and ${maximumAnswerBytes} bytes; check all rules with \`rcwh check <url>\`.`,
      last?.url,
    ),
  });
}
