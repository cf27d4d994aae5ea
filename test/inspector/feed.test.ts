import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test as base, describe } from "vitest";
import { createFeed, heartbeatInterval } from "../../src/inspector/feed.ts";
import { openStream } from "./kit.ts";

const test = base.extend<{ served: Awaited<ReturnType<typeof serveFeed>> }>({
  served: async ({}, use) => {
    const served = await serveFeed();
    await use(served);
    await served.close();
  },
});

/** A feed on a port, whose pauses end when `pass` is called with at least their length. */
async function serveFeed() {
  const pauses = new Set<{ readonly milliseconds: number; readonly end: () => void }>();
  const feed = createFeed({
    hello: () => ({ kind: "listen", version: "1", title: "Listening", now: 0 }),
    pause: (milliseconds, signal) =>
      new Promise((resolve) => {
        const end = () => {
          signal.removeEventListener("abort", end);
          resolve();
        };
        pauses.add({ milliseconds, end });
        signal.addEventListener("abort", end);
      }),
  });
  const responses: ServerResponse[] = [];
  const server = createServer((_, response) => {
    responses.push(response);
    if (!feed.open(response)) response.writeHead(503).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    feed,
    responses,
    url: `http://127.0.0.1:${port}/`,
    pass(milliseconds: number) {
      for (const one of pauses) {
        if (one.milliseconds > milliseconds) continue;
        pauses.delete(one);
        one.end();
      }
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function event(text: string) {
  const headers = {};
  return [
    { receivedAt: 0, origin: "received", transport: "WebHook", summary: "", headers, text },
    { headers, text },
  ] as const;
}

describe("The stream of events", () => {
  test("collects what comes in short time into one message", async ({ served, expect }) => {
    const { feed, url, pass } = served;
    const stream = await openStream(url);
    for (let each = 1; each <= 10; each += 1) feed.add(...event(`${each}`));
    await stream.until(({ events }) => events.size === 10);
    for (let each = 1; each <= 10; each += 1) feed.add(...event(`${each}`));
    feed.deliver(3, { state: "dropped", target: "t" });
    pass(50);
    await stream.until(({ events }) => events.size === 20);
    expect(
      stream.updates.map((each) =>
        each.type === "events" ? each.events.map(({ number }) => number) : each.type,
      ),
    ).toEqual([
      "hello",
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      [3, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    ]);
    const late = await openStream(url);
    await late.until(({ events }) => events.size === 20);
    expect(late.events.get(3)?.delivery?.state).toBe("dropped");
  });

  test("keeps nothing for a page that reads slowly, and gives it what is still kept later", async ({
    served,
    expect,
  }) => {
    const { feed, url, responses, pass } = served;
    const stream = await openStream(url);
    stream.response.pause();
    const [response] = responses;
    const text = "x".repeat(10_000);
    let most = 0;
    for (let count = 1; count <= 2500; count += 1) {
      feed.add(...event(text));
      if (count % 50 !== 0) continue;
      pass(50);
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, response?.writableLength ?? 0);
    }
    expect(response?.writableNeedDrain).toBe(true);
    expect(most).toBeLessThan(600_000);

    stream.response.resume();
    await stream.until(({ events }) => events.has(2500));
    const numbers = [...stream.events.keys()];
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(numbers.slice(-1000)).toEqual(Array.from({ length: 1000 }, (_, index) => 1501 + index));
    expect(numbers.length).toBeLessThan(1500);
  });

  test("tells a page that it is still there, and ends", async ({ served, expect }) => {
    const { feed, url, pass } = served;
    const stream = await openStream(url);
    let heard = "";
    stream.response.on("data", (chunk) => {
      heard += chunk;
    });
    pass(heartbeatInterval);
    await expect.poll(() => heard).toContain(":\n\n");
    const late = feed.end("Over.");
    await stream.until(({ isOver }) => isOver);
    await late;
    expect(stream.updates.at(-1)).toEqual({ type: "end", message: "Over." });
    await expect(openStream(url)).rejects.toThrow("503");
  });

  test("goes to 16 pages at a time", async ({ served, expect }) => {
    const { url } = served;
    const streams = await Promise.all(Array.from({ length: 16 }, () => openStream(url)));
    await expect(openStream(url)).rejects.toThrow("503");
    streams[0]?.close();
    await expect.poll(() => openStream(url).catch(() => undefined)).toBeDefined();
  });
});
