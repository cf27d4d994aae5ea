import { changeMethods } from "./change-methods.ts";
import { checkOptions } from "./checked-options.ts";
import { toRcwhError, withUsageErrors } from "./errors.ts";
import type { Client } from "./interface.ts";
import type { ClientOptions } from "./options.ts";
import { readMethods } from "./read-methods.ts";
import { renewalMethods } from "./renewal-methods.ts";
import { replacementMethods } from "./replacement-methods.ts";
import { createSessions } from "./sessions.ts";

export type { Fetch } from "../api/fetch-transport.ts";
export type { Api } from "../filters/api.ts";
export type { Clock } from "../machine/clock.ts";
export { memoryStore } from "../store/memory-store.ts";
export type {
  PostgresClient,
  PostgresQuery,
  PostgresStoreOptions,
} from "../store/postgres-store.ts";
export type { RedisClient, RedisStoreOptions } from "../store/redis-store.ts";
export type { SealKey, SealOptions } from "../store/seal.ts";
export type {
  LockOutcome,
  LockRequest,
  Store,
  StoreChange,
  StoreEntry,
  StoreLock,
  StoreOutcome,
} from "../store/store.ts";
export { type RetryOptions, withRetries } from "../store/with-retries.ts";
export type { EndpointCheck } from "./check-endpoint.ts";
export type { ErrorFacts } from "./error-facts.ts";
export { RcwhError } from "./errors.ts";
export type * from "./interface.ts";
export type * from "./options.ts";
export type {
  ClientSubscription,
  ExistingSubscriptionResult,
  SubscriptionOutcome,
  SubscriptionResult,
  SubscriptionResults,
} from "./results.ts";
export { postgresSchema, postgresStore, redisStore, seal } from "./stores.ts";

/** Creates a client. It signs in at its first request. Throws `RcwhError` `USAGE` for invalid options. */
export function createClient(options: ClientOptions): Client {
  const sessions = withUsageErrors(() => {
    checkOptions(options);
    return createSessions(options);
  });
  return withErrors(
    {
      ...readMethods(sessions),
      ...changeMethods(sessions),
      ...replacementMethods(sessions),
      ...renewalMethods(sessions),
      close: () => sessions.close(),
    },
    sessions.clean,
  );
}

/** The same methods, all of whose failures are an `RcwhError`, and none of which throws at once. */
function withErrors(methods: Client, clean: (text: string) => string): Client {
  const guarded = Object.entries(methods).map(([name, method]) => [
    name,
    async (...words: readonly unknown[]) => {
      try {
        return await method(...words);
      } catch (error) {
        throw toRcwhError(error, clean);
      }
    },
  ]);
  // Each is what it was, but for its errors.
  return Object.fromEntries(guarded) as Client;
}
