import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import type { PickList } from "../operations/guide/pick.ts";
import { isReplaceable } from "../subscriptions/due.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";
import { asksForArgument, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { addNewTokenFlags } from "./flags/verification-token-flags.ts";
import { type UpdateOptions, updateSubscription } from "./update/update.ts";

export interface RotateOptions
  extends Pick<
    UpdateOptions,
    | "verificationToken"
    | "verificationTokenFile"
    | "verificationTokenOut"
    | "generateVerificationToken"
    | "breakBeforeMake"
    | "dryRun"
  > {
  readonly overlap?: string;
  readonly wait?: boolean;
}

const manual: Manual = {
  commonFlags: [
    "--generate-verification-token",
    "--verification-token-out",
    "--verification-token-file",
    "--overlap",
    "--dry-run",
  ],
  examples: {
    "rcwh rotate-token 3f2a": "a generated token, shown before anything changes",
    "rcwh rotate-token 3f2a --overlap 10m": "ten minutes in which both tokens are delivered",
    "rcwh rotate-token 3f2a --overlap 1d --no-wait --yes": "the first renew after a day ends it",
    "rcwh rotate-token 3f2a --verification-token-file token.txt": "a token of your own",
    "rcwh rotate-token 3f2a --verification-token-out new.txt --yes": "unattended, into a file",
  },
  json: '{ "schemaVersion": 1, "verificationToken",\n  "results": [ { "id", "profile", "outcome": "replaced", "subscription", "newId" } ] }\nThe line with the token is printed before anything changes; with -o tsv it is the first line.',
  exitCodes: {
    1: "RingCentral refused the new subscription",
    3: "no such subscription, or no such profile",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "the endpoint failed RingCentral's handshake; the old one is unchanged",
    8: "replaced, but the new one is unhealthy or lacks filters or lifetime",
    9: "declined, or nobody could confirm (see --yes); the old token is unchanged",
  },
};

export function createRotateTokenCommand(context: CommandContext, run = rotateToken) {
  const command = createCommand("rotate-token", context, manual)
    .description(
      "Give a subscription a new verification token: a new subscription replaces it. The token is shown before anything changes. Until the old one is deleted both deliver, each with its own token, so let your endpoint accept both. On a terminal it asks which one, unless you name it.",
    )
    .argument("<selector>", "an id, a unique prefix of one, or a URL")
    .optionsGroup("Verification token (generated unless given):");
  addNewTokenFlags(command)
    .optionsGroup("Replacement:")
    .option("--overlap <duration>", "let both deliver for this long (default: a moment)")
    .option("--no-wait", "leave the end of --overlap to the next renew")
    .option("--break-before-make", "delete first if 30 of 30 leave no room; loses events")
    .option("--dry-run", "print what would be done without doing it")
    .action((selector: string | undefined, options) =>
      selector === undefined ? pickAndRotate(options, context) : run(selector, options, context),
    );
  return asksForArgument(command, context);
}

async function pickAndRotate(options: RotateOptions, context: CommandContext): Promise<void> {
  const { runOnOne } = await import("../operations/guide/pick.ts");
  const { overlap, wait, ...flags } = options;
  const offer = {
    command: { name: "rotate-token", flags: { ...flags, overlap, noWait: wait === false } },
    question: "Give which subscription a new verification token?",
    of: ({ subscriptions }: PickList) => subscriptions.filter(isReplaceable),
    none: "No subscription here has a token to rotate. Create one with `rcwh create`.",
    unchanged: "Nothing was changed.",
    ...(wait !== false && overlap !== undefined && { deadline: deadlineWith(overlap) }),
  };
  await runOnOne(offer, context, (id, back) => rotateToken(id, options, back));
}

/** Milliseconds for a run that stays until an overlap is over. */
function deadlineWith(overlap: string): number {
  return 90_000 + parseDuration(overlap, "--overlap");
}

export async function rotateToken(
  selector: string,
  { overlap, wait = true, ...options }: RotateOptions,
  context: CommandContext,
): Promise<void> {
  const keepBoth = overlap === undefined ? undefined : parseDuration(overlap, "--overlap");
  if (keepBoth !== undefined && options.breakBeforeMake) {
    throw new UsageError(
      "--overlap and --break-before-make cannot be used together.",
      "Use one of them.",
    );
  }
  const { deadline } = context.settings;
  if (wait && deadline !== undefined && keepBoth !== undefined && keepBoth >= deadline) {
    throw new UsageError(
      `--overlap ${overlap} can use up the whole --deadline.`,
      "Raise --deadline, or add --no-wait: then the next renew deletes the old one.",
    );
  }
  const isGiven =
    options.verificationToken !== undefined || options.verificationTokenFile !== undefined;
  const token = isGiven ? {} : { generateVerificationToken: true as const };
  await updateSubscription(selector, { ...options, ...token }, context, { keepBoth, wait });
}
