import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { ExitCode } from "../../src/errors.ts";
import { test as base, startTarget } from "../listener/kit.ts";

const posts = "/team-messaging/v1/posts";

interface Fixtures {
  /** The emulator's URL, with the gateway. */
  readonly server: string;
}

const test = base.extend<Fixtures>({
  server: async ({ emulator }, use) => {
    await using running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    await use(running.url);
  },
});

describe("rcwh listen without --url", () => {
  test("prints events from a WebSocket and deletes the subscription at the end", async ({
    emulator,
    listen,
    leases,
    expect,
  }) => {
    const listener = await listen("--filter posts");
    expect(emulator.state().subscriptions).toMatchObject([
      { transportType: "WebSocket", eventFilters: [posts] },
    ]);
    expect(await leases()).toHaveLength(2);
    await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text: "Hello" } });
    await listener.untilPrinted(1);
    const { exitCode, stdout, stderr } = await listener.stop();

    expect(stdout).toBe(
      '2026-11-22T12:00:00.000Z\tposts\t7000000001\t/team-messaging/v1/posts\t"Hello"\t\t\t\n',
    );
    expect(stderr).toBe(
      `Accepting deliveries at ${listener.url}/.
Subscribing over a WebSocket. This replaces another WebSocket subscription of the same session.
Columns: time, event, user, filter, summary, forward status, milliseconds, problem.
Ready. Listening for ${posts}. Press Ctrl-C to stop and delete the subscription.
Deleted the subscription.
Received 1 event.
`,
    );
    expect(exitCode).toBe(ExitCode.interrupted);
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await leases()).toEqual([]);
  });

  for (const [name, settings] of [
    ["by default", {}],
    ["when tokens cannot be reused", { webSocketTokenReuse: "never" }],
  ] as const) {
    test(`forwards each event once while the gateway cuts the connection ten times, ${name}`, async ({
      emulator,
      listen,
      clock,
      expect,
    }) => {
      emulator.configure(settings);
      await using target = await startTarget();
      const listener = await listen(`--filter posts --forward-to ${target.port}/in --json`);
      const sent: string[] = [];
      let waited = 0;
      for (let number = 1; number <= 200; number += 1) {
        const text = `post ${number}`;
        sent.push(text);
        await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text } });
        if (number % 20 !== 10) continue;
        const connections = listener.said().split("Reconnected").length;
        emulator.cutConnections();
        // Time passes while it waits for the rate limit; with it, the session's time for recovery.
        // An event that waits for a second may be overtaken, so time passes only while none is being forwarded.
        for (let quiet = 0; quiet < 10; ) quiet = (await isQuiet(target)) ? quiet + 1 : 0;
        while (listener.said().split("Reconnected").length === connections) {
          if (!(await isQuiet(target))) continue;
          clock.advance(500);
          waited += 500;
        }
      }
      const isEvent = (line: string) => line.startsWith('{"receivedAt"');
      await expect.poll(() => listener.printed().split("\n").filter(isEvent).length).toBe(200);
      const { stderr, exitCode } = await listener.stop();

      const texts = target.requests.map(({ body }) => JSON.parse(body).body.text);
      expect(texts).toEqual(sent);
      expect(stderr).not.toContain("buffer");
      expect(exitCode).toBe(ExitCode.interrupted);
      if (name !== "by default") expect(waited).toBeGreaterThan(60_000);
    });
  }

  test("names a gap to people, to programs, in the recording and at the end", async ({
    emulator,
    listen,
    clock,
    directory,
    rcwh,
    expect,
  }) => {
    const file = join(directory, "events.ndjson");
    const listener = await listen(`--filter posts --json --exit-after 2 --record ${file}`);
    await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text: "one" } });
    await listener.untilPrinted(1);
    clock.advance(20_000);
    emulator.cutConnections();
    await listener.until("may have been lost");
    await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text: "two" } });
    const { exitCode, stdout, stderr } = await listener.ended;

    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual([
      ["receivedAt", "transport", "headers", "event"],
      ["gap"],
      ["receivedAt", "transport", "headers", "event"],
    ]);
    const gap =
      '{"gap":{"since":"2026-11-22T12:00:00.000Z","until":"2026-11-22T12:00:20.000Z","reason":"it was cut off"}}';
    expect(lines[1]).toBe(gap);
    expect(await readFile(file, "utf8")).toBe(stdout);
    expect(stderr).toContain(
      "Events between 12:00:00 and 12:00:20 may have been lost: it was cut off.\n",
    );
    expect(stderr).toMatch(
      /Received 2 events\. Events between 12:00:00 and 12:00:20 may have been lost\.\n$/,
    );
    expect(exitCode).toBe(ExitCode.ok);

    await using target = await startTarget();
    await rcwh(`replay ${file} --to ${target.url} --speed max`);
    const texts = target.requests.map(({ body }) => JSON.parse(body).body.text);
    expect(texts).toEqual(["one", "two"]);
  });

  test("names a sleep that lasts until --exit-after", async ({ listen, clock, expect }) => {
    const listener = await listen("--filter posts --exit-after 1m");
    clock.advance(75_000);
    const { exitCode, stderr } = await listener.ended;
    expect(
      stderr,
    ).toContain(`Events between 12:00:00 and 12:01:15 may have been lost: this machine slept.
Deleted the subscription.
Received 0 events. Events between 12:00:00 and 12:01:15 may have been lost.
`);
    expect(exitCode).toBe(ExitCode.ok);
  });

  test("names the missing scope", async ({ emulator, begin, leases, expect }) => {
    emulator.configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook"] }] });
    const listener = await begin("--filter posts");
    const { exitCode, stderr } = await listener.ended;
    expect(exitCode).toBe(ExitCode.auth);
    expect(stderr).toContain("Add the scope for WebSockets");
    expect(await leases()).toEqual([]);
  });

  test("ends after --exit-after events and shows no token with --debug", async ({
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen("--filter posts --exit-after 2 --debug");
    for (const text of ["one", "two"]) {
      await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text } });
    }
    const { exitCode, stderr } = await listener.ended;
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toContain("← ServerNotification 200");
    expect(stderr).not.toMatch(/EMU[A-Z0-9]/);
    expect(emulator.state().subscriptions).toEqual([]);
  });
});

/** Resolves after 5 ms to whether the target received nothing in that time. */
async function isQuiet({ requests }: { readonly requests: readonly unknown[] }): Promise<boolean> {
  const before = requests.length;
  await new Promise((resolve) => setTimeout(resolve, 5));
  return requests.length === before;
}
