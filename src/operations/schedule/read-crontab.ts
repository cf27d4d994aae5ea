import type { ExecFileException } from "node:child_process";
import type { CommandContext } from "../../context.ts";
import { isInPath } from "../run-program.ts";
import { asCronRuns } from "./crontab.ts";

/** Milliseconds. */
const patience = 5_000;

/** A line of this user's crontab that runs `rcwh renew` or another command that renews. */
interface CrontabLine {
  /** From 1. */
  readonly number: number;
  /** Five fields, or a name such as `@daily`. */
  readonly schedule: string;
  /** What the shell gets. May hold secrets. */
  readonly command: string;
}

export interface Crontab {
  readonly lines: readonly CrontabLine[];
  /** Why there are none, if `crontab -l` failed. */
  readonly failure?: string;
  /** Whether this machine has no `crontab` command. */
  readonly isMissing?: true;
}

const missing: Crontab = { lines: [], isMissing: true, failure: "no crontab command" };

/** The lines of `crontab -l` that renew. */
export async function readCrontab({
  env,
  signal,
}: Pick<CommandContext, "env" | "signal">): Promise<Crontab> {
  // Starting a program takes long, also one that is not there.
  if (!(await isInPath("crontab", env))) return missing;
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
  if (error?.code === "ENOENT") return missing;
  if (error) return { lines: [], failure: stderr.trim().split("\n").at(-1) || error.message };
  return { lines: stdout.split("\n").flatMap((text, index) => readLine(text, index + 1)) };
}

/** Nothing for a comment, a variable, and what runs something else. */
function readLine(text: string, number: number): readonly CrontabLine[] {
  const [, schedule, command] =
    /^\s*(@\w+|[\d*][^\s=]*(?:\s+[^\s=]+){4})\s+(\S.*)$/.exec(text) ?? [];
  if (schedule === undefined || command === undefined) return [];
  const isOurs = /\s(?:renew|ensure)(?:\s|$)/.test(command.slice(command.indexOf("rcwh")));
  return isOurs ? [{ number, schedule, command: asCronRuns(command) }] : [];
}
