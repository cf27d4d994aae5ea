import { postgresStore } from "../../src/store/postgres-store.ts";
import { redisStore } from "../../src/store/redis-store.ts";
import type { Store } from "../../src/store/store.ts";

/** What `npm run test:servers` has started; undefined where nothing was. */
export const postgresUrl = process.env["RCWH_TEST_POSTGRES"];
export const redisUrl = process.env["RCWH_TEST_REDIS"];

export interface Connection {
  readonly store: Store;
  close(): Promise<unknown>;
}

/** Opens a store by one of the clients that users have. */
export const connections: Readonly<Record<string, () => Promise<Connection>>> = {
  async pg() {
    const { default: pg } = await import("pg");
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 4 });
    // A connection that breaks while nobody uses it.
    pool.on("error", () => {});
    return { store: postgresStore(pool), close: () => pool.end() };
  },
  async "node-redis"() {
    const { createClient } = await import("@redis/client");
    const client = createClient({ url: redisUrl ?? "" });
    client.on("error", () => {});
    await client.connect();
    return { store: redisStore(client), close: () => client.close() };
  },
  async ioredis() {
    const { Redis } = await import("ioredis");
    const client = new Redis(redisUrl ?? "");
    client.on("error", () => {});
    return { store: redisStore(client), close: () => client.quit() };
  },
};
