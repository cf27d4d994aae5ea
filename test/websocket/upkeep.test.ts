import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { now } from "../support/rcwh.ts";
import { collection, posts, test, textsOf } from "./kit.ts";
import { leaseFiles } from "./leases.ts";

const minute = 60_000;
const timings = { tickInterval: 10, sleepThreshold: Number.POSITIVE_INFINITY };

describe("a WebSocket subscription", () => {
  test("is re-created within five minutes after somebody deletes it", async ({
    listen,
    emulator,
    clock,
    directory,
    expect,
  }) => {
    const { heard } = await listen({ timings });
    clock.advance(4 * minute);
    await emulator.sendEvent({ filter: posts, body: { text: "one" } });
    await heard.until(({ events }) => events.length === 1);
    const former = emulator.state().subscriptions[0]?.id ?? "";
    await emulator.fetch(deletion(emulator, former));
    clock.advance(minute);
    await heard.until(({ said }) => said.length === 3);
    const latest = emulator.state().subscriptions[0]?.id ?? "";
    expect(heard.said.slice(1)).toEqual([
      `Subscription ${former} delivers no more events: it was deleted or has expired. Creating another one.`,
      `Listening again, with subscription ${latest}.`,
    ]);
    expect(heard.gaps).toEqual([
      [now + 4 * minute, now + 5 * minute, "it was deleted or has expired"],
    ]);
    await emulator.sendEvent({ filter: posts, body: { text: "two" } });
    await heard.until(({ events }) => events.length === 2);
    expect(textsOf(heard)).toEqual(["one", "two"]);
    await expect.poll(() => leaseFiles(directory)).toMatchObject([{ ids: [latest] }]);
  });

  test("costs one request every five minutes while it exists", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen({ timings });
    const id = emulator.state().subscriptions[0]?.id;
    for (let checks = 1; checks <= 3; checks += 1) {
      clock.advance(5 * minute);
      await expect.poll(() => emulator.requests.filter(isCheck)).toHaveLength(checks);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(emulator.requests.filter(isCheck)).toHaveLength(3);
    expect(emulator.requests.at(-1)).toMatchObject({ path: `${collection}/${id}` });
    expect([heard.said.length, heard.gaps]).toEqual([1, []]);
  });

  test("is checked again after a check that failed", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen({ timings });
    emulator.faults.add({ match: { method: "GET" }, status: 503, times: 1 });
    clock.advance(5 * minute);
    await expect.poll(() => emulator.requests.filter(isCheck)).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await emulator.fetch(deletion(emulator, emulator.state().subscriptions[0]?.id ?? ""));
    clock.advance(minute);
    await heard.until(({ gaps }) => gaps.length === 1);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("is re-created over a new connection if the current one cannot do it", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen({ timings });
    const former = emulator.state().subscriptions[0]?.id ?? "";
    await emulator.fetch(deletion(emulator, former));
    emulator.faults.add({
      match: { method: "POST", path: collection },
      status: 503,
      times: 1,
    });
    clock.advance(5 * minute);
    await heard.until(({ gaps }) => gaps.length === 1);
    expect(heard.gaps).toEqual([[now, expect.any(Number), "it was deleted or has expired"]]);
    const subscriptions = emulator.state().subscriptions;
    expect(subscriptions).toHaveLength(1);
    expect(subscriptions[0]?.id).not.toBe(former);
  });

  test("of an unrecoverable session is deleted as soon as its replacement exists", async ({
    listen,
    emulator,
    clock,
    directory,
    expect,
  }) => {
    const { heard, source } = await listen();
    const former = emulator.state().subscriptions[0]?.id;
    clock.advance(60 * minute);
    emulator.cutConnections();
    await heard.until(({ gaps }) => gaps.length === 1);
    await expect.poll(() => emulator.state().subscriptions).toHaveLength(1);
    const latest = emulator.state().subscriptions[0]?.id;
    expect(latest).not.toBe(former);
    await expect.poll(() => leaseFiles(directory)).toMatchObject([{ ids: [latest] }]);
    await source.close();
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await leaseFiles(directory)).toEqual([]);
  });

  test("is remembered until it is deleted", async ({
    listen,
    emulator,
    clock,
    directory,
    expect,
  }) => {
    const { heard, source } = await listen();
    const former = emulator.state().subscriptions[0]?.id;
    emulator.faults.add({ match: { method: "DELETE" }, status: 500, times: 1 });
    clock.advance(60 * minute);
    emulator.cutConnections();
    await heard.until(({ gaps }) => gaps.length === 1);
    const isDelete = ({ method }: { readonly method: string }) => method === "DELETE";
    await expect.poll(() => emulator.requests.filter(isDelete)).toHaveLength(1);
    const ids = emulator.state().subscriptions.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(former);
    expect(await leaseFiles(directory)).toMatchObject([{ ids }]);
    await source.close();
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await leaseFiles(directory)).toEqual([]);
  });
});

function isCheck({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === "GET" && path.startsWith(`${collection}/`);
}

/** Acts like another client. */
function deletion(emulator: Emulator, id: string): Request {
  const { sessions } = emulator.snapshot() as {
    readonly sessions: readonly { readonly accessToken: string }[];
  };
  return new Request(`http://emulator.test${collection}/${id}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${sessions[0]?.accessToken}` },
  });
}
