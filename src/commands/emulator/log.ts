import type { CommandContext } from "../../context.ts";
import type { Delivery } from "../../emulator/backend.ts";
import type { LoggedRequest } from "../../emulator/request-log.ts";
import { UsageError } from "../../errors.ts";
import { isForPrograms } from "../../io/format.ts";
import { printRecords } from "../../io/formats.ts";
import type { Column } from "../../io/table.ts";
import { parseUser } from "../../operations/text-input.ts";
import { parseInstant } from "../../subscriptions/lifetime.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { refuseBeside } from "../flags/flag-rules.ts";
import { withEmulator } from "./control-client.ts";
import { outcomeColumns } from "./event.ts";

interface EmulatorLogOptions extends EmulatorFlag {
  readonly method?: string;
  readonly path?: string;
  readonly user?: string;
  readonly since?: string;
  readonly deliveries?: true;
  readonly clear?: true;
}

interface Logs {
  readonly requests: readonly LoggedRequest[];
  readonly deliveries: readonly Delivery[];
}

const manual: Manual = {
  commonFlags: ["--method", "--path", "--since", "--deliveries", "--clear"],
  examples: {
    "rcwh emulator log": "what clients sent, and what was answered",
    "rcwh emulator log --method POST --path '/restapi/v1.0/*' --user 2": "only some requests",
    "rcwh emulator log --deliveries": "which events went where, and the outcome",
    "rcwh emulator log --json | jq '.deliveries[] | select(.delivered | not)'": "failed deliveries",
    "rcwh emulator log --clear": "start with an empty log",
  },
  json: `{ "schemaVersion": 1, "requests": [ { "requestId", "timestamp", "method", "path", "status", "code",
  "note", "user", "body" } ], "deliveries": [] }`,
  exitCodes: emulatorExitCodes,
};

export function createEmulatorLogCommand(context: CommandContext, run = showEmulatorLog) {
  const command = createCommand("log", context, manual)
    .summary("show requests and deliveries")
    .description(
      "Show the latest requests to a running emulator, or its deliveries, oldest first and without secrets. JSON and YAML output has both.",
    )
    .optionsGroup("Log:")
    .option("--method <method>", "only requests with this method")
    .option("--path <glob>", "only requests to this path; * stands for anything")
    .option("--user <n>", "only requests by, or deliveries to, user n")
    .option("--since <instant>", "only entries since this instant, RFC 3339")
    .option("--deliveries", "show deliveries instead of requests")
    .option("--clear", "clear the log");
  refuseBeside(command, "--clear", ["--method", "--path", "--user", "--since", "--deliveries"], {
    message: "--clear clears the whole log and takes no other flags.",
    hint: "Leave out --clear or the other flags.",
  });
  return addEmulatorFlag(command).action((options) => run(options, context));
}

async function showEmulatorLog(
  options: EmulatorLogOptions,
  context: CommandContext,
): Promise<void> {
  const { url, clear, deliveries: wantsDeliveries } = options;
  const { io } = context;
  const query = readQuery(options);
  await withEmulator(url, context, async (call) => {
    if (clear) {
      await call("clear the emulator's log", "DELETE /log");
      io.note("Log cleared.");
      if (isForPrograms(io.format)) await printRequests({ requests: [], deliveries: [] }, context);
      return;
    }
    const logs = await call<Logs>("read the emulator's log", `GET /log${query}`);
    await (wantsDeliveries ? printDeliveries(logs, context) : printRequests(logs, context));
    reportRest(logs, wantsDeliveries === true, query !== "", context);
  });
}

/** The query with its question mark, empty without filters. Throws UsageError. */
function readQuery({ method, path, user, since }: EmulatorLogOptions): string {
  if (user !== undefined) parseUser(user);
  if (since !== undefined && parseInstant(since) === undefined) {
    throw new UsageError(
      `Invalid --since value "${since}": must be an RFC 3339 instant.`,
      "Write it as 2027-01-31T00:00:00Z.",
    );
  }
  const given = Object.entries({ method, path, user, since }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? "" : `?${given.join("&")}`;
}

function printRequests({ requests, deliveries }: Logs, { io }: CommandContext): Promise<void> {
  return printRecords(io, {
    key: "requests",
    records: requests,
    extra: { deliveries },
    columns: [
      shownTime,
      { title: "user", value: ({ user }) => String(user ?? "-") },
      { title: "method", value: ({ method }) => method },
      { title: "path", value: ({ path }) => path, shrink: "wrap" },
      {
        title: "status",
        value: ({ status }) => String(status),
        show: ({ status, code }) => (code === undefined ? String(status) : `${status} ${code}`),
      },
      { title: "code", value: ({ code }) => code ?? "", reader: "programs" },
      ...(requests.some(({ note }) => note !== undefined) ? [shownNote] : []),
      writtenTime,
      { title: "note", value: ({ note }) => note ?? "", reader: "programs" },
    ],
  });
}

/** People read the time first; for programs a new column comes last. */
const shownTime: Column<{ readonly timestamp: string }> = {
  title: "time",
  value: ({ timestamp }) => timestamp.replace(/\.\d+Z$/, "Z"),
  reader: "people",
};
const shownNote: Column<LoggedRequest> = {
  title: "note",
  value: ({ note }) => note ?? "",
  shrink: "wrap",
  reader: "people",
};
const writtenTime: Column<{ readonly timestamp: string }> = {
  title: "timestamp",
  value: ({ timestamp }) => timestamp,
  reader: "programs",
};

function printDeliveries({ requests, deliveries }: Logs, context: CommandContext): Promise<void> {
  return printRecords(context.io, {
    key: "deliveries",
    records: deliveries,
    extra: { requests },
    columns: [
      shownTime,
      { title: "user", value: ({ user }) => String(user) },
      ...outcomeColumns(context),
      writtenTime,
    ],
  });
}

/** Notes what the table leaves out. */
function reportRest(
  { requests, deliveries }: Logs,
  wantsDeliveries: boolean,
  isPart: boolean,
  { io }: CommandContext,
): void {
  if (wantsDeliveries) {
    if (deliveries.length === 0) io.note(isPart ? "No deliveries match." : "No deliveries yet.");
    return;
  }
  if (requests.length === 0) {
    io.note(isPart ? "No requests match." : "No requests yet.");
  }
  if (deliveries.length > 0) {
    io.note(`Deliveries: ${deliveries.length}. List them with \`rcwh emulator log --deliveries\`.`);
  }
}
