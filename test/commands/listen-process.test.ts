import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, vi } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { ExitCode } from "../../src/errors.ts";
import { createManualClock, envelope, test as listening, post } from "../listener/kit.ts";
import { closedPort } from "../support/endpoints.ts";
import { warmConfig } from "../support/processes.ts";

interface Running {
  readonly process: ChildProcess;
  readonly said: () => string;
  /** Resolves once it has said this `times` times. */
  until(text: string, times?: number): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

interface Fixtures {
  readonly clock: ReturnType<typeof createManualClock>;
  readonly server: string;
  /** The published executable. */
  readonly spawned: (flags: string) => Promise<Running>;
}

const test = listening.extend<Fixtures>({
  // A separate process uses the real time.
  clock: async ({}, use) => use(createManualClock(Date.now())),
  server: async ({ emulator }, use) => {
    await using running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    await use(running.url);
  },
  spawned: async ({ directory, signedIn }, use) => {
    const all: Running[] = [];
    await use(async (flags) => {
      const port = `${await closedPort()}`;
      const child = spawn(
        process.execPath,
        [
          join(import.meta.dirname, "../../bin/rcwh.js"),
          ...`listen --filter posts --port ${port} ${flags}`
            .replaceAll("{port}", port)
            .trim()
            .split(/ +/),
        ],
        {
          env: {
            ...signedIn,
            PATH: process.env["PATH"],
            RCWH_CONFIG_DIR: warmConfig(join(directory, "config")),
          },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      let said = "";
      child.stderr?.on("data", (chunk) => {
        said += chunk;
      });
      const running = {
        process: child,
        said: () => said,
        until: (text: string, times = 1) =>
          vi.waitFor(
            () => {
              if (said.split(text).length <= times)
                throw new Error(`It has not said "${text}" yet: ${said}`);
            },
            { timeout: 100_000, interval: 10 },
          ),
        ended: once(child, "close").then(([code, signal]) => code ?? signal),
      };
      all.push(running);
      return running;
    });
    for (const running of all) {
      running.process.kill("SIGKILL");
      await running.ended;
    }
  },
});

const listens = "Press Ctrl-C to stop";

describe.concurrent("rcwh listen, while it waits for a rate limit,", () => {
  test("ends at once after the last event", async ({ emulator, spawned, leases, expect }) => {
    emulator.configure({ webSocketTokenReuse: "never" });
    const running = await spawned("--exit-after 20");
    await running.until(listens);
    const cut = async () => {
      // A connection that delivered something is reopened without a pause.
      const body = { eventType: "PostAdded", text: "Hello" };
      await emulator.sendEvent({ filter: "/team-messaging/v1/posts", body });
      await new Promise((resolve) => setTimeout(resolve, 200));
      emulator.cutConnections();
    };
    for (let count = 1; count <= 3; count += 1) {
      await cut();
      await running.until("Reconnected", count);
    }
    // The next one has to wait for the rest of the minute.
    await cut();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(running.said().split("Reconnected")).toHaveLength(4);
    const url = /Accepting deliveries at (\S+)\.$/m.exec(running.said())?.[1] ?? "";
    const startedAt = performance.now();
    // It may have ended before the last of them.
    for (let count = 0; count < 20; count += 1) await post(url, envelope("enough")).catch(() => {});
    expect(await running.ended).toBe(ExitCode.ok);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await leases()).toEqual([]);
  });
});

/** With the milliseconds that the subscription outlives its listener. What signals do is the same for both. */
const ways = [
  {
    way: "as a webhook",
    flags: "--url http://127.0.0.1:{port}/hook",
    lifetime: 3_600_000,
    signals: [
      ["SIGINT", 130],
      ["SIGHUP", 129],
    ],
  },
  { way: "over a WebSocket", flags: "", lifetime: 200_000, signals: [["SIGTERM", 143]] },
] as const;

for (const { way, flags, lifetime, signals } of ways) {
  describe.concurrent(`rcwh listen, ${way}, in a process of its own,`, () => {
    test("is cleaned up by the next start after a crash", async ({
      directory,
      emulator,
      spawned,
      leases,
      expect,
    }) => {
      const crash = async (running: Running) => {
        await running.until(listens);
        running.process.kill("SIGKILL");
        await running.ended;
        expect(await leases()).toHaveLength(2);
        return emulator.state().subscriptions.map(({ id }) => id);
      };
      const [left] = await crash(await spawned(flags));
      // With the same login, a WebSocket subscription would replace the previous one.
      await rm(join(directory, "config", "config.json"));

      const second = await spawned(flags);
      const remaining = await crash(second);
      expect(second.said()).toMatch(
        /^Deleted a subscription left behind by a listener that started at /m,
      );
      expect(second.said().split("left behind")).toHaveLength(2);
      expect(remaining).toHaveLength(1);
      expect(remaining).not.toContain(left);

      // RingCentral no longer has this one: only its lease is left.
      await emulator.clock.advance(lifetime);
      expect(emulator.state().subscriptions).toEqual([]);
      const third = await spawned(`${flags} --exit-after 1s`);
      expect(await third.ended).toBe(ExitCode.ok);
      expect(third.said()).not.toContain("left behind");
      expect(emulator.state().subscriptions).toEqual([]);
      expect(await leases()).toEqual([]);
    });

    for (const [signal, exitCode] of signals) {
      test(`ends with ${exitCode} on ${signal} and leaves nothing`, async ({
        emulator,
        spawned,
        leases,
        expect,
      }) => {
        const running = await spawned(flags);
        await running.until(listens);
        expect(emulator.state().subscriptions).toHaveLength(1);
        running.process.kill(signal);
        expect(await running.ended).toBe(exitCode);
        expect(running.said()).not.toMatch(/error|warning|Warning/);
        expect(emulator.state().subscriptions).toEqual([]);
        expect(await leases()).toEqual([]);
      });
    }

    test("ends with 0 when its stdout is closed and leaves nothing", async ({
      emulator,
      spawned,
      leases,
      expect,
    }) => {
      const running = await spawned(flags);
      await running.until(listens);
      running.process.stdout?.destroy();
      const filter = "/team-messaging/v1/posts";
      let isOver = false;
      running.ended.then(() => {
        isOver = true;
      });
      while (!isOver) {
        await emulator.sendEvent({ filter, body: { eventType: "PostAdded", text: "Hello" } });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(await running.ended).toBe(ExitCode.ok);
      expect(running.said()).not.toMatch(/error|EPIPE/);
      expect(emulator.state().subscriptions).toEqual([]);
      expect(await leases()).toEqual([]);
    });
  });
}
