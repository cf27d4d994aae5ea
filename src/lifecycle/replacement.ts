import type { RingCentralClient } from "../api/client.ts";
import { ApiError, maybeProcessed } from "../api/errors.ts";
import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode, Interruption } from "../errors.ts";
import type { SubscriptionRecord, SubscriptionRecords } from "../subscriptions/record.ts";
import type {
  ReplacementIntent,
  ReplacementJournal,
  SubscriptionDefinition,
} from "../subscriptions/replacement-intent.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import { type Creation, createOnce } from "./creation.ts";
import { proveEndpoint } from "./endpoint-proof.ts";
import { type Inventory, type OwnedSubscription, openRecords, owned } from "./inventory.ts";

/** How long to wait for another rcwh that is replacing, milliseconds. */
const patience = 30_000;

export interface Replacement {
  readonly subscription: OwnedSubscription;
  /** How long both delivered, milliseconds; negative: how long none did. */
  readonly overlap: number;
}

export interface ReplacementPlan {
  readonly old: OwnedSubscription;
  /** What the new one shall be. */
  readonly wish: SubscriptionDefinition;
  /**
   * `--break-before-make`: the old one's definition, which is deleted first because there is no room.
   * Events are lost in between.
   */
  readonly previous: SubscriptionDefinition | undefined;
  /** The old one is blacklisted, and delivers nothing any more. */
  readonly recovers?: boolean;
  /** As in the old one's record. */
  readonly droppedFilters?: readonly string[];
}

/**
 * Puts a new subscription in the place of an old one: makes it, sees it Active, then deletes the old
 * one; until then both deliver. The intent is on disk throughout, and `finishReplacements` takes it
 * up after a crash. An endpoint that the platform refuses leaves everything as it was; where the old
 * one had to be deleted first, the endpoint is tried from here before, and the old one is made again.
 */
export async function replaceSubscription(
  context: CommandContext,
  { client, profile, records }: Inventory,
  { old, wish, previous, recovers = false, droppedFilters = [] }: ReplacementPlan,
): Promise<Replacement> {
  const milliseconds = Math.min(patience, client.deadlineAt - context.clock.now());
  return exclusively(context, milliseconds, async () => {
    // Another process, or the user's thinking time, may have changed what there is.
    const present = await client.list(old.api);
    if (!present.some(({ id }) => id === old.id)) throw isGone(old);
    if (previous) await proveEndpoint(wish, context);
    const intent: ReplacementIntent = {
      ...wish,
      oldId: old.id,
      api: old.api,
      knownIds: present.map(({ id }) => id),
      ...(previous && { previous }),
      ...(recovers && { recovers }),
      ...(droppedFilters.length > 0 && { droppedFilters }),
    };
    const run = await openRun(context, client, profile);
    const isKept = await run.journal.save(intent);
    if (!isKept) acceptUnkept(intent, records.get(old.id), context);
    return carryOut(run, intent, { old });
  });
}

/** A replacement that nothing could finish after a crash. Throws where that, or what would be forgotten, could do harm. */
export function acceptUnkept(
  { oldId, previous, verificationToken }: ReplacementIntent,
  recorded: SubscriptionRecord | undefined,
  { io }: CommandContext,
  done = "replaced",
): void {
  const has = recorded?.verificationToken !== undefined || recorded?.expiresIn !== undefined;
  if (previous || has) {
    const loss = previous
      ? "a crash after the deletion would lose it"
      : "its recorded lifetime and verification token would be lost";
    throw new CliError(
      `${oldId} is not ${done}, because that cannot be written down: ${loss}. Nothing was changed.`,
      {
        code: "NOT_KEPT",
        hint: "Make the directory of rcwh's configuration writable, with some space left, or set RCWH_CONFIG_DIR to one that is.",
      },
    );
  }
  if (verificationToken === undefined) return;
  io.warn(
    `The verification token of the new one cannot be written down: keep it yourself, because a replacement of that one will have to be given it.`,
  );
}

/** What the steps of a replacement need. */
export interface ReplacementRun {
  readonly context: CommandContext;
  readonly client: RingCentralClient;
  readonly profile: string;
  readonly journal: ReplacementJournal;
  readonly records: SubscriptionRecords;
}

export async function openRun(
  context: CommandContext,
  client: RingCentralClient,
  profile: string,
): Promise<ReplacementRun> {
  const journal = await openJournal(context);
  return { context, client, profile, journal, records: await openRecords(context) };
}

/** What there is when a replacement begins or goes on. */
export interface Present {
  /** Undefined once it is deleted. */
  readonly old?: OwnedSubscription;
  /** The new one, where it is there already. */
  readonly made?: OwnedSubscription;
}

/** Does what is left of a replacement. An interruption says what may be there, and what finishes it. */
export async function carryOut(
  run: ReplacementRun,
  intent: ReplacementIntent,
  present: Present,
): Promise<Replacement> {
  try {
    return await carryOutSteps(run, intent, present);
  } catch (error) {
    if (!(error instanceof Interruption) || error.exitCode === ExitCode.ok) throw error;
    const state = intent.previous
      ? "it may be deleted, and the new one not there yet."
      : "the new one may be there, and then both deliver.";
    throw new CliError(`Interrupted while ${intent.oldId} was being replaced: ${state}`, {
      exitCode: error.exitCode,
      code: error.code,
      hint: "Run `rcwh renew`, which finishes this.",
      cause: error,
    });
  }
}

async function carryOutSteps(
  run: ReplacementRun,
  intent: ReplacementIntent,
  { old, made }: Present,
): Promise<Replacement> {
  const { clock } = run.context;
  let remaining = old;
  if (!made && old && intent.previous) {
    await orBroken(intent, "may be deleted", () => deleteIfThere(run.client, old));
    remaining = undefined;
  }
  const brokenAt = clock.now();
  const created = made ?? (await make(run, intent, remaining));
  const madeAt = clock.now();
  await run.journal.save({ ...intent, newId: created.id });
  await record(run, created, intent);
  const subscription = await proven(run, created, remaining);
  if (remaining) await retire(run.client, remaining, created);
  await forget(run, intent.oldId);
  const overlap = intent.previous ? brokenAt - madeAt : clock.now() - madeAt;
  return { subscription, overlap };
}

export function creationOf(intent: ReplacementIntent): Creation {
  return { api: intent.api, request: requestOf(intent), knownIds: new Set(intent.knownIds) };
}

async function make(
  run: ReplacementRun,
  intent: ReplacementIntent,
  old: OwnedSubscription | undefined,
): Promise<OwnedSubscription> {
  const { context, client, profile, journal } = run;
  try {
    return owned(await createOnce(context, client, creationOf(intent)), profile, intent.api);
  } catch (error) {
    // It may be there after all, or the user left: the next run will look.
    if (!(error instanceof ApiError) || maybeProcessed(error)) {
      throw old || intent.undoing ? error : broken(intent, "is deleted", error);
    }
    if (!old && intent.previous && !intent.undoing) {
      throw await restored(run, intent, intent.previous, error);
    }
    // What could not be undone is tried again by the next run.
    if (!intent.undoing) await journal.remove(intent.oldId);
    throw error.code === "SUB-505" ? noRoom(error) : error;
  }
}

async function orBroken<Result>(
  intent: ReplacementIntent,
  state: string,
  step: () => Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    throw maybeProcessed(error) ? broken(intent, state, error) : error;
  }
}

/** A failure after `--break-before-make` has begun: says what became of the old one, and what restores it. */
function broken({ oldId, previous }: ReplacementIntent, state: string, failure: unknown): unknown {
  if (!previous || !(failure instanceof CliError) || failure.code === "INTERRUPTED") return failure;
  const { message, exitCode, code } = failure;
  return new CliError(
    `${asSentence(message)} ${oldId} ${state}, and nothing is in its place yet.`,
    {
      exitCode,
      code,
      hint: "Run `rcwh renew` as soon as RingCentral answers again: it finishes this.",
      cause: failure,
    },
  );
}

/** After `--break-before-make` the new one was refused: makes the old one again. The error says how that went. */
async function restored(
  run: ReplacementRun,
  intent: ReplacementIntent,
  previous: SubscriptionDefinition,
  refusal: ApiError,
): Promise<CliError> {
  const { oldId, api, knownIds } = intent;
  const undo: ReplacementIntent = { ...previous, oldId, api, knownIds, previous, undoing: true };
  await run.journal.save(undo);
  const { exitCode, code, hint, message } = refusal;
  try {
    const { subscription } = await carryOut(run, undo, {});
    return new CliError(
      `${asSentence(message)} ${oldId} was made again: it is ${subscription.id} now.`,
      {
        exitCode,
        code,
        hint,
        cause: refusal,
      },
    );
  } catch (cause) {
    if (!(cause instanceof CliError) || cause.code === "INTERRUPTED") throw cause;
    return new CliError(
      `${asSentence(message)} ${oldId} is deleted, and could not be made again. ${asSentence(cause.message)}`,
      {
        exitCode,
        code,
        hint: "Mend the endpoint, then run `rcwh renew`: it makes the old one again.",
        cause,
      },
    );
  }
}

function requestOf(wish: SubscriptionDefinition): CreateSubscriptionRequest {
  const { eventFilters, address, expiresIn, verificationToken } = wish;
  return {
    eventFilters,
    deliveryMode: {
      transportType: "WebHook",
      address,
      ...(verificationToken !== undefined && { verificationToken }),
    },
    expiresIn,
  };
}

async function deleteIfThere(client: RingCentralClient, { api, id }: OwnedSubscription) {
  try {
    await client.delete(api, id);
  } catch (error) {
    const isAway = error instanceof CliError && error.exitCode === ExitCode.notFound;
    if (!isAway) throw error;
  }
}

async function record(
  { records }: ReplacementRun,
  { id, api, expirationTime, creationTime }: OwnedSubscription,
  intent: ReplacementIntent,
): Promise<void> {
  const { eventFilters, address, expiresIn, verificationToken } = intent;
  const { recovers = false, droppedFilters = [] } = intent;
  await records.save({
    id,
    api,
    eventFilters: [...eventFilters, ...droppedFilters],
    address,
    expiresIn,
    expirationTime,
    ...(verificationToken !== undefined && { verificationToken }),
    ...(droppedFilters.length > 0 && { droppedFilters }),
    ...(recovers && { recoveredAt: creationTime }),
  });
}

/** The new one as the server sees it. One that does not work replaces nothing: it goes again, and the old one stays. */
async function proven(
  { client, profile, records, journal }: ReplacementRun,
  created: OwnedSubscription,
  old: OwnedSubscription | undefined,
): Promise<OwnedSubscription> {
  if (!old) return created;
  const { api, id } = created;
  const seen = await orUnfinished(created, old, () => client.read(api, id));
  if (seen.status === "Active") return owned(seen, profile, api);
  await deleteIfThere(client, created);
  await records.remove(id);
  await journal.remove(old.id);
  throw new CliError(
    `The new subscription was ${seen.status} at once. ${old.id} stays as it was.`,
    {
      exitCode: ExitCode.endpoint,
      code: "NOT_ACTIVE",
      hint: "Mend the endpoint until `rcwh check <url> --event` finds nothing, then run the same command again.",
    },
  );
}

async function retire(
  client: RingCentralClient,
  old: OwnedSubscription,
  created: OwnedSubscription,
): Promise<void> {
  await orUnfinished(created, old, () => deleteIfThere(client, old));
}

async function orUnfinished<Result>(
  created: OwnedSubscription,
  old: OwnedSubscription,
  step: () => Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof CliError) || error.code === "INTERRUPTED") throw error;
    throw new CliError(
      `${created.id} is made, but ${old.id} is not deleted yet: both deliver. ${error.message}`,
      {
        exitCode: error.exitCode,
        code: error.code,
        hint: `Run \`rcwh renew\`, which finishes this, or \`rcwh delete ${old.id}\`.`,
        cause: error,
      },
    );
  }
}

async function forget({ records, journal }: ReplacementRun, oldId: string): Promise<void> {
  await records.remove(oldId);
  await journal.remove(oldId);
}

function isGone({ id }: OwnedSubscription): CliError {
  return new CliError(`${id} is gone: somebody else deleted or replaced it. Nothing was changed.`, {
    exitCode: ExitCode.notFound,
    code: "NOT_FOUND",
    hint: "See what there is with `rcwh list`.",
  });
}

/** The limit may be lower than the one that is documented. */
function noRoom(refusal: ApiError): CliError {
  const { message, exitCode, code } = refusal;
  return new CliError(`${asSentence(message)} Nothing was changed.`, {
    exitCode,
    code,
    hint: "Make room with `rcwh delete <id>`, or add --break-before-make, which loses events in between.",
    cause: refusal,
  });
}

export async function openJournal(context: CommandContext): Promise<ReplacementJournal> {
  const [config, { recordsKey }] = [await context.config(), await context.identity()];
  return config.replacements(recordsKey);
}

/** While no other rcwh replaces for the same user. Throws `LOCKED` when patience, in milliseconds, ends. */
export async function exclusively<Result>(
  context: CommandContext,
  milliseconds: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const [config, { recordsKey }] = [await context.config(), await context.identity()];
  return config.exclusively(`replace ${recordsKey}`, milliseconds, work);
}
