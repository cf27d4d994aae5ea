import { credentialVariables } from "../../config/credential-groups.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { toJson } from "../../io/formats.ts";
import type { Result } from "../../lifecycle/results.ts";
import type { Environment } from "../../machine/environment.ts";
import { oneLine } from "../../one-line.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import { instant } from "../../subscriptions/time.ts";
import { type ProgramEnd, runProgram, splitWords, whyNotStarted } from "../run-program.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";
import type { RunSummary } from "./run-summary.ts";

const defaultTimeout = "60s";
/** Milliseconds that are kept before an explicit deadline. */
const reserve = 10_000;
/** Of the time that is left, so that what reports after it has its turn. */
const ownShare = 0.6;

/** Characters. The operating system limits the size of an environment. */
const maximumMessage = 4_000;

/** Outcomes that hooks do not receive. */
const omittedOutcomes = new Set(["not-due", "skipped", "unchanged"]);

/** Runs the user's programs after the run, each at most once: one if something was renewed, one if the exit code is not 0. */
export function createHooks(
  context: CommandContext,
  { onRenewed, onFailure, hookTimeout = defaultTimeout }: RunReportFlags,
): Reporter | undefined {
  const timeout = parseDuration(hookTimeout, "--hook-timeout", "s");
  const hooks = [
    {
      flag: "--on-renewed",
      words: onRenewed === undefined ? undefined : splitWords(onRenewed, "--on-renewed"),
      applies: ({ tally }: RunSummary) => tally.renewed > 0,
    },
    {
      flag: "--on-failure",
      words: onFailure === undefined ? undefined : splitWords(onFailure, "--on-failure"),
      applies: ({ exitCode }: RunSummary) => exitCode !== ExitCode.ok,
    },
  ].flatMap(({ words, ...hook }) => (words ? [{ ...hook, words }] : []));
  if (hooks.length === 0) return undefined;

  /** As JSON, which takes less memory than the results. */
  const results: string[] = [];
  const refuse = (problems: readonly string[], hint?: string) => {
    if (problems.length === 0) return;
    const code = "HOOK_FAILED";
    throw new CliError(problems.join(" "), { exitCode: ExitCode.attention, code, hint });
  };
  return {
    reserve,
    async check() {
      const found = hooks.map(async ({ flag, words: [program] }) => {
        const reason = await whyNotStarted(program, context.env);
        return reason === undefined ? [] : [`The command of ${flag} ${reason}.`];
      });
      refuse(
        (await Promise.all(found)).flat(),
        "Name a program that this user can run, by its absolute path.",
      );
    },
    account(account) {
      for (const result of account.results) {
        if (isEventful(result)) results.push(context.redactor.data(toJson(result)));
      }
    },
    async end(summary) {
      const problems: string[] = [];
      for (const { flag, words, applies } of hooks) {
        if (!applies(summary)) continue;
        const end = await runProgram(words, {
          env: childEnvironment(context.env, summary),
          input: describe(summary, results),
          timeout: Math.min(timeout, Math.round(context.end.left() * ownShare)),
          signal: context.end.signal,
        });
        const problem = describeEnd(flag, end);
        printOutput(end.output, flag, problem !== undefined, context);
        if (problem !== undefined) problems.push(problem);
      }
      refuse(problems);
    },
  };
}

function isEventful({ outcome, error }: Result): boolean {
  return error !== undefined || !omittedOutcomes.has(outcome);
}

/** The environment of rcwh without its credentials, and the most important facts about the run. */
function childEnvironment(
  env: Environment,
  { command, exitCode, tally, failed, profiles, error }: RunSummary,
): Record<string, string> {
  const [profile, ...otherProfiles] = profiles;
  const secret = new Set([...credentialVariables, "RCWH_PING_URL", "RCWH_STORE", "RCWH_STORE_KEY"]);
  const inherited = Object.entries(env).filter(
    ([name]) => !secret.has(name) && name !== "RCWH_PROFILE",
  );
  return {
    ...Object.fromEntries(
      inherited.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    RCWH_COMMAND: command,
    RCWH_EXIT_CODE: String(exitCode),
    RCWH_RENEWED: String(tally.renewed),
    RCWH_FAILED: String(failed),
    RCWH_MESSAGE: oneLine((error?.message ?? "").replace(/\s+/g, " ")).slice(0, maximumMessage),
    ...(profile !== undefined && otherProfiles.length === 0 && { RCWH_PROFILE: oneLine(profile) }),
  };
}

/** The JSON document for standard input, in chunks. */
function* describe(summary: RunSummary, results: readonly string[]): Iterable<string> {
  const { command, exitCode, startedAt, endedAt, tally, error, failures } = summary;
  const head = toJson({
    schemaVersion: 1,
    command,
    exitCode,
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    outcomes: tally.outcomes,
    ...(error && { error }),
    failures,
  });
  yield `${head.slice(0, -1)},"results":[`;
  for (const [index, result] of results.entries()) yield index === 0 ? result : `,${result}`;
  yield "]}\n";
}

/** Describes a failure as a sentence. */
function describeEnd(flag: string, { reason, exitCode }: ProgramEnd): string | undefined {
  if (reason !== undefined) return `The command of ${flag} ${reason}.`;
  return exitCode === 0 ? undefined : `The command of ${flag} ended with exit code ${exitCode}.`;
}

/** Prints the output of a hook; with --quiet only if the hook failed. */
function printOutput(
  output: string,
  flag: string,
  hasFailed: boolean,
  { io, settings }: CommandContext,
): void {
  const text = output.trimEnd();
  if (text === "" || (settings.quiet && !hasFailed)) return;
  if (io.format === "json" || io.format === "ndjson") io.warn(`${flag} wrote: ${text}`.split("\n"));
  else io.say(text);
}
