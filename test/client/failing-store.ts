import { fileURLToPath } from "node:url";
import pg from "pg";
import { onTestFinished } from "vitest";
import { createClient, postgresStore, redisStore, type Store } from "../../src/client/client.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { openRedis } from "../../src/store/redis-connection.ts";
import { test as base } from "../support/rcwh.ts";
import { errorOf } from "./kit.ts";

export interface Failures {
  readonly commands: {
    readonly exitCode: number;
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  };
  readonly client: { readonly code: string; readonly permanent: boolean; readonly message: string };
}

export const test = base.extend<{
  readonly fail: (url: string, store?: Store) => Promise<Failures>;
}>({
  /** How a store fails for the commands, and for a client of a program with the same store. */
  fail: async ({ rcwh, server, signedIn, clock }, use) =>
    use(async (url, store = storeOf(url)) => {
      const { exitCode, stderr } = await rcwh("list --json", {
        env: { ...signedIn, RCWH_STORE: url },
      });
      const { code, message, hint } = JSON.parse(stderr).error;
      const app = { clientId: "emulator-client", clientSecret: "emulator-secret" };
      const credentials = { ...app, jwt: "user-1" };
      const failure = await errorOf(createClient({ server, clock, credentials, store }).list());
      return {
        commands: { exitCode, code, message: message.replace(/:\d+\//, ":5432/"), hint },
        client: { code: failure.code, permanent: failure.permanent, message: failure.message },
      };
    }),
});

/** With a driver of the user's. */
function storeOf(url: string): Store {
  if (url.startsWith("file")) return fileStore(fileURLToPath(url));
  if (url.startsWith("redis")) {
    const { signal } = new AbortController();
    const connection = openRedis(new URL(url), { timeout: 5000, signal, readFile: () => "" });
    onTestFinished(connection.close);
    return redisStore((command) => connection.sendCommand(command));
  }
  const { searchParams } = new URL(url);
  const ssl = searchParams.get("sslmode") === "require" && { rejectUnauthorized: false };
  const connectionString = url.replace(/\?.*/, "");
  const pool = new pg.Pool({ connectionString, ssl, max: 1 });
  pool.on("error", () => {});
  onTestFinished(() => void pool.end());
  return postgresStore(pool);
}
