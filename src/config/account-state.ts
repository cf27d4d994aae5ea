import { isSameJson } from "../machine/json.ts";
import type { LockOptions } from "../machine/locks/lock.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import type { Contents } from "./contents.ts";
import type { TokenCache } from "./credentials.ts";
import {
  withEditedRecord,
  withoutRecord,
  withoutReplacement,
  withReplacement,
  withToken,
} from "./edits.ts";
import { hash } from "./identity-hashes.ts";
import type { Config } from "./interface.ts";
import type { KeptContents } from "./kept-contents.ts";

/** What is kept of accounts: their tokens, records and replacements, and the locks on their work. */
export interface AccountState extends Pick<Config, "records" | "replacements" | "exclusively"> {
  readonly tokens: TokenCache;
  /** Whether this user has a record or a replacement in progress, as last read or written. */
  hasRecords(key: string): boolean;
}

/** Waits for longer than a login takes with all its retries. */
const loginLock: LockOptions = { timeout: 120_000, worksUnlocked: true };

export function createAccountState(kept: KeptContents): AccountState {
  const { store } = kept;

  const records = async (key: string) => (await kept.read()).records.get(key) ?? [];
  const replacements = async (key: string) => (await kept.read()).replacements.get(key) ?? [];

  async function editRecord(
    key: string,
    id: string,
    changeRecord: (current: SubscriptionRecord | undefined) => SubscriptionRecord | undefined,
  ): Promise<boolean> {
    const edit = (before: Contents) => withEditedRecord(before, key, id, changeRecord);
    const before = await kept.read();
    const after = edit(before);
    if (after === before) return true;
    const tokenIn = ({ records: lists }: Contents) =>
      lists.get(key)?.find((record) => record.id === id)?.verificationToken;
    // A lost verification token cannot be recovered.
    if (!store.changeSoon || tokenIn(after) !== tokenIn(before)) return kept.keep(edit);
    store.changeSoon(edit);
    return true;
  }

  return {
    tokens: {
      read: async (key) => (await kept.read()).tokens.get(key),
      update: (key, changeToken) =>
        store.lock(`token-${hash(key).slice(0, 16)}`, loginLock, async () => {
          const current = (await kept.read()).tokens.get(key);
          const token = await changeToken(current);
          const isKept = isSameJson(token, current);
          return {
            token,
            stored: isKept || (await kept.keep((before) => withToken(before, key, token))),
          };
        }),
    },
    records: (key) => ({
      list: () => records(key),
      save: (record) => editRecord(key, record.id, () => record),
      edit: (id, changeRecord) => editRecord(key, id, changeRecord),
      async remove(id) {
        if (!(await records(key)).some((record) => record.id === id)) return;
        await kept.keep((before) => withoutRecord(before, key, id));
      },
    }),
    hasRecords: (key) =>
      (kept.latest.records.get(key)?.length ?? 0) +
        (kept.latest.replacements.get(key)?.length ?? 0) >
      0,
    replacements: (key) => ({
      list: () => replacements(key),
      save: (intent) => kept.keep((before) => withReplacement(before, key, intent)),
      async remove(oldId) {
        if (!(await replacements(key)).some((intent) => intent.oldId === oldId)) return;
        await kept.keep((before) => withoutReplacement(before, key, oldId));
      },
    }),
    exclusively: (name, milliseconds, work, owner) =>
      store.lock(
        `run-${hash(name).slice(0, 16)}`,
        { timeout: milliseconds, worksUnlocked: true, ...(owner !== undefined && { owner }) },
        work,
      ),
  };
}
