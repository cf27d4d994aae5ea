import { describe } from "vitest";
import { test as base } from "../support/rcwh.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { isWhole } from "../support/share.ts";

interface Fixtures {
  /** The environment of a user with so many subscriptions, each with so many filters, and every fiftieth blacklisted. */
  readonly many: (
    subscriptions: number,
    filters: number,
  ) => Promise<Readonly<Record<string, string>>>;
}

const test = base.extend<Fixtures>({
  many: async ({ clock }, use) => {
    const servers: ScriptedServer[] = [];
    await use(async (subscriptions, filters) => {
      const records = Array.from({ length: subscriptions }, (_, number) => ({
        id: `${number.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`,
        status: number % 50 === 7 ? "Blacklisted" : "Active",
        creationTime: new Date(clock.now()).toISOString(),
        expirationTime: new Date(clock.now() + 6e8 + number * 1000).toISOString(),
        expiresIn: 600_000 + number,
        eventFilters: Array.from(
          { length: filters },
          (_, index) =>
            `/restapi/v1.0/account/1/extension/${100_000 + number * filters + index}/presence`,
        ),
        deliveryMode: {
          transportType: "WebHook",
          address: `https://example.com/${"a".repeat(200)}/${number}`,
        },
      }));
      const list = JSON.stringify({ records });
      const token = { access_token: "t", token_type: "bearer", expires_in: 3600, owner_id: "1" };
      const server = await startScriptedServer(({ path, method, body }) => {
        if (path.includes("/oauth/")) return { body: { ...token, scope: "SubscriptionWebhook" } };
        if (path.includes("/extension/~")) return { body: { id: 1, account: { id: "1" } } };
        if (method === "GET") return { body: list };
        const [changed] = records;
        return { body: { ...changed, ...(body && JSON.parse(body)) } };
      });
      servers.push(server);
      return {
        RCWH_SERVER: server.url,
        RCWH_CLIENT_ID: "id",
        RCWH_CLIENT_SECRET: "secret",
        RCWH_JWT: "jwt",
      };
    });
    for (const server of servers) await server[Symbol.asyncDispose]();
  },
});

const glob = "*a*a*a*a*a*a*a*a*b";

/** Thirty thousand filters: what compares each with each takes far longer, what tries a glob in every way does not end. */
describe("six hundred subscriptions with fifty filters each are no problem for", () => {
  test.for([
    [`list --url ${glob}`, 0],
    [`list --filter ${glob}`, 0],
    ["show 00000000", 0],
    ["show 00000257", 0],
    ["renew", 8],
    ["recover --dry-run", 0],
    ["update 00000000 --expires-in 7d --dry-run", 0],
    ["update 00000000 --add-filter sms --dry-run", 0],
    [`delete --url ${glob} --dry-run`, 0],
  ] as const)("%s", async ([command, exitCode], { rcwh, many, expect }) => {
    const env = await many(600, 50);
    const before = process.cpuUsage();
    const result = await rcwh(command, { env });
    expect({ exitCode: result.exitCode, stderr: result.stderr.slice(0, 2000) }).toEqual({
      exitCode,
      stderr: expect.not.stringContaining("hit a bug"),
    });
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5);
  });
});

/** Seconds of the processor: comparing each with each takes half a minute. */
describe("two thousand filters in one subscription are compared in no time by", () => {
  const others = (flag: string) =>
    Array.from({ length: 2000 }, (_, index) => [
      flag,
      `/restapi/v1.0/account/~/extension/${101_000 + index}/presence`,
    ]).flat();

  test.for([
    ["update --add-filter", 0, ["update", "00000000", ...others("--add-filter"), "--dry-run"]],
    [
      "update --remove-filter",
      0,
      ["update", "00000000", ...others("--remove-filter"), "--dry-run"],
    ],
    ["update --filter", 0, ["update", "00000000", ...others("--filter")]],
    [
      "create",
      0,
      ["create", "--url", "https://example.com/hook", ...others("--filter"), "--dry-run"],
    ],
    ["renew", 8, ["renew", "--all"]],
  ] as const)("%s", async ([, expected, words], { rcwh, many, expect }) => {
    const env = await many(1, 2000);
    const before = process.cpuUsage();
    const { exitCode } = await rcwh(words, { env });
    expect(exitCode).toBe(expected);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5);
  });
});

test(`an answer of ${isWhole ? "twenty" : "five"} megabytes is read`, async ({
  rcwh,
  many,
  expect,
}) => {
  const env = await many(isWhole ? 2000 : 500, 200);
  expect(await rcwh("show 00000000", { env })).toMatchObject({ exitCode: 0 });
});
