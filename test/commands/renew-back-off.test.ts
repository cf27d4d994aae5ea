import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { test as base } from "../support/rcwh.ts";

const oneDay = 86_400_000;

interface Accounts {
  /** Accounts of users 1 and 2; the server refuses the second. */
  readonly accounts: string;
  /** Their renewal, and how many requests it sent for the second. */
  readonly renew: (
    flags?: readonly string[],
  ) => Promise<{ exitCode: number; stdout: string; stderr: string; sent: number }>;
  readonly refuse: (code: string, status: number) => () => void;
}

const test = base.extend<Accounts>({
  accounts: async ({ server, directory }, use) => {
    const path = join(directory, "accounts.ndjson");
    await writeAccounts(path, server);
    await use(path);
  },
  refuse: async ({ emulator }, use) =>
    use((code, status) =>
      emulator.intercept(async (request) => {
        if (!request.url.endsWith("/oauth/token")) return undefined;
        if (!(await request.clone().text()).includes("user-2")) return undefined;
        if (code === "") return new Response("<html>", { status });
        return Response.json(
          { error: "invalid_grant", errorCode: code, message: "No." },
          { status },
        );
      }, Number.POSITIVE_INFINITY),
    ),
  renew: async ({ rcwh, accounts, emulator }, use) =>
    use(async (flags = []) => {
      emulator.clearLog();
      const result = await rcwh(["renew", "--profiles-from", accounts, ...flags], { env: {} });
      const sent = emulator.requests.filter(({ path }) => path.endsWith("/oauth/token")).length;
      return { ...result, sent };
    }),
});

async function writeAccounts(path: string, server: string, secret = "emulator-secret") {
  const [one, two] = [1, 2].map((user) => ({
    ...{ profile: `p${user}`, server, clientId: "emulator-client" },
    ...{ clientSecret: "emulator-secret", jwt: `user-${user}` },
  }));
  await writeFile(
    path,
    `${JSON.stringify(one)}\n${JSON.stringify({ ...two, clientSecret: secret })}`,
  );
}

describe("an account that RingCentral refuses", () => {
  test("is not asked again for a day, then for two, and up to a week", async ({
    renew,
    refuse,
    clock,
    expect,
  }) => {
    refuse("OAU-141", 400);
    const first = await renew();
    expect(first).toMatchObject({ exitCode: 7, sent: 2 });

    clock.advance(oneDay - 60_000);
    const second = await renew();
    expect(second).toEqual({
      exitCode: 7,
      sent: 1,
      stdout: "",
      stderr: expect.stringContaining(
        "p2: Skipped until 2026-11-23T12:00:00Z, because it has failed since 2026-11-22T12:00:00Z: RingCentral refused to sign in: No (OAU-141).",
      ),
    });
    const pauses = [];
    for (let round = 0; round < 5; round += 1) {
      let days = 0;
      for (; (await renew()).stderr.includes("Skipped"); days += 1) clock.advance(oneDay);
      pauses.push(days);
    }
    expect(pauses).toEqual([1, 2, 4, 7, 7]);
  });

  test.for([
    ["HTTP 503", "CMN-301", 503],
    ["what is not RingCentral", "", 403],
  ] as const)(
    "is asked again by the next run after %s",
    async ([, code, status], { renew, refuse, expect }) => {
      refuse(code, status);
      await renew();
      expect((await renew()).stderr).not.toContain("Skipped");
    },
  );

  test("is asked at once with other credentials, or with --retry-failed", async ({
    renew,
    refuse,
    accounts,
    server,
    expect,
  }) => {
    const accept = refuse("OAU-141", 400);
    await renew();
    expect((await renew()).stderr).toContain("Skipped");
    expect((await renew(["--retry-failed"])).stderr).not.toContain("Skipped");
    await writeAccounts(accounts, server, "another-secret");
    expect((await renew()).stderr).not.toContain("Skipped");
    await writeAccounts(accounts, server);
    accept();
    // A success ends it.
    expect(await renew(["--retry-failed"])).toMatchObject({ exitCode: 0 });
    expect(await renew()).toMatchObject({ exitCode: 0, stderr: "No subscriptions.\n" });
  });

  test("is asked by a run of its own", async ({ renew, refuse, rcwh, signedIn, expect }) => {
    const accept = refuse("OAU-141", 400);
    await renew();
    const env = { ...signedIn, RCWH_JWT: "user-2" };
    expect((await rcwh("renew", { env })).stderr).toContain("refused to sign in: No (OAU-141)");
    // Which is no reason to wait for longer.
    expect((await renew()).stderr).toContain("Skipped until 2026-11-23T12:00:00Z");
    accept();
    expect(await rcwh("renew", { env })).toMatchObject({ exitCode: 0 });
    expect(await renew()).toMatchObject({ exitCode: 0 });
  });

  test("is shown by status and metrics", async ({
    renew,
    refuse,
    rcwh,
    accounts,
    directory,
    clock,
    expect,
  }) => {
    const accept = refuse("OAU-141", 400);
    const file = join(directory, "rcwh.prom");
    const samples = async () => {
      const { readFile } = await import("node:fs/promises");
      const lines = (await readFile(file, "utf8")).split("\n");
      return lines.filter((line) => line.startsWith("rcwh_backed_off"));
    };
    await renew(["--metrics-file", file]);
    const until = Date.UTC(2026, 10, 23, 12) / 1000;
    const expected = [
      `rcwh_backed_off_since_timestamp_seconds{profile="p2",code="OAU-141"} ${until - 86_400}`,
      `rcwh_backed_off_until_timestamp_seconds{profile="p2"} ${until}`,
    ];
    expect(await samples()).toEqual(expected);
    clock.advance(60_000);
    await renew(["--metrics-file", file]);
    expect(await samples()).toEqual(expected);

    const status = await rcwh(["status", "--profiles-from", accounts, "--json"], { env: {} });
    expect(JSON.parse(status.stdout).runs[1].backOff).toEqual({
      since: "2026-11-22T12:00:00Z",
      tries: 1,
      until: "2026-11-23T12:00:00Z",
      code: "OAU-141",
      message: "RingCentral refused to sign in: No (OAU-141)",
    });
    expect(status.stderr).toContain("Runs over many accounts skip it until 2026-11-23T12:00:00Z");
    accept();
    await renew(["--metrics-file", file, "--retry-failed"]);
    expect(await samples()).toEqual([]);
  });
});
