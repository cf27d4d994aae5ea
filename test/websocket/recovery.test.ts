import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { now } from "../support/rcwh.ts";
import { accept, notification, startGateway } from "./fake-gateway.ts";
import { collection, posts, test, textsOf } from "./kit.ts";

const minute = 60_000;

describe("a lost WebSocket connection", () => {
  test("is replaced, and its session resumed", async ({ listen, emulator, expect }) => {
    const { heard } = await listen();
    emulator.cutConnections();
    await emulator.sendEvent({ filter: posts, body: { text: "meanwhile" } });
    await heard.until(({ events }) => events.length === 1);
    expect(heard.said.slice(1)).toEqual([
      "Lost the connection to RingCentral: it was cut off. Reconnecting.",
      "Reconnected. RingCentral resumed the session.",
    ]);
    expect(heard.gaps).toEqual([]);
    // The first connection's token is still valid for this.
    expect(emulator.requests.filter(({ path }) => path.endsWith("/wstoken"))).toHaveLength(1);
  });

  test("leaves a gap since the last heartbeat, even if the session is resumed", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen();
    clock.advance(4000);
    await emulator.sendEvent({ filter: posts, body: { text: "one" } });
    await heard.until(({ events }) => events.length === 1);
    clock.advance(6000);
    emulator.cutConnections();
    await emulator.sendEvent({ filter: posts, body: { text: "two" } });
    await heard.until(({ events }) => events.length === 2);
    expect(heard.said.slice(1)).toEqual([
      "Lost the connection to RingCentral: it was cut off. Reconnecting.",
      "Reconnected. RingCentral resumed the session.",
    ]);
    expect(heard.gaps).toEqual([[now + 4000, now + 10_000, "it was cut off"]]);
  });

  test("leaves no gap if RingCentral closed it and then resumes the session", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    await using gateway = await startGateway(emulator, {
      details: ({ number }) => (number > 1 ? { recoveryState: "Successful" } : {}),
    });
    const { heard } = await listen();
    clock.advance(20_000);
    gateway.connections[0]?.socket.close(4903);
    await heard.until(({ said }) => said.length === 3);
    expect(heard.said[2]).toBe("Reconnected. RingCentral resumed the session.");
    expect(heard.gaps).toEqual([]);
  });

  test("leaves a gap until the end if it cannot be replaced", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { source, heard } = await listen({ timings: { closeTimeout: 50 } });
    emulator.intercept(() => new Promise<Response>(() => {}), Number.POSITIVE_INFINITY);
    clock.advance(25_000);
    emulator.cutConnections();
    await heard.until(({ said }) => said.length === 2);
    clock.advance(5000);
    await source.close();
    expect(heard.gaps).toEqual([[now, now + 30_000, "it was cut off"]]);
  });

  test("requests another token if the first is too old", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen();
    clock.advance(25_000);
    emulator.cutConnections();
    await heard.until(({ said }) => said.length === 3);
    expect(emulator.requests.filter(({ path }) => path.endsWith("/wstoken"))).toHaveLength(2);
    expect(heard.gaps).toEqual([[now, now + 25_000, "it was cut off"]]);
  });

  test("leaves a gap if its session cannot be recovered", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen();
    const [before] = emulator.state().subscriptions;
    emulator.faults.add({ match: { path: "*/wstoken" }, delay: "200ms", times: 1 });
    clock.advance(5000);
    await emulator.sendEvent({ filter: posts, body: { text: "one" } });
    await heard.until(({ events }) => events.length === 1);
    const { id = "" } = before ?? {};
    clock.advance(25_000);
    emulator.cutConnections();
    await heard.until(({ said }) => said.length === 2);
    await emulator.clock.advance(3 * minute);
    await heard.until(({ gaps }) => gaps.length === 1);
    expect(heard.gaps).toEqual([[now + 5000, now + 30_000, "it was cut off"]]);
    const [after] = emulator.state().subscriptions;
    expect(after?.id).not.toBe(id);

    await emulator.sendEvent({ filter: posts, body: { text: "two" } });
    await heard.until(({ events }) => events.length === 2);
    expect(textsOf(heard)).toEqual(["one", "two"]);
  });

  test("leaves a gap if the buffer of missed events is full", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    emulator.configure({ webSocketRecoveryBufferSize: 3 });
    const { heard } = await listen();
    emulator.faults.add({ match: { path: "*/wstoken" }, delay: "200ms", times: 1 });
    clock.advance(25_000);
    emulator.cutConnections();
    for (const text of ["one", "two", "three", "four"]) {
      await emulator.sendEvent({ filter: posts, body: { text } });
    }
    clock.advance(1000);
    await heard.until(({ gaps }) => gaps.length === 2);
    expect(textsOf(heard)).toEqual(["two", "three", "four"]);
    expect(heard.gaps).toEqual([
      [now, now + 26_000, "it was cut off"],
      [now, now + 26_000, "RingCentral's buffer of missed events was full"],
    ]);
  });

  test("delivers events once, even if RingCentral sends them again after a recovery", async ({
    listen,
    emulator,
    expect,
  }) => {
    await using gateway = await startGateway(emulator, {
      details: ({ number }) => (number > 1 ? { recoveryState: "Successful" } : {}),
    });
    const { heard } = await listen();
    gateway.connections[0]?.send(notification("1", "one"));
    await heard.until(({ events }) => events.length === 1);
    gateway.connections[0]?.socket.terminate();
    await heard.until(() => gateway.connections.length === 2 && heard.said.length === 3);
    for (const [uuid, text] of [
      ["1", "one"],
      ["2", "two"],
    ] as const) {
      gateway.connections[1]?.send(notification(uuid, text));
    }
    await heard.until(({ events }) => events.length === 2);
    expect(textsOf(heard)).toEqual(["one", "two"]);
    expect(gateway.connections[1]?.parameters.get("wsc")).toBe("session-1");
  });

  test("starts a new session if the gateway rejects the session's token", async ({
    listen,
    emulator,
    expect,
  }) => {
    await using gateway = await startGateway(emulator, {
      greet({ parameters, send, socket }) {
        if (!parameters.has("wsc")) return true;
        send([{ type: "Error", messageId: "x", status: 400 }, { errorCode: "WSG-400" }]);
        socket.close(4400);
        return false;
      },
    });
    const { heard } = await listen();
    gateway.connections[0]?.socket.close(4903);
    await heard.until(({ gaps }) => gaps.length === 1);
    expect(heard.gaps).toEqual([[now, expect.any(Number), "RingCentral closed it (4903)"]]);
    expect(gateway.connections.map(({ parameters }) => parameters.has("wsc"))).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("waits longer after each failed attempt", async ({ listen, emulator, clock, expect }) => {
    await using gateway = await startGateway(emulator, {
      details: () => ({ recoveryState: "Successful" }),
      greet: ({ number, socket }) => {
        if (number > 1 && number < 6) socket.terminate();
        return number === 1 || number > 5;
      },
    });
    const { heard } = await listen();
    gateway.connections[0]?.socket.terminate();
    await heard.until(({ said }) => said.length === 3);
    const waited = clock.sleeps.filter((milliseconds) => milliseconds < 50_000);
    expect(waited).toHaveLength(4);
    for (const [index, milliseconds] of waited.entries()) {
      expect(milliseconds).toBeGreaterThanOrEqual(750 * 2 ** index);
      expect(milliseconds).toBeLessThanOrEqual(1000 * 2 ** index);
    }
  });

  test("ends the stream with exit code 5 after eight minutes without a connection", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { source, heard } = await listen();
    emulator.faults.add({ match: { path: "*/wstoken" }, status: 503, times: "always" });
    clock.advance(25_000);
    const lostAt = clock.now();
    emulator.cutConnections();
    await expect(source.ended).rejects.toMatchObject({
      exitCode: ExitCode.unavailable,
      code: "LISTENER_LOST",
      hint: expect.stringContaining("rcwh doctor"),
    });
    expect(clock.now() - lostAt).toBeGreaterThanOrEqual(8 * minute);
    expect(clock.now() - lostAt).toBeLessThan(10 * minute);
    expect(heard.gaps).toEqual([]);
  });

  test("ends the stream with exit code 4 if the credentials are rejected", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { source } = await listen();
    emulator.configure({ users: { 1: { status: "Disabled" } } });
    clock.advance(25_000);
    emulator.cutConnections();
    await expect(source.ended).rejects.toMatchObject({ exitCode: ExitCode.auth });
  });

  test("is replaced after another sign-in, with a gap", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen();
    clock.advance(60 * minute);
    emulator.cutConnections();
    await heard.until(({ gaps }) => gaps.length === 1);
    expect(emulator.requests.filter(({ path }) => path.endsWith("/oauth/token"))).toHaveLength(2);
    expect(emulator.requests.at(-1)).toMatchObject({ method: "POST", path: collection });
  });
});

describe("a WebSocket connection", () => {
  test("is given up if its heartbeats get no answer, and leaves a gap", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    await using gateway = await startGateway(emulator, {
      answersHeartbeats: false,
      details: ({ number }) => (number > 1 ? { recoveryState: "Successful" } : {}),
    });
    const { heard } = await listen({ timings: { heartbeatInterval: 20, heartbeatTimeout: 30 } });
    clock.advance(9000);
    await heard.until(({ said }) => said.length === 3);
    expect(heard.said[1]).toBe(
      "Lost the connection to RingCentral: the gateway did not answer a heartbeat within 0.03 s. Reconnecting.",
    );
    expect(gateway.connections[0]?.heartbeats()).toBe(1);
    const reason = "the gateway did not answer a heartbeat within 0.03 s";
    expect(heard.gaps).toEqual([[now, now + 9000, reason]]);
  });

  test("still delivers events that were on their way when it was given up", async ({
    listen,
    emulator,
    expect,
  }) => {
    await using gateway = await startGateway(emulator, {
      answersHeartbeats: false,
      greet({ number }) {
        if (number === 2) gateway.connections[0]?.send(notification("1", "late"));
        return true;
      },
      details: ({ number }) => (number > 1 ? { recoveryState: "Successful" } : {}),
    });
    const { heard } = await listen({ timings: { heartbeatInterval: 20, heartbeatTimeout: 30 } });
    await heard.until(({ events }) => events.length > 0);
    expect(textsOf(heard)).toEqual(["late"]);
    await expect.poll(() => gateway.connections[0]?.socket.readyState).toBe(3);
  });

  test("that is silent at the end leaves a gap since the last heartbeat", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    await using _gateway = await startGateway(emulator, {
      answer: ({ method }) => (method === "POST" ? accept({ method }) : undefined),
    });
    const { source, heard } = await listen({ timings: { closeTimeout: 30 } });
    clock.advance(20_000);
    await source.close();
    expect(heard.gaps).toEqual([[now, now + 20_000, "the gateway did not answer at the end"]]);
  });

  test("leaves a gap if the machine slept until the very end", async ({
    listen,
    clock,
    expect,
  }) => {
    const { source, heard } = await listen();
    clock.advance(75_000);
    await source.close();
    expect(heard.gaps).toEqual([[now, now + 75_000, "this machine slept"]]);
  });

  test("resumes its session after a short sleep, and reports the sleep as a gap", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen({ timings: { tickInterval: 10 } });
    clock.advance(75_000);
    await emulator.sendEvent({ filter: posts, body: { text: "meanwhile" } });
    await heard.until(({ gaps }) => gaps.length === 1);
    await heard.until(({ events }) => events.length === 1);
    expect(heard.said).toContain("Reconnected. RingCentral resumed the session.");
    expect(heard.gaps).toEqual([[now, now + 75_000, "this machine slept"]]);
  });

  test("is kept open by heartbeats that are sent well before it is idle", async ({
    listen,
    emulator,
    expect,
  }) => {
    await using gateway = await startGateway(emulator, { details: () => ({ idleTimeout: 0.06 }) });
    const { heard } = await listen({ timings: { heartbeatTimeout: 15 } });
    await expect.poll(() => gateway.connections[0]?.heartbeats()).toBeGreaterThan(4);
    expect(heard.said).toHaveLength(1);
  });

  test("survives invalid frames", async ({ listen, emulator, expect }) => {
    await using gateway = await startGateway(emulator);
    const { heard } = await listen();
    const [connection] = gateway.connections;
    for (const frame of ["", "{", "[]", "null", "[{}]", '[{"type":7}]', '[{"type":"Surprise"}]']) {
      connection?.send(frame);
    }
    connection?.send([{ type: "ServerNotification" }]);
    connection?.send([{ type: "Error" }, { errorCode: "WSG-400", message: "?" }]);
    connection?.socket.send(Buffer.from([0xff, 0xfe]));
    connection?.send(notification("1", "at last"));
    await heard.until(({ events }) => events.length > 0);
    expect(textsOf(heard)).toEqual(["at last"]);
    expect(heard.said).toHaveLength(1);
  });

  test("is replaced before RingCentral ends it, without losing events", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen({
      timings: { tickInterval: 10, sleepThreshold: Number.POSITIVE_INFINITY },
    });
    // The login is an hour old by then, and another one cannot recover the session.
    clock.advance(24 * 60 * minute - 10 * minute);
    await expect
      .poll(() => emulator.requests.filter(({ method }) => method === "DELETE"))
      .toHaveLength(1);
    await emulator.sendEvent({ filter: posts, body: { text: "a day later" } });
    await heard.until(({ events }) => events.length === 1);
    expect(heard.gaps).toEqual([]);
    expect(heard.said).toHaveLength(1);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("is abandoned after a long sleep of the machine", async ({
    listen,
    emulator,
    clock,
    expect,
  }) => {
    const { heard } = await listen({ timings: { tickInterval: 10 } });
    clock.advance(3 * 60 * minute);
    await heard.until(({ gaps }) => gaps.length === 1);
    expect(heard.said.slice(1, 3)).toEqual([
      "This machine slept from 2026-11-22T12:00:00Z to 2026-11-22T15:00:00Z.",
      "Lost the connection to RingCentral: this machine slept. Reconnecting.",
    ]);
    expect(heard.gaps).toEqual([[now, now + 3 * 60 * minute, "this machine slept"]]);
    await emulator.sendEvent({ filter: posts, body: { text: "awake" } });
    await heard.until(({ events }) => events.length === 1);
  });
});
