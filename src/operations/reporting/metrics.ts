import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import type { ResultError } from "../../lifecycle/results.ts";
import { replaceFile } from "../../machine/atomic-write.ts";
import { isFileError, reasonOf, roomHint } from "../../machine/file-error.ts";
import { OddFileError, readRegularFile, refuseOddFile } from "../../machine/regular-file.ts";
import {
  readSamples,
  renderMetrics,
  runSamples,
  type Samples,
  samplesOf,
  successSamples,
} from "./metric-samples.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";

/**
 * Writes a file for node_exporter's textfile collector. Samples that this run could not find out stay as the
 * last run left them: times are absolute, so they remain true, and an alarm on an expiry still works after a run
 * that failed.
 */
export function createMetrics(
  { redactor, settings }: CommandContext,
  { metricsFile }: RunReportFlags,
): Reporter | undefined {
  if (metricsFile === undefined) return undefined;
  if (!metricsFile.endsWith(".prom")) {
    throw new UsageError(
      `Invalid --metrics-file value ${JSON.stringify(metricsFile)}: must end in .prom, or node_exporter ignores the file.`,
      "Use a name such as /var/lib/node_exporter/rcwh.prom.",
    );
  }
  const profiles = new Map<string, Samples>();
  const namedProfile = settings.profile?.includes("*") ? undefined : settings.profile;
  return {
    check: () => checkWritable(metricsFile),
    account: (account) => void profiles.set(account.profile, samplesOf(account)),
    outputFailed({ profile, exitCode, endedAt, lastRun }) {
      const known = [...(profiles.get(profile) ?? [])];
      const samples = new Map([
        ...known.filter(([metric]) => metric !== "rcwh_last_success_timestamp_seconds"),
        ...runSamples(profile, exitCode, endedAt),
        ...successSamples(profile, lastRun),
      ]);
      profiles.set(profile, samples);
    },
    async end({ exitCode, endedAt, failures, error, accounts }) {
      const previous = readSamples(readPrevious(metricsFile));
      // A run that failed before it knew its accounts is a failure of all accounts of the last run.
      const isUnknown = profiles.size === 0 && failures.length === 0 && error !== undefined;
      const failed = isUnknown
        ? affectedBy(error, previous, namedProfile).map((profile) => [profile, exitCode] as const)
        : failures
            .filter(({ profile, error: { code } }) => code !== "LOCKED" && !profiles.has(profile))
            // A line of --profiles-from without a name has no samples.
            .filter(({ profile }) => accounts?.has(profile))
            .map(({ profile, error: failure }) => [profile, failure.exitCode] as const);
      for (const [profile, code] of failed)
        profiles.set(profile, runSamples(profile, code, endedAt));

      const kept = [...previous.keys()].filter((profile) => !accounts?.lacks(profile));
      const names = new Set([...profiles.keys(), ...kept]);
      const merged = [...names].map(
        (name) => new Map([...(previous.get(name) ?? []), ...(profiles.get(name) ?? [])]),
      );
      await writeMetrics(metricsFile, redactor.message(renderMetrics(merged)));
    },
  };
}

/** The profiles that a run is about which failed before it knew its accounts. */
function affectedBy(
  { code }: ResultError,
  previous: ReadonlyMap<string, Samples>,
  namedProfile: string | undefined,
): readonly string[] {
  // A profile that does not exist says nothing about the others.
  if (code === "NO_SUCH_PROFILE") {
    return [...previous.keys()].filter((profile) => profile === namedProfile);
  }
  if (namedProfile) return [namedProfile];
  return previous.size > 0 ? [...previous.keys()] : ["default"];
}

async function writeMetrics(path: string, text: string): Promise<void> {
  try {
    // Everybody may read it, because node_exporter is another user.
    await replaceFile(path, text, { mode: 0o644 });
  } catch (error) {
    throw asMetricsError(error, path);
  }
}

/** Finds out whether the file could be replaced, and changes nothing. */
async function checkWritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
    const stats = await stat(path).catch(() => undefined);
    if (stats) refuseOddFile(path, stats);
  } catch (error) {
    throw asMetricsError(error, path);
  }
}

/** What the last run left; empty if it cannot be read. Throws CliError if it is not a regular file: it would be lost. */
function readPrevious(path: string): string {
  try {
    return readRegularFile(path);
  } catch (error) {
    if (isFileError(error)) return "";
    throw asMetricsError(error, path);
  }
}

/** Bugs unchanged. */
function asMetricsError(error: unknown, path: string): unknown {
  const isOdd = error instanceof OddFileError;
  if (!isOdd && !isFileError(error)) return error;
  const reason = isOdd ? error.reason : reasonOf(error);
  return new CliError(`Could not write the metrics to ${path}: ${reason}.`, {
    exitCode: ExitCode.attention,
    code: "METRICS_FAILED",
    hint: isOdd
      ? error.hint
      : (roomHint(error) ??
        "Allow the user of rcwh to write to the directory, or choose another one with `--metrics-file`."),
    cause: error,
  });
}
