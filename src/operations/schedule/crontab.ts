import { shellWord } from "../../machine/shell-word.ts";
import { cronExpression } from "../../subscriptions/interval.ts";
import type { Schedule, ScheduleFile } from "./schedule.ts";

/** A line for `crontab -e`. It sets its variables itself, so that they affect no other job. */
export function renderCrontab(schedule: Schedule): readonly ScheduleFile[] {
  const { interval, at, words, reasons } = schedule;
  const lines = [
    "# rcwh: renews RingCentral webhook subscriptions.",
    ...reasons.map((reason) => `# ${reason}`),
    `# Install it with \`crontab -e\`, as the user who signed in, and try it with \`${rehearsalOf(schedule)}\`.`,
    "# cron mails the output; there is none while all is well.",
    `${cronExpression(interval, at)} ${crontabCommand(schedule, words)}`,
  ];
  return [{ path: "crontab", text: lines.join("\n") }];
}

/** The command line that rehearses the one of this schedule. */
function rehearsalOf({ globals, given }: Schedule): string {
  const flags = given.length === 0 ? [] : ["--", ...given];
  return ["rcwh", "doctor", "--cron", ...globals, ...flags].map(shellWord).join(" ");
}

/** rcwh with these arguments, as a crontab has it. */
export function crontabCommand(
  { program, environment }: Pick<Schedule, "program" | "environment">,
  words: readonly string[],
): string {
  const variables = Object.entries(environment).map(
    ([name, value]) => `${name}=${crontabWord(value)}`,
  );
  return [...variables, ...[...program, ...words].map(crontabWord)].join(" ");
}

/**
 * Text as one word of a crontab's command. cron takes what follows a percent sign as the command's input, unless a
 * backslash precedes it; whether it then removes the backslash depends on the cron, so it stands outside quotes, where
 * the shell would remove it. Some make one of two backslashes, so none follows another.
 */
function crontabWord(text: string): string {
  if (text === "") return "''";
  const parts = text.split("%");
  return parts
    .map((part) => (part === "" ? "" : shellWord(part).replaceAll("\\", "\\''")))
    .join("\\%");
}

/** The command that the shell gets from cron. */
export function asCronRuns(command: string): string {
  return command.replaceAll("\\%", "%");
}
