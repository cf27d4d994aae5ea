import type { ExecFileException } from "node:child_process";
import { type Check, rule } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { asCronRuns, crontabCommand } from "./crontab.ts";
import type { Schedule } from "./schedule.ts";

const ofCrontab = rule("crontab", "the line of `rcwh cron print`");

const install = "Install the line of `rcwh cron print` with `crontab -e`.";

/** Milliseconds. */
const patience = 5_000;

/** Compares the line in this user's crontab with the one of `schedule`, except for what follows `renew`. */
export async function checkInstalledLine(
  schedule: Schedule,
  { env, signal }: CommandContext,
): Promise<Check> {
  const { execFile } = await import("node:child_process");
  const { error, stdout, stderr } = await new Promise<{
    readonly error: ExecFileException | null;
    readonly stdout: string;
    readonly stderr: string;
  }>((resolve) => {
    const options = { env: { ...env }, timeout: patience, signal };
    execFile("crontab", ["-l"], options, (...[error, stdout, stderr]) =>
      resolve({ error, stdout, stderr }),
    );
  });
  signal.throwIfAborted();
  if (error?.code === "ENOENT") {
    return ofCrontab.skip("this machine has no crontab command", {
      hint: "See `rcwh cron print --help` for other schedulers.",
    });
  }
  if (error) {
    const reason = stderr.trim().split("\n").at(-1) || error.message;
    return ofCrontab.skip(reason, { hint: install });
  }
  const lines = stdout.split("\n").flatMap((text, index) => {
    const command = commandOf(text);
    return command !== undefined && /\srenew(?:\s|$)/.test(command.slice(command.indexOf("rcwh")))
      ? [{ number: index + 1, command: asCronRuns(command) }]
      : [];
  });
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

/** The command of a crontab's line; undefined for a comment or a variable. */
function commandOf(line: string): string | undefined {
  const [, command] = /^\s*(?:@\w+|[\d*][^\s=]*(?:\s+[^\s=]+){4})\s+(\S.*)$/.exec(line) ?? [];
  return command;
}
