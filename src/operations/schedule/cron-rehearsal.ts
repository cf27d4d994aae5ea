import type { ExecFileException } from "node:child_process";
import { existsSync } from "node:fs";
import { type Check, rule } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { membersOf, parseJson } from "../../machine/json.ts";

/** Milliseconds that a run may take beyond its own deadline. */
const grace = 5_000;

const ofCron = rule("cron", "same results as here");

/**
 * Runs `rcwh doctor` again in the environment that cron gives to its jobs, and returns the checks with worse
 * results there than in `here`.
 *
 * @param words the arguments of that rcwh
 */
export async function rehearseCron(
  words: readonly string[],
  here: readonly Check[],
  context: CommandContext,
): Promise<readonly Check[]> {
  const { installation, env, platform } = context;
  if (platform === "win32") {
    throw new UsageError(
      "Windows has no cron.",
      "Leave out --cron; docs/cron.md says how to use the Task Scheduler.",
    );
  }
  const home = installation.user?.home ?? env["HOME"] ?? "/";
  const there = await runThere(words, home, context);
  const worse = there.filter((check) => isWorse(check, here));
  const missing = variablesOf(env);
  const unset =
    missing.length === 0
      ? ""
      : `; ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not set there`;
  if (worse.length === 0) return [ofCron.pass(`all checks have the same result${unset}`)];
  const count = worse.length === 1 ? "1 check is" : `${worse.length} checks are`;
  return [
    ...worse.map((check) => ({ ...check, rule: `cron:${check.rule}` })),
    ofCron.warn(`${count} worse under cron${unset}`, {
      hint: "Use the schedule of `rcwh cron print`, which sets what a run needs, and save credentials with `rcwh login`.",
    }),
  ];
}

async function runThere(
  words: readonly string[],
  home: string,
  { installation, clock, signal, deadlineAt }: CommandContext,
): Promise<readonly Check[]> {
  const { execFile } = await import("node:child_process");
  const { node, script, user } = installation;
  const options = {
    cwd: existsSync(home) ? home : "/",
    env: {
      HOME: home,
      ...(user && { LOGNAME: user.name }),
      SHELL: "/bin/sh",
      PATH: "/usr/bin:/bin",
    },
    timeout: Math.max(deadlineAt() - clock.now(), 0) + grace,
    signal,
    maxBuffer: 16 * 1024 * 1024,
  };
  const { error, stdout, stderr } = await new Promise<{
    readonly error: ExecFileException | null;
    readonly stdout: string;
    readonly stderr: string;
  }>((resolve) => {
    execFile(node, [script, ...words], options, (...[error, stdout, stderr]) =>
      resolve({ error, stdout, stderr }),
    );
  });
  signal.throwIfAborted();
  const checks = readChecks(stdout);
  if (checks) return checks;
  const [reason = "it printed nothing"] = stderr.trim().split("\n").slice(-1);
  throw new CliError(`Could not run rcwh as cron would: ${reason}`, {
    exitCode: ExitCode.failure,
    hint: `Run \`env -i ${node} ${script} doctor\` to see why.`,
    cause: error,
  });
}

/** Reads the output of `rcwh doctor --json`. */
function readChecks(text: string): readonly Check[] | undefined {
  const { checks }: { readonly checks?: readonly Check[] } = membersOf(parseJson(text));
  return checks;
}

/** A skipped check counts as passed, because the failure that skipped it is counted. */
const severity = { pass: 0, skip: 0, warn: 1, fail: 2 } as const;

function isWorse(there: Check, here: readonly Check[]): boolean {
  const same = here.find(({ rule, profile }) => rule === there.rule && profile === there.profile);
  // Its profile may have another name there.
  const counterpart = same ?? here.find(({ rule }) => rule === there.rule);
  return severity[there.status] > severity[counterpart?.status ?? "pass"];
}

/** The names of variables that affect rcwh, without their values. */
function variablesOf(env: CommandContext["env"]): readonly string[] {
  const isOurs = (name: string) =>
    /^(?:RCWH|RC|RINGCENTRAL)_|^(?:https?|no)_proxy$/i.test(name) ||
    ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "XDG_CONFIG_HOME"].includes(name);
  return Object.keys(env)
    .filter((name) => env[name] && isOurs(name))
    .sort();
}
