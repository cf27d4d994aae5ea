import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { Interruption } from "../../src/errors.ts";
import { deferred } from "../../src/machine/promises.ts";
import { variablesOf } from "../../src/page/copy-text.ts";
import {
  act,
  ask,
  openStream,
  pagePort,
  pageUrl,
  type Stream,
  writePage,
} from "../inspector/kit.ts";
import { startTarget } from "../listener/kit.ts";
import { test as base, type RunResult } from "../support/rcwh.ts";

interface Page {
  /** Of the emulator. */
  readonly server: string;
  readonly url: string;
  readonly stream: Stream;
  /** The control API through the page. */
  control(method: string, path: string, body?: object): Promise<unknown>;
  /** Subscribes an address to posts. Returns the id. */
  subscribe(address: string): Promise<string>;
  stop(): Promise<RunResult>;
}

const test = base.extend<{ start: (flags?: string) => Promise<Page> }>({
  start: async ({ rcwh, directory }, use) => {
    const script = await writePage(directory);
    const stopping = new AbortController();
    const running: Promise<RunResult>[] = [];
    await use(async (flags = "") => {
      let said = "";
      let printed = "";
      const ready = deferred<void>();
      const ended = rcwh(`emulator --port 0 --json --ui-port ${pagePort()}${flags}`, {
        script,
        signal: stopping.signal,
        onTalk: (text) => {
          said += text;
        },
        onOutput(text) {
          printed += text;
          if (printed.endsWith("\n")) ready.resolve();
        },
      });
      running.push(ended);
      await Promise.race([ready.promise, ended]);
      const { url: server } = JSON.parse(printed);
      const url = pageUrl(said);
      const json = { "Content-Type": "application/json" };
      return {
        server,
        url,
        stream: await openStream(url),
        async control(method, path, body) {
          const answer = await ask(`${url}emulator/v1/${path}`, {
            method,
            ...(body && { headers: json, body: JSON.stringify(body) }),
          });
          return answer.body === "" ? answer.status : JSON.parse(answer.body);
        },
        async subscribe(address) {
          const signIn = await fetch(`${server}/restapi/oauth/token`, {
            method: "POST",
            headers: {
              Authorization: `Basic ${btoa("emulator-client:emulator-secret")}`,
              "Content-Type": "application/x-www-form-urlencoded",
            },
            body: "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=user-1",
          });
          const { access_token: token } = (await signIn.json()) as { access_token: string };
          const created = await fetch(`${server}/restapi/v1.0/subscription`, {
            method: "POST",
            headers: { Authorization: `Bearer ${token}`, ...json },
            body: JSON.stringify({
              eventFilters: ["/team-messaging/v1/posts"],
              deliveryMode: {
                transportType: "WebHook",
                address,
                verificationToken: "s3cret-token",
              },
              expiresIn: 3600,
            }),
          });
          return ((await created.json()) as { id: string }).id;
        },
        stop() {
          stopping.abort(new Interruption());
          return ended;
        },
      };
    });
    stopping.abort(new Interruption());
    await Promise.all(running);
  },
});

const sent = {
  filter: "/team-messaging/v1/posts",
  body: { eventType: "PostAdded", text: "Grüße" },
};

describe("rcwh emulator --ui", () => {
  test("finds event filters and has samples of their data", async ({ start, expect }) => {
    const { url } = await start();
    const { filters } = JSON.parse((await ask(`${url}filters?search=text%20message`)).body);

    expect(filters[0]).toEqual({
      filter: "sms",
      uri: "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
      summary: expect.any(String),
    });
    const sample = await ask(`${url}sample?filter=${encodeURIComponent(filters[0].uri)}`);
    expect(JSON.parse(sample.body)).toMatchObject({ type: "SMS", direction: "Inbound" });
    const unknown = await ask(`${url}sample?filter=weather`);
    expect([unknown.status, JSON.parse(unknown.body).message]).toEqual([
      404,
      'There is no sample for "weather".',
    ]);
  });

  test("shows deliveries, and sends one again as the emulator does", async ({ start, expect }) => {
    await using target = await startTarget((request, response) => {
      const { "validation-token": token = "" } = request.headers;
      response.setHeader("Content-Type", "application/json");
      response.setHeader("Set-Cookie", "session=1").setHeader("X-App", "orders");
      response.setHeader("Validation-Token", token).end(token === "" ? "Grüße" : "");
    });
    const { server, url, stream, control, subscribe, stop } = await start();
    const id = await subscribe(`${target.url}/hook?key=abcdef`);
    await control("POST", "events", sent);
    await stream.until(({ events }) => events.size === 1);
    const [, request] = target.requests;
    expect(stream.updates[0]).toMatchObject({
      hello: { kind: "emulator", title: `Emulated RingCentral at ${server}` },
    });
    expect(stream.events.get(1)).toEqual({
      number: 1,
      receivedAt: expect.any(Number),
      origin: "received",
      transport: "WebHook",
      summary: '"Grüße"',
      filter: "posts",
      subscriptionId: id,
      headers: expect.objectContaining({
        "User-Agent": "RingCentral-Webhook/8.3",
        "Verification-Token": "…",
      }),
      text: request?.body,
      delivery: {
        state: "answered",
        target: `${target.url}/hook?…`,
        status: 200,
        milliseconds: expect.any(Number),
        headers: expect.objectContaining({ "set-cookie": "…", "x-app": "orders" }),
        body: "Grüße",
        verdict: { status: "pass", text: "RingCentral would accept this answer." },
      },
    });

    const again = await act(url, { action: "replay", number: 1 });
    expect(again).toMatchObject({ status: 200, number: 2 });
    expect(again.message).toMatch(/^Sent event 1 again to http:\S+: 200 in \d+ ms\.$/);
    const changed = (request?.body ?? "").replace("Grüße", "Hi 12345678901234567890");
    expect((await act(url, { action: "send", text: changed, of: 1 })).number).toBe(3);
    expect(target.requests.slice(2).map(({ body }) => body)).toEqual([request?.body, changed]);
    expect(target.requests[2]?.headers).toEqual(request?.headers);
    await stream.until(({ events }) => events.has(2));
    expect(stream.events.get(2)?.headers).toEqual(stream.events.get(1)?.headers);
    expect(variablesOf(stream.events.get(1) ?? expect.unreachable())).toContain(
      "VERIFICATION_TOKEN",
    );
    await control("POST", "events", sent);
    await stream.until(({ events }) => events.size === 4);
    expect([...stream.events.values()].map(({ origin, of }) => [origin, of])).toEqual([
      ["received", undefined],
      ["replayed", 1],
      ["edited", 1],
      ["received", undefined],
    ]);
    expect((await act(url, { action: "send", text: "{}" })).message).toBe(
      "An event is sent to a subscription.",
    );

    const { stderr } = await stop();
    await stream.until(({ isOver }) => isOver);
    expect(stream.updates.at(-1)).toEqual({ type: "end", message: "The emulator has ended." });
    expect(stderr.replace(url, "URL")).toMatch(/^Open URL\n\{"schemaVersion":1,"error".*\}\n$/);
    expect(JSON.stringify(stream.updates)).not.toMatch(/s3cret|abcdef/);
  });

  test("passes the control API on, and says when something has changed", async ({
    start,
    directory,
    expect,
  }) => {
    await using target = await startTarget((request, response) => {
      const { "validation-token": token = "" } = request.headers;
      response.setHeader("Validation-Token", token).end();
    });
    const { server, url, stream, control, subscribe } = await start();
    const id = await subscribe(target.url);
    const changes = () => stream.updates.filter(({ type }) => type === "emulator").length;
    const subscriptions = () =>
      stream.updates.flatMap((each) => (each.type === "subscriptions" ? each.subscriptions : []));
    await stream.until(() => subscriptions().at(-1)?.id === id);

    const before = changes();
    expect(await control("GET", "clock")).toEqual({ now: expect.any(String), frozen: false });

    const file = join(directory, "events.ndjson");
    await act(url, { action: "record", file });
    await control("POST", "events", sent);
    await stream.until(({ events }) => events.size === 1);
    expect(changes()).toBeGreaterThan(before);
    await act(url, { action: "stop-recording" });
    expect(await readFile(file, "utf8")).toMatch(/^\{"receivedAt":.*"text":"Grüße".*\}\n$/);

    expect(await control("POST", "faults", { status: 503 })).toMatchObject({
      id: "1",
      status: 503,
    });
    expect((await fetch(`${server}/restapi/v1.0/subscription`)).status).toBe(503);
    expect(await control("POST", `subscriptions/${id}/blacklist`, { reason: "Because" })).toBe(204);
    await stream.until(() => subscriptions().at(-1)?.status === "Blacklisted");
    expect(subscriptions().at(-1)?.blacklisted?.reason).toBe("Because");
    expect(await act(url, { action: "replay", number: 1 })).toEqual({
      status: 409,
      message: `Subscription ${id} is Blacklisted: nothing is delivered to it.`,
      hint: "Bring it back with `rcwh recover`.",
    });
    expect(await control("GET", "log?path=*/subscription")).toMatchObject({
      requests: [
        { method: "POST", status: 200 },
        { method: "GET", status: 503 },
      ],
    });
    expect(await control("POST", "clock", { advance: "2h" })).toMatchObject({ frozen: false });
    await stream.until((each) =>
      each.updates.some(
        (one) =>
          one.type === "subscriptions" && one.subscriptions.length === 0 && changes() > before + 1,
      ),
    );
    expect((await act(url, { action: "replay", number: 1 })).message).toBe(
      `Subscription ${id} has ended.`,
    );
  });

  test("gives other pages nothing, on its own port and on the emulator's", async ({
    start,
    expect,
  }) => {
    const { server, url } = await start();
    const { origin } = new URL(url);
    const json = { "Content-Type": "application/json" };
    const evil = { Origin: "http://evil.example" };
    const clock = { method: "POST", body: '{"advance":"1h"}' };
    const answers = [
      await ask(`${url}emulator/v1/state`, { headers: evil }),
      await ask(`${url}emulator/v1/state`, { headers: { "Sec-Fetch-Site": "cross-site" } }),
      await ask(`${url}emulator/v1/clock`, { ...clock, headers: { ...json, ...evil } }),
      await ask(`${url}emulator/v1/clock`, { ...clock, headers: { "Content-Type": "text/plain" } }),
      await ask(`${url}emulator/v1/clock`, clock),
      await ask(`${url}emulator/v1/clock`, { ...clock, headers: json }),
      await ask(`${url}emulator/v1/clock`, { method: "PUT", headers: json }),
      await ask(`${url}emulator/v1/../../restapi/v1.0/subscription`),
      await ask(`${url}restapi/v1.0/subscription`),
      await ask(`${origin}/emulator/v1/state`),
      // The page has no power over the emulator's own port.
      await ask(`${server}/emulator/v1/state`, { headers: { Origin: origin } }),
      await ask(`${server}/emulator/v1/state`, { headers: { "Sec-Fetch-Site": "same-site" } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      403, 403, 403, 415, 415, 200, 405, 404, 404, 404, 403, 403,
    ]);
    expect(answers.slice(0, 5).map(({ body }) => body)).toEqual(["", "", "", "", ""]);
  });
});
