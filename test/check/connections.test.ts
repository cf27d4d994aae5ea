import { describe } from "vitest";
import type { Check } from "../../src/check/check.ts";
import { checkConnections } from "../../src/check/connection-rules.ts";
import { createReport } from "../../src/check/report.ts";
import {
  closedPort,
  connectionEndpoint,
  goodHandshake,
  httpEndpoint,
} from "../support/endpoints.ts";
import { test } from "./kit.ts";

/** Addresses of both families, for a name that looks like another machine's. */
const found = (four: string, six: string) => [
  { address: four, family: 4 },
  { address: six, family: 6 },
];

describe("checkEndpoint, for a host name with IPv4 and IPv6 addresses,", () => {
  test("connects to both", async ({ expect }) => {
    let open = 0;
    await using endpoint = await connectionEndpoint((socket) => {
      open += 1;
      socket.on("close", () => {
        open -= 1;
      });
    });
    const rows = await connect(found("127.0.0.1", "::ffff:127.0.0.1"), endpoint.port);
    expect(rows).toMatchObject([
      { rule: "tcp-ipv4", status: "pass" },
      { rule: "tcp-ipv6", status: "pass" },
    ]);
    // Both connections are closed.
    await expect.poll(() => open).toBe(0);
    expect(rows[1]?.measured).toMatch(/^\[::ffff:127\.0\.0\.1\]:\d+ in \d+ ms$/);
  });

  test("warns if one address does not answer", async ({ expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const rows = await connect(found("127.0.0.1", "::ffff:127.0.0.2"), endpoint.port);
    expect(rows).toMatchObject([
      { rule: "tcp-ipv4", status: "pass" },
      { rule: "tcp-ipv6", status: "warn", hint: expect.stringContaining("remove its DNS record") },
    ]);
  });

  test("skips a family without an address", async ({ expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const rows = await connect([{ address: "127.0.0.1", family: 4 }], endpoint.port);
    expect(rows[1]).toMatchObject({ status: "skip", measured: "no AAAA record" });
  });

  test("fails a refused connection and warns about the other address", async ({ expect }) => {
    const rows = await connect(found("127.0.0.1", "::ffff:127.0.0.1"), await closedPort());
    expect(rows).toMatchObject([
      { rule: "tcp-ipv4", status: "fail", code: "SUB-521", exitCode: 6 },
      { rule: "tcp-ipv6", status: "warn" },
    ]);
  });
});

test("adds a note on a machine behind a proxy", async ({ expect }) => {
  const port = await closedPort();
  const env = { HTTPS_PROXY: "http://proxy.example:3128" };
  const [row] = await connect([{ address: "127.0.0.1", family: 4 }], port, env);
  expect(row?.hint).toContain("this one uses HTTPS_PROXY");
});

async function connect(
  addresses: ReturnType<typeof found>,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly Check[]> {
  const report = createReport({ timeout: 3000, quote: (text, most) => text.slice(0, most) });
  const target = {
    url: new URL(`https://hook.example:${port}/`),
    hostname: "hook.example",
    port,
    secure: true,
    authorities: undefined,
    timeout: 3000,
    signal: new AbortController().signal,
  };
  const endsAt = performance.now() + 3000;
  const reached = await checkConnections(addresses, target, endsAt, env, report);
  reached?.socket.destroy();
  await reached?.other;
  return report.conclude().filter(({ rule }) => rule.startsWith("tcp-"));
}
