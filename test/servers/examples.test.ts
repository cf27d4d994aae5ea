import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { postgresUrl, redisUrl } from "./connections.ts";

const root = path.join(import.meta.dirname, "../..");

/** What each imports, and a server that it needs. What else it needs, as a runtime of its own, its test says. */
const examples = {
  "queue-pg-boss": { imports: ["pg", "pg-boss"], server: postgresUrl },
  "queue-bullmq": { imports: ["bullmq", "ioredis"], server: redisUrl },
  lambda: { imports: ["pg"], server: postgresUrl },
  supabase: { imports: [], server: postgresUrl },
  "workers-cron": { imports: [], server: "none" },
};

test.for(Object.entries(examples))(
  "The test of examples/%s passes",
  {
    timeout: 300_000,
  },
  async ([name, { imports, server }], { skip, annotate }) => {
    skip(server === undefined, "is tested by `npm run test:servers`");
    const folder = await mkdtemp(path.join(tmpdir(), "rcwh-example-"));
    try {
      await cp(path.join(root, "examples", name), folder, { recursive: true });
      await mkdir(path.join(folder, "node_modules"));
      await symlink(root, path.join(folder, "node_modules/rcwh"));
      for (const each of imports) {
        const installed = path.join(root, "node_modules", each);
        await symlink(installed, path.join(folder, "node_modules", each));
      }
      const env = { ...process.env, DATABASE_URL: postgresUrl, REDIS_URL: redisUrl, VERBOSE: "1" };
      const flags = ["--test", "--test-reporter=tap"];
      const run = promisify(execFile)(process.execPath, flags, { cwd: folder, env });
      // What failed stands on stdout, which the error does not show.
      const { stdout } = await run.catch((error: { readonly stdout: string }) => error);

      expect(stdout).toMatch(/^# fail 0$/m);
      const [, skipped, why] = /^ok .* # (SKIP) (.*)$/m.exec(stdout) ?? [];
      if (skipped) await annotate(`${name}: ${why}`);
      skip(skipped !== undefined, why);
      expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
