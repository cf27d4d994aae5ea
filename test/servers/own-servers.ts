import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";

const withServers = path.join(import.meta.dirname, "../../scripts/with-servers.js");

/** A PostgreSQL and a Redis that no other test uses, so that a test may kill them. */
export interface OwnServers {
  readonly postgresUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** Kills a server at once. It starts again with its data. */
  kill(server: string): void;
  stop(): Promise<void>;
}

export async function startOwnServers(): Promise<OwnServers> {
  const program = "console.log(JSON.stringify(process.env)); process.stdin.resume()";
  const child = spawn(process.execPath, [withServers, process.execPath, "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8");
  while (!printed.includes("\n")) printed += String(await once(child.stdout, "data"));
  const env: Readonly<Record<string, string>> = JSON.parse(printed);
  return {
    postgresUrl: env["RCWH_TEST_POSTGRES"],
    redisUrl: env["RCWH_TEST_REDIS"],
    kill(server) {
      const file = path.join(String(env["RCWH_TEST_SERVERS"]), `${server}.pid`);
      process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
    },
    async stop() {
      const closed = once(child, "close");
      child.stdin.end();
      await closed;
    },
  };
}
