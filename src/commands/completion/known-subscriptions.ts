import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configDirectory } from "../../config/location.ts";
import type { CommandContext } from "../../context.ts";
import { CliError } from "../../errors.ts";
import { listOwned } from "../../lifecycle/inventory.ts";
import { replaceFile } from "../../machine/atomic-write.ts";
import { isFileError } from "../../machine/file-error.ts";
import { isListOf, isNumber, isShape, isText, parseJson } from "../../machine/json.ts";
import { makeDirectory } from "../../machine/make-directory.ts";
import { redactAddress } from "../../machine/redact.ts";
import { openAccount } from "../../operations/open-account.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import type { Suggestion } from "./values.ts";

/** What the Tab key knows of an account's subscriptions: its last list, without secrets. */
interface KnownSubscriptions {
  /** When it was listed, milliseconds since the epoch. */
  readonly at: number;
  readonly subscriptions: readonly Known[];
}

interface Known {
  readonly id: string;
  /** Without its query. */
  readonly address: string;
}

const isKnownSubscriptions = isShape<KnownSubscriptions>({
  at: isNumber,
  subscriptions: isListOf(isShape<Known>({ id: isText, address: isText })),
});

/** Milliseconds for which a list is taken as it is. */
const freshFor = 60_000;

/** Milliseconds for which a list is better than none, until the next one has come. */
const usableFor = 86_400_000;

/** Milliseconds that the Tab key waits for the first list of an account. */
const patience = 500;

/**
 * The subscriptions of the account in use: as listed within the last minute, else as listed or recorded before, while
 * another process asks RingCentral. Empty where nobody is signed in.
 *
 * @param refresh starts that process
 */
export async function knownSubscriptions(
  context: CommandContext,
  refresh: () => Promise<void>,
): Promise<readonly Suggestion[]> {
  const { clock, signal } = context;
  const path = await cachePath(context);
  let listed = read(path);
  if (!listed || clock.now() - listed.at > freshFor) {
    await refresh();
    const end = clock.now() + patience;
    while (!listed && clock.now() < end) {
      await clock.sleep(25, signal);
      listed = read(path);
    }
  }
  const isUsable = listed && clock.now() - listed.at < usableFor;
  const known = new Map<string, string>();
  for (const { id, address } of (isUsable && listed?.subscriptions) || (await recorded(context))) {
    known.set(id, address);
  }
  return Array.from(known, ([value, description]) => ({ value, description }));
}

/** Lists the subscriptions for the Tab key. Never signs in: a key must not use up one of five logins a minute. */
export async function refreshKnownSubscriptions(context: CommandContext): Promise<void> {
  const { config, clock } = context;
  const identity = await context.identity();
  const token = await (await config()).tokensOf(identity).read(identity.tokenKey);
  const isBorrowed = identity.credentials.kind === "token";
  if (!isBorrowed && (token === undefined || token.expiresAt <= clock.now())) return;
  const all = await listOwned(await openAccount(context), "platform");
  const subscriptions = all
    .filter((each) => !isOfListener(each))
    .map(({ id, deliveryMode }) => ({ id, address: redactAddress(deliveryMode.address ?? "") }));
  const path = await cachePath(context);
  if (path === undefined) return;
  makeDirectory(dirname(path));
  await replaceFile(path, JSON.stringify({ at: clock.now(), subscriptions }));
}

/** Undefined without a configuration directory. */
async function cachePath({ env, platform, identity }: CommandContext) {
  const directory = configDirectory(env, platform);
  const { recordsKey } = await identity();
  return directory && join(directory, "completion", `${recordsKey.slice(0, 32)}.json`);
}

function read(path: string | undefined): KnownSubscriptions | undefined {
  if (path === undefined) return undefined;
  try {
    const found = parseJson(readFileSync(path, "utf8"));
    return isKnownSubscriptions(found) ? found : undefined;
  } catch (error) {
    if (isFileError(error)) return undefined;
    throw error;
  }
}

async function recorded({ config, identity }: CommandContext): Promise<readonly Known[]> {
  try {
    const records = await (await config()).records((await identity()).recordsKey).list();
    return records
      .filter(({ goneAt }) => goneAt === undefined)
      .map(({ id, address }) => ({ id, address: redactAddress(address) }));
  } catch (error) {
    if (error instanceof CliError) return [];
    throw error;
  }
}
