import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { forEachOrphan, runningListeners } from "../../src/listener/lease-owners.ts";
import { openLease } from "../../src/listener/leases.ts";
import { processStart } from "../../src/machine/locks/process-identity.ts";
import { test as base, now } from "../support/rcwh.ts";

interface Fixtures {
  readonly context: Parameters<typeof openLease>[1];
  /** The directory of the leases. */
  readonly folder: string;
  /** Writes the lease of another process, without a fresh lock. */
  readonly abandoned: (marker: string, owner: object) => Promise<void>;
}

const test = base.extend<Fixtures>({
  context: async ({ clock, directory }, use) => {
    const env = { RCWH_CONFIG_DIR: directory };
    const installation = { node: "", nodeVersion: "", script: "", host: "here", user: undefined };
    const { pid, platform } = process;
    const { signal } = new AbortController();
    await use({ env, platform, clock, signal, pid, installation });
  },
  folder: async ({ directory }, use) => {
    const folder = join(directory, "listeners");
    await mkdir(folder, { recursive: true });
    await use(folder);
  },
  abandoned: async ({ folder }, use) =>
    use(async (marker, owner) => {
      const lease = {
        marker,
        host: "here",
        startedAt: new Date(now).toISOString(),
        transport: "none",
        aliveUntil: new Date(now + 3_600_000).toISOString(),
        url: "http://127.0.0.1:4011/",
        ...owner,
      };
      await writeFile(join(folder, `${marker}.json`), JSON.stringify(lease));
    }),
});

const marker = "0123456789abcdef01234567";

describe("a lease", () => {
  test("is kept while its process runs, even after a long sleep", async ({
    context,
    abandoned,
    expect,
  }) => {
    await abandoned(marker, { pid: process.ppid, processStart: processStart(process.ppid) });
    const swept: string[] = [];
    const sweep = async (each: { readonly marker: string }) => {
      swept.push(each.marker);
      return "settled" as const;
    };
    const { paths } = await forEachOrphan(context, sweep);
    await forEachOrphan(context, sweep, paths);
    expect(swept).toEqual([]);
    expect(await runningListeners(context)).toMatchObject([{ pid: process.ppid }]);
  });

  test.skipIf(processStart(process.pid) === undefined)(
    "is removed if another process has its process id now",
    async ({ context, abandoned, expect }) => {
      await abandoned(marker, { pid: process.ppid, processStart: "1" });
      const swept: string[] = [];
      await forEachOrphan(context, async (each) => {
        swept.push(each.marker);
        return "settled";
      });
      expect(swept).toEqual([marker]);
    },
  );

  test("is taken back after another process took it", async ({ context, folder, expect }) => {
    const held = await openLease({ transport: "none", lifetime: 3600, marker }, context);
    expect(JSON.parse(await readFile(join(folder, `${marker}.json`), "utf8")).processStart).toBe(
      processStart(process.pid),
    );
    for (const name of await readdir(folder)) await rm(join(folder, name));
    await expect
      .poll(async () => (await readdir(folder)).sort())
      .toEqual([`${marker}.json`, `${marker}.json.lock`]);
    await held.end();
    expect(await readdir(folder)).toEqual([]);
  }, 10_000);
});

test("a half-written lease is removed once no process can be writing it", async ({
  context,
  folder,
  expect,
}) => {
  const stale = [`${marker}.json.lock`, `${marker}.json.0a1b2c.tmp`, `${marker}.json.lock.stale`];
  const fresh = "f".repeat(24);
  const others = [`${fresh}.json.lock`, `${fresh}.json.abc.tmp`, "notes.tmp"];
  for (const name of [...stale, ...others]) await writeFile(join(folder, name), "");
  const longAgo = new Date(Date.now() - 120_000);
  for (const name of [...stale, "notes.tmp"]) await utimes(join(folder, name), longAgo, longAgo);
  await forEachOrphan(context, async () => "left");
  expect((await readdir(folder)).sort()).toEqual(others.sort());
});
