import { readFile } from "node:fs/promises";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import type { ResultError } from "../../lifecycle/results.ts";
import { replaceFile } from "../../machine/atomic-write.ts";
import { isFileError, reasonOf } from "../../machine/file-error.ts";
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
 * Writes a file for node_exporter's textfile collector. What this run could not find out stays as the
 * last one left it: instants are absolute, so that what was true is true, and an alarm on an expiry does
 * not fall silent because a run failed.
 */
export function createMetrics(
  { settings }: CommandContext,
  { metricsFile }: RunReportFlags,
): Reporter | undefined {
  if (metricsFile === undefined) return undefined;
  if (!metricsFile.endsWith(".prom")) {
    throw new UsageError(
      `--metrics-file ${JSON.stringify(metricsFile)} does not end in .prom, and node_exporter reads no other file.`,
      "Give it a name such as /var/lib/node_exporter/rcwh.prom.",
    );
  }
  const profiles = new Map<string, Samples>();
  const namedProfile = settings.profile?.includes("*") ? undefined : settings.profile;
  return {
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
      const previous = readSamples(await readFile(metricsFile, "utf8").catch(() => ""));
      // A run that failed before it knew whom it was for is about all whom the last one was for.
      const isUnknown = profiles.size === 0 && failures.length === 0 && error !== undefined;
      const failed = isUnknown
        ? affectedBy(error, previous, namedProfile).map((profile) => [profile, exitCode] as const)
        : failures
            .filter(({ profile, error: { code } }) => code !== "LOCKED" && !profiles.has(profile))
            // A line that nobody could read is no profile.
            .filter(({ profile }) => accounts?.has(profile))
            .map(({ profile, error: failure }) => [profile, failure.exitCode] as const);
      for (const [profile, code] of failed)
        profiles.set(profile, runSamples(profile, code, endedAt));

      const kept = [...previous.keys()].filter((profile) => !accounts?.lacks(profile));
      const names = new Set([...profiles.keys(), ...kept]);
      const merged = [...names].map(
        (name) => new Map([...(previous.get(name) ?? []), ...(profiles.get(name) ?? [])]),
      );
      await writeMetrics(metricsFile, renderMetrics(merged));
    },
  };
}

/** Whom a run is about that failed before it knew whom it was for. */
function affectedBy(
  { code }: ResultError,
  previous: ReadonlyMap<string, Samples>,
  namedProfile: string | undefined,
): readonly string[] {
  // Whoever asks for nobody that there is says nothing of the others.
  if (code === "NO_SUCH_PROFILE") {
    return [...previous.keys()].filter((profile) => profile === namedProfile);
  }
  if (namedProfile) return [namedProfile];
  return previous.size > 0 ? [...previous.keys()] : ["default"];
}

async function writeMetrics(path: string, text: string): Promise<void> {
  try {
    // Anybody may read it, because node_exporter is another user.
    await replaceFile(path, text, { mode: 0o644 });
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new CliError(`Could not write the metrics to ${path}: ${reasonOf(error)}.`, {
      exitCode: ExitCode.attention,
      code: "METRICS_FAILED",
      hint: "Let the user of rcwh write to the directory, or choose another one with `--metrics-file`.",
      cause: error,
    });
  }
}
