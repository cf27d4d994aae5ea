import type { QuotaStore } from "../config/types.ts";
import { parseQuota, parseSilence } from "./quota-state.ts";

/**
 * The quota of one of very many accounts: counted in memory, and shared with other processes from when
 * half of it is used up, or the server wants silence, or another process has shared it. Until then the
 * server's own count, in each answer, tells enough, and nothing has to be written for each request.
 */
export function createLazyQuotaStore(shared: QuotaStore): QuotaStore {
  const own = new Map<string, string | undefined>();
  return {
    read: async (name) => (await shared.read(name)) ?? own.get(name),
    async change(name, edit) {
      if ((await shared.read(name)) !== undefined) return shared.change(name, edit);
      const { text, result } = edit(own.get(name));
      own.set(name, text);
      if (text !== undefined && isScarce(text)) {
        // What another process has shared since is as good: the next answer corrects it.
        await shared.change(name, (theirs) => ({ text: theirs ?? text, result: undefined }));
      }
      return result;
    },
  };
}

function isScarce(text: string): boolean {
  if (parseSilence(text)) return true;
  return Object.values(parseQuota(text).groups).some(
    ({ limit, sent, word, silence }) =>
      silence !== undefined ||
      (limit !== undefined && (sent.length > limit / 2 || (word && word.remaining < limit / 2))),
  );
}
