import { describe } from "vitest";
import { now } from "../support/rcwh.ts";
import { posts, test, textsOf } from "./kit.ts";

describe("a WebSocket event source", () => {
  test("subscribes and delivers events like a webhook", async ({ listen, emulator, expect }) => {
    const { heard } = await listen();
    const [delivery] = await emulator.sendEvent({ filter: posts, body: { text: "Hello" } });
    await heard.until(({ events }) => events.length > 0);

    const envelope = {
      uuid: delivery?.uuid,
      event: posts,
      timestamp: "2026-11-22T12:00:00.000Z",
      subscriptionId: emulator.state().subscriptions[0]?.id,
      ownerId: "7000000001",
      body: { text: "Hello" },
    };
    expect(heard.events).toEqual([
      {
        receivedAt: now,
        transport: "WebSocket",
        headers: {
          "User-Agent": "RingCentral-Webhook/8.3",
          Accept: "application/json",
          "Accept-Encoding": "UTF-8",
          "Content-Type": "application/json; charset=UTF-8",
        },
        text: JSON.stringify(envelope),
        event: envelope,
      },
    ]);
    expect(heard.said).toEqual([
      "Subscribing over a WebSocket. This replaces another WebSocket subscription of the same session.",
    ]);
    expect(emulator.state().subscriptions).toMatchObject([
      { eventFilters: [posts], transportType: "WebSocket" },
    ]);
  });

  test("deletes its subscription when it is closed", async ({ listen, emulator, expect }) => {
    const { source } = await listen();
    await source.close();
    expect(emulator.state().subscriptions).toEqual([]);
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /restapi/oauth/token",
      "POST /restapi/oauth/wstoken",
      "POST /restapi/v1.0/subscription",
      expect.stringMatching(/^DELETE .*subscription/),
    ]);
  });
});

for (const [name, settings] of [
  ["by default", {}],
  ["where no token can be used again", { webSocketTokenReuse: "never" }],
] as const) {
  test(`ten cuts lose nothing and repeat nothing ${name}`, async ({ listen, emulator, expect }) => {
    // Room for all events, however slowly a machine reconnects.
    emulator.configure({ webSocketRecoveryBufferSize: 200, ...settings });
    const { heard } = await listen();
    const sent: string[] = [];
    for (let number = 1; number <= 200; number += 1) {
      const text = `post ${number}`;
      sent.push(text);
      await emulator.sendEvent({ filter: posts, body: { text } });
      if (number % 20 === 10) emulator.cutConnections();
      if (number % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await heard.until(({ events }) => events.length >= sent.length);
    expect(textsOf(heard)).toEqual(sent);
    // A cut may always have lost something; RingCentral's buffer has not.
    expect(heard.gaps.filter(([, , reason]) => reason.includes("buffer"))).toEqual([]);
  });
}
