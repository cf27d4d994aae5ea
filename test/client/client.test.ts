import { describe } from "vitest";
import { memoryStore } from "../../src/client/client.ts";
import { closedPort } from "../support/endpoints.ts";
import { errorOf, test } from "./kit.ts";

const posts = "/team-messaging/v1/posts";

describe("a client", () => {
  test("creates, lists, reads, renews and deletes", async ({ connect, endpoint, expect }) => {
    const client = connect();
    const { id, outcome, subscription } = await client.create({
      filters: ["posts"],
      url: endpoint.url,
      expiresIn: "10y",
    });
    expect(outcome).toBe("created");
    expect(subscription).toMatchObject({ id, eventFilters: [posts], api: "platform" });
    expect(subscription).not.toHaveProperty("profile");

    const [listed, ...others] = await client.list();
    expect(others).toEqual([]);
    expect(listed).toMatchObject({
      id,
      status: "Active",
      record: { expiresIn: 315_360_000, foreign: false, hasVerificationToken: false },
    });
    expect(await client.read(id)).toEqual(await client.read(endpoint.url));
    expect(await client.renewDue()).toMatchObject({ results: [{ id, outcome: "not-due" }] });
    expect(await client.renew(id)).toMatchObject({ id, outcome: "renewed" });
    expect(await client.delete(id)).toMatchObject({ id, outcome: "deleted" });
    expect(await client.list()).toEqual([]);
    expect(await errorOf(client.delete(id))).toMatchObject({ code: "NOT_FOUND", permanent: true });
  });

  test("takes an endpoint that cannot be reached for one that may come back", async ({
    connect,
    expect,
  }) => {
    const url = `http://127.0.0.1:${await closedPort()}/hook`;
    expect(await errorOf(connect().create({ filters: ["posts"], url }))).toMatchObject({
      code: "SUB-521",
      permanent: false,
    });
  });

  test("ensures once what ten call at once", async ({ connect, endpoint, emulator, expect }) => {
    const store = memoryStore();
    const definition = { filters: ["posts"], url: endpoint.url };
    const results = await Promise.all(
      Array.from({ length: 10 }, () => connect({ store }).ensure(definition)),
    );
    const created = results.filter(({ outcome }) => outcome === "created");
    expect(created).toHaveLength(1);
    expect(emulator.subscriptions()).toHaveLength(1);
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    const logins = emulator.requests.filter(({ path }) => path === "/restapi/oauth/token");
    expect(logins).toHaveLength(1);
  });
});
