import { fork } from "node:child_process";
import type { PoolConfig } from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { storeContract } from "../../src/store/contract/store-contract.ts";
import { postgresStore } from "../../src/store/postgres-store.ts";
import { redisStore } from "../../src/store/redis-store.ts";
import type { Store } from "../../src/store/store.ts";
import { buildProcess } from "../store/support.ts";
import { type Connection, connections, postgresUrl, redisUrl } from "./connections.ts";

let worker = "";
beforeAll(async () => {
  if (!postgresUrl && !redisUrl) return;
  const { script, remove } = await buildProcess("servers/process.ts");
  worker = script;
  return remove;
});

describe.for([
  ["PostgreSQL", "pg", postgresUrl],
  ["Redis", "node-redis", redisUrl],
  ["Redis", "ioredis", redisUrl],
] as const)("A store in %s over %s", ([server, client, url]) => {
  const open = new Map<Store, Connection>();
  const checks = storeContract({
    async open() {
      const connection = await connections[client]?.();
      if (!connection) throw new Error(`There is no ${client}.`);
      open.set(connection.store, connection);
      return connection.store;
    },
    close: (store) => open.get(store)?.close(),
    fork: () => fork(worker, [client]),
  });

  if (url) for (const { name, run } of checks) test.concurrent(name, run);
  else test.skip(`is tested where \`npm run test:servers\` finds ${server}`, () => {});
});

describe.skipIf(!postgresUrl)("postgresStore", () => {
  test("makes its tables once where ten processes start at once", async () => {
    const schema = `made_${crypto.randomUUID().slice(0, 8)}`;
    const pool = await connectPg();
    const stores = Array.from({ length: 10 }, () => postgresStore(pool, { schema }));

    const outcomes = await Promise.all(
      stores.map((store, index) => store.lock({ name: "a", holder: `${index}`, ttl: 60_000 })),
    );

    expect(outcomes.filter(({ taken }) => taken)).toHaveLength(1);
    const { rows } = await pool.query(`SELECT version FROM ${schema}.rcwh_schema`);
    expect(rows).toEqual([{ version: 1 }]);
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    await pool.end();
  });

  test("gives a lock to nobody while a write with it waits for another", async () => {
    const pool = await connectPg();
    const store = postgresStore(pool);
    const key = `waiting/${crypto.randomUUID()}`;
    const before = await store.compareAndSet({ key, version: undefined, value: "1", ttl: 60_000 });
    const slow = await pool.connect();
    await slow.query("BEGIN");
    await slow.query("SELECT 1 FROM rcwh_entries WHERE key = $1 FOR UPDATE", [key]);
    const order: string[] = [];

    const mine = await store.lock({ name: key, holder: "me", ttl: 200 });
    const version = before.written ? before.version : undefined;
    const lock = mine.taken ? mine.lock : undefined;
    const write = store
      .compareAndSet({ key, version, value: "2", ttl: 60_000, lock })
      .then(({ written }) => order.push(`written ${written}`));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const take = store
      .lock({ name: key, holder: "another", ttl: 200 })
      .then(({ taken }) => order.push(`taken ${taken}`));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await slow.query("COMMIT");
    slow.release();
    await Promise.all([write, take]);

    expect(order).toEqual(["written true", "taken true"]);
    await pool.end();
  });

  test.for(["repeatable read", "serializable"])(
    "keeps its promises where %s is the default",
    async (level) => {
      const pool = await connectPg({
        options: `-c default_transaction_isolation=${level.replace(" ", "\\ ")}`,
      });
      const checks = storeContract({ open: () => postgresStore(pool) });
      const failures: unknown[] = [];
      for (const { name, run } of checks) {
        if (/at once|of many/.test(name)) await run().catch((error) => failures.push(error));
      }
      expect(failures).toEqual([]);
      await pool.end();
    },
  );
});

describe.skipIf(!redisUrl)("redisStore", () => {
  test("takes a client by what it can do", async () => {
    const { call, close } = await connectIoredis();
    const command = (args: string[]) => call(args[0] ?? "", args.slice(1));
    /** As Upstash's, which parses whatever is JSON. */
    const upstash = async (script: string, keys: string[], args: string[]) => {
      const answer = await call("eval", [script, String(keys.length), ...keys, ...args]);
      return (answer as string[]).map((text) => {
        try {
          return JSON.parse(text);
        } catch {
          return text;
        }
      });
    };
    const clients = [command, { call }, { sendCommand: command }, { eval: upstash }];

    for (const client of clients) {
      const store = redisStore(client);
      const key = `client/${crypto.randomUUID()}`;
      const value = '{"a":1}';
      await store.compareAndSet({ key, version: undefined, value, ttl: 60_000 });
      expect(await store.read(key)).toMatchObject({ value });
      expect(await store.lock({ name: key, holder: "1", ttl: 1000 })).toMatchObject({
        taken: true,
      });
      expect(await store.lock({ name: key, holder: "2", ttl: 1000 })).toEqual({
        taken: false,
        holder: "1",
      });
    }
    await close();
  });

  test("keeps all keys of a prefix where a cluster keeps one", async () => {
    const { call, close } = await connectIoredis();
    const key = `slot/${crypto.randomUUID()}`;
    const store = redisStore({ call }, { prefix: "hooks" });
    const lock = await store.lock({ name: key, holder: "me", ttl: 1000 });
    await store.compareAndSet({ key, version: undefined, value: "", ttl: 1000 });

    const keys = await call("keys", [`*${key}`]);

    expect([...(keys as string[])].sort()).toEqual([`{hooks}:entry:${key}`, `{hooks}:lock:${key}`]);
    expect(lock.taken).toBe(true);
    await close();
  });

  test("raises fences also where the server has lost its data", async () => {
    const { call, close } = await connectIoredis();
    const name = `lost/${crypto.randomUUID()}`;
    const store = redisStore({ call });
    const before = await store.lock({ name, holder: "me", ttl: 1000 });
    await call("del", [`{rcwh}:lock:${name}`]);
    await new Promise((resolve) => setTimeout(resolve, 5));

    const after = await store.lock({ name, holder: "another", ttl: 1000 });

    if (!before.taken || !after.taken) throw new Error("The lock was not taken.");
    expect(after.lock.fence).toBeGreaterThan(before.lock.fence);
    await close();
  });
});

async function connectPg(options: PoolConfig = {}) {
  const { default: pg } = await import("pg");
  return new pg.Pool({ connectionString: postgresUrl, max: 10, ...options });
}

async function connectIoredis() {
  const { Redis } = await import("ioredis");
  const redis = new Redis(redisUrl ?? "");
  return {
    call: (command: string, args: string[]) => redis.call(command, args),
    close: () => redis.quit(),
  };
}
