import type { CommandContext } from "../../context.ts";
import { millisecondsOf } from "../../emulator/time.ts";
import { UsageError } from "../../errors.ts";
import { printRecords } from "../../io/formats.ts";
import { parseDuration, parseInstant } from "../../subscriptions/lifetime.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { allowOneOf } from "../flags/flag-rules.ts";
import { withEmulator } from "./control-client.ts";

interface EmulatorClockOptions extends EmulatorFlag {
  readonly advance?: string;
  readonly set?: string;
  readonly freeze?: true;
  readonly resume?: true;
}

/** What `/emulator/v1/clock` answers. */
export interface Clock {
  readonly now: string;
  readonly frozen: boolean;
}

const manual: Manual = {
  examples: {
    "rcwh emulator clock": "show its time",
    "rcwh emulator clock --advance 3d": "move forward by three days",
    "rcwh emulator clock --set 2027-01-31T00:00:00Z --freeze": "stop the clock at an instant",
    "rcwh emulator clock --resume": "start it again from there",
  },
  json: '{ "schemaVersion": 1, "clocks": [ { "now", "frozen" } ] }',
  exitCodes: emulatorExitCodes,
};

export function createEmulatorClockCommand(context: CommandContext, run = moveEmulatorClock) {
  const command = createCommand("clock", context, manual)
    .summary("show or move its clock")
    .description(
      "Show the clock of a running emulator, or move it. Everything due until then happens before the command ends: subscriptions and tokens expire, reminders are sent.",
    )
    .optionsGroup("Time:")
    .option("--advance <duration>", "move forward by this long: 90s, 3d, 1h30m")
    .option("--set <instant>", "move to this instant, RFC 3339")
    .option("--freeze", "stop the clock")
    .option("--resume", "start the clock again");
  allowOneOf(command, ["--advance", "--set"]);
  allowOneOf(command, ["--freeze", "--resume"]);
  return addEmulatorFlag(command).action((options) => run(options, context));
}

async function moveEmulatorClock(
  options: EmulatorClockOptions,
  context: CommandContext,
): Promise<void> {
  const move = readMove(options);
  await withEmulator(options.url, context, async (call) => {
    const clock = await (move
      ? call<Clock>("move the emulator's clock", "POST /clock", {
          body: move,
          explain: explainMove,
        })
      : call<Clock>("read the emulator's clock", "GET /clock"));
    await printRecords(context.io, {
      key: "clocks",
      records: [clock],
      columns: [
        { title: "now", value: ({ now }) => now },
        {
          title: "frozen",
          value: ({ frozen }) => String(frozen),
          show: ({ frozen }) => (frozen ? "yes" : "no"),
        },
      ],
    });
  });
}

/** The request's body; undefined if the clock is only read. Throws UsageError. */
function readMove({ advance, set, freeze, resume }: EmulatorClockOptions) {
  if (advance !== undefined) checkAdvance(advance);
  if (set !== undefined && parseInstant(set) === undefined) {
    throw new UsageError(
      `Invalid --set value "${set}": must be an RFC 3339 instant.`,
      "Write it as 2027-01-31T00:00:00Z.",
    );
  }
  if ([advance, set, freeze, resume].every((flag) => flag === undefined)) return undefined;
  return {
    ...(advance !== undefined && { advance }),
    ...(set !== undefined && { set }),
    ...((freeze || resume) && { freeze: freeze === true }),
  };
}

/** The emulator takes several units in a row, such as 1h30m, where other flags of rcwh take one. */
function checkAdvance(text: string): void {
  if (millisecondsOf(text) > 0) return;
  parseDuration(text, "--advance", "h");
}

function explainMove({ parameterName }: { readonly parameterName: string }) {
  return {
    message: `--${parameterName} is outside the emulator's range`,
    hint: "Choose an instant between the years 1970 and 8000, such as 2027-01-31T00:00:00Z.",
  };
}
