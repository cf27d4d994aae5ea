import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { ownIdentity } from "../../src/machine/locks/process-identity.ts";
import { processCount } from "../support/processes.ts";
import { buildWorker, runWorker, startWorker, test } from "./support.ts";

let worker = "";
let bundle = "";
beforeAll(async () => {
  bundle = mkdtempSync(path.join(tmpdir(), "rcwh-worker-"));
  chmodSync(bundle, 0o755);
  worker = await buildWorker(bundle);
});
afterAll(() => rmSync(bundle, { recursive: true, force: true }));

const many = Array.from({ length: processCount(3) }, (_, index) => index);

describe("many processes at once", () => {
  test("keep everything that each of them writes", async ({ directory, open, expect }) => {
    const runs = await Promise.all(
      many.map((index) => runWorker([worker, "records", `process-${index}`, "5"], directory)),
    );

    expect(runs).toEqual(many.map(() => ({ exitCode: 0, stdout: "null", stderr: "" })));
    const records = await (await open()).records("default").list();
    expect(new Set(records.map(({ id }) => id)).size).toBe(5 * many.length);
    expect(readdirSync(directory)).toEqual(["config.json"]);
  });

  test("log in once if all of them find an expired token", async ({ place, directory, expect }) => {
    const logins = path.join(place, "logins");

    const runs = await Promise.all(many.map(() => runWorker([worker, "login", logins], directory)));

    expect(readFileSync(logins, "utf8")).toBe("login\n");
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(runs.every(({ stderr }) => stderr === "")).toBe(true);
  });

  test("recover from a process that was killed during its login, and log in once", async ({
    place,
    directory,
    expect,
  }) => {
    const hanging = startWorker([worker, "hang"], directory);
    await once(hanging.stdout, "data");
    hanging.kill("SIGKILL");
    await once(hanging, "close");
    const logins = path.join(place, "logins");

    const runs = await Promise.all(many.map(() => runWorker([worker, "login", logins], directory)));

    expect(readFileSync(logins, "utf8")).toBe("login\n");
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(readdirSync(directory)).toEqual(["config.json"]);
  });
});

test.skipIf(ownIdentity() === undefined)(
  "a lock is taken from one killed holder after another, by one process at a time, without a pause",
  async ({ place, directory, expect }) => {
    const log = path.join(place, "log");
    const startedAt = performance.now();

    const runs = await Promise.all(
      many.map(() => runWorker([worker, "holdAndDie", log], directory)),
    );

    expect(runs.map(({ stderr }) => stderr).join("")).toBe("");
    const lines = readFileSync(log, "utf8").trim().split("\n");
    expect(lines).toHaveLength(2 * many.length);
    const [begun, ended] = [0, 1].map((half) => lines.filter((_, index) => index % 2 === half));
    expect(begun?.map((line) => line.replace("begins", "ends"))).toEqual(ended);
    expect(new Set(begun).size).toBe(many.length);
    // By heartbeats each takeover would take ten seconds.
    expect(performance.now() - startedAt).toBeLessThan(9000 * (many.length - 1));
  },
);

describe("a process", () => {
  test.for(["umask 000", "umask 077"])(
    "writes a file of mode 0600 in a directory of mode 0700 under %s",
    async (umask, { directory, expect }) => {
      await runWorker([worker, "saveProfile", "one", "10"], directory, { before: umask });
      const first = statSync(path.join(directory, "config.json")).mode & 0o777;
      await runWorker([worker, "saveProfile", "two", "10"], directory, { before: umask });

      expect(first).toBe(0o600);
      expect(statSync(path.join(directory, "config.json")).mode & 0o777).toBe(0o600);
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    },
  );

  test("leaves no lock behind if it ends while it holds one", async ({ directory, expect }) => {
    const { exitCode } = await runWorker([worker, "exit"], directory);

    expect(exitCode).toBe(3);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("does not load conf if it only reads", async ({ directory, expect }) => {
    await runWorker([worker, "saveProfile", "one", "10"], directory);

    const { stdout } = await runWorker([worker, "read"], directory);

    const loaded: unknown = JSON.parse(stdout);
    expect(loaded).toContain(worker);
    const others = readdirSync(path.dirname(worker)).filter((name) => /conf|source/.test(name));
    expect(others).toHaveLength(1);
    for (const name of others) expect(stdout).not.toContain(name);
  });

  test("keeps the old file if the disk is too full for the new one", async ({
    directory,
    open,
    expect,
  }) => {
    await runWorker([worker, "saveProfile", "one", "10"], directory);

    // In units of 512 bytes or more: room for the old file and a part of the new one.
    const { stdout } = await runWorker([worker, "saveProfile", "two", "90000"], directory, {
      before: "ulimit -f 16",
    });

    expect(JSON.parse(stdout)).toEqual({
      error: {
        name: "CliError",
        exitCode: 1,
        message: `Cannot write ${directory}/config.json: no space left on device.`,
        hint: "Free some space on that disk, or raise the limit of `ulimit -f`, then try again.",
      },
    });
    expect(Object.keys((await open()).profiles())).toEqual(["one"]);
    expect(readdirSync(directory)).toEqual(["config.json"]);
  });

  test("without write access still logs in and reports that it keeps nothing", async ({
    place,
    expect,
  }) => {
    writeFileSync(path.join(place, "file"), "");

    const { stdout, stderr } = await runWorker([worker, "keep"], path.join(place, "file", "rcwh"));

    expect(JSON.parse(stdout)).toEqual({ stored: false, saved: false });
    expect(stderr).toBe(
      `Cannot write ${place}/file/rcwh/config.json: not a directory. Access tokens and records of this run are not saved.\n`,
    );
  });

  test("continues without a configuration if it cannot read the home directory", async ({
    place,
    directory,
    expect,
  }) => {
    mkdirSync(path.dirname(directory), { mode: 0o000 });
    chmodSync(place, 0o755);

    const { stdout, stderr } = await runWorker([worker, "keep"], directory, { asNobody: true });

    expect(JSON.parse(stdout)).toEqual({ stored: false, saved: false });
    expect(stderr).toBe(`Cannot open ${directory}: permission denied. Continuing without it.\n`);
    chmodSync(path.dirname(directory), 0o700);
  });

  test("stops at a file that it cannot read", async ({ place, expect }) => {
    const file = path.join(place, "config.json");
    writeFileSync(file, "{}", { mode: 0o000 });
    chmodSync(place, 0o755);

    const { stdout } = await runWorker([worker, "keep"], place, { asNobody: true });

    expect(JSON.parse(stdout)).toEqual({
      error: {
        name: "UsageError",
        exitCode: 2,
        message: `Cannot read ${file}: permission denied.`,
        hint: "Make the file readable for this user, or set RCWH_CONFIG_DIR to another directory.",
      },
    });
  });

  test("names the reason if it cannot write to the directory", async ({ place, expect }) => {
    chmodSync(place, 0o555);

    const { stdout } = await runWorker([worker, "saveProfile", "one", "10"], place, {
      asNobody: true,
    });

    expect(JSON.parse(stdout)).toMatchObject({
      error: { exitCode: 1, message: `Cannot write ${place}/config.json: permission denied.` },
    });
    chmodSync(place, 0o755);
  });

  test("removes the leftovers of a killed writer", async ({ directory, expect }) => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(directory, "config.json.tmp-1234567890abcdef"), "secret");

    await runWorker([worker, "saveProfile", "one", "10"], directory);

    expect(readdirSync(directory)).toEqual(["config.json"]);
  });
});
