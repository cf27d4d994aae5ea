import type { ExecFileException } from "node:child_process";
import { existsSync } from "node:fs";
import { type Check, rule } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { membersOf, parseJson } from "../../machine/json.ts";

/** Milliseconds by which a run may miss its own deadline. */
const grace = 5_000;

const ofCron = rule("cron", "the same as here");

/**
 * Runs `rcwh doctor` once more, in a process with nothing but what cron gives to its jobs, and says what
 * is worse there than in `here`.
 *
 * @param words what that rcwh is given
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
  const measured =
    missing.length === 0
      ? ""
      : `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} set here only`;
  if (worse.length === 0) {
    return [ofCron.pass(["all checks end alike", measured].filter(Boolean).join("; "))];
  }
  return [
    ...worse.map((check) => ({ ...check, rule: `cron:${check.rule}` })),
    ofCron.warn(
      [
        `${worse.length === 1 ? "one check is" : `${worse.length} checks are`} worse there`,
        measured,
      ]
        .filter(Boolean)
        .join("; "),
      {
        hint: "`rcwh cron print` writes a schedule that sets what is needed; credentials are kept by `rcwh login`.",
      },
    ),
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
  const [reason = "it said nothing"] = stderr.trim().split("\n").slice(-1);
  throw new CliError(`rcwh could not be run as cron would run it: ${reason}`, {
    exitCode: ExitCode.failure,
    hint: `Run \`env -i ${node} ${script} doctor\` to see more.`,
    cause: error,
  });
}

/** What `rcwh doctor --json` prints, by this same rcwh. */
function readChecks(text: string): readonly Check[] | undefined {
  const { checks }: { readonly checks?: readonly Check[] } = membersOf(parseJson(text));
  return checks;
}

/** What is skipped there failed further up. */
const severity = { pass: 0, skip: 0, warn: 1, fail: 2 } as const;

function isWorse(there: Check, here: readonly Check[]): boolean {
  const same = here.find(({ rule, profile }) => rule === there.rule && profile === there.profile);
  // As another user, its profile may have another name there.
  const counterpart = same ?? here.find(({ rule }) => rule === there.rule);
  return severity[there.status] > severity[counterpart?.status ?? "pass"];
}

/** The names of what may make a difference to rcwh, never what they hold. */
function variablesOf(env: CommandContext["env"]): readonly string[] {
  const isOurs = (name: string) =>
    /^(?:RCWH|RC|RINGCENTRAL)_|^(?:https?|no)_proxy$/i.test(name) ||
    ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "XDG_CONFIG_HOME"].includes(name);
  return Object.keys(env)
    .filter((name) => env[name] && isOurs(name))
    .sort();
}
