import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { asCurl } from "../../src/page/copy-text.ts";
import {
  act,
  ask,
  html,
  openStream,
  pagePort,
  pageUrl,
  policy,
  type Stream,
  writePage,
} from "../inspector/kit.ts";
import { test as base, envelope, type Listener, post, startTarget } from "../listener/kit.ts";
import type { RunOptions } from "../support/rcwh.ts";

const webhook = "--filter posts --url http://127.0.0.1:{port}/hook";

interface OpenPage {
  readonly listener: Listener;
  readonly url: string;
  readonly stream: Stream;
}

const test = base.extend<{
  /** Runs `rcwh listen --ui` with these flags, and opens the stream of its page. */
  openPage: (flags: string, options?: RunOptions) => Promise<OpenPage>;
}>({
  openPage: async ({ listen, directory }, use) => {
    const script = await writePage(directory);
    await use(async (flags, options) => {
      const listener = await listen(`--ui-port ${pagePort()} ${flags}`, { script, ...options });
      const url = pageUrl(listener.said());
      return { listener, url, stream: await openStream(url) };
    });
  },
});

describe("rcwh listen --ui", () => {
  test("serves a page at an address with a secret, and nothing beside it", async ({
    openPage,
    expect,
  }) => {
    const { listener, url } = await openPage("--receive-only");
    const { origin, host, port, pathname } = new URL(url);
    expect(pathname).toMatch(/^\/[\w-]{32}\/$/);

    const page = await ask(url);
    expect(page).toMatchObject({
      status: 200,
      body: html,
      headers: {
        "content-security-policy": policy,
        "content-type": "text/html; charset=utf-8",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      },
    });
    expect(Object.keys(page.headers).filter((name) => name.startsWith("access-control"))).toEqual(
      [],
    );
    expect(await ask(url.slice(0, -1))).toMatchObject({
      status: 308,
      headers: { location: pathname },
    });

    const json = { "Content-Type": "application/json" };
    const navigation = {
      "Sec-Fetch-Site": "cross-site",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Dest": "document",
    };
    const other = pathname.replace(/.\/$/, (end) => (end === "A/" ? "B/" : "A/"));
    const statuses = await Promise.all(
      (
        [
          // The secret
          ["GET", "/"],
          ["GET", "/favicon.ico"],
          ["GET", other],
          ["GET", `${pathname}unknown`],
          ["GET", `${pathname}emulator/v1/state`],
          ["GET", `${pathname}constructor`],
          // Host
          ["GET", pathname, { Host: `localhost:${port}` }],
          ["GET", pathname, { Host: `[::1]:${port}` }],
          ["GET", pathname, { Host: `evil.example:${port}` }],
          ["GET", pathname, { Host: "127.0.0.1" }],
          ["GET", pathname, { Host: `127.0.0.1.evil.example:${port}` }],
          ["GET", pathname, { Host: `127.0.0.2:${port}` }],
          // Origin
          ["GET", pathname, { Origin: origin }],
          ["GET", pathname, { Origin: "http://evil.example" }],
          ["GET", pathname, { Origin: "http://127.0.0.1:4010" }],
          ["GET", `${pathname}stream`, { Origin: "null" }],
          ["POST", `${pathname}actions`, { ...json, Origin: "http://evil.example" }],
          ["POST", `${pathname}actions`, { ...json, Origin: origin, Host: `localhost:${port}` }],
          // What browsers say of the page that asks
          ["GET", pathname, { "Sec-Fetch-Site": "none" }],
          ["GET", pathname, navigation],
          ["GET", pathname, { ...navigation, "Sec-Fetch-Dest": "iframe" }],
          ["GET", `${pathname}stream`, { "Sec-Fetch-Site": "same-site" }],
          ["GET", pathname, { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }],
          ["POST", `${pathname}actions`, { ...json, ...navigation }],
          // Methods and types
          ["POST", pathname, json],
          ["DELETE", `${pathname}stream`],
          ["GET", `${pathname}actions`],
          ["OPTIONS", `${pathname}actions`],
          ["POST", `${pathname}actions`, { "Content-Type": "text/plain" }],
          ["POST", `${pathname}actions`],
          ["POST", `${pathname}actions`, { ...json, "Content-Length": "9000000" }],
          ["POST", `${pathname}actions`, json],
        ] as const
      ).map(async ([method, path, headers = {}]) => {
        const { status, body } = await ask(`http://${host}${path}`, { method, headers });
        const shown = path.replace(pathname, "/T/").replace(other, "/other/");
        const values = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
        const where = values.join(", ").replaceAll(port, "PORT");
        return `${status}${body === "" ? "" : " with a body"} ${method} ${shown} ${where}`.trim();
      }),
    );
    expect(statuses).toMatchInlineSnapshot(`
      [
        "404 GET /",
        "404 GET /favicon.ico",
        "404 GET /other/",
        "404 GET /T/unknown",
        "404 GET /T/emulator/v1/state",
        "404 GET /T/constructor",
        "200 with a body GET /T/ Host: localhost:PORT",
        "200 with a body GET /T/ Host: [::1]:PORT",
        "403 GET /T/ Host: evil.example:PORT",
        "403 GET /T/ Host: 127.0.0.1",
        "403 GET /T/ Host: 127.0.0.1.evil.example:PORT",
        "403 GET /T/ Host: 127.0.0.2:PORT",
        "200 with a body GET /T/ Origin: http://127.0.0.1:PORT",
        "403 GET /T/ Origin: http://evil.example",
        "403 GET /T/ Origin: http://127.0.0.1:4010",
        "403 GET /T/stream Origin: null",
        "403 POST /T/actions Content-Type: application/json, Origin: http://evil.example",
        "403 POST /T/actions Content-Type: application/json, Origin: http://127.0.0.1:PORT, Host: localhost:PORT",
        "200 with a body GET /T/ Sec-Fetch-Site: none",
        "200 with a body GET /T/ Sec-Fetch-Site: cross-site, Sec-Fetch-Mode: navigate, Sec-Fetch-Dest: document",
        "403 GET /T/ Sec-Fetch-Site: cross-site, Sec-Fetch-Mode: navigate, Sec-Fetch-Dest: iframe",
        "403 GET /T/stream Sec-Fetch-Site: same-site",
        "403 GET /T/ Sec-Fetch-Site: cross-site, Sec-Fetch-Mode: no-cors",
        "403 POST /T/actions Content-Type: application/json, Sec-Fetch-Site: cross-site, Sec-Fetch-Mode: navigate, Sec-Fetch-Dest: document",
        "405 POST /T/ Content-Type: application/json",
        "405 DELETE /T/stream",
        "405 GET /T/actions",
        "405 OPTIONS /T/actions",
        "415 POST /T/actions Content-Type: text/plain",
        "415 POST /T/actions",
        "413 POST /T/actions Content-Type: application/json, Content-Length: 9000000",
        "400 with a body POST /T/actions Content-Type: application/json",
      ]
    `);
    await listener.stop();
  });

  test("shows events, what the target answered, and what RingCentral would make of it", async ({
    emulator,
    openPage,
    directory,
    expect,
  }) => {
    await using target = await startTarget((_, response) => {
      response.writeHead(503, { "X-Cause": "s3cret-token", "Verification-Token": "s3cret-token" });
      response.end(`no: s3cret-token ${"x".repeat(100)}`);
    });
    await writeFile(join(directory, "token"), "s3cret-token");
    const { listener, url, stream } = await openPage(
      `${webhook} --forward-to ${target.port}/in?key=abcdef --verification-token-file ${join(directory, "token")}`,
    );
    expect(stream.updates[0]).toEqual({
      type: "hello",
      hello: {
        kind: "listen",
        version: expect.any(String),
        title: "Listening for posts",
        target: `http://localhost:${target.port}/in?…`,
        keeps: { events: 1000, bytes: 33_554_432 },
        now: Date.UTC(2026, 10, 22, 12),
      },
    });
    await stream.until(({ updates }) => updates.some(({ type }) => type === "subscriptions"));
    expect(stream.updates.find(({ type }) => type === "subscriptions")).toEqual({
      type: "subscriptions",
      subscriptions: [
        {
          id: emulator.state().subscriptions[0]?.id,
          status: "Active",
          transportType: "WebHook",
          address: `${listener.url}/hook?…`,
          eventFilters: ["/team-messaging/v1/posts"],
          createdAt: Date.UTC(2026, 10, 22, 12),
          // The server counts whole seconds that are left.
          expiresAt: Date.UTC(2026, 10, 22, 12, 59, 59),
        },
      ],
    });
    await emulator.sendEvent({
      filter: "/team-messaging/v1/posts",
      body: { eventType: "PostAdded", text: "Hello" },
    });
    await stream.until(({ events }) => events.get(1)?.delivery?.state === "answered");
    const [request] = target.requests;
    expect(stream.events.get(1)).toEqual({
      number: 1,
      receivedAt: Date.UTC(2026, 10, 22, 12),
      origin: "received",
      transport: "WebHook",
      summary: '"Hello"',
      filter: "posts",
      subscriptionId: emulator.state().subscriptions[0]?.id,
      headers: expect.objectContaining({ "User-Agent": "RingCentral-Webhook/8.3" }),
      sent: {
        ...withoutConnection(membersOf(request?.headers)),
        "Verification-Token": "…",
      },
      text: request?.body,
      delivery: {
        state: "answered",
        target: `http://localhost:${target.port}/in?…`,
        status: 503,
        milliseconds: expect.any(Number),
        headers: expect.objectContaining({
          "X-Cause": "[redacted]",
          "Verification-Token": "…",
        }),
        body: expect.stringMatching(/^no: \[redacted\] x{100}$/),
        verdict: {
          status: "fail",
          code: "blacklisted-status",
          text: "Webhook responses with code: [503], reason: [Service Unavailable]. RingCentral blacklists a subscription after about 10 minutes of such answers, according to one of its engineers.",
        },
      },
    });
    await stream.until(({ notes }) => notes.some(({ text }) => text.includes("rcwh explain")));
    const { stderr } = await listener.stop();
    await stream.until(({ isOver }) => isOver);
    expect(stream.notes.map(({ text }) => `${text}\n`).join("")).toBe(
      stderr.replace(/^Open .*\n/m, ""),
    );
    expect(stream.updates.at(-1)).toEqual({ type: "end", message: "The listener has ended." });
    expect(JSON.stringify(stream.updates)).not.toMatch(/s3cret|abcdef|rcwh-listen=/);
    await expect(ask(url)).rejects.toThrow("ECONNREFUSED");
  });

  test("sends an event again, byte for byte, and with changes", async ({ openPage, expect }) => {
    await using target = await startTarget();
    const { listener, url, stream } = await openPage(
      `--receive-only --forward-to ${target.port} --verification-token s3cret-token --json`,
    );
    const text =
      '{"event": "/team-messaging/v1/posts", "uuid": 12345678901234567890, "body": {"text": "Grüße"}}';
    await post(listener.url, text, { "Verification-Token": "s3cret-token", "X-Request-Id": "r-1" });
    await target.until(1);

    const again = await act(url, { action: "replay", number: 1 });
    expect(again).toEqual({
      status: 200,
      number: 2,
      message: expect.stringMatching(/^Sent event 1 again to http:\S+: 200 in \d+ ms\.$/),
    });
    const changed = text.replace("Grüße", "Hello");
    const edited = await act(url, { action: "send", text: changed, of: 1 });
    expect(edited.message).toMatch(/^Sent event 1 with changes to http:\S+: 200 in \d+ ms\.$/);
    const fresh = await act(url, { action: "send", text: '{"event":"/x"}' });
    expect(fresh.message).toMatch(/^Sent an event to /);

    const [first, second, third, fourth] = target.requests;
    expect(first?.body).toBe(text);
    expect(first?.headers).toEqual(expect.arrayContaining(["X-Request-Id", "r-1", "s3cret-token"]));
    expect(second).toEqual(first);
    expect(third?.body).toBe(changed);
    expect(without("Content-Length", third?.headers)).toEqual(
      without("Content-Length", first?.headers),
    );
    expect(fourth?.headers).toEqual(
      expect.arrayContaining(["User-Agent", "RingCentral-Webhook/8.3", "s3cret-token"]),
    );
    await stream.until(({ events }) => events.get(4)?.delivery?.state === "answered");
    expect(stream.events.get(1)?.headers).toMatchObject({ "Verification-Token": "…" });
    const command = asCurl(stream.events.get(1) ?? expect.unreachable());
    const words = wordsOf(command, { VERIFICATION_TOKEN: "s3cret-token" });
    expect(words.at(-1)).toBe(text);
    const set = words.filter((_, at) => words[at - 1] === "-H");
    const { Host, Connection, "Content-Length": _, ...rest } = membersOf(first?.headers);
    expect(set).toEqual(Object.entries(rest).map(([name, value]) => `${name}: ${value}`));
    expect(
      [...stream.events.values()].map(({ origin, of, text: body }) => [origin, of, body]),
    ).toEqual([
      ["received", undefined, text],
      ["replayed", 1, text],
      ["edited", 1, changed],
      ["edited", undefined, '{"event":"/x"}'],
    ]);
    const { stdout, stderr } = await listener.stop();
    expect(stdout.match(/\n/g)).toHaveLength(1);
    expect(stderr).toContain("Sent event 1 again to ");
    expect(stderr).toContain("Received 1 event, forwarded 1.");
    expect(JSON.stringify(stream.updates)).not.toContain("s3cret");
  });

  test("says why it cannot do something", async ({ openPage, directory, expect }) => {
    const { listener, url, stream } = await openPage("--receive-only");
    expect(stream.updates[0]).toMatchObject({ hello: { listsSubscriptions: false } });
    await post(listener.url, "no JSON");
    await post(listener.url, "no JSON");
    await stream.until(({ notes }) => notes.at(-1)?.text.includes("2 requests") === true);
    expect(
      stream.notes.filter(({ text }) => text.startsWith("Ignored")).map(({ text }) => text),
    ).toMatchInlineSnapshot(`
      [
        "Ignored a delivery: the body is not JSON.",
        "Ignored a delivery: the body is not JSON; 2 requests ignored so far.",
      ]
    `);
    await post(listener.url, envelope("Hello"));
    await listener.untilPrinted(1);
    await writeFile(join(directory, "notes.txt"), "My notes\n");

    const refusals = [];
    for (const action of [
      { action: "replay", number: 1 },
      { action: "replay", number: 7 },
      { action: "replay", number: "1" },
      { action: "send", text: "Hello", of: 1 },
      { action: "send", text: "{}" },
      { action: "explode" },
      { action: "record", file: join(directory, "notes.txt") },
      { action: "record", file: directory },
      { action: "record", file: join(directory, "none/events.ndjson") },
      { action: "record", file: "" },
      { action: "stop-recording" },
    ]) {
      refusals.push(await act(url, action));
    }
    expect(
      JSON.stringify(refusals, undefined, 1).replaceAll(directory, "/dir"),
    ).toMatchInlineSnapshot(`
      "[
       {
        "status": 409,
        "message": "Cannot send it: this listener has no forward target.",
        "hint": "Start it with --forward-to, such as \`rcwh listen --receive-only --ui --forward-to 3000\`."
       },
       {
        "status": 404,
        "message": "Event 7 is no longer kept."
       },
       {
        "status": 400,
        "message": "The server does not know this action."
       },
       {
        "status": 400,
        "message": "An event must be a JSON object."
       },
       {
        "status": 409,
        "message": "Cannot send it: this listener has no forward target.",
        "hint": "Start it with --forward-to, such as \`rcwh listen --receive-only --ui --forward-to 3000\`."
       },
       {
        "status": 400,
        "message": "The server does not know this action."
       },
       {
        "status": 409,
        "message": "Cannot record to /dir/notes.txt: it contains something other than a recording.",
        "hint": "Name a new file, or one that \`rcwh listen --record\` wrote."
       },
       {
        "status": 409,
        "message": "Cannot record to /dir: it is not a plain file."
       },
       {
        "status": 409,
        "message": "Cannot write to /dir/none/events.ndjson: no such file or directory."
       },
       {
        "status": 400,
        "message": "Name a file to record to.",
        "hint": "Use one such as events.ndjson."
       },
       {
        "status": 200,
        "message": "Nothing is recorded."
       }
      ]"
    `);
    expect(await readFile(join(directory, "notes.txt"), "utf8")).toBe("My notes\n");
  });

  test("records from now on, and appends to a recording", async ({
    openPage,
    directory,
    expect,
  }) => {
    const [flag, file] = [join(directory, "flag.ndjson"), join(directory, "page.ndjson")];
    const { listener, url, stream } = await openPage(`--receive-only --record ${flag}`);
    const receive = async (text: string) => {
      await post(listener.url, envelope(text));
      await stream.until(({ events }) => [...events.values()].at(-1)?.text.includes(text) === true);
    };
    await receive("one");
    expect(await act(url, { action: "record", file })).toEqual({
      status: 200,
      message: `Recording to ${file}.`,
    });
    await receive("two");
    expect((await act(url, { action: "stop-recording" })).message).toBe("Recording has stopped.");
    await receive("three");
    expect((await act(url, { action: "record", file })).message).toBe(`Appending to ${file}.`);
    await receive("four");
    await stream.until(
      ({ updates }) => updates.filter(({ type }) => type === "recording").length > 3,
    );
    await listener.stop();

    const recorded = async (path: string) =>
      [...(await readFile(path, "utf8")).matchAll(/"text":"(\w+)"/g)].map(([, text]) => text);
    expect(await recorded(flag)).toEqual(["one"]);
    expect(await recorded(file)).toEqual(["two", "four"]);
    expect(stream.updates.filter(({ type }) => type === "recording")).toEqual([
      { type: "recording", file: flag },
      { type: "recording", file },
      { type: "recording" },
      { type: "recording", file },
    ]);
  });

  test("tells every page why the listener has ended", async ({ clock, openPage, expect }) => {
    const { listener, url, stream } = await openPage("--receive-only --deadline 1h");
    const other = await openStream(url);
    clock.advance(3_600_000);
    expect((await listener.ended).exitCode).toBe(ExitCode.unavailable);
    for (const each of [stream, other]) {
      await each.until(({ isOver }) => isOver);
      expect(each.updates.at(-1)).toEqual({ type: "end", message: "The --deadline has passed." });
    }
  });

  test("refuses a port that is taken, and prints its address with -q", async ({
    rcwh,
    begin,
    directory,
    expect,
  }) => {
    const script = await writePage(directory);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const refused = await rcwh(`listen --receive-only --port 0 --ui-port ${port}`, { script });
    expect(refused.exitCode).toBe(ExitCode.unavailable);
    expect(refused.stderr).toContain(`error: Port ${port} is already in use.`);
    expect(refused.stderr).toContain("Use another --ui-port, or --ui-port 0 to pick a free port.");
    await new Promise((resolve) => taken.close(resolve));

    const quiet = await begin(`--receive-only --ui-port ${port} -q`, { script });
    await quiet.until("/\n");
    expect(quiet.said()).toMatch(new RegExp(`^Open http://127.0.0.1:${port}/[\\w-]{32}/\\n$`));

    const wrong = await rcwh("listen --receive-only --ui-port 70000", { script });
    expect(wrong.exitCode).toBe(ExitCode.usage);
    expect(wrong.stderr).toContain('Invalid --ui-port value "70000"');
    const missing = await rcwh("listen --receive-only --ui", {
      script: join(directory, "x/y/z.js"),
    });
    expect(missing.stderr).toContain("this installation is incomplete");
  });
});

/** Of a list of names and values. */
function membersOf(headers: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? ""]] : [])),
  );
}

function withoutConnection({ Connection, ...rest }: Readonly<Record<string, string>>) {
  return rest;
}

/** The words that a shell gives to curl. */
function wordsOf(command: string, env: Readonly<Record<string, string>>): readonly string[] {
  const input = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const printed = execFileSync("sh", { input, encoding: "utf8", env: { ...process.env, ...env } });
  return printed.split("\0").slice(0, -1);
}

function without(name: string, headers: readonly string[] = []): readonly string[] {
  const at = headers.indexOf(name);
  return headers.filter((_, index) => index !== at && index !== at + 1);
}
