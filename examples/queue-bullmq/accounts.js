import { prefix, redis } from "./redis.js";

/**
 * In place of this hash: the table in which you keep your customers. Each is one webhook of one RingCentral user:
 * `{ jwt, url, filters, days }`.
 */
const key = `${prefix}:accounts`;

export async function findAccount(id) {
  const text = await redis.hget(key, id);
  return text === null ? undefined : { id, days: 7, ...JSON.parse(text) };
}

export function addAccount(id, account) {
  return redis.hset(key, id, JSON.stringify(account));
}

export function listAccountIds() {
  return redis.hkeys(key);
}

/** Where the JWT is encrypted, or kept by a secret manager, fetch it here. */
export function credentialsOf({ jwt }) {
  const { RINGCENTRAL_CLIENT_ID: clientId, RINGCENTRAL_CLIENT_SECRET: clientSecret } = process.env;
  return { clientId, clientSecret, jwt };
}
