import type { CommandContext } from "../../context.ts";
import { CliError, Interruption } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { shortFilter } from "../../filters/search.ts";
import type { Choice } from "../../io/prompts.ts";
import { takeInventory } from "../../lifecycle/inventory.ts";
import { findMissing, missingCandidates } from "../../lifecycle/missing.ts";
import { redactAddress } from "../../machine/redact.ts";
import { normalizedAddress } from "../../subscriptions/address.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import { openAccount } from "../open-account.ts";
import type { Pickable } from "./subscription-choices.ts";

/**
 * The endpoints of the account's subscriptions, and of those that are only on record, each once. Their values are what a
 * command line can name: the URL, or the subscription's id where the URL may hold a secret. None without an account; where
 * it cannot be listed, a warning says so.
 */
export async function endpointChoices(context: CommandContext): Promise<readonly Choice<string>[]> {
  const { living, recorded, own = {} } = await listEndpoints(context);
  const seen = new Set<string>();
  const choicesOf = (group: string, found: readonly Endpoint[]) =>
    found.flatMap((each): Choice<string>[] => {
      const { id, status, eventFilters, deliveryMode } = each;
      const { transportType, address = "" } = deliveryMode;
      const key = normalizedAddress(address);
      const isWebhook = transportType === "WebHook" && /^https?:/i.test(address);
      if (!isWebhook || seen.has(key) || isOfListener(each)) return [];
      seen.add(key);
      context.redactor.addAddress(address);
      const shown = redactAddress(address, context.settings.showSecrets);
      const value = redactAddress(address) === address ? address : id;
      const filters = eventFilters.map((filter) => shortFilter(filter, own)).join(", ");
      return [{ value, name: shown, description: `${status} · ${id} · ${filters}`, group }];
    });
  return [...choicesOf("Subscriptions", living), ...choicesOf("Only on record", recorded)];
}

type Endpoint = Pick<Pickable, "id" | "eventFilters" | "deliveryMode"> & {
  readonly status: string;
};

interface Endpoints {
  readonly living: readonly Endpoint[];
  readonly recorded: readonly Endpoint[];
  readonly own?: OwnIds;
}

async function listEndpoints(context: CommandContext): Promise<Endpoints> {
  try {
    const account = await openAccount(context);
    const inventory = await takeInventory(account);
    const recorded = missingCandidates(await findMissing(account, inventory), inventory.profile);
    return { living: inventory.subscriptions, recorded, own: inventory.own };
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    context.signal.throwIfAborted();
    if (error.code === "NOT_SIGNED_IN") return { living: [], recorded: [] };
    context.io.warn(`Your subscriptions could not be listed: ${error.message}`);
    return { living: [], recorded: await listRecords(context) };
  }
}

/** What is on record, whatever became of it; nothing where that cannot be read either. */
async function listRecords(context: CommandContext): Promise<readonly Endpoint[]> {
  try {
    const { recordsKey } = await context.identity();
    const records = await (await context.config()).records(recordsKey).list();
    return records.map(({ id, eventFilters, address }) => ({
      ...{ id, eventFilters, status: "on record" },
      deliveryMode: { transportType: "WebHook", address },
    }));
  } catch (error) {
    if (error instanceof CliError && !(error instanceof Interruption)) return [];
    throw error;
  }
}
