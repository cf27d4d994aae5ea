import { type Check, rule } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { asCronRuns, crontabCommand } from "./crontab.ts";
import { readCrontab } from "./read-crontab.ts";
import type { Schedule } from "./schedule.ts";

const ofCrontab = rule("crontab", "the line of `rcwh cron print`");

const install = "Install the line of `rcwh cron print` with `crontab -e`.";

/** Compares the line in this user's crontab with the one of `schedule`, except for what follows `renew`. */
export async function checkInstalledLine(
  schedule: Schedule,
  context: CommandContext,
): Promise<Check> {
  const { lines, failure, isMissing } = await readCrontab(context);
  if (isMissing) {
    return ofCrontab.skip("this machine has no crontab command", {
      hint: "See `rcwh cron print --help` for other schedulers.",
    });
  }
  if (failure !== undefined) return ofCrontab.skip(failure, { hint: install });
  const [first] = lines;
  if (!first) return ofCrontab.skip("no line with `rcwh renew`", { hint: install });
  const wanted = asCronRuns(crontabCommand(schedule, [...schedule.globals, "renew"]));
  const same = lines.find(({ command }) => `${command} `.startsWith(`${wanted} `));
  if (same) return ofCrontab.pass(`line ${same.number} of \`crontab -l\``);
  // It may hold secrets.
  return ofCrontab.warn(`line ${first.number} of \`crontab -l\` differs before \`renew\``, {
    hint: "Replace it with the line of `rcwh cron print`, using `crontab -e`.",
  });
}
