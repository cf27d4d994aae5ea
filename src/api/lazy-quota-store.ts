import type { QuotaStore } from "../config/quota-store.ts";
import { parsePause, parseQuota } from "./quota-state.ts";

/**
 * The quota of one of many accounts: counted in memory, and shared with other processes once half of it is
 * used up, the server asks for a pause, or another process shares it. Until then the server's own count, in
 * each answer, is enough, and requests need no writes.
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
        // What another process has shared meanwhile will do: the next answer corrects it.
        await shared.change(name, (theirs) => ({ text: theirs ?? text, result: undefined }));
      }
      return result;
    },
  };
}

function isScarce(text: string): boolean {
  if (parsePause(text)) return true;
  return Object.values(parseQuota(text).groups).some(
    ({ limit, sent, serverCount, pause }) =>
      pause !== undefined ||
      (limit !== undefined &&
        (sent.length > limit / 2 || (serverCount && serverCount.remaining < limit / 2))),
  );
}
