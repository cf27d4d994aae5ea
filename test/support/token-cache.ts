import type { CachedToken, TokenCache } from "../../src/config/credentials.ts";

export interface MemoryTokenCache extends TokenCache {
  readonly entries: Map<string, CachedToken>;
}

/** A token cache that processes could share: `update` runs one at a time per key. */
export function createTokenCache(options: { readonly writable?: boolean } = {}): MemoryTokenCache {
  const { writable = true } = options;
  const entries = new Map<string, CachedToken>();
  const queues = new Map<string, Promise<unknown>>();

  return {
    entries,
    read: async (key) => entries.get(key),
    update(key, change) {
      const result = (queues.get(key) ?? Promise.resolve()).then(async () => {
        const token = await change(entries.get(key));
        if (!writable) return { token, stored: false };
        if (token) entries.set(key, token);
        else entries.delete(key);
        return { token, stored: true };
      });
      queues.set(
        key,
        result.catch(() => {}),
      );
      return result;
    },
  };
}
