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

export interface RenewalWindowOptions {
  /** `--lifetime`, seconds: the shortest lifetime, instead of looking it up. */
  readonly lifetime: number | undefined;
  /** `--within` of the runs, milliseconds. */
  readonly within: number | undefined;
  /** `--expires-in` of the runs, seconds. */
  readonly expiresIn: number | undefined;
  /** Whether the runs are about several accounts. */
  readonly many: boolean;
  /** Whether records survive from run to run. Without records, a subscription is due in its last 48 hours. */
  readonly keepsRecords: boolean;
  /** Whether they are in a store instead. */
  readonly hasStore?: boolean;
}

export interface RenewalWindow {
  /** Seconds before its expiry from which a subscription is due; the smallest number of all subscriptions. */
  readonly seconds: number;
  /** Explains it in a sentence. */
  readonly reason: string;
  /** Why the lifetime is only assumed, as sentences. */
  readonly note: string | undefined;
}

/** Finds the shortest time in which a subscription is due. Asks the server only if no lifetime is given. */
export async function findRenewalWindow(
  context: CommandContext,
  options: RenewalWindowOptions,
  identity: Identity | undefined,
): Promise<RenewalWindow> {
  const { within, expiresIn, keepsRecords, hasStore } = options;
  const found = await findLifetimes(context, options, identity);
  const lifetimes = [...found.lifetimes, ...(expiresIn === undefined ? [] : [expiresIn])];
  const windows = lifetimes.map((lifetime) => {
    // The server's default is not recorded.
    const recorded =
      (keepsRecords || hasStore) && lifetime !== defaultLifetime ? lifetime : undefined;
    const due = dueBefore({ within, lifetime: recorded });
    return { lifetime, seconds: Math.min(due, lifetime ?? defaultLifetime) };
  });
  const { lifetime, seconds } = windows.reduce((least, each) =>
    each.seconds < least.seconds ? each : least,
  );
  const which =
    within !== undefined
      ? ""
      : lifetime === undefined
        ? " without a recorded lifetime"
        : ` with a lifetime of ${formatDuration(lifetime)}`;
  const last = formatDuration(Math.floor(seconds));
  return {
    seconds,
    reason: `Subscriptions${which} are renewed in their last ${last}.`,
    note: found.note,
  };
}

interface Lifetimes {
  /** At least one, in seconds; undefined for one that is not recorded. */
  readonly lifetimes: readonly (number | undefined)[];
  /** Why they are only assumed. */
  readonly note?: string;
}

async function findLifetimes(
  context: CommandContext,
  { lifetime, many }: RenewalWindowOptions,
  identity: Identity | undefined,
): Promise<Lifetimes> {
  if (lifetime !== undefined) return { lifetimes: [lifetime] };
  if (many) return { lifetimes: [undefined, ...(await recordedLifetimes(context))] };
  if (!identity) return { lifetimes: [undefined] };
  try {
    const { subscriptions, records } = await takeInventory(await openAccount(context));
    const lifetimes = subscriptions
      .filter((each) => each.deliveryMode.transportType !== "WebSocket" && !isOfListener(each))
      .map(({ id }) => records.get(id)?.expiresIn);
    return { lifetimes: lifetimes.length > 0 ? lifetimes : [undefined] };
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    const note = `Could not list the subscriptions, so the schedule assumes a lifetime of ${formatDuration(defaultLifetime)}; \`--lifetime\` changes that. ${asSentence(error.message)}`;
    return { lifetimes: [undefined], note };
  }
}

/** The recorded lifetimes of every stored profile, without asking their servers. */
async function recordedLifetimes(
  context: CommandContext,
): Promise<readonly (number | undefined)[]> {
  const config = await context.config();
  const lists = Object.entries(config.profiles()).map(([name, stored]) =>
    config.records(identityOf(name, stored).recordsKey).list(),
  );
  return (await Promise.all(lists)).flat().map(({ expiresIn }) => expiresIn);
}
