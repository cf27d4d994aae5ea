import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { describe } from "vitest";
import { certificates } from "../support/certificates.ts";
import { goodHandshake } from "../support/endpoints.ts";
import { test } from "./kit.ts";
import { trusting } from "./trusting.ts";

const hasIPv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === "::1"),
);

const notFound: RequestListener = (_, response) => response.writeHead(404).end();

/** One endpoint for each family on one port of this machine, each with a request counter. */
async function dualEndpoint(four: RequestListener, six: RequestListener, secure = false) {
  const tls = {
    cert: `${certificates.other}\n${certificates.intermediate}`,
    key: certificates.key,
  };
  const requests = { four: 0, six: 0 };
  const serve = (family: "four" | "six", answer: RequestListener) => {
    const counted: RequestListener = (request, response) => {
      requests[family] += 1;
      answer(request, response);
    };
    return secure ? createSecureServer(tls, counted) : createServer(counted);
  };
  const servers = [serve("four", four), serve("six", six)] as const;
  await new Promise<void>((resolve) => servers[0].listen(0, "127.0.0.1", resolve));
  const { port } = servers[0].address() as AddressInfo;
  await new Promise<void>((resolve) => servers[1].listen(port, "::1", resolve));
  return {
    port,
    requests,
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

const bothFamilies = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** A name in DNS that a server on this machine can reach. */
const named = (addresses = bothFamilies) => ({
  ownServer: true,
  once: true,
  lookup: async () => addresses,
});

describe.skipIf(!hasIPv6)("checkEndpoint, for a host name with IPv4 and IPv6 addresses,", () => {
  test("fails the one that does not pass the handshake", async ({ check, expect }) => {
    await using trust = await trusting();
    await using endpoint = await dualEndpoint(goodHandshake, notFound, true);
    const url = `https://elsewhere.example:${endpoint.port}/`;
    const { red, warned, row } = await check(url, { ...named(), env: trust.env });

    expect([red, warned]).toEqual([["tcp-ipv6 SUB-522"], []]);
    expect(row("tcp-ipv6")?.measured).toMatch(
      /^\[::1\]:\d+ in \d+ ms, but the handshake fails there: status: 404 Not Found$/,
    );
    expect(endpoint.requests).toEqual({ four: 1, six: 1 });
  });

  test("compares the other addresses with the first one", async ({ check, expect }) => {
    await using trust = await trusting();
    await using endpoint = await dualEndpoint(goodHandshake, notFound, true);
    const url = `https://elsewhere.example:${endpoint.port}/`;
    const options = { ...named(bothFamilies.toReversed()), env: trust.env };
    const { red, row } = await check(url, options);

    expect(red).toEqual(["status SUB-522"]);
    expect(row("tcp-ipv4")).toMatchObject({
      status: "pass",
      measured: expect.stringMatching(/, and the handshake passes there$/),
    });
  });

  test("reports no difference if both pass or both fail", async ({ check, expect }) => {
    await using trust = await trusting();
    for (const [answer, refused] of [
      [goodHandshake, []],
      [notFound, ["status SUB-522"]],
    ] as const) {
      await using endpoint = await dualEndpoint(answer, answer, true);
      const url = `https://elsewhere.example:${endpoint.port}/`;
      const { red, warned, row } = await check(url, { ...named(), env: trust.env });
      expect([red, warned]).toEqual([refused, []]);
      expect(row("tcp-ipv6")?.measured).toMatch(/^\[::1\]:\d+ in \d+ ms$/);
    }
  });

  test("sends no token to an address with a wrong certificate", async ({ check, expect }) => {
    // This certificate is not trusted.
    await using endpoint = await dualEndpoint(goodHandshake, goodHandshake, true);
    const url = `https://elsewhere.example:${endpoint.port}/`;
    const { red } = await check(url, { ...named(), verificationToken: "s3cret" });
    expect(red).toEqual(["certificate-chain SUB-524"]);
    expect(endpoint.requests).toEqual({ four: 0, six: 0 });
  });

  test("uses the first address of localhost, like the emulator, and warns about the other", async ({
    check,
    create,
    expect,
  }) => {
    await using endpoint = await dualEndpoint(goodHandshake, notFound);
    const url = `http://localhost:${endpoint.port}/`;
    const { red, warned, row } = await check(url, { once: true });
    expect([red, warned]).toEqual([[], ["tcp-ipv6"]]);
    expect(row("tcp-ipv6")?.code).toBe("SUB-522");
    expect(await create(url)).toBeUndefined();

    await using other = await dualEndpoint(notFound, goodHandshake);
    const otherUrl = `http://localhost:${other.port}/`;
    expect((await check(otherUrl)).red).toEqual(["status SUB-522"]);
    expect(await create(otherUrl)).toBe("SUB-522");
  });
});

describe("checkEndpoint reports a local network problem", () => {
  const wrongMachine = { exitCode: 5, code: "NETWORK" };

  test("without a route to the address", async ({ check, expect }) => {
    // A multicast address accepts no connections.
    const lookup = async () => [{ address: "224.0.0.1", family: 4 }];
    const { row, red } = await check("https://hook.example/", { lookup, ownServer: true });
    expect(red).toEqual(["tcp-ipv4 NETWORK"]);
    expect(row("tcp-ipv4")).toMatchObject(wrongMachine);
    expect(row("tcp-ipv4")?.measured).toMatch(/^this machine has no route to it: .*ENETUNREACH/);
  });

  test("without a name server", async ({ check, expect }) => {
    const lookup = async () => {
      throw Object.assign(new Error("getaddrinfo EAI_AGAIN hook.example"), { code: "EAI_AGAIN" });
    };
    const { row } = await check("https://hook.example/", { lookup });
    expect(row("dns")).toMatchObject(wrongMachine);
  });

  test("unless one family has a route but nothing listens there", async ({ check, expect }) => {
    const lookup = async () => [
      { address: "224.0.0.1", family: 4 },
      { address: "::ffff:127.0.0.1", family: 6 },
    ];
    const { row, red } = await check("https://hook.example:1/", { lookup, ownServer: true });
    expect(red).toEqual(["tcp-ipv6 SUB-521"]);
    expect(row("tcp-ipv4")?.status).toBe("skip");
  });
});

test("but not for a server on this machine with a private address", async ({ check, expect }) => {
  const lookup = async () => [{ address: "127.0.0.1", family: 4 }];
  const { row, red } = await check("https://hook.example:1/", { lookup, ownServer: true });
  expect(row("public-address")).toMatchObject({
    status: "skip",
    measured: "127.0.0.1 (loopback), reachable by a server on this machine",
  });
  expect(red).toEqual(["tcp-ipv4 SUB-521"]);
  const away = await check("https://hook.example:1/", { lookup });
  expect(away.red).toEqual(["public-address SUB-521"]);
});
