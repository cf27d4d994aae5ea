import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { buildProcess } from "../store/support.ts";
import { postgresUrl, redisUrl } from "./connections.ts";
import type { Result } from "./killing.ts";

const withServers = path.join(import.meta.dirname, "../../scripts/with-servers.js");

test.for([
  ["PostgreSQL", "pg", "postgres", postgresUrl],
  ["Redis", "node-redis", "redis", redisUrl],
  ["Redis", "ioredis", "redis", redisUrl],
] as const)(
  "A %s that is killed again and again loses nothing that %s was told is written",
  { timeout: 300_000 },
  async ([, client, server, url], { skip, onTestFinished }) => {
    skip(url === undefined, "is tested by `npm run test:servers`");
    const { script: worker, remove } = await buildProcess("servers/killing.ts");
    onTestFinished(remove);

    const args = [withServers, process.execPath, worker, client, server];
    const { stdout } = await promisify(execFile)(process.execPath, args);

    const { acknowledged, counted, turns, countedTurns, faults }: Result = JSON.parse(stdout);
    expect(faults).toEqual([]);
    // A writer that was overwritten before it had its answer has repeated its increment.
    expect(counted).toBeGreaterThanOrEqual(acknowledged);
    expect(countedTurns).toBe(turns);
    expect(turns).toBeGreaterThan(5);
  },
);
