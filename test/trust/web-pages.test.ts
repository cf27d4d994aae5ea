import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { test as base, describe } from "vitest";
import { whyForeign } from "../../src/machine/foreign-request.ts";
import { test as listening } from "../listener/kit.ts";

type Headers = Readonly<Record<string, string>>;

/** What every request of a browser has. */
const browser: Headers = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
  Accept: "*/*",
  "Accept-Language": "en-US,en;q=0.9",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "sec-ch-ua": '"Chromium";v="131", "Not_A Brand";v="24"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Linux"',
};
const fetched = (site: string, more: Headers = {}): Headers => ({
  ...browser,
  "Sec-Fetch-Site": site,
  "Sec-Fetch-Mode": "no-cors",
  "Sec-Fetch-Dest": "empty",
  ...more,
});
const evil = { Origin: "https://evil.example", Referer: "https://evil.example/" };
const form = { "Content-Type": "application/x-www-form-urlencoded" };
const text = { "Content-Type": "text/plain;charset=UTF-8" };
const multipart = { "Content-Type": "multipart/form-data; boundary=x" };

/** What a page can have a browser send; `{host}` is the server's own host and port. */
const attacks: Readonly<Record<string, Headers>> = {
  "a fetch of a page elsewhere": fetched("cross-site", { ...evil, ...text }),
  "a form of a page elsewhere": fetched("cross-site", { ...evil, ...form, "Sec-Fetch-User": "?1" }),
  "a form with a file": fetched("cross-site", { ...evil, ...multipart }),
  "a beacon": fetched("cross-site", { ...evil, "Content-Type": "application/json" }),
  "a page at another port": fetched("same-site", { Origin: "http://127.0.0.1:9", ...text }),
  "a page at another port by name": fetched("cross-site", { Origin: "http://localhost:3000" }),
  "a page at port 80": { ...browser, Origin: "http://127.0.0.1", ...text },
  "a page of another scheme": fetched("cross-site", { Origin: "app://{host}", ...text }),
  "a page from a file": fetched("cross-site", { Origin: "null", ...text }),
  "an extension": { ...browser, Origin: "chrome-extension://abcdefghijklmnop", ...text },
  "an older browser": { ...browser, ...evil, ...form },
  "a page that names two origins": { ...browser, Origin: "http://{host}, https://evil.example" },
  "an image": fetched("cross-site", { "Sec-Fetch-Dest": "image" }),
  "a link": fetched("cross-site", { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" }),
  "a page of a sibling": fetched("same-site"),
  "a site of the future": fetched("near-site"),
  "a question first": fetched("cross-site", {
    ...evil,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
    "Access-Control-Request-Private-Network": "true",
  }),
  "a name that leads here": {
    ...browser,
    Host: "evil.example",
    Origin: "http://evil.example",
    ...text,
  },
  "a name that leads here, with the port": { ...browser, Host: "evil.example:4010" },
  "a name with an address in it": { ...browser, Host: "127.0.0.1.nip.example" },
  "a name that begins like ours": { ...browser, Host: "localhost.evil.example" },
  "a name that ends like ours": { ...browser, Host: "evillocalhost" },
  "another machine's address": { ...browser, Host: "192.0.2.1" },
  "this machine's address for everything": { ...browser, Host: "0.0.0.0" },
  "a host that is none": { ...browser, Host: "localhost@evil.example" },
};

/** What is answered as ever. */
const welcome: Readonly<Record<string, Headers>> = {
  "a program": { "Content-Type": "application/json" },
  curl: { "User-Agent": "curl/8.5.0", Accept: "*/*", ...form },
  "fetch of Node": { "User-Agent": "node", "sec-fetch-mode": "cors", "Accept-Language": "*" },
  RingCentral: { "User-Agent": "RingCentral-Webhook/8.3", "Accept-Encoding": "UTF-8" },
  "a client that names the server": { Origin: "http://{host}" },
  "a person at the address bar": fetched("none", { "Sec-Fetch-Mode": "navigate" }),
  "another name of this machine": { Host: "hook.localhost:80" },
  "an address in brackets": { Host: "[::1]:4010" },
};

/** The status of one request over a connection of its own. */
async function ask(
  url: string,
  { method = "POST", headers = {} }: { readonly method?: string; readonly headers?: Headers },
): Promise<number> {
  const { host } = new URL(url);
  const given = Object.entries(headers).map(([name, value]) => [
    name,
    value.replace("{host}", host),
  ]);
  const outgoing = httpRequest(url, { method, agent: false, headers: Object.fromEntries(given) });
  outgoing.on("error", () => {});
  outgoing.end();
  const [incoming] = (await Promise.race([
    once(outgoing, "response"),
    once(outgoing, "upgrade"),
  ])) as [IncomingMessage];
  incoming.socket.destroy();
  return incoming.statusCode ?? 0;
}

const upgrade: Headers = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** The status of a request to one server in each case. */
async function askAll(
  url: string,
  cases: Readonly<Record<string, Headers>>,
  how: { readonly method?: string; readonly headers?: Headers } = {},
) {
  const statuses: Record<string, number> = {};
  for (const [name, headers] of Object.entries(cases)) {
    statuses[name] = await ask(url, { ...how, headers: { ...headers, ...how.headers } });
  }
  return statuses;
}

const allOf = (cases: object, status: number) =>
  Object.fromEntries(Object.keys(cases).map((name) => [name, status]));
const refusals = { ...allOf(attacks, 403), "a host that is none": 400 };

const routes = [
  ["POST", "/emulator/v1/websockets/cut", 200],
  ["GET", "/emulator/v1/state", 200],
  ["DELETE", "/emulator/v1/log", 204],
  ["POST", "/restapi/oauth/token", [400, 401, 415]],
  ["GET", "/restapi/v1.0/subscription", 401],
  ["OPTIONS", "/restapi/v1.0/subscription", 405],
] as const;

const test = listening.extend<{
  /** The addresses of emulators that commands serve. */
  readonly emulators: Readonly<Record<"command" | "profile", string>>;
}>({
  emulators: async ({ rcwh, listen, directory }, use) => {
    const stop = new AbortController();
    const running = rcwh("emulator --port 0", {
      signal: stop.signal,
      onOutput: (output) => told(output),
    });
    let told: (output: string) => void = () => {};
    const output = new Promise<string>((resolve) => {
      told = resolve;
    });
    const env = { TERM: "dumb", RCWH_PROFILE: "emulator" };
    await listen("--filter posts", { env });
    const lock = await readFile(join(directory, "config", "emulator.json.lock"), "utf8");
    await use({
      command: /http:\S+/.exec(await output)?.[0] ?? "",
      profile: /http:[^"\s]+/.exec(lock)?.[0] ?? "",
    });
    stop.abort();
    await running;
  },
});

describe("a web page", () => {
  for (const name of ["command", "profile"] as const) {
    test(`reaches no emulator of the ${name}`, async ({ emulators, expect }) => {
      const url = emulators[name];
      for (const [method, path] of routes) {
        expect([path, await askAll(url + path, attacks, { method })]).toEqual([path, refusals]);
      }
      const opened = await askAll(`${url}/ws`, attacks, { method: "GET", headers: upgrade });
      expect(opened).toEqual(refusals);
    });

    test(`leaves the emulator of the ${name} to programs`, async ({ emulators, expect }) => {
      const url = emulators[name];
      for (const [method, path, status] of routes) {
        const statuses = Object.values(await askAll(url + path, welcome, { method }));
        expect([status].flat()).toEqual(expect.arrayContaining([...new Set(statuses)]));
      }
      const opened = await askAll(`${url}/ws`, welcome, { method: "GET", headers: upgrade });
      expect(opened).toEqual(allOf(welcome, 101));
    });
  }

  test("is told why", async ({ emulators, expect }) => {
    const message = async (headers: Headers) => {
      const answer = await fetch(`${emulators.command}/emulator/v1/state`, { headers });
      return ((await answer.json()) as { readonly message: string }).message;
    };
    expect(await message({ Origin: "https://evil.example" })).toBe(
      "This server answers programs, not pages of other servers: the request comes from a web page (https://evil.example)",
    );
  });

  test("sends no event to a listener, and is reported once", async ({ listen, expect }) => {
    const listener = await listen("--receive-only");
    expect(await askAll(`${listener.url}/`, attacks)).toEqual(refusals);
    expect(await askAll(`${listener.url}/`, attacks, { method: "GET" })).toEqual(refusals);
    expect(await askAll(`${listener.url}/`, welcome)).toEqual(allOf(welcome, 200));
    const { stdout, stderr } = await listener.stop();
    expect(stdout).toBe("");
    expect(stderr.split("\n").filter((line) => line.startsWith("Ignored"))).toEqual([
      "Ignored a request from a web page (403, from https://evil.example).",
      "Ignored a request for evil.example:4010, which is not this listener's address (403; if it is a tunnel to here, name it with --url).",
      "Ignored a delivery: the body is not JSON.",
    ]);
  });

  test("opens no WebSocket to a listener", async ({ listen, expect }) => {
    const { url } = await listen("--receive-only");
    const opened = await askAll(`${url}/`, attacks, { method: "GET", headers: upgrade });
    expect(opened).toEqual(refusals);
  });
});

describe("a listener behind a tunnel", () => {
  test("takes what is addressed to the public address", async ({ listen, expect }) => {
    const { url } = await listen("--receive-only --url https://abc.example.com/hook");
    const to = (headers: Headers) => ask(`${url}/hook`, { headers });
    expect(await to({ Host: "abc.example.com" })).toBe(200);
    expect(await to({ Host: "ABC.example.com:443", "X-Forwarded-Proto": "https" })).toBe(200);
    expect(await to({ Host: "other.example.com" })).toBe(403);
    expect(await to({ Host: "abc.example.com", ...evil })).toBe(403);
    expect(await to({ Host: "abc.example.com", "Sec-Fetch-Site": "cross-site" })).toBe(403);
    expect(await askAll(`${url}/hook`, attacks)).toEqual(refusals);
  });

  test("takes what has the verification token, whatever host the tunnel makes of it", async ({
    listen,
    emulator,
    expect,
  }) => {
    const { url } = await listen("--filter posts --url http://127.0.0.1:{port}/hook");
    const [{ deliveryMode } = {}] = emulator.snapshot().subscriptions;
    const token = deliveryMode?.transportType === "WebHook" ? deliveryMode.verificationToken : "";
    const to = (headers: Headers) => ask(`${url}/hook`, { headers });
    const proxied = { Host: "upstream:4011" };
    expect(await to({ ...proxied, "Verification-Token": `${token}` })).toBe(200);
    expect(await to({ ...proxied, "Verification-Token": "guess" })).toBe(403);
    expect(await to(proxied)).toBe(403);
    expect(await to({ ...proxied, ...evil, "Verification-Token": `${token}` })).toBe(403);
  });

  test("takes any address of this machine if it listens on all of them", async ({
    listen,
    expect,
  }) => {
    const { url } = await listen("--receive-only --host 0.0.0.0");
    const to = (host: string) => ask(`${url}/`, { headers: { Host: host } });
    expect(await to("192.0.2.1:4011")).toBe(200);
    expect(await to("[2001:db8::1]:4011")).toBe(200);
    expect(await to("evil.example:4011")).toBe(403);
  });
});

base("a whole URL goes before the Host header", ({ expect }) => {
  const headers = { host: "127.0.0.1:4010" };
  expect(whyForeign({ url: "http://evil.example/x", headers })).toMatchObject({ status: 403 });
  expect(whyForeign({ url: "http://127.0.0.1:4010/x", headers })).toBeUndefined();
  expect(whyForeign({ url: "/http://evil.example/", headers })).toBeUndefined();
});
