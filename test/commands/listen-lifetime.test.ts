import { describe } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { test as base, startTarget } from "../listener/kit.ts";
import { asked, collection, loseAnswers, losses } from "../support/faults.ts";

const webhook = "--filter posts --url http://127.0.0.1:{port}/hook";
const posts = "/team-messaging/v1/posts";
const test = base;

describe("rcwh listen --url, while it runs,", () => {
  test("checks its subscription and renews it for an hour at half its life", async ({
    clock,
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(webhook);
    for (let minutes = 0; minutes < 120; minutes += 5) {
      const before = emulator.requests.length;
      for (let ticks = 0; ticks < 20; ticks += 1) await pass(clock, 15_000);
      await expect.poll(() => emulator.requests.length).toBeGreaterThan(before);
      // The loop must be asleep again before the clock moves.
      await expect.poll(() => emulator.requests.at(-1)?.status).toBe(200);
      await settled();
    }
    const requests = asked(emulator);
    expect(requests.filter((line) => line.startsWith("PUT")).length).toBeGreaterThanOrEqual(3);
    expect(requests.filter((line) => line.startsWith("POST"))).toHaveLength(1);
    const put = emulator.requests.find(({ method }) => method === "PUT");
    expect(put?.body).toEqual({ eventFilters: [posts], expiresIn: 3600 });
    expect(emulator.snapshot().subscriptions).toHaveLength(1);
    expect(listener.said()).not.toContain("lost");
  });

  test("replaces a deleted subscription and reports the gap", async ({
    clock,
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(webhook);
    const [first] = emulator.snapshot().subscriptions;
    await emulator.fetch(deletion(emulator, first?.id ?? ""));
    await pass(clock, 400_000);
    await listener.until("Listening again");
    const { stderr } = await listener.stop();

    expect(stderr).toContain("stopped delivering: the subscription was deleted or has expired");
    expect(stderr).toMatch(
      /Events between \S+ and \S+ may have been lost: the subscription was deleted/,
    );
    expect(emulator.snapshot().subscriptions).toEqual([]);
  });

  test("replaces a blacklisted subscription and reports the gap", async ({
    clock,
    emulator,
    listen,
    leases,
    expect,
  }) => {
    const listener = await listen(webhook);
    const [first] = emulator.state().subscriptions;
    emulator.blacklist(first?.id ?? "");
    await pass(clock, 400_000);
    await listener.until("Listening again");
    const [second, ...others] = emulator.state().subscriptions;
    expect(others).toEqual([]);
    expect(second?.id).not.toBe(first?.id);
    expect(second?.status).toBe("Active");
    await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text: "Hello" } });
    await listener.untilPrinted(1);
    const { stderr } = await listener.stop();

    expect(stderr).toContain(
      "stopped delivering: RingCentral reports the subscription as Blacklisted",
    );
    expect(stderr).toMatch(/Events between 12:00:\d\d and 12:0\d:\d\d may have been lost/);
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await leases()).toEqual([]);
  });

  test("says that the machine slept and checks the subscription at once", async ({
    clock,
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(webhook);
    await pass(clock, 20 * 60_000);
    await listener.until("this machine was asleep or stopped for 20 min");
    await expect.poll(() => asked(emulator).some((line) => line.startsWith("GET"))).toBe(true);
  });

  test("names a sleep that lasts until --exit-after", async ({ clock, listen, expect }) => {
    const listener = await listen(`${webhook} --exit-after 1m`);
    clock.advance(75_000);
    const { exitCode, stderr } = await listener.ended;
    expect(stderr).toContain(
      "Events between 12:00:00 and 12:01:15 may have been lost: this machine was asleep or stopped for 1 min.\n",
    );
    expect(stderr).toContain(
      "Received 0 events. Events between 12:00:00 and 12:01:15 may have been lost.\n",
    );
    expect(exitCode).toBe(ExitCode.ok);
  });

  test("names the time that a lost subscription could not be replaced until the end", async ({
    clock,
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(webhook);
    const [first] = emulator.state().subscriptions;
    emulator.blacklist(first?.id ?? "");
    emulator.faults.add({
      match: { method: "POST", path: collection },
      status: 503,
      times: "always",
    });
    for (let seconds = 0; seconds < 330; seconds += 15) await pass(clock, 15_000);
    await listener.until("stopped delivering");
    const { stderr } = await listener.stop();
    expect(stderr).toMatch(
      /Events between 12:00:00 and 12:05:\d\d may have been lost: RingCentral reports the subscription as Blacklisted/,
    );
  });

  test("keeps running without RingCentral until the subscription expires, then ends with 5", async ({
    clock,
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(webhook);
    emulator.intercept(() => losses["a gateway's 502"](), Number.POSITIVE_INFINITY);
    let isOver = false;
    listener.ended.then(() => {
      isOver = true;
    });
    for (let tries = 0; tries < 2000 && !isOver; tries += 1) await pass(clock, 15_000);
    const { exitCode, stderr } = await listener.ended;

    expect(stderr).toMatch(/\. The subscription expires in \d+ min; trying again every 30 s\.\n/);
    expect(stderr).toContain("The subscription expired while RingCentral could not be reached.");
    expect(exitCode).toBe(ExitCode.unavailable);
  });

  test("says since when nothing is delivered while it cannot replace the subscription, then ends with 5", async ({
    clock,
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(webhook);
    await emulator.fetch(deletion(emulator, emulator.snapshot().subscriptions[0]?.id ?? ""));
    const busy = {
      match: { method: "POST", path: collection },
      status: 503,
      times: "always",
    } as const;
    const until = async (text: string) => {
      for (let tries = 0; tries < 400 && !listener.said().includes(text); tries += 1) {
        await pass(clock, 15_000);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    emulator.faults.add(busy);
    await until("trying again");
    await pass(clock, 60_000);
    emulator.faults.clear();
    await until("Listening again");
    const said = listener.said();
    expect(said.match(/stopped delivering/g)).toHaveLength(1);
    expect(said.match(/RingCentral answers again\./g)).toHaveLength(1);
    expect(said).not.toContain("expires in");
    expect(said).toMatch(
      /\(HTTP 503\)\. Events may be missing since \d\d:00:00; trying again every 30 s\.\n/,
    );
    expect(said).toMatch(
      /Events between \d\d:00:00 and \S+ may have been lost: the subscription was deleted/,
    );

    await emulator.fetch(deletion(emulator, emulator.snapshot().subscriptions[0]?.id ?? ""));
    emulator.faults.add(busy);
    let isOver = false;
    listener.ended.then(() => {
      isOver = true;
    });
    for (let tries = 0; tries < 3000 && !isOver; tries += 1) {
      await pass(clock, 15_000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const { exitCode, stderr } = await listener.ended;
    expect(stderr).toContain(
      "error: The subscription is gone, and it could not be replaced in time. ",
    );
    expect(exitCode).toBe(ExitCode.unavailable);
  }, 20_000);
});

describe("rcwh listen, interrupted,", () => {
  for (const processed of [true, false]) {
    for (const index of [0, 1]) {
      test(`leaves no subscription: request ${index}, ${processed ? "after" : "before"} it is processed`, async ({
        clock,
        emulator,
        begin,
        expect,
      }) => {
        const stop = new AbortController();
        let count = 0;
        let inside = false;
        emulator.intercept(async (request) => {
          if (inside || count++ !== index) return undefined;
          let answer: Response | undefined;
          if (processed) {
            inside = true;
            answer = await emulator.fetch(request);
            inside = false;
          }
          stop.abort(new Interruption());
          return answer;
        }, Number.POSITIVE_INFINITY);
        const listener = await begin(webhook, { signal: stop.signal });
        let isOver = false;
        listener.ended.then(() => {
          isOver = true;
        });
        while (!isOver) await pass(clock, 5_000);
        const { exitCode } = await listener.ended;

        expect(exitCode).toBe(ExitCode.interrupted);
        expect(emulator.snapshot().subscriptions).toEqual([]);
      });
    }
  }

  test("finds and deletes its subscription when the answer to its creation was lost", async ({
    emulator,
    begin,
    expect,
  }) => {
    const loss = { processed: true, answer: losses["a cut connection"] };
    loseAnswers(emulator, `POST ${collection}`, loss);
    const listener = await begin(webhook);
    await listener.until("Press Ctrl-C to stop");
    expect(emulator.snapshot().subscriptions).toHaveLength(1);
    await listener.stop();
    expect(emulator.snapshot().subscriptions).toEqual([]);
  });
});

describe("rcwh listen, next to another one,", () => {
  test("is not taken for dead while it runs", async ({ emulator, listen, expect }) => {
    const first = await listen(webhook);
    const second = await listen(webhook);
    expect(second.said()).not.toContain("left behind");
    expect(emulator.snapshot().subscriptions).toHaveLength(2);
    await first.stop();
    await second.stop();
  });
});

const overWebSocket = base.extend<{ readonly server: string }>({
  server: async ({ emulator }, use) => {
    await using running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    await use(running.url);
  },
});

describe("rcwh listen, over a WebSocket,", () => {
  overWebSocket(
    "forwards events and deletes its subscription at the end",
    async ({ emulator, listen, expect }) => {
      await using target = await startTarget();
      const listener = await listen(`--filter posts --forward-to ${target.port}`);
      await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text: "Hello" } });
      await listener.untilPrinted(1);
      const { exitCode, stdout } = await listener.stop();

      expect(exitCode).toBe(ExitCode.interrupted);
      expect(stdout).toContain('"Hello"\t200\t');
      expect(target.requests[0]?.headers).toContain("RingCentral-Webhook/8.3");
      expect(emulator.snapshot().subscriptions).toEqual([]);
    },
  );
});

/** Moves the clock and runs everything that is due. */
async function pass(clock: { advance(milliseconds: number): void }, milliseconds: number) {
  clock.advance(milliseconds);
  await new Promise((resolve) => setImmediate(resolve));
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function deletion(emulator: { snapshot(): object }, id: string): Request {
  const { sessions } = emulator.snapshot() as { sessions: { accessToken: string }[] };
  return new Request(`http://emulator.test${collection}/${id}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${sessions[0]?.accessToken}` },
  });
}
