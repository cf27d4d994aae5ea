import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, vi } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { startGateway } from "./fake-gateway.ts";
import { posts, test, textsOf } from "./kit.ts";
import { leaseFiles } from "./leases.ts";

describe("opening a WebSocket", () => {
  test("requires the app's WebSocket scope", async ({ opening, emulator, expect }) => {
    emulator.configure({ apps: [{ ...emulatorApp, scopes: ["SubscriptionWebhook"] }] });
    await expect(opening().opened).rejects.toMatchObject({
      exitCode: ExitCode.auth,
      code: "CMN-401",
      message: expect.stringContaining("RingCentral refused to open the WebSocket gateway"),
      hint: "Add the scope for WebSockets (the Developer Console calls it WebSocket, WebSocketsSubscription or SubscriptionWebSocket) to the app, then run `rcwh login` again.",
    });
  });

  test("is refused for webinar events before any request", async ({
    opening,
    emulator,
    expect,
  }) => {
    const { opened, heard } = opening({
      eventFilters: [posts, "/webinar/notifications/v1/webinars"],
    });
    await expect(opened).rejects.toMatchObject({ exitCode: ExitCode.usage });
    expect(emulator.requests).toEqual([]);
    expect(heard.said).toEqual([]);
  });

  test("fails like over HTTP if a filter is refused", async ({ opening, emulator, expect }) => {
    await expect(
      opening({ eventFilters: ["/restapi/v1.0/no-such-filter"] }).opened,
    ).rejects.toMatchObject({
      name: "ApiError",
      code: "SUB-508",
      exitCode: ExitCode.failure,
      requestId: expect.any(String),
    });
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("says which filters are disabled", async ({ listen, emulator, expect }) => {
    emulator.configure({ users: { 1: { missingPermissions: ["TeamMessaging"] } } });
    const { heard } = await listen();
    expect(heard.said[1]).toMatch(
      /^warning: RingCentral does not deliver \/team-messaging\/v1\/posts: .* \(SUB-412\)$/,
    );
  });

  test("retries if RingCentral is busy", async ({ listen, emulator, expect }) => {
    emulator.faults.add({
      match: { method: "POST", path: "*/subscription" },
      code: "CMN-201",
      times: 2,
    });
    await listen();
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("gives up after three tries", async ({ opening, emulator, expect }) => {
    await using gateway = await startGateway(emulator, {
      greet({ socket }) {
        socket.close(1013);
        return false;
      },
    });
    await expect(opening().opened).rejects.toMatchObject({
      message: "Could not open the WebSocket gateway: RingCentral closed it (1013).",
      exitCode: ExitCode.unavailable,
    });
    expect(gateway.connections).toHaveLength(3);
  });

  describe("opening a WebSocket, with fake timers,", () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
    afterEach(() => void vi.useRealTimers());

    test("gives up on a gateway that sends no greeting", async ({ opening, emulator, expect }) => {
      await using _gateway = await startGateway(emulator, {
        greet({ socket }) {
          // A pong shows that the WebSocket is open for the client too.
          socket.once("pong", () => vi.advanceTimersByTime(5000));
          socket.ping();
          return false;
        },
      });
      await expect(opening({ timeout: 5000 }).opened).rejects.toMatchObject({
        message: "Could not open the WebSocket gateway: the gateway sent no greeting within 5 s.",
        code: "TIMEOUT",
      });
    });

    test("gives up on a gateway that does not answer the request", async ({
      opening,
      emulator,
      expect,
    }) => {
      await using _gateway = await startGateway(emulator, {
        answer() {
          vi.advanceTimersByTime(5000);
          return undefined;
        },
      });
      await expect(opening({ timeout: 5000 }).opened).rejects.toMatchObject({
        message: "Could not subscribe over the WebSocket: the gateway did not answer within 5 s.",
        exitCode: ExitCode.unavailable,
      });
    });
  });

  for (const uri of [
    ...["ws://gateway.example/ws", "https://gateway.example/ws", "wss://gateway.example/ws#part"],
    ...["gateway", 7],
  ]) {
    test(`refuses the gateway address ${uri}`, async ({ opening, emulator, expect }) => {
      emulator.intercept((request) =>
        request.url.endsWith("/wstoken")
          ? Response.json({ uri, ws_access_token: "fake-token", expires_in: 30 })
          : undefined,
      );
      await expect(opening().opened).rejects.toMatchObject({
        name: "UnexpectedAnswerError",
        message: expect.stringContaining("uri"),
      });
    });
  }

  test("goes through the proxy, which never sees a token", async ({
    opening,
    emulator,
    expect,
  }) => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url = "", rawHeaders }, socket) => {
      asked.push([url, ...rawHeaders].join(" "));
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { port } = proxy.address() as AddressInfo;
    emulator.intercept(
      () =>
        Response.json({
          ...{ uri: "wss://gateway.example/ws", ws_access_token: "fake-token" },
          ...{ access_token: "login-token", expires_in: 3600 },
        }),
      Number.POSITIVE_INFINITY,
    );
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    await expect(opening({ env }).opened).rejects.toMatchObject({
      code: "PROXY",
      message: `Could not open the WebSocket gateway: the proxy 127.0.0.1:${port} refused the connection to gateway.example:443 (HTTP 407).`,
    });
    proxy.close();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^gateway\.example:443 /);
    expect(asked[0]).not.toContain("fake-token");
  });

  test("reports the HTTP status of a server that is not a gateway", async ({
    opening,
    emulator,
    expect,
  }) => {
    await using other = await serve(() => new Response("no", { status: 403 }));
    emulator.intercept((request) => {
      const uri = other.url.replace("http", "ws");
      return request.url.endsWith("/wstoken")
        ? Response.json({ uri, ws_access_token: "fake-token", expires_in: 30 })
        : undefined;
    }, Number.POSITIVE_INFINITY);
    await expect(opening().opened).rejects.toMatchObject({
      message:
        "Could not open the WebSocket gateway: the gateway answered HTTP 403 instead of opening a WebSocket.",
    });
  });
});

describe("a WebSocket source leaves nothing behind", () => {
  test("and shows no token, even with --debug", async ({ listen, emulator, clock, expect }) => {
    const { heard, source } = await listen();
    clock.advance(25_000);
    emulator.cutConnections();
    await heard.until(({ said }) => said.length === 3);
    await source.close();
    const shown = [...heard.trace, ...heard.said].join("\n");
    expect(shown).toContain("/ws?…");
    expect(shown).toContain("ConnectionDetails");
    expect(shown).not.toMatch(/EMU[A-Z0-9]/);
  });

  test("when it is interrupted at any moment", async ({ opening, emulator, directory, expect }) => {
    // Moments are event-loop turns after a line of the trace.
    let isOpen = false;
    for (let moment = 0; !isOpen; moment += 1) {
      const stop = new AbortController();
      const { heard, opened } = opening({ signal: stop.signal, timings: { closeTimeout: 1000 } });
      opened.then(
        () => {
          isOpen = true;
        },
        () => {},
      );
      await Promise.race([opened, heard.until(({ trace }) => trace.length >= moment / 3)]);
      for (let turns = 0; turns < moment % 3; turns += 1) await setImmediate();
      stop.abort(new Interruption());
      const source = await opened.catch((error: unknown) => {
        expect(error).toBeInstanceOf(Interruption);
        return undefined;
      });
      await source?.close();
      expect(emulator.state().subscriptions).toEqual([]);
      expect(await leaseFiles(directory)).toEqual([]);
      emulator.reset();
    }
  });

  test("if the connection is lost while it closes", async ({
    listen,
    emulator,
    clock,
    directory,
    expect,
  }) => {
    const { source, heard } = await listen();
    emulator.faults.add({ match: { path: "*/wstoken" }, delay: "100ms", times: 1 });
    clock.advance(25_000);
    emulator.cutConnections();
    await heard.until(({ said }) => said.length === 2);
    await source.close();
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await leaseFiles(directory)).toEqual([]);
  });

  test("except a lease for the next start if its subscription cannot be deleted", async ({
    listen,
    emulator,
    directory,
    expect,
  }) => {
    const { source } = await listen();
    const id = emulator.state().subscriptions[0]?.id;
    const [lease] = await leaseFiles(directory);
    expect(lease).toMatchObject({
      transport: "WebSocket",
      identity: "records",
      eventFilters: [posts],
      ids: [id],
    });
    emulator.faults.add({ match: { method: "DELETE" }, status: 500, times: "always" });
    await source.close();
    expect(await leaseFiles(directory)).toMatchObject([{ ids: [id] }]);
  });
});

test("reconnects to a server that restarts", async ({ opening, emulator, expect }) => {
  const options = { upgrade: emulator.upgrade };
  const before = await serve(emulator.fetch, options);
  const { heard, opened } = opening({
    server: before.url,
    clock: { now: Date.now, sleep: (milliseconds) => pause(milliseconds) },
  });
  await opened;
  await before.close();
  await pause(100);
  await emulator.sendEvent({ filter: posts, body: { text: "in between" } });
  await using _after = await serve(emulator.fetch, { ...options, port: before.port });
  await heard.until(({ events }) => events.length === 1);
  expect(textsOf(heard)).toEqual(["in between"]);
  expect(heard.gaps).toEqual([[expect.any(Number), expect.any(Number), "it was cut off"]]);
  await (await opened).close();
});
