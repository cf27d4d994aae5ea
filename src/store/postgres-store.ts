import { UsageError } from "../errors.ts";
import { checkChange, checkKey, checkLock, checkRequest } from "./checked-input.ts";
import type { Store, StoreChange, StoreLock } from "./store.ts";
import { StoreRefusal } from "./store-error.ts";

/** Runs one statement. The values are texts, or null. */
export type PostgresQuery = (
  text: string,
  values: (string | null)[],
) => PromiseLike<readonly unknown[] | { readonly rows: readonly unknown[] }>;

/**
 * What a store needs of a client: `query` as `pg`, PGlite and Neon have it, `unsafe` as `postgres` has it, or a function
 * of one's own.
 */
export type PostgresClient =
  | PostgresQuery
  | { readonly query: PostgresQuery }
  | { readonly unsafe: PostgresQuery };

export interface PostgresStoreOptions {
  /** What the names of the tables begin with; `rcwh_` unless given. */
  readonly prefix?: string | undefined;
  /** The schema of the tables; the first of the client's `search_path` unless given. */
  readonly schema?: string | undefined;
}

/** The version of the tables. */
const version = 1;
/** How often a statement is repeated that the server has asked to repeat. */
const repetitions = 20;
/** PostgreSQL's code of a missing right. */
const denied = "42501";
/** Expired entries are removed once in this many writes. */
const cleansEvery = 200;

/**
 * Tables of a PostgreSQL database, which the first call makes where they are missing. Each call is one statement, by the
 * server's clock. Throws UsageError for invalid names and where the tables cannot be used, and what the client throws.
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): Store {
  const tables = namesOf(options);
  const query = queryOf(client);
  let ready: Promise<void> | undefined;

  async function run(text: string, values: (string | null)[]): Promise<readonly Row[]> {
    ready ??= prepare(query, options);
    await ready.catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return repeated(query, text, values);
  }

  return {
    async read(key) {
      checkKey(key);
      const [row] = await run(
        `SELECT value, version FROM ${tables.entries} WHERE key = $1::text AND ${isCurrent}`,
        [key],
      );
      return row && { value: String(row["value"]), version: String(row["version"]) };
    },

    async compareAndSet(change) {
      checkChange(change);
      const { value, newVersion = crypto.randomUUID(), lock } = change;
      const values: (string | null)[] = [];
      const parameter = (text: string | null) => `$${values.push(text)}::text`;
      // In this order, no other process can take the lock between the check and the write.
      const held = heldIn(tables, lock, parameter);
      const written = writeIn(tables, { ...change, newVersion }, parameter);
      const [row] = await run(
        `WITH held AS (${held}), written AS (${written})
        SELECT (SELECT count(*) FROM held) AS held, (SELECT count(*) FROM written) AS written`,
        values,
      );
      if (Number(row?.["held"]) === 0) return { written: false, reason: "lock-lost" };
      if (Number(row?.["written"]) === 0) return { written: false, reason: "changed" };
      if (Math.random() < 1 / cleansEvery) await clean(query, tables);
      return { written: true, version: value === undefined ? undefined : newVersion };
    },

    async lock(request) {
      checkRequest(request);
      const { name, holder, ttl } = request;
      const text = takeIn(tables);
      for (let attempt = 0; ; attempt += 1) {
        const [row] = await run(text, [name, holder, String(ttl)]);
        if (row && row["fence"] !== null) {
          return { taken: true, lock: { name, holder, fence: Number(row["fence"]) } };
        }
        // What was there when the statement began, which another may have followed.
        const other = row ? String(row["holder"]) : "";
        if (other !== "" && other !== holder) return { taken: false, holder: other };
        if (attempt >= repetitions) return { taken: false, holder: "another holder" };
      }
    },

    async unlock(lock) {
      checkLock(lock);
      await run(
        `UPDATE ${tables.locks} SET holder = '', expires_at = ${now}
        WHERE name = $1::text AND holder = $2::text AND fence = ($3::text)::bigint`,
        [lock.name, lock.holder, String(lock.fence)],
      );
    },
  };
}

/** The statement that makes the tables, or changes those of an older rcwh. It may run any number of times, also at once. */
export function postgresSchema(options: PostgresStoreOptions = {}): string {
  const { entries, locks, schema: versions, namespace } = namesOf(options);
  const makeNamespace =
    namespace === undefined
      ? ""
      : `IF to_regnamespace('"${namespace}"') IS NULL THEN CREATE SCHEMA "${namespace}"; END IF;`;
  // Without the lock, CREATE TABLE IF NOT EXISTS fails where two run at once. It ends with the statement.
  return `DO $rcwh$ BEGIN
  PERFORM pg_advisory_xact_lock(7239847561);
  ${makeNamespace}
  CREATE TABLE IF NOT EXISTS ${entries} (
    key text PRIMARY KEY, value text NOT NULL, version text NOT NULL, expires_at timestamptz
  );
  CREATE INDEX IF NOT EXISTS ${unqualified(entries, "_expiry")} ON ${entries} (expires_at)
    WHERE expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS ${locks} (
    name text PRIMARY KEY, holder text NOT NULL, fence bigint NOT NULL, expires_at timestamptz NOT NULL
  );
  CREATE TABLE IF NOT EXISTS ${versions} (version integer NOT NULL);
  INSERT INTO ${versions} (version) SELECT ${version} WHERE NOT EXISTS (SELECT 1 FROM ${versions});
END $rcwh$`;
}

type Row = Readonly<Record<string, unknown>>;
type Tables = ReturnType<typeof namesOf>;
/** Adds a value to the statement, and returns its placeholder. */
type Parameter = (text: string | null) => string;

const now = "clock_timestamp()";
const isCurrent = `(expires_at IS NULL OR expires_at > ${now})`;

/** The instant `ttl` milliseconds from now; null without one. */
function after(ttl: string): string {
  return `${now} + (${ttl})::double precision * interval '1 millisecond'`;
}

/** Milliseconds since the epoch: the first fence of a lock is higher than those that it had before it was removed. */
const fenceOfNow = `floor(extract(epoch FROM ${now}) * 1000)::bigint`;

/** Selects a row if the lock is held, or if none is needed. The lock cannot change hands before the statement ends. */
function heldIn({ locks }: Tables, lock: StoreLock | undefined, parameter: Parameter): string {
  if (!lock) return "SELECT 1";
  return `SELECT 1 FROM ${locks} WHERE name = ${parameter(lock.name)} AND holder = ${parameter(lock.holder)}
    AND fence = (${parameter(String(lock.fence))})::bigint AND expires_at > ${now} FOR SHARE`;
}

/** A row if the change was made. */
function writeIn(
  { entries }: Tables,
  { key, version, value, newVersion = "", ttl }: StoreChange,
  parameter: Parameter,
): string {
  const name = parameter(key);
  const isTheKey = `key = ${name}`;
  const isHeld = "EXISTS (SELECT 1 FROM held)";
  if (value === undefined && version === undefined) {
    return `SELECT 1 FROM held WHERE NOT EXISTS (SELECT 1 FROM ${entries} WHERE ${isTheKey} AND ${isCurrent})`;
  }
  const isOld = () => `${isTheKey} AND version = ${parameter(version ?? null)} AND ${isCurrent}`;
  if (value === undefined) {
    return `DELETE FROM ${entries} WHERE ${isOld()} AND ${isHeld} RETURNING 1`;
  }
  const end = after(parameter(ttl === undefined ? null : String(ttl)));
  const content = `${parameter(value)}, ${parameter(newVersion)}, ${end}`;
  if (version !== undefined) {
    return `UPDATE ${entries} SET (value, version, expires_at) = ROW(${content}) WHERE ${isOld()} AND ${isHeld} RETURNING 1`;
  }
  return `INSERT INTO ${entries} AS entry (key, value, version, expires_at)
    SELECT ${name}, ${content} FROM held
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at
    WHERE entry.expires_at <= ${now} RETURNING 1`;
}

/** Takes a lock and returns its fence; otherwise the holder, and no fence. Needs the name, the holder and the ttl. */
function takeIn({ locks }: Tables): string {
  const end = after("$3::text");
  return `WITH taken AS (
    INSERT INTO ${locks} AS lock (name, holder, fence, expires_at) VALUES ($1::text, $2::text, ${fenceOfNow}, ${end})
    ON CONFLICT (name) DO UPDATE SET
      holder = excluded.holder,
      fence = CASE WHEN lock.holder = excluded.holder THEN lock.fence ELSE lock.fence + 1 END,
      expires_at = ${end}
    WHERE lock.holder = excluded.holder OR lock.expires_at <= ${now}
    RETURNING holder, fence
  )
  SELECT holder, fence::text AS fence FROM taken
  UNION ALL
  SELECT holder, NULL FROM ${locks} WHERE name = $1::text AND NOT EXISTS (SELECT 1 FROM taken)`;
}

/** Removes some expired entries and unused locks. If that fails, the next process does it. */
async function clean(query: Query, { entries, locks }: Tables): Promise<void> {
  const remove = (
    table: string,
    key: string,
    age: string,
  ) => `DELETE FROM ${table} WHERE ${key} IN (
    SELECT ${key} FROM ${table} WHERE expires_at <= ${now} - interval '${age}' LIMIT 1000 FOR UPDATE SKIP LOCKED
  )`;
  await query(remove(entries, "key", "0"), []).catch(() => {});
  await query(remove(locks, "name", "30 days"), []).catch(() => {});
}

type Query = (text: string, values: (string | null)[]) => Promise<readonly Row[]>;

function queryOf(client: PostgresClient): Query {
  const query: PostgresQuery =
    "query" in client
      ? (text, values) => client.query(text, values)
      : "unsafe" in client
        ? (text, values) => client.unsafe(text, values)
        : client;
  return async (text, values) => {
    const result = await query(text, values);
    // Each column has a name of ours.
    return ("rows" in result ? result.rows : result) as readonly Row[];
  };
}

/** Runs a statement again that stood in the way of another: the server has undone it. */
async function repeated(
  query: Query,
  text: string,
  values: (string | null)[],
): Promise<readonly Row[]> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await query(text, values);
    } catch (error) {
      // Serialization failure, deadlock.
      const isUndone = ["40001", "40P01"].includes(codeOf(error) ?? "");
      if (!isUndone || attempt >= repetitions) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }
}

/** Makes the tables where they are missing. Throws StoreRefusal where they cannot be used. */
async function prepare(query: Query, options: PostgresStoreOptions): Promise<void> {
  const tables = namesOf(options);
  for (let attempt = 0; ; attempt += 1) {
    const found = await readVersion(query, tables);
    if (found !== undefined && found > version) {
      throw new StoreRefusal(
        `The table ${tables.schema} was made by a newer rcwh: its version is ${found}, and this rcwh supports version ${version}.`,
        "Update rcwh, or use another database, schema or prefix.",
      );
    }
    if (found === version) return;
    if (attempt >= repetitions) throw new Error(`${tables.schema} has no version.`);
    try {
      await query(postgresSchema(options), []);
    } catch (error) {
      const code = codeOf(error) ?? "";
      if (code === denied) {
        throw new StoreRefusal(
          `Cannot make the tables ${tables.entries}, ${tables.locks} and ${tables.schema}: ${messageOf(error)}.`,
          "Let a user who may create tables run the statement of postgresSchema(), and grant this one SELECT, INSERT, UPDATE and DELETE.",
          { cause: error },
        );
      }
      // Another program creates them at the same time without our lock, such as a migration tool.
      const isRace = ["23505", "42P07", "42P06", "42710", "40001", "40P01", "XX000"].includes(code);
      if (!isRace || attempt >= repetitions) throw error;
    }
  }
}

/** Undefined if the tables are missing. */
async function readVersion(query: Query, { schema }: Tables): Promise<number | undefined> {
  try {
    const [row] = await repeated(query, `SELECT max(version) AS version FROM ${schema}`, []);
    return Number(row?.["version"] ?? 0);
  } catch (error) {
    const code = codeOf(error) ?? "";
    // No such table, no such schema.
    if (code === "42P01" || code === "3F000") return undefined;
    if (code !== denied) throw error;
    throw new StoreRefusal(
      `Cannot read the table ${schema}: ${messageOf(error)}.`,
      "Grant this user SELECT, INSERT, UPDATE and DELETE on the tables of the store.",
      { cause: error },
    );
  }
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The tables' names, quoted. */
function namesOf({ prefix = "rcwh_", schema: namespace }: PostgresStoreOptions) {
  const place = namespace === undefined ? "" : `"${checkName(namespace)}".`;
  const nameOf = (name: string) => `${place}"${checkName(prefix)}${name}"`;
  return {
    namespace,
    entries: nameOf("entries"),
    locks: nameOf("locks"),
    schema: nameOf("schema"),
  };
}

function checkName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,30}$/.test(name)) return name;
  throw new UsageError(
    `Invalid name of a schema or prefix of tables "${name}": use up to 31 lower-case letters, digits and "_", first a letter or "_".`,
  );
}

/** An index has its table's schema, and must not name it. */
function unqualified(table: string, suffix: string): string {
  return table.replace(/^.*\./, "").replace(/"$/, `${suffix}"`);
}
