import { createClient as createRedisClient } from "@redis/client";
import pg from "pg";
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import { redisStore, type Store } from "../../src/client/client.ts";
import { test } from "../client/failing-store.ts";
import { postgresUrl, redisUrl } from "./connections.ts";
import { type OwnServers, startOwnServers } from "./own-servers.ts";

// These tests change the servers' settings: those of the other tests have to stay as they are.
let servers: OwnServers | undefined;
const hasServers = postgresUrl !== undefined || redisUrl !== undefined;
beforeAll(async () => {
  if (hasServers) servers = await startOwnServers();
}, 60_000);
afterAll(() => servers?.stop(), 60_000);

const refused = { exitCode: 2, code: "STORE_REFUSED", permanent: true };
const passing = { exitCode: 5, code: "STORE", permanent: false };

describe.skipIf(!postgresUrl)("PostgreSQL fails alike for the commands and for a client", () => {
  beforeAll(async () => {
    const client = new pg.Client({ connectionString: servers?.postgresUrl });
    await client.connect();
    await client.query(`
      CREATE ROLE locked NOLOGIN;
      CREATE ROLE crowded LOGIN CONNECTION LIMIT 0;
      CREATE ROLE reader LOGIN;
      ALTER ROLE reader SET default_transaction_read_only = on;
      CREATE ROLE guest LOGIN;`);
    await client.end();
  });

  test.for([
    ["for an unknown user", "nobody", "", refused],
    ["for a locked-out user", "locked", "", refused],
    ["in another database", "rcwh", "nowhere", refused],
    ["without the right to make tables", "guest", "", refused],
    ["without TLS", "rcwh", "postgres?sslmode=require", refused],
    ["without a free connection", "crowded", "", passing],
    ["where it may only be read", "reader", "", passing],
  ] as const)("%s", async ([, user, database, expected], { fail, expect }) => {
    const url = new URL(database, servers?.postgresUrl);
    url.username = user;

    const { commands, client } = await fail(String(url));

    expect({ ...client, ...commands }).toMatchObject(expected);
    expect(client.code).toBe(commands.code);
  });
});

describe.skipIf(!redisUrl)("Redis fails alike for the commands and for a client", () => {
  const acl = (...words: readonly string[]) => ["ACL", "SETUSER", ...words];
  const config = (...words: readonly string[]) => ["CONFIG", "SET", ...words];

  test.for([
    ["for a wrong password", acl("rcwh", "on", ">pw"), "rcwh:wrong@", refused],
    ["for a locked-out user", acl("locked", "off", ">pw"), "locked:pw@", refused],
    ["without the right to run scripts", acl("a", "on", ">pw", "~*", "+ping"), "a:pw@", refused],
    ["without the rights of scripts", acl("b", "on", ">pw", "~*", "+eval"), "b:pw@", refused],
    ["where it may only be read", ["REPLICAOF", "127.0.0.1", "9"], "", passing],
    ["where its memory is full", config("maxmemory", "1"), "", passing],
    ["without its replicas", config("min-replicas-to-write", "1"), "", passing],
  ] as const)("%s", async ([, command, user, expected], { fail, expect }) => {
    await send(command);
    const url = `${servers?.redisUrl}`.replace("://", `://${user}`);

    const { commands, client } = await fail(url, await storeOf(url));

    expect({ ...client, ...commands }).toMatchObject(expected);
    expect(client.code).toBe(commands.code);
    await send(["REPLICAOF", "NO", "ONE"]);
    await send(config("maxmemory", "0"));
    await send(config("min-replicas-to-write", "0"));
  });
});

async function send(words: readonly string[]): Promise<void> {
  const client = await createRedisClient({ url: servers?.redisUrl ?? "" }).connect();
  await client.sendCommand([...words]);
  client.destroy();
}

/** With a client that signs in when it is used. */
async function storeOf(url: string): Promise<Store> {
  const client = createRedisClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => {});
  onTestFinished(() => void (client.isOpen && client.destroy()));
  return redisStore(async (command) => {
    if (!client.isOpen) await client.connect();
    return client.sendCommand(command);
  });
}
