import { isDeepStrictEqual } from "node:util";
import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode, withHint } from "../errors.ts";
import { isDue } from "../subscriptions/due.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../subscriptions/health.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters } from "../subscriptions/renewal.ts";
import { endsTheRun } from "./bulk.ts";
import {
  type Inventory,
  type OwnedSubscription,
  openRecords,
  owned,
  readRecords,
} from "./inventory.ts";
import { recoverSubscription } from "./recovery.ts";
import { type Renewal, renewSubscription } from "./renewal.ts";
import { knownToken } from "./replacement-plan.ts";
import type { Result, ResultError } from "./results.ts";

/** What a run does with one subscription. */
export interface Treatment {
  /** It is none of the run's business: somebody else keeps it alive. */
  readonly skips?: true;
  readonly renews: boolean;
  /** It is renewed because it was asked for, due or not. */
  readonly isMeant?: boolean;
  readonly recovers: boolean;
  /** It would be recovered, but its URL was less than a day ago. RFC 3339. */
  readonly restsUntil?: string;
}

export interface RenewOneOptions {
  /** `--expires-in`, seconds. */
  readonly asked: number | undefined;
  /** `--within`, milliseconds. */
  readonly within: number | undefined;
  readonly dryRun: boolean;
}

/**
 * Recovers, renews or only looks at one subscription. One that cannot be recovered, whatever the reason,
 * is renewed where it is due, so that its definition survives.
 */
export async function renewOne(
  context: CommandContext,
  inventory: Inventory,
  subscription: OwnedSubscription,
  treatment: Treatment,
  options: RenewOneOptions,
): Promise<Result> {
  const { id, profile } = subscription;
  if (treatment.skips) return { id, profile, outcome: "skipped", subscription };
  if (!treatment.recovers) return renewOrLook(context, inventory, subscription, treatment, options);
  if (options.dryRun) return { id, profile, outcome: "would-recover", subscription };
  const remedy = `\`rcwh recover ${id} --verification-token-file <path>\` gives it one`;
  const upToDate = { ...inventory, records: await readRecords(context) };
  const verificationToken = knownToken(subscription, {}, upToDate, context, remedy);
  try {
    return await recoverSubscription(context, upToDate, subscription, {
      verificationToken,
      flags: {},
    });
  } catch (refusal) {
    if (!(refusal instanceof CliError) || endsTheRun(refusal)) throw refusal;
    const isAboutEndpoint = refusal.exitCode === ExitCode.endpoint;
    // Then there is nothing to renew, or nothing that is due.
    const isAway = refusal.exitCode === ExitCode.notFound;
    if (isAway || !(isAboutEndpoint || treatment.renews)) throw withRoom(refusal, id);
    const result = await renewOrLook(context, inventory, subscription, treatment, options);
    return { ...result, error: stillFails(result, withRoom(refusal, id)) };
  }
}

/** What makes room, where there is none. */
function withRoom(refusal: CliError, id: string): CliError {
  if (refusal.code !== "SUB-505") return refusal;
  const remedy = `Make room with \`rcwh delete <id>\`, or run \`rcwh recover ${id} --break-before-make\`.`;
  return withHint(refusal, remedy);
}

/** It is as blacklisted as it was. About an endpoint that is still out of order the run itself did what it could. */
function stillFails({ error }: Result, { message, code, hint, exitCode }: CliError): ResultError {
  const isAboutEndpoint = exitCode === ExitCode.endpoint;
  return {
    code,
    message: `${error ? `${error.message} ` : ""}It cannot be recovered yet: ${asSentence(message)}`,
    hint,
    exitCode: isAboutEndpoint ? (error?.exitCode ?? ExitCode.attention) : exitCode,
  };
}

async function renewOrLook(
  context: CommandContext,
  inventory: Inventory,
  subscription: OwnedSubscription,
  { renews, isMeant = false, restsUntil }: Treatment,
  { asked, within, dryRun }: RenewOneOptions,
): Promise<Result> {
  const { id, profile } = subscription;
  const rest =
    restsUntil === undefined
      ? []
      : [
          `Its URL was recovered less than a day ago; --recover leaves it alone until ${restsUntil}.`,
        ];
  if (!renews || dryRun) {
    const error = isHealthy(subscription)
      ? undefined
      : attentionTo(subscription, [describeUnhealthy(subscription, "It"), ...rest], "blacklisted");
    const outcome = error ? "blacklisted" : renews ? "would-renew" : "not-due";
    return { id, profile, outcome, subscription, ...(error && { error }) };
  }
  const { latest, record } = await lookAgain(context, inventory, subscription);
  const now = context.clock.now();
  if (!isMeant && !isDue(latest, { within, recorded: record, now })) {
    const treatment = { renews: false, recovers: false };
    return renewOrLook(context, inventory, latest, treatment, { asked, within, dryRun });
  }
  const { client, own } = inventory;
  const renewal = await renewSubscription(client, latest, { record, asked, now, own });
  if (!(await keepRecord(renewal, record, asked, context))) {
    // Another process changed it at the same time, and which was the last to is not known.
    const treatment = { renews, recovers: false };
    const options = { asked: undefined, within, dryRun };
    const result = await renewOrLook(context, inventory, renewal.subscription, treatment, options);
    return result.outcome === "not-due" ? { ...result, outcome: "renewed" } : result;
  }
  const { outcome } = renewal;
  const remarks = outcome === "blacklisted" ? [...renewal.remarks, ...rest] : renewal.remarks;
  const error = attentionTo(renewal.subscription, remarks, outcome);
  return { id, profile, outcome, subscription: renewal.subscription, ...(error && { error }) };
}

/** Its record as it is now, and where another process has written that since, the subscription too. */
async function lookAgain(
  context: CommandContext,
  { client, profile, records }: Inventory,
  subscription: OwnedSubscription,
) {
  const { id, api } = subscription;
  const record = (await readRecords(context)).get(id);
  const isAsItWas = isDeepStrictEqual(record, records.get(id));
  const latest = isAsItWas ? subscription : owned(await client.read(api, id), profile, api);
  return { latest, record };
}

/** Adds what the renewal tells to the record; false where that is not what it was when the renewal began. */
async function keepRecord(
  { subscription, droppedFilters }: Renewal,
  record: SubscriptionRecord | undefined,
  asked: number | undefined,
  context: CommandContext,
): Promise<boolean> {
  const { id, api, deliveryMode, expirationTime } = subscription;
  let isAsItWas = true;
  await (await openRecords(context)).edit(id, (current) => {
    isAsItWas = isDeepStrictEqual(current, record);
    if (!isAsItWas) return undefined;
    const { droppedFilters: _, goneAt: __, ...known } = current ?? { foreign: true };
    return {
      ...known,
      id,
      api,
      eventFilters: [...allFilters(subscription), ...droppedFilters],
      ...(droppedFilters.length > 0 && { droppedFilters }),
      address: deliveryMode.address ?? "",
      expirationTime,
      ...(asked !== undefined && { expiresIn: asked }),
    };
  });
  return isAsItWas;
}

/** What the user should know, as the error that it comes to; undefined where all is well. */
function attentionTo(
  subscription: OwnedSubscription,
  remarks: readonly string[],
  outcome: Renewal["outcome"],
): ResultError | undefined {
  if (remarks.length === 0) return undefined;
  const { id } = subscription;
  const error = { message: remarks.join(" "), exitCode: ExitCode.attention };
  switch (outcome) {
    case "shortened":
      return {
        ...error,
        code: "SHORTENED",
        hint: `Ask for the lifetime again with \`rcwh renew ${id} --expires-in <duration>\`.`,
        exitCode: ExitCode.failure,
      };
    case "blacklisted":
      return {
        ...error,
        code: "UNHEALTHY",
        hint: repairHint(subscription).replace(/\.$/, `; \`--ignore ${id}\` silences this.`),
      };
    default:
      return {
        ...error,
        code: outcome.toUpperCase().replaceAll("-", "_"),
        hint: `See \`rcwh show ${id}\`.`,
      };
  }
}
