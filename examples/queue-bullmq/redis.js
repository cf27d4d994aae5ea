import Redis from "ioredis";
import { redisStore, seal } from "rcwh/client";

const { REDIS_URL, STORE_KEY, PREFIX = "renewals" } = process.env;

/** What all keys begin with. */
export const prefix = PREFIX;

// As BullMQ's workers need it: a command waits for as long as the server is away.
export const redis = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
redis.on("error", (error) => log("Redis", error.message));

/** Tokens and locks, in the same Redis. What is secret in it is encrypted. */
export const store = seal(redisStore(redis, { prefix: `${prefix}:store` }), STORE_KEY);

export function log(account, text) {
  process.stderr.write(`${new Date().toISOString()} ${account}: ${text}\n`);
}
