import { join } from "node:path";
import { describe } from "vitest";
import { type ClientOptions, createClient, seal } from "../../src/client/client.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { test as base } from "../support/rcwh.ts";

interface Fixtures {
  /** The environment of a machine whose commands have the client's store. */
  readonly machine: Readonly<Record<string, string>>;
  readonly options: ClientOptions;
}

const key = Buffer.alloc(32, "key").toString("base64");

const test = base.extend<Fixtures>({
  machine: async ({ directory, signedIn }, use) =>
    use({
      ...{ ...signedIn, RCWH_CONFIG_DIR: join(directory, "machine"), RCWH_STORE_KEY: key },
      RCWH_STORE: `file://${join(directory, "store")}`,
    }),
  options: async ({ directory, server, clock }, use) =>
    use({
      ...{ server, clock, owner: "the nightly function" },
      credentials: { clientId: "emulator-client", clientSecret: "emulator-secret", jwt: "user-1" },
      store: seal(fileStore(join(directory, "store")), key),
    }),
});

describe("a client beside the commands", () => {
  test("shares sessions and records with them", async ({
    machine,
    options,
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const client = createClient(options);
    const { id } = await client.create({ filters: ["posts"], url: endpoint.url, expiresIn: "30d" });
    // What was asked for is on record: in the last third of 30 days it is due.
    clock.advance(25 * 86_400_000);
    const renewed = await rcwh("renew --json", { env: machine });
    expect(JSON.parse(renewed.stdout).results).toMatchObject([{ id, outcome: "renewed" }]);
    expect(await client.list()).toMatchObject([{ id, record: { expiresIn: 2_592_000 } }]);
    const logins = emulator.requests.filter(({ path }) => path === "/restapi/oauth/token");
    // The first session had ended.
    expect(logins).toHaveLength(2);
  });

  test("keeps them out while it works", async ({ machine, options, endpoint, rcwh, expect }) => {
    let meanwhile: Awaited<ReturnType<typeof rcwh>> | undefined;
    const client = createClient({
      ...options,
      async fetch(url, init) {
        // In the middle of the run.
        if (init.method === "POST" && url.endsWith("/subscription")) {
          meanwhile = await rcwh("renew", { env: machine });
        }
        return fetch(url, init);
      },
    });
    expect(await client.ensure({ filters: ["posts"], url: endpoint.url })).toMatchObject({
      outcome: "created",
    });
    expect(meanwhile?.exitCode).toBe(5);
    expect(meanwhile?.stderr).toContain("the nightly function since");
  });
});
