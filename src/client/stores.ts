import {
  postgresStore as openPostgresStore,
  type PostgresClient,
  type PostgresStoreOptions,
  postgresSchema as schemaOf,
} from "../store/postgres-store.ts";
import {
  redisStore as openRedisStore,
  type RedisClient,
  type RedisStoreOptions,
} from "../store/redis-store.ts";
import { type SealKey, type SealOptions, seal as sealStore } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import { withUsageErrors } from "./errors.ts";

/**
 * Tables of a PostgreSQL database, 12 or newer, which the first call makes where they are missing. Each call is one
 * statement, by the server's clock, and keeps nothing in the connection: any pool will do, PgBouncer included. Throws
 * `RcwhError` `USAGE` for invalid options. Methods reject where the tables cannot be used, and with what the client throws.
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): Store {
  return withUsageErrors(() => openPostgresStore(client, options));
}

/**
 * The statement that makes the tables, or changes those of an older rcwh, for a user who has the right to do so. It may
 * run any number of times, also at once. Throws `RcwhError` `USAGE` for invalid options.
 */
export function postgresSchema(options: PostgresStoreOptions = {}): string {
  return withUsageErrors(() => schemaOf(options));
}

/**
 * Keys of a Redis, 5 or newer, or a Valkey. Each call is one script, by the server's clock. The server must keep what it has
 * acknowledged (`appendonly yes`, `appendfsync always`) and evict nothing (`maxmemory-policy noeviction`). Throws
 * `RcwhError` `USAGE` for an invalid prefix. Methods reject with what the client throws.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Store {
  return withUsageErrors(() => openRedisStore(client, options));
}

/**
 * Keeps secret entries of a store encrypted, with AES-256-GCM: a reader of the store learns nothing,
 * and any changed or moved entry is detected. The first key encrypts; every key decrypts, so that a new key can be put
 * before the old one. Entry keys, lock holders and times are not encrypted.
 *
 * Throws `RcwhError` `USAGE` for an invalid key. Reading rejects with an error with the code `SEALED` for what cannot be
 * opened.
 */
export function seal(
  store: Store,
  keys: SealKey | readonly SealKey[],
  options: SealOptions = {},
): Store {
  return withUsageErrors(() => sealStore(store, keys, options));
}
