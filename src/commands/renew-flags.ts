import { isAbsolute } from "node:path";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isMany } from "../operations/accounts/accounts.ts";
import { planSchedule, type Schedule } from "../operations/schedule/schedule.ts";
import { parseDuration, parseLifetime } from "../subscriptions/lifetime.ts";
import { createEnsureCommand } from "./ensure.ts";
import { createCommand } from "./flags/command.ts";
import { readGlobalFlags } from "./flags/global-flags.ts";
import { createRenewCommand } from "./renew.ts";

/** The flags of a schedule's runs, as far as the schedule depends on them. */
interface RenewFlags {
  /** As given. */
  readonly flags: readonly string[];
  /** `--within`, milliseconds. */
  readonly within: number | undefined;
  /** `--expires-in`, seconds. */
  readonly expiresIn: number | undefined;
  /** `--deadline`, milliseconds. */
  readonly deadline: number | undefined;
  /** `--jitter`, milliseconds. */
  readonly jitter: number | undefined;
  /** Whether the runs are about several accounts. */
  readonly many: boolean;
}

interface PlanOptions {
  /** The shortest lifetime, seconds, instead of looking it up. */
  readonly lifetime?: number | undefined;
  /** Whether records survive from run to run. */
  readonly keepsRecords?: boolean;
  /** Whether they are in a store instead. */
  readonly hasStore?: boolean;
  /** Runs `ensure` with this file. */
  readonly ensure?: string | undefined;
}

/** Plans the runs of `renew` with these flags, which `cron print` prints and `doctor --cron` rehearses. */
export async function planRenewals(
  flags: readonly string[],
  { lifetime, keepsRecords = true, hasStore = false, ensure: file }: PlanOptions,
  context: CommandContext,
): Promise<Schedule> {
  if (file !== undefined) requireAbsolute("--ensure", file);
  const command = file === undefined ? ["renew"] : ["ensure", "-f", file];
  const renewFlags = await readRenewFlags(command, flags, context);
  const many = renewFlags.many || isMany(context, {});
  const options = { ...renewFlags, many, lifetime, keepsRecords, hasStore };
  return planSchedule(context, { ...options, command });
}

/** Reads flags for a later run of a command. Throws as that would. */
async function readRenewFlags(
  command: readonly string[],
  flags: readonly string[],
  context: CommandContext,
): Promise<RenewFlags> {
  const program = createCommand("rcwh", context);
  for (const option of readGlobalFlags([]).options) program.addOption(option);
  const run =
    command[0] === "ensure"
      ? createEnsureCommand(context, async () => {})
      : createRenewCommand(context, async () => {});
  program.addCommand(run);
  await program.parseAsync([...command, ...flags], { from: "user" });
  const given: Readonly<Record<string, unknown>> = run.optsWithGlobals();
  refuseRelativePaths(given);
  const text = (name: string) => {
    const value = given[name];
    return typeof value === "string" ? value : undefined;
  };
  const [within, expiresIn] = [text("within"), text("expiresIn")];
  const [deadline, jitter] = [text("deadline"), text("jitter")];
  return {
    flags,
    within: within === undefined ? undefined : parseDuration(within, "--within", "h"),
    expiresIn:
      expiresIn === undefined ? undefined : parseLifetime(expiresIn).from(context.clock.now()),
    deadline: deadline === undefined ? undefined : parseDuration(deadline, "--deadline"),
    jitter: jitter === undefined ? undefined : parseDuration(jitter, "--jitter"),
    many:
      given["allProfiles"] === true ||
      text("profilesFrom") !== undefined ||
      (text("profile") ?? "").includes("*"),
  };
}

const pathFlags = [
  ["metricsFile", "--metrics-file"],
  ["credentialsFile", "--credentials-file"],
  ["accessTokenFile", "--access-token-file"],
  ["profilesFrom", "--profiles-from"],
] as const;

/** A scheduler starts its runs in another directory, and gives them no input. */
function refuseRelativePaths(given: Readonly<Record<string, unknown>>): void {
  if (given["profilesFrom"] === "-") {
    throw new UsageError(
      "--profiles-from - cannot be used in a schedule, which has no standard input.",
      "Use a file, or a command: --profiles-from '!my-accounts --json'.",
    );
  }
  for (const [name, flag] of pathFlags) {
    const path = given[name];
    if (typeof path !== "string" || isAbsolute(path)) continue;
    // A command.
    if (name === "profilesFrom" && path.startsWith("!")) continue;
    requireAbsolute(flag, path);
  }
}

function requireAbsolute(flag: string, path: string): void {
  if (isAbsolute(path)) return;
  throw new UsageError(
    `Invalid ${flag} value ${JSON.stringify(path)}: must be an absolute path, because a scheduler starts in another directory.`,
  );
}
