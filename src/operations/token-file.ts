import type { IO } from "../io/io.ts";
import type { Account } from "../lifecycle/account.ts";
import { isRefusal } from "../lifecycle/replacement/replacement-steps.ts";
import { writeTokenFile } from "./verification-token.ts";

/** The file of `--verification-token-out` during a run that may fail. */
export interface TokenFile {
  /** The same account, which notices where RingCentral gets one of the tokens. */
  readonly account: Account;
  /** Writes new tokens. Throws UsageError where the file cannot be written. */
  write(path: string, text: string, tokens: readonly string[]): Promise<void>;
  /** Removes the file after a failure, unless one of its tokens is in use, or may be. */
  removeUnused(): Promise<void>;
}

export function createTokenFile(account: Account, { note }: Pick<IO, "note">): TokenFile {
  const { client, journal } = account;
  const known = new Set<string>();
  /** Ids of subscriptions with one of the tokens. */
  const holders = new Set<string>();
  let mayHaveMore = false;
  let file: { readonly path: string; readonly remove: () => Promise<void> } | undefined;

  const isKnown = (token: string | undefined) => token !== undefined && known.has(token);
  const create: typeof client.create = async (api, request) => {
    const isWatched = isKnown(request.deliveryMode.verificationToken);
    try {
      const subscription = await client.create(api, request);
      if (isWatched) holders.add(subscription.id);
      return subscription;
    } catch (error) {
      if (isWatched && !isRefusal(error)) mayHaveMore = true;
      throw error;
    }
  };
  const remove: typeof client.delete = async (api, id) => {
    await client.delete(api, id);
    holders.delete(id);
  };
  /** The next run finishes what is in the journal. */
  const isInJournal = async () =>
    (await journal.list()).some(({ verificationToken }) => isKnown(verificationToken));

  return {
    account: {
      ...account,
      client: {
        ...client,
        ...{ create, delete: remove },
        get deadlineAt() {
          return client.deadlineAt;
        },
        get lastAnswer() {
          return client.lastAnswer;
        },
      },
    },
    async write(path, text, tokens) {
      for (const token of tokens) known.add(token);
      file = { path, remove: await writeTokenFile(path, text) };
    },
    async removeUnused() {
      if (!file || mayHaveMore || holders.size > 0) return;
      if (await isInJournal().catch(() => true)) return;
      await file.remove();
      note(`Removed ${file.path}, which nothing uses.`);
    },
  };
}
