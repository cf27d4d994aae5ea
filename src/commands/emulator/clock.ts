import type { CommandContext } from "../../context.ts";
import { millisecondsOf } from "../../emulator/time.ts";
import { UsageError } from "../../errors.ts";
import { printRecords } from "../../io/formats.ts";
import { parseDuration, parseInstant } from "../../subscriptions/lifetime.ts";
import { createCommand, renderManual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { withEmulatorControl } from "./control-client.ts";

interface EmulatorClockOptions extends EmulatorFlag {
  readonly advance?: string;
  readonly set?: string;
  readonly freeze?: true;
  readonly resume?: true;
}

/** What `/emulator/v1/clock` answers. */
interface Clock {
  readonly now: string;
  readonly frozen: boolean;
}

const manual = renderManual({
  examples: [
    ["rcwh emulator clock", "what time it is there"],
    ["rcwh emulator clock --advance 3d", "let three days pass"],
    ["rcwh emulator clock --set 2027-01-31T00:00:00Z --freeze", "stop the time at an instant"],
    ["rcwh emulator clock --resume", "let it run on from there"],
  ],
  json: '{ "schemaVersion": 1, "clocks": [ { "now", "frozen" } ] }',
  exitCodes: [0, 1, 2, 5],
});

export function createEmulatorClockCommand(context: CommandContext, run = moveEmulatorClock) {
  const command = createCommand("clock", context)
    .summary("tell, move, stop its time")
    .description(
      "Tell what time it is for a running emulator, and move it. What falls due on the way happens before the command ends: subscriptions and tokens expire, reminders are sent.",
    )
    .optionsGroup("Time:")
    .option("--advance <duration>", "let this long pass: 90s, 3d, 1h30m")
    .option("--set <instant>", "move to an instant, RFC 3339")
    .option("--freeze", "let time stand still")
    .option("--resume", "let it go on");
  return addEmulatorFlag(command)
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

async function moveEmulatorClock(
  options: EmulatorClockOptions,
  context: CommandContext,
): Promise<void> {
  const move = readMove(options);
  await withEmulatorControl(options.url, context, async ({ call }) => {
    const clock = (await (move
      ? call("move the emulator's clock", "POST", "/clock", move, explainMove)
      : call("read the emulator's clock", "GET", "/clock"))) as Clock;
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

/** What is to be sent; undefined where the clock is only to be read. Throws UsageError. */
function readMove({ advance, set, freeze, resume }: EmulatorClockOptions) {
  refuseBoth("--advance", advance, "--set", set);
  refuseBoth("--freeze", freeze, "--resume", resume);
  if (advance !== undefined) checkAdvance(advance);
  if (set !== undefined && parseInstant(set) === undefined) {
    throw new UsageError(
      `--set ${JSON.stringify(set)} is not an instant.`,
      "Write one such as `2027-01-31T00:00:00Z`.",
    );
  }
  if ([advance, set, freeze, resume].every((flag) => flag === undefined)) return undefined;
  return {
    ...(advance !== undefined && { advance }),
    ...(set !== undefined && { set }),
    ...((freeze || resume) && { freeze: freeze === true }),
  };
}

/** Several units in a row are one duration, as everywhere in the emulator. */
function checkAdvance(text: string): void {
  if (millisecondsOf(text) > 0) return;
  parseDuration(text, "--advance");
}

function explainMove({ parameterName }: { readonly parameterName: string }) {
  return {
    message: `--${parameterName} leads to an instant that it cannot go to`,
    hint: "Choose one between 1970 and 8000, such as `--set 2027-01-31T00:00:00Z`.",
  };
}

function refuseBoth(flag: string, value: unknown, otherFlag: string, other: unknown): void {
  if (value === undefined || other === undefined) return;
  throw new UsageError(`${flag} and ${otherFlag} contradict each other.`, "Leave one of them out.");
}
