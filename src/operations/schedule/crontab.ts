import { shellWord } from "../../machine/shell-word.ts";
import { cronExpression } from "../../subscriptions/interval.ts";
import type { Schedule, ScheduleFile } from "./schedule.ts";

/** A line for `crontab -e`. It sets its variables itself, so that they affect no other job. */
export function renderCrontab(schedule: Schedule): readonly ScheduleFile[] {
  const { interval, at, program, words, environment, reasons } = schedule;
  const variables = Object.entries(environment).map(
    ([name, value]) => `${name}=${shellWord(value)}`,
  );
  const command = [...variables, ...[...program, ...words].map(shellWord)].join(" ");
  const lines = [
    "# rcwh: renews RingCentral webhook subscriptions.",
    ...reasons.map((reason) => `# ${reason}`),
    "# Install it with `crontab -e`, as the user who signed in, and try it with `rcwh doctor --cron`.",
    "# cron mails the output; there is none while all is well.",
    // cron takes what follows a percent sign as the command's input.
    `${cronExpression(interval, at)} ${command.replaceAll("%", "\\%")}`,
  ];
  return [{ path: "crontab", text: lines.join("\n") }];
}
