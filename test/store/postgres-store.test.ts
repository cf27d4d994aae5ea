import type { PGlite } from "@electric-sql/pglite";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { storeContract } from "../../src/store/contract/store-contract.ts";
import {
  type PostgresQuery,
  postgresSchema,
  postgresStore,
} from "../../src/store/postgres-store.ts";
import { openPglite } from "../support/pglite.ts";

let database: PGlite;
beforeAll(async () => {
  database = await openPglite();
}, 120_000);

describe("The store in PostgreSQL", () => {
  for (const { name, run } of storeContract({ open: () => postgresStore(database) })) {
    test.concurrent(name, run);
  }
});

async function tablesOf(schema: string): Promise<unknown[]> {
  const { rows } = await database.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1",
    [schema],
  );
  return rows.map(({ name }) => name);
}

describe("postgresStore", () => {
  test("makes its tables where they are missing, in the schema and with the prefix given", async () => {
    const options = { schema: "ours", prefix: "hooks_" };
    await Promise.all(
      Array.from({ length: 10 }, () =>
        postgresStore(database, options).lock({
          name: "a",
          holder: crypto.randomUUID(),
          ttl: 1000,
        }),
      ),
    );

    expect(await tablesOf("ours")).toEqual(["hooks_entries", "hooks_locks", "hooks_schema"]);
    const { rows } = await database.query("SELECT version FROM ours.hooks_schema");
    expect(rows).toEqual([{ version: 1 }]);
  });

  test("needs no right to make tables where they exist", async () => {
    const statements: string[] = [];
    const query: PostgresQuery = (text, values) => {
      statements.push(text);
      return database.query(text, values);
    };
    await database.query(postgresSchema({ prefix: "made_" }));
    await database.query(postgresSchema({ prefix: "made_" }));

    await postgresStore(query, { prefix: "made_" }).read("a");

    expect(statements).toEqual([
      'SELECT max(version) AS version FROM "made_schema"',
      expect.stringMatching(/^SELECT value, version FROM "made_entries"/),
    ]);
  });

  test("says who must make the tables where it may not", async () => {
    await database.exec("CREATE ROLE reader; GRANT USAGE ON SCHEMA public TO reader");
    await database.exec("SET ROLE reader");
    const store = postgresStore(database, { prefix: "denied_" });
    const work = store.read("a").finally(() => database.exec("RESET ROLE"));

    await expect(work).rejects.toMatchObject({
      ...{ name: "StoreRefusal", code: "STORE_REFUSED" },
      message:
        'Cannot make the tables "denied_entries", "denied_locks" and "denied_schema": permission denied for schema public.',
      hint: "Let a user who may create tables run the statement of postgresSchema(), and grant this one SELECT, INSERT, UPDATE and DELETE.",
    });
    // The next call tries again.
    expect(await store.read("a")).toBe(undefined);
  });

  test("refuses tables of a newer rcwh", async () => {
    await database.exec("CREATE TABLE newer_schema (version integer NOT NULL, other text)");
    await database.exec("INSERT INTO newer_schema VALUES (2, '')");

    const work = postgresStore(database, { prefix: "newer_" }).read("a");

    await expect(work).rejects.toMatchObject({
      message:
        'The table "newer_schema" was made by a newer rcwh: its version is 2, and this rcwh supports version 1.',
      hint: "Update rcwh, or use another database, schema or prefix.",
    });
    expect(await tablesOf("public")).not.toContain("newer_entries");
  });

  test.for([[{ prefix: 'a"; DROP TABLE b; --' }], [{ schema: "Über" }], [{ prefix: "" }]])(
    "refuses the name %j",
    ([options]) => {
      expect(() => postgresStore(database, options)).toThrow("Invalid name of a schema or prefix");
    },
  );

  test("takes a client by its query, by its unsafe, or as a function, with rows or an object of them", async () => {
    const rows = async (...call: Parameters<PostgresQuery>) => (await database.query(...call)).rows;
    const tagged = Object.assign(() => {}, { unsafe: rows });
    const clients = [database, { query: rows }, tagged, rows];

    for (const client of clients) {
      const store = postgresStore(client);
      const key = `client/${clients.indexOf(client)}`;
      await store.compareAndSet({ key, version: undefined, value: "1" });
      expect(await store.read(key)).toMatchObject({ value: "1" });
    }
  });

  test("repeats a statement that the server has undone", async () => {
    const failures = ["40001", "40P01"];
    const query: PostgresQuery = async (text, values) => {
      const code = text.startsWith("WITH") ? failures.shift() : undefined;
      if (code) throw Object.assign(new Error("could not serialize access"), { code });
      return database.query(text, values);
    };

    const change = { key: "repeated", version: undefined, value: "1" };
    expect(await postgresStore(query).compareAndSet(change)).toMatchObject({ written: true });
    expect(failures).toEqual([]);
  });

  test("removes now and then what has expired", async () => {
    const store = postgresStore(database, { prefix: "cleaned_" });
    await store.compareAndSet({ key: "brief", version: undefined, value: "", ttl: 1 });
    const taken = await store.lock({ name: "unused", holder: "me", ttl: 60_000 });
    if (taken.taken) await store.unlock(taken.lock);
    await store.lock({ name: "held", holder: "me", ttl: 60_000 });
    await database.exec(
      "UPDATE cleaned_locks SET expires_at = expires_at - interval '30 days' WHERE name = 'unused'",
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    const random = vi.spyOn(Math, "random").mockReturnValue(0);
    await store.compareAndSet({ key: "kept", version: undefined, value: "", ttl: 60_000 });
    await store.compareAndSet({ key: "stays", version: undefined, value: "" });
    random.mockRestore();

    const { rows } = await database.query("SELECT key FROM cleaned_entries ORDER BY key");
    expect(rows).toEqual([{ key: "kept" }, { key: "stays" }]);
    const locks = await database.query("SELECT name FROM cleaned_locks");
    expect(locks.rows).toEqual([{ name: "held" }]);
    const again = await store.lock({ name: "unused", holder: "another", ttl: 60_000 });
    if (!taken.taken || !again.taken) throw new Error("The lock was not taken.");
    expect(again.lock.fence).toBeGreaterThan(taken.lock.fence);
  });
});
