import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import { answerList, subscribe, subscription } from "../support/subscriptions.ts";

const list = { method: "GET", path: "/restapi/v1.0/subscription" } as const;
const hour = 3_600_000;
const cronHint =
  "hint: Check that cron still runs `rcwh renew`, as this user and with the same RCWH_CONFIG_DIR.\n";
const renewHint = "hint: Run `rcwh renew` to see the failure.\n";

const scheduleHint =
  "hint: Schedule `rcwh renew` with `rcwh cron print`, as this user and with the same RCWH_CONFIG_DIR.\n";

describe("rcwh status", () => {
  test("fails if no run was recorded", async ({ emulator, rcwh, expect }) => {
    expect(await rcwh("status")).toEqual({
      exitCode: ExitCode.attention,
      stdout: "environment\tnever\t\t\t\t\t\t\t\n",
      stderr: `attention: environment: No unattended run is recorded.\n${scheduleHint}`,
    });
    expect(emulator.requests).toEqual([]);
  });

  test("shows when the last run ended and sends no request", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    await rcwh("renew -q");
    const asked = emulator.requests.length;
    expect(await rcwh("status")).toEqual({
      exitCode: ExitCode.ok,
      stdout: "environment\tok\t2026-11-22T12:00:00Z\trenew\t0\t2026-11-22T12:00:00Z\t\t\t\n",
      stderr: "",
    });
    clock.advance(2 * hour);
    const { stdout } = await rcwh("status", { tty: true, columns: 100 });
    expect(stdout).toMatchInlineSnapshot(`
      "PROFILE      STATUS  ENDED    COMMAND  EXIT CODE  LAST SUCCESS
      environment  ok      2 h ago  renew    0          2 h ago
      "
    `);
    expect(JSON.parse((await rcwh("status --json")).stdout)).toEqual({
      schemaVersion: 1,
      runs: [
        {
          profile: "environment",
          status: "ok",
          command: "renew",
          startedAt: "2026-11-22T12:00:00Z",
          endedAt: "2026-11-22T12:00:00Z",
          exitCode: 0,
          outcomes: { "not-due": 1 },
          lastSuccessAt: "2026-11-22T12:00:00Z",
        },
      ],
    });
    expect(emulator.requests).toHaveLength(asked);
  });

  test("fails if the last success is older than --max-age", async ({ clock, rcwh, expect }) => {
    await rcwh("renew -q");
    clock.advance(26 * hour);
    expect((await rcwh("status")).exitCode).toBe(ExitCode.ok);
    clock.advance(1000);
    expect(await rcwh("status")).toEqual({
      exitCode: ExitCode.attention,
      stdout: "environment\toverdue\t2026-11-22T12:00:00Z\trenew\t0\t2026-11-22T12:00:00Z\t\t\t\n",
      stderr: `attention: environment: The last successful renewal ended 2026-11-22T12:00:00Z, 1 d 2 h ago. --max-age is 26h.\n${cronHint}`,
    });
    expect((await rcwh("status --max-age 27h")).exitCode).toBe(ExitCode.ok);
    expect(JSON.parse((await rcwh("status --json")).stderr)).toMatchObject({
      error: { code: "RUN_OVERDUE", exitCode: 8 },
    });
  });

  test("fails if the last success is in the future", async ({ clock, rcwh, expect }) => {
    await rcwh("renew -q");
    clock.advance(-5 * 60_000);
    expect((await rcwh("status")).exitCode).toBe(ExitCode.ok);
    clock.advance(-1000);
    expect(await rcwh("status")).toEqual({
      exitCode: ExitCode.attention,
      stdout: "environment\toverdue\t2026-11-22T12:00:00Z\trenew\t0\t2026-11-22T12:00:00Z\t\t\t\n",
      stderr: `attention: environment: The last successful renewal ended 2026-11-22T12:00:00Z, which is in the future by this machine's clock.\n${cronHint}`,
    });
  });

  test("puts a full stop after a run's message", async ({ emulator, rcwh, expect }) => {
    emulator.faults.add({
      match: { method: "POST", path: "/restapi/oauth/token" },
      status: 400,
      code: "OAU-140",
      times: "always",
    });
    await rcwh("renew -q");
    expect((await rcwh("status")).stderr).toContain(
      "(OAU-140). No successful renewal of all subscriptions is recorded.",
    );
  });

  test("fails after a failed run and shows since when runs have failed", async ({
    clock,
    emulator,
    rcwh,
    expect,
  }) => {
    await rcwh("renew -q");
    const bad = subscription("b", { status: "Blacklisted" });
    answerList(emulator, [bad]);
    clock.advance(hour);
    await rcwh("renew -q");
    const success = "The last successful renewal ended 2026-11-22T12:00:00Z,";
    expect(await rcwh("status")).toEqual({
      exitCode: ExitCode.attention,
      stdout: expect.stringMatching(
        /^environment\tfailed\t2026-11-22T13:00:00Z\trenew\t8\t2026-11-22T12:00:00Z\t2026-11-22T13:00:00Z\t/,
      ),
      stderr: expect.stringContaining(
        `attention: environment: renew exited with 8 at 2026-11-22T13:00:00Z: ${bad.id} (https://example.com/ringcentral) is Blacklisted`,
      ),
    });
    clock.advance(hour);
    await rcwh("renew -q");
    const { stderr } = await rcwh("status");
    expect(stderr).toContain(
      "renew exited with 8 at 2026-11-22T14:00:00Z, like every run since 2026-11-22T13:00:00Z: ",
    );
    expect(stderr).toContain(`${success} 2 h ago.\n${renewHint}`);
  });

  test("tolerates temporary failures until the last success is too old", async ({
    clock,
    emulator,
    rcwh,
    expect,
  }) => {
    await rcwh("renew -q");
    clock.advance(hour);
    emulator.faults.add({ match: list, status: 503, times: "always" });
    await rcwh("renew -q");
    const { exitCode, stdout, stderr } = await rcwh("status");
    expect({ exitCode, stderr }).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(stdout).toMatch(/^environment\ttry-later\t.*\trenew\t5\t2026-11-22T12:00:00Z\t/);

    clock.advance(26 * hour);
    expect((await rcwh("status")).stdout).toMatch(/^environment\toverdue\t/);
  });

  test("ignores dry runs and runs over selected subscriptions", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    await rcwh("renew --dry-run");
    await rcwh(["renew", id]);
    await rcwh("renew --filter posts");
    expect((await rcwh("status")).stdout).toMatch(/^environment\tnever\t/);
    await rcwh("renew --all");
    clock.advance(hour);
    await rcwh(["renew", id]);
    expect((await rcwh("status")).stdout).toContain("\tok\t2026-11-22T12:00:00Z\t");
  });

  test("succeeds again after a good run", async ({ clock, emulator, rcwh, expect }) => {
    emulator.faults.add({ match: list, status: 403, code: "CMN-401", times: 1 });
    await rcwh("renew -q");
    expect((await rcwh("status")).stdout).toMatch(/^environment\tfailed\t/);
    clock.advance(hour);
    expect((await rcwh("renew -q")).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("status")).stdout).toBe(
      "environment\tok\t2026-11-22T13:00:00Z\trenew\t0\t2026-11-22T13:00:00Z\t\t\t\n",
    );
  });

  test("treats an unreadable record as missing", async ({ directory, rcwh, expect }) => {
    await rcwh("renew -q");
    const runs = join(directory, "config", "runs");
    const [name = ""] = readdirSync(runs);
    expect(statSync(runs).mode & 0o777).toBe(0o700);
    expect(statSync(join(runs, name)).mode & 0o777).toBe(0o600);
    for (const text of ["", "null", "{}", '{"endedAt":"yesterday"}']) {
      writeFileSync(join(runs, name), text);
      expect((await rcwh("status")).stdout).toMatch(/^environment\tnever\t/);
    }
    await rcwh("renew -q");
    expect((await rcwh("status")).exitCode).toBe(ExitCode.ok);
    expect(readdirSync(runs)).toEqual([name]);
  });

  test("needs an identity and a valid duration", async ({ rcwh, expect }) => {
    expect((await rcwh("status", { env: {} })).exitCode).toBe(ExitCode.auth);
    const { exitCode, stderr } = await rcwh("status --max-age 26");
    expect(exitCode).toBe(ExitCode.usage);
    expect(stderr).toBe(
      'error: Invalid --max-age value "26": add a unit, for example 26h.\nhint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y.\n',
    );
  });

  test("shows many profiles in one table", async ({ clock, directory, rcwh, server, expect }) => {
    const login = (profile: string, user: number) => {
      const secrets = ["--client-secret", "emulator-secret", "--jwt", `user-${user}`];
      const app = ["--server", server, "--client-id", "emulator-client"];
      return rcwh(["login", "--profile", profile, ...app, ...secrets], { env: {} });
    };
    await login("beta", 2);
    await login("alpha", 1);
    await rcwh("renew -q --profile alpha", { env: {} });
    clock.advance(hour);
    const { exitCode, stdout, stderr } = await rcwh("status --all-profiles", { env: {} });
    expect(exitCode).toBe(ExitCode.attention);
    expect(stdout).toBe(
      "alpha\tok\t2026-11-22T12:00:00Z\trenew\t0\t2026-11-22T12:00:00Z\t\t\t\n" +
        "beta\tnever\t\t\t\t\t\t\t\n",
    );
    expect(stderr).toBe(
      `attention: 1 of 2 profiles needs attention:\n  beta: No unattended run is recorded.\n${scheduleHint}`,
    );
    await rcwh("renew -q --all-profiles", { env: {} });
    expect((await rcwh("status --all-profiles", { env: {} })).exitCode).toBe(ExitCode.ok);
    expect(readdirSync(join(directory, "config", "runs"))).toHaveLength(2);

    await rcwh("profile remove beta --yes", { env: {} });
    expect(readdirSync(join(directory, "config", "runs"))).toHaveLength(1);
  });
});
