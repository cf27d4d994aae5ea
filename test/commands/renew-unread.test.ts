import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { ExitCode, Interruption, OutputError } from "../../src/errors.ts";
import { type RunOptions, test } from "../support/rcwh.ts";
import { ownFilters, subscribe } from "../support/subscriptions.ts";

/** Aborts with `reason` after the first output. */
function failing(reason: Error): RunOptions {
  const output = new AbortController();
  return { outputSignal: output.signal, onOutput: () => output.abort(reason) };
}

const leaving = () => failing(new Interruption(ExitCode.ok));
const full = () => failing(new OutputError(new Error("ENOSPC: no space left on device, write")));

function renewals({ requests }: Emulator): number {
  return requests.filter(({ path }) => path.endsWith("/renew")).length;
}

describe("a reader that closes the pipe", () => {
  test("stops no renewal and causes no report", async ({
    directory,
    emulator,
    endpoint,
    server,
    rcwh,
    expect,
  }) => {
    const file = join(directory, "accounts.ndjson");
    const app = { server, clientId: "emulator-client", clientSecret: "emulator-secret" };
    const lines = [1, 2, 3].map((user) =>
      JSON.stringify({ ...app, profile: `p${user}`, jwt: `user-${user}` }),
    );
    writeFileSync(file, lines.join("\n"));
    for (const user of [1, 2, 3]) {
      const env = {
        RCWH_SERVER: server,
        RCWH_CLIENT_ID: app.clientId,
        RCWH_CLIENT_SECRET: app.clientSecret,
        RCWH_JWT: `user-${user}`,
        RCWH_CONFIG_DIR: join(directory, "elsewhere"),
      };
      await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 1h`, { env });
    }
    const failure = join(directory, "failure");
    const words = ["renew", "--profiles-from", file, "--concurrency", "1"];
    const result = await rcwh([...words, "--on-failure", `/usr/bin/touch ${failure}`], {
      ...leaving(),
      env: {},
    });
    expect(result.exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions.map(({ expirationTime }) => expirationTime)).toEqual(
      Array(3).fill("2026-11-29T12:00:00.000Z"),
    );
    expect(renewals(emulator)).toBe(3);
    expect(existsSync(failure)).toBe(false);
  });

  test("does not change the outcome of a run", async ({ emulator, endpoint, rcwh, expect }) => {
    const [first, second] = [
      await subscribe(emulator, endpoint.url, { expiresIn: 3600 }),
      await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] }),
    ];
    emulator.blacklist(second);
    expect((await rcwh("renew", leaving())).exitCode).toBe(ExitCode.attention);
    expect((await rcwh(["delete", first, second, "--yes"], leaving())).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toEqual([]);
  });
});

describe("output that cannot be written", () => {
  test("stops no renewal, makes the run end with 1 and is reported everywhere", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    await subscribe(emulator, endpoint.url, {
      expiresIn: 3600,
      eventFilters: [ownFilters.sms],
    });
    const code = join(directory, "code");
    const hook = `/bin/sh -c 'echo $RCWH_EXIT_CODE > ${code}'`;
    expect(await rcwh(["renew", "--on-failure", hook], full())).toMatchObject({
      exitCode: ExitCode.failure,
      stderr:
        "2 renewed.\nerror: The output could not be written: ENOSPC: no space left on device, write.\n",
    });
    expect(renewals(emulator)).toBe(2);
    expect(readFileSync(code, "utf8")).toBe("1\n");
    expect(await rcwh("status")).toMatchObject({
      exitCode: ExitCode.attention,
      stderr: expect.stringContaining("renew exited with 1 at "),
    });
  });

  for (const format of ["table", "csv", "json", "yaml", "tsv", "ndjson"]) {
    test(`of many accounts as ${format} makes each run, and every metric, a failure`, async ({
      directory,
      emulator,
      server,
      endpoint,
      rcwh,
      expect,
    }) => {
      await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
      const file = join(directory, "accounts.ndjson");
      const metrics = join(directory, "rcwh.prom");
      const app = { server, clientId: "emulator-client", clientSecret: "emulator-secret" };
      writeFileSync(file, JSON.stringify({ ...app, profile: "acme", jwt: "user-1" }));
      const words = ["renew", "--all", "--profiles-from", file, "--metrics-file", metrics];
      const { exitCode } = await rcwh([...words, "-o", format], full());
      expect(exitCode).toBe(ExitCode.failure);
      const text = readFileSync(metrics, "utf8");
      expect(text).toContain('rcwh_last_run_exit_code{profile="acme"} 1\n');
      expect(text).not.toContain("rcwh_last_success");
      expect(text).toContain("rcwh_subscription_active{");
      expect(await rcwh(["status", "--profiles-from", file])).toMatchObject({
        exitCode: ExitCode.attention,
        stderr: expect.stringContaining("renew exited with 1 at "),
      });
      await rcwh([...words, "-o", format]);
      expect(readFileSync(metrics, "utf8")).toContain(
        'rcwh_last_run_exit_code{profile="acme"} 0\n',
      );
      expect((await rcwh(["status", "--profiles-from", file])).exitCode).toBe(ExitCode.ok);
    });
  }

  test("is reported in one object on stderr under --json, together with other failures", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    for (const format of ["json", "ndjson"]) {
      const { exitCode, stderr } = await rcwh(`renew -o ${format}`, full());
      expect(exitCode).toBe(ExitCode.failure);
      expect(JSON.parse(stderr)).toMatchObject({
        error: {
          code: "OUTPUT",
          exitCode: 1,
          message: expect.stringMatching(/^The output could not be written: .* is Blacklisted/),
        },
      });
    }
  });
});
