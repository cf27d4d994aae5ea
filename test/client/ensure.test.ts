import { describe } from "vitest";
import { memoryStore } from "../../src/client/client.ts";
import { errorOf, test } from "./kit.ts";

const week = 7 * 86_400_000;

describe("ensure", () => {
  test("creates, then leaves alone, also after a cold start", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const store = memoryStore(clock);
    const definition = { filters: ["posts"], url: endpoint.url };
    const created = await connect({ store }).ensure(definition);
    expect(created.outcome).toBe("created");
    emulator.clearLog();

    const again = await connect({ store }).ensure({ ...definition, filters: ["posts"] });
    expect(again).toMatchObject({ id: created.id, outcome: "not-due" });
    // One list request, and no login: the store has the session.
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /restapi/v1.0/subscription",
    ]);
    // A function without a store finds it as well.
    expect(await connect().ensure(definition)).toMatchObject({ id: created.id });
    expect(emulator.subscriptions()).toHaveLength(1);
  });

  test("changes filters in place, and asks for a longer life", async ({
    connect,
    clock,
    endpoint,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const { id } = await client.ensure({ filters: ["posts"], url: endpoint.url, expiresIn: "7d" });
    const changed = await client.ensure({
      filters: ["posts", "voicemail"],
      url: endpoint.url,
      expiresIn: "10y",
    });
    expect(changed).toMatchObject({ id, outcome: "updated" });
    expect(changed.subscription?.eventFilters).toHaveLength(2);
    expect(changed.subscription?.expiresIn).toBeGreaterThan(300_000_000);
    // A shorter one never shortens.
    const kept = await client.ensure({
      filters: ["posts", "voicemail"],
      url: endpoint.url,
      expiresIn: "7d",
    });
    expect(kept.outcome).toBe("not-due");
    expect(kept.subscription?.expiresIn).toBeGreaterThan(300_000_000);
  });

  test("renews when due, and re-creates when gone", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const definition = {
      ...{ filters: ["posts"], url: endpoint.url },
      ...{ expiresIn: "7d", verificationToken: "its-token" },
    };
    const { id } = await client.ensure(definition);
    await clock.advance("6d", 6 * 86_400_000);
    expect(await client.ensure(definition)).toMatchObject({ id, outcome: "renewed" });

    await clock.advance("8d", week + 86_400_000);
    expect(emulator.subscriptions()).toEqual([]);
    const { filters, url } = definition;
    // What it was made with is on record.
    const recreated = await client.ensure({ filters, url });
    expect(recreated).toMatchObject({ id, outcome: "recreated" });
    expect(recreated.newId).toBe(recreated.subscription?.id);
    expect(endpoint.tokens.at(-1)).toBe("its-token");
    expect(await client.list({ recorded: true })).toMatchObject([
      { id: recreated.newId, record: { expiresIn: 604_800, hasVerificationToken: true } },
    ]);
  });

  test("recovers what is blacklisted, once in a day", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const definition = { filters: ["posts"], url: endpoint.url };
    const { id } = await client.ensure(definition);
    await emulator.blacklist(id);
    endpoint.status = 500;
    const failed = await client.ensure(definition);
    expect(failed).toMatchObject({
      ...{ id, outcome: "blacklisted" },
      error: { code: "SUB-522", permanent: true },
    });

    endpoint.status = undefined;
    const recovered = await client.ensure(definition);
    expect(recovered).toMatchObject({ id, outcome: "recovered" });
    expect(recovered.gap?.to).toBeDefined();
    const newId = recovered.newId ?? "";
    await emulator.blacklist(newId);
    expect(await client.ensure(definition)).toMatchObject({
      outcome: "blacklisted",
      error: { message: expect.stringContaining("recovery skips it until") },
    });
    expect(emulator.subscriptions()).toHaveLength(1);
  });

  test("replaces for another verification token", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const definition = { filters: ["posts"], url: endpoint.url };
    const { id } = await client.ensure({ ...definition, verificationToken: "one" });
    const replaced = await client.ensure({ ...definition, verificationToken: "two" });
    expect(replaced).toMatchObject({ id, outcome: "replaced" });
    expect(endpoint.tokens).toEqual(["one", "two"]);
    expect(emulator.subscriptions().map((each) => each.id)).toEqual([replaced.newId]);
    expect(replaced).not.toHaveProperty("gap");
    await emulator.blacklist(replaced.newId ?? "");
    const again = await client.ensure({ ...definition, verificationToken: "one" });
    expect(again).toMatchObject({
      outcome: "replaced",
      gap: { from: expect.any(String), to: again.subscription.creationTime },
    });
    expect(emulator.subscriptions().map((each) => each.id)).toEqual([again.newId]);
    // Without the record nobody knows the token in use, so it stays.
    const other = await connect().ensure({ ...definition, verificationToken: "three" });
    expect(other.outcome).toBe("not-due");
  });

  test("does not guess which of several is meant", async ({ connect, clock, endpoint, expect }) => {
    const client = connect({ store: memoryStore(clock) });
    const url = endpoint.url;
    await client.create({ filters: ["posts"], url });
    await client.create({ filters: ["voicemail"], url });
    expect(await client.ensure({ filters: ["voicemail"], url })).toMatchObject({
      outcome: "not-due",
    });
    expect(await errorOf(client.ensure({ filters: ["fax"], url }))).toMatchObject({
      ...{ code: "AMBIGUOUS", permanent: true },
      message: expect.stringContaining(`2 subscriptions deliver to ${url}`),
    });
  });
});
