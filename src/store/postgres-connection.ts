import type { ConnectionOptions as TlsOptions } from "node:tls";
import Client from "pg/lib/client.js";
import { UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { deferred } from "../machine/promises.ts";
import type { ConnectionOptions, ServerFacts } from "./connections.ts";

/** So many statements at a time: each takes a connection, and servers have few. */
const mostConnections = 4;

type Row = Readonly<Record<string, unknown>>;

/** A few connections to a PostgreSQL server, made when they are needed. */
export interface PostgresConnection {
  query(text: string, values: (string | null)[]): Promise<readonly Row[]>;
  describe(): Promise<ServerFacts>;
  /** Ends what still runs. */
  close(): void;
}

/** Throws UsageError for parameters that are not valid. Connects at the first query. */
export function openPostgres(url: URL, options: ConnectionOptions): PostgresConnection {
  const { timeout, signal } = options;
  const { ssl, fallsBack, ...server } = readParameters(url, options);
  const all = new Set<Client>();
  const idle: Client[] = [];
  const waiting: ReturnType<typeof deferred<Client>>[] = [];
  /** Those that exist, and those that are being made. */
  let count = 0;
  let isPlain = ssl === false;
  let isClosed = false;

  async function take(): Promise<Client> {
    const free = idle.pop();
    if (free) return free;
    if (count >= mostConnections) {
      const turn = deferred<Client>();
      waiting.push(turn);
      return turn.promise;
    }
    count += 1;
    return connect();
  }

  async function connect(): Promise<Client> {
    try {
      return await tryToConnect(isPlain ? false : ssl).catch((error: unknown) => {
        if (!fallsBack || isPlain || !refusesTls(error)) throw error;
        isPlain = true;
        return tryToConnect(false);
      });
    } catch (error) {
      count -= 1;
      // The others would wait for the same, each as long as this one.
      for (const { reject } of waiting.splice(0)) reject(error);
      throw error;
    }
  }

  async function tryToConnect(tls: false | TlsOptions): Promise<Client> {
    if (isClosed) throw new Error("The connection was closed.");
    const limits = { connectionTimeoutMillis: timeout, query_timeout: timeout, keepAlive: true };
    const client = new Client({ ...server, ...limits, ssl: tls, application_name: "rcwh" });
    all.add(client);
    // Pending queries fail with the error, too.
    client.on("error", () => {});
    client.on("end", () => {
      all.delete(client);
      const index = idle.indexOf(client);
      if (index < 0) return;
      idle.splice(index, 1);
      count -= 1;
    });
    try {
      await client.connect();
    } catch (error) {
      all.delete(client);
      client.connection.stream.destroy();
      throw error;
    }
    return client;
  }

  /** Gives a connection to the next, or the right to make one if it has ended. */
  function release(client: Client): void {
    const next = waiting.shift();
    if (!all.has(client)) {
      if (next) connect().then(next.resolve, next.reject);
      else count -= 1;
    } else if (next) next.resolve(client);
    else idle.push(client);
  }

  async function query(text: string, values: readonly (string | null)[]): Promise<readonly Row[]> {
    signal.throwIfAborted();
    const client = await take();
    try {
      const { rows } = await client.query(text, values);
      release(client);
      return rows;
    } catch (error) {
      // What the server has answered leaves the connection as it was.
      if (!isAnswer(error)) {
        all.delete(client);
        client.connection.stream.destroy();
      }
      release(client);
      throw error;
    }
  }

  function close(): void {
    isClosed = true;
    signal.removeEventListener("abort", close);
    for (const client of all) client.connection.stream.destroy();
  }
  signal.addEventListener("abort", close, { once: true });

  return {
    query,
    async describe() {
      const [row] = await query(
        "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync",
        [],
      );
      const isLocal = isLoopback(url.hostname) || server.host?.startsWith("/") === true;
      return {
        version: `PostgreSQL ${String(row?.["version"]).replace(/ .*/, "")}`,
        isEncrypted: !isPlain,
        remarks: [
          ...(isPlain && !isLocal
            ? [
                {
                  problem: "not encrypted",
                  hint: "Add sslmode=verify-full to the URL, or use a server that has a certificate.",
                },
              ]
            : []),
          ...(row?.["fsync"] === "off"
            ? [
                {
                  problem: "a crash may lose data (fsync is off)",
                  hint: "Set fsync to on in postgresql.conf.",
                },
              ]
            : []),
        ],
      };
    },
    close,
  };
}

const modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** The URL's parts and parameters as libpq understands them; other drivers' parameters mean nothing. */
function readParameters(url: URL, { readFile }: ConnectionOptions) {
  const { searchParams: given } = url;
  const host = given.get("host") ?? decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
  const mode = given.get("sslmode") ?? (isLoopback(host) ? "disable" : "prefer");
  if (!modes.includes(mode)) {
    throw new UsageError(
      `Invalid sslmode in the URL of the store: use ${modes.slice(0, -1).join(", ")} or verify-full.`,
    );
  }
  const [ca, cert, key] = ["sslrootcert", "sslcert", "sslkey"].map((name) => {
    const path = given.get(name);
    return path && path !== "system" ? readFile(path) : undefined;
  });
  const verifies = mode.startsWith("verify-") || (mode === "require" && ca !== undefined);
  const ssl: TlsOptions = {
    rejectUnauthorized: verifies,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // The name is only checked in the last mode.
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const port = given.get("port") ?? url.port;
  const database = decodeURIComponent(url.pathname.slice(1));
  const options = given.get("options");
  return {
    ...(host !== "" && { host }),
    ...(port !== "" && { port: Number(port) }),
    ...(user !== "" && { user }),
    ...(password !== "" && { password }),
    ...(database !== "" && { database }),
    ...(options !== null && { options }),
    ssl: mode === "disable" || host.startsWith("/") ? (false as const) : ssl,
    fallsBack: mode === "prefer" || mode === "allow",
  };
}

/** The server's own, or a proxy's that knows no TLS. */
function refusesTls(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/i.test(error.message);
}

/** Whether the server answered, and the connection may go on. */
function isAnswer(error: unknown): boolean {
  const { severity, code } = error as { readonly severity?: unknown; readonly code?: unknown };
  return severity === "ERROR" && typeof code === "string" && !/^57P0/.test(code);
}
