import type { Identity } from "../../config/credentials.ts";
import { identityOf } from "../../config/identity.ts";
import type { CommandContext } from "../../context.ts";
import { asSentence, CliError, Interruption } from "../../errors.ts";
import { takeInventory } from "../../lifecycle/inventory.ts";
import { dueBefore } from "../../subscriptions/due.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { defaultLifetime } from "../../subscriptions/limits.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import { openAccount } from "../open-account.ts";

/** What a schedule is told about the lives of subscriptions. */
export interface LifeWishes {
  /** Seconds: the shortest life, where it is not to be looked up. */
  readonly lifetime: number | undefined;
  /** `--within` among the flags, milliseconds. */
  readonly within: number | undefined;
  /** `--expires-in` among the flags, seconds. */
  readonly expiresIn: number | undefined;
  /** Whether the flags are about several accounts. */
  readonly many: boolean;
  /** Whether the machine keeps its files: without records nothing is due before its last 48 hours. */
  readonly keepsRecords: boolean;
}

/** When a renewal is due, of the subscriptions that a schedule is for. */
export interface Due {
  /** Seconds before the end from which a renewal is tried, the fewest of all subscriptions. */
  readonly due: number;
  readonly reason: string;
}

/** Asks the server only where no lifetime is given. */
export async function findDue(
  context: CommandContext,
  wishes: LifeWishes,
  identity: Identity | undefined,
): Promise<Due> {
  const { within, expiresIn, keepsRecords } = wishes;
  const lives = [
    ...(await findLives(context, wishes, identity)),
    ...(expiresIn === undefined ? [] : [expiresIn]),
  ];
  const dues = lives.map((life) => {
    // What was made for the server's default has no lifetime on record.
    const lifetime = keepsRecords && life !== defaultLifetime ? life : undefined;
    return { life, due: Math.min(dueBefore({ within, lifetime }), life ?? defaultLifetime) };
  });
  const { life, due } = dues.reduce((least, each) => (each.due < least.due ? each : least));
  const subject =
    within !== undefined
      ? "A subscription"
      : life === undefined
        ? "What has no lifetime on record"
        : `A life of ${formatDuration(life)}`;
  return { due, reason: `${subject} is renewed in its last ${formatDuration(Math.floor(due))}.` };
}

/** Lifetimes in seconds, undefined for those that nobody knows; at least one. */
async function findLives(
  context: CommandContext,
  { lifetime, many }: LifeWishes,
  identity: Identity | undefined,
): Promise<readonly (number | undefined)[]> {
  if (lifetime !== undefined) return [lifetime];
  if (many) return [undefined, ...(await recordedLives(context))];
  if (!identity) return [undefined];
  try {
    const { subscriptions, records } = await takeInventory(await openAccount(context));
    const lives = subscriptions
      .filter((each) => each.deliveryMode.transportType !== "WebSocket" && !isOfListener(each))
      .map(({ id }) => records.get(id)?.expiresIn);
    return lives.length > 0 ? lives : [undefined];
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    context.io.note(
      `The subscriptions could not be looked at, so their lives are taken for ${formatDuration(defaultLifetime)}; \`--lifetime\` says otherwise. ${asSentence(error.message)}`,
    );
    return [undefined];
  }
}

/** Of every stored profile, without asking their servers. */
async function recordedLives(context: CommandContext): Promise<readonly (number | undefined)[]> {
  const config = await context.config();
  const lists = Object.entries(config.profiles()).map(([name, stored]) =>
    config.records(identityOf(name, stored).recordsKey).list(),
  );
  return (await Promise.all(lists)).flat().map(({ expiresIn }) => expiresIn);
}
