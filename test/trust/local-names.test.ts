import dns from "node:dns";
import { isIP } from "node:net";
import { describe, vi } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { envelope, test as listening, post, startTarget } from "../listener/kit.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { test as base } from "../support/rcwh.ts";

/** Every name that somebody asked name servers for; these know none. */
async function askNobody({}, use: (asked: readonly string[]) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const { lookup } = dns;
  const poisoned = (hostname: string, ...rest: readonly unknown[]) => {
    // A server that listens at an address asks, too.
    if (isIP(hostname) !== 0) return Reflect.apply(lookup, dns, [hostname, ...rest]);
    asked.push(hostname);
    const callback = rest.at(-1) as (error: Error) => void;
    callback(Object.assign(new Error("poisoned"), { code: "ENOTFOUND" }));
  };
  const spy = vi.spyOn(dns, "lookup").mockImplementation(poisoned as typeof dns.lookup);
  await use(asked);
  spy.mockRestore();
}

interface Asked {
  readonly asked: readonly string[];
}

const test = base.extend<Asked>({ asked: askNobody });
const listenTest = listening.extend<Asked>({ asked: askNobody });

const named = (url: string, name = "name") => url.replace("127.0.0.1", `${name}.localhost`);

describe("a name below localhost is this machine, without name servers,", () => {
  test("as RingCentral's server", async ({ asked, signedIn, server, rcwh, expect }) => {
    const env = { ...signedIn, RCWH_SERVER: named(server) };
    expect(await rcwh("whoami", { env })).toMatchObject({ exitCode: 0 });
    expect(await rcwh(`emulator state --url ${named(server)}`)).toMatchObject({ exitCode: 0 });
    // Also the plain name, whatever the hosts file says.
    const plain = { ...env, RCWH_SERVER: server.replace("127.0.0.1", "LocalHost") };
    expect(await rcwh("list", { env: plain })).toMatchObject({ exitCode: 0 });
    expect(asked).toEqual([]);
  });

  listenTest("as the gateway", async ({ asked, signedIn, emulator, listen, expect }) => {
    await using server = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    const listener = await listen("--filter posts", {
      env: { ...signedIn, RCWH_SERVER: named(server.url) },
    });
    expect((await listener.stop()).stderr).toContain("Deleted the subscription.");
    expect(asked).toEqual([]);
  });

  test("as an endpoint", async ({ asked, rcwh, emulator, endpoint, expect }) => {
    const url = named(endpoint.url);
    await rcwh(["create", "--filter", "posts", "--url", url]);
    await emulator.sendEvent({ filter: "/team-messaging/v1/posts" });
    expect(await rcwh(["trigger", "sms", "--to", url])).toMatchObject({ exitCode: 0 });
    expect((await rcwh(["check", url])).stdout).toContain("dns");
    expect(endpoint.events.length).toBeGreaterThanOrEqual(2);
    expect(asked).toEqual([]);
  });

  listenTest("as a forward target", async ({ asked, listen, expect }) => {
    await using target = await startTarget();
    const listener = await listen(`--receive-only --forward-to ${named(target.url)}`);
    await post(`${listener.url}/`, envelope("Hello"));
    await target.until(1);
    expect(target.requests).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  test("as a dead man's switch, and as a proxy", async ({ asked, rcwh, signedIn, expect }) => {
    const pings: string[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      pings.push(request.url ?? "");
      goodHandshake(request, response);
    });
    await rcwh(["renew", "--ping-url", `${named(endpoint.url)}/ping`]);
    expect(pings).toEqual(["/ping/start", "/ping"]);

    const env = {
      ...signedIn,
      RCWH_SERVER: "https://platform.example.com",
      HTTPS_PROXY: "http://proxy.localhost:1",
    };
    const { stderr } = await rcwh("whoami --timeout 2s", { env });
    expect(stderr).toContain("nothing listens at the proxy proxy.localhost:1");
    expect(asked).toEqual([]);
  });
});
