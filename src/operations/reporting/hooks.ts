import { credentialVariables } from "../../config/credential-groups.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { oneLine } from "../../io/text.ts";
import type { Result } from "../../lifecycle/results.ts";
import type { Environment } from "../../machine/environment.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import { instant } from "../../subscriptions/time.ts";
import { type ProgramEnd, runProgram, splitWords } from "../run-program.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";
import type { RunSummary } from "./run-summary.ts";

const defaultTimeout = "60s";
/** Milliseconds, where somebody waits for the process to end. */
const hurriedTimeout = 10_000;

/** Characters; the operating system limits what an environment may hold. */
const maximumMessage = 4_000;

/** What is nothing new to anybody. */
const uneventful = new Set(["not-due", "skipped", "unchanged"]);

/**
 * Runs the user's own programs after the run, each once at most: one where something was renewed, one
 * where the exit code is not 0.
 */
export function createHooks(
  context: CommandContext,
  { onRenewed, onFailure, hookTimeout = defaultTimeout }: RunReportFlags,
): Reporter | undefined {
  const timeout = parseDuration(hookTimeout, "--hook-timeout");
  const hooks = [
    {
      flag: "--on-renewed",
      words: onRenewed === undefined ? undefined : splitWords(onRenewed, "--on-renewed"),
      isCalled: ({ tally }: RunSummary) => tally.renewed > 0,
    },
    {
      flag: "--on-failure",
      words: onFailure === undefined ? undefined : splitWords(onFailure, "--on-failure"),
      isCalled: ({ exitCode }: RunSummary) => exitCode !== ExitCode.ok,
    },
  ].flatMap(({ words, ...hook }) => (words ? [{ ...hook, words }] : []));
  if (hooks.length === 0) return undefined;

  /** As JSON, which takes less room than what it was made of: a fleet has many. */
  const results: string[] = [];
  return {
    account(account) {
      const eventful = account.results.filter((result) => isEventful(result));
      results.push(...eventful.map((result) => JSON.stringify(result)));
    },
    async end(summary) {
      const problems: string[] = [];
      for (const { flag, words, isCalled } of hooks) {
        if (!isCalled(summary)) continue;
        const end = await runProgram(words, {
          env: childEnvironment(context.env, summary),
          input: describe(summary, results),
          timeout: context.signal.aborted ? Math.min(timeout, hurriedTimeout) : timeout,
          signal: context.signal.aborted ? undefined : context.signal,
        });
        const problem = describeEnd(flag, end);
        passOn(end.output, flag, problem !== undefined, context);
        if (problem !== undefined) problems.push(problem);
      }
      if (problems.length === 0) return;
      throw new CliError(problems.join(" "), { exitCode: ExitCode.attention, code: "HOOK_FAILED" });
    },
  };
}

function isEventful({ outcome, error }: Result): boolean {
  return error !== undefined || !uneventful.has(outcome);
}

/** What the program inherits, credentials aside, and what it may want to know without reading JSON. */
function childEnvironment(
  env: Environment,
  { command, exitCode, tally, failed, profiles, error }: RunSummary,
): Record<string, string> {
  const [profile, ...otherProfiles] = profiles;
  const secret = new Set([...credentialVariables, "RCWH_PING_URL"]);
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

/** The document on standard input, piece by piece. */
function* describe(summary: RunSummary, results: readonly string[]): Iterable<string> {
  const { command, exitCode, startedAt, endedAt, tally, error, failures } = summary;
  const head = JSON.stringify({
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

/** What went wrong, as a sentence. */
function describeEnd(flag: string, { reason, exitCode }: ProgramEnd): string | undefined {
  if (reason !== undefined) return `The command of ${flag} ${reason}.`;
  return exitCode === 0 ? undefined : `The command of ${flag} ended with exit code ${exitCode}.`;
}

/** What it wrote is the user's own talk; a quiet run has none of it unless it says what went wrong. */
function passOn(
  output: string,
  flag: string,
  hasFailed: boolean,
  { io, settings }: CommandContext,
): void {
  const text = output.trimEnd();
  if (text === "" || (settings.quiet && !hasFailed)) return;
  if (io.format === "json" || io.format === "ndjson") io.warn(`${flag} wrote: ${text}`);
  else io.say(text);
}
