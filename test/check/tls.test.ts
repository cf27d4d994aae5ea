import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { certificates } from "../support/certificates.ts";
import {
  connectionEndpoint,
  type Endpoint,
  goodHandshake,
  httpEndpoint,
  tlsEndpoint,
} from "../support/endpoints.ts";
import { selfSigned } from "../support/self-signed.ts";
import { test as kit } from "./kit.ts";

const { root, intermediate, good, expired, future, other, key } = certificates;
const full = `${good}\n${intermediate}`;

/** NODE_EXTRA_CA_CERTS with the tests' authority. */
const test = kit.extend<{ trusting: Readonly<Record<string, string>> }>({
  trusting: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "rcwh-test-"));
    const path = join(directory, "root.pem");
    await writeFile(path, root);
    await use({ NODE_EXTRA_CA_CERTS: path });
    await rm(directory, { recursive: true });
  },
});

interface Case {
  readonly what: string;
  readonly options: ServerOptions;
  /** The row that fails: its code and its measurement. */
  readonly red?: readonly [row: string, measured: string];
  readonly trusted?: false;
}

const cases: readonly Case[] = [
  { what: "a full chain", options: { cert: full, key } },
  { what: "TLS 1.2 only", options: { cert: full, key, maxVersion: "TLSv1.2" } },
  {
    what: "TLS 1.1 only",
    options: {
      cert: full,
      key,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    },
    red: ["tls-version", "TLSv1.1 only"],
  },
  {
    what: "TLS 1.0 only",
    options: {
      cert: full,
      key,
      minVersion: "TLSv1",
      maxVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    },
    red: ["tls-version", "TLSv1 only"],
  },
  {
    what: "a wish for a client certificate",
    options: { cert: full, key, requestCert: true, maxVersion: "TLSv1.2" },
    red: [
      "tls-version",
      "the TLS handshake failed: no common cipher, or a client certificate is required",
    ],
  },
  {
    what: "a self-signed certificate",
    options: { cert: selfSigned.certificate, key: selfSigned.key },
    red: ["certificate-chain", "self-signed"],
  },
  {
    what: "a chain without its intermediate certificate",
    options: { cert: good, key },
    red: [
      "certificate-chain",
      'only the server\'s own certificate: that of its issuer "Test Intermediate" is missing',
    ],
  },
  {
    what: "a chain to a private authority, with its root",
    options: { cert: `${full}\n${root}`, key },
    trusted: false,
    red: ["certificate-chain", 'issued by "Test Root", which is not a public authority'],
  },
  {
    what: "a chain to a private authority, without its root",
    options: { cert: full, key },
    trusted: false,
    red: [
      "certificate-chain",
      'ends before "Test Root": it is not a public authority, or its certificate is missing',
    ],
  },
  {
    what: "an expired certificate",
    options: { cert: `${expired}\n${intermediate}`, key },
    red: ["certificate-days", "expired on 2025-01-01"],
  },
  {
    what: "a certificate of the future",
    options: { cert: `${future}\n${intermediate}`, key },
    red: ["certificate-days", "not valid before 2100-01-01"],
  },
  {
    what: "a certificate of another name",
    options: { cert: `${other}\n${intermediate}`, key },
    red: ["certificate-name", "for elsewhere.example, not localhost"],
  },
];

describe("checkEndpoint reports, and the emulator also refuses,", () => {
  for (const { what, options, red, trusted = true } of cases) {
    test(what, async ({ check, create, trusting, expect }) => {
      await using endpoint = await tlsEndpoint({ ...options, rejectUnauthorized: true });
      const url = named(endpoint);
      const { row, red: found, warned } = await check(url, { env: trusted ? trusting : {} });
      const code = await create(url, { certificateAuthorities: trusted ? [root] : [] });

      expect([found, warned]).toEqual([red ? [`${red[0]} SUB-524`] : [], []]);
      if (red) expect(row(red[0])?.measured).toBe(red[1]);
      expect(code).toBe(red && "SUB-524");
      expect(row("http")?.status).toBe(red ? "skip" : "pass");
    });
  }

  test("plain HTTP on an https URL", async ({ check, create, expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const url = endpoint.url.replace("http:", "https:");
    const { red, row } = await check(url);
    expect(red).toEqual(["tls-version SUB-524"]);
    expect(row("tls-version")?.measured).toBe("the endpoint does not speak TLS");
    expect(await create(url)).toBe("SUB-524");
  });

  test("a required client certificate, which TLS 1.3 reports late", async ({
    check,
    create,
    trusting,
    expect,
  }) => {
    const options = { cert: full, key, requestCert: true, rejectUnauthorized: true };
    await using endpoint = await tlsEndpoint(options);
    const { red, row } = await check(named(endpoint), { env: trusting });
    expect(red).toEqual(["http SUB-521"]);
    expect(row("http")).toMatchObject({
      measured: "no answer: it asks for a client certificate",
      hint: "Do not require a client certificate on this path: RingCentral sends none.",
    });
    expect(await create(named(endpoint), { certificateAuthorities: [root] })).toBe("SUB-521");
  });
});

test("a connection that is reset during TLS", async ({ check, create, expect }) => {
  await using endpoint = await connectionEndpoint((socket) =>
    socket.once("data", () => socket.resetAndDestroy()),
  );
  const url = endpoint.url.replace("http:", "https:");
  const { red, row } = await check(url);
  expect(red).toEqual(["tls-version SUB-524"]);
  expect(row("tls-version")?.measured).toBe("the connection was reset during the TLS handshake");
  expect(await create(url)).toBe("SUB-524");
});

test("an untrusted endpoint gets no request", async ({ check, expect }) => {
  let requests = 0;
  await using endpoint = await tlsEndpoint({ cert: full, key }, (request, response) => {
    requests += 1;
    goodHandshake(request, response);
  });
  const { red } = await check(named(endpoint), { verificationToken: "s3cret" });
  expect([red, requests]).toEqual([["certificate-chain SUB-524"], 0]);
});

test("an expired and incomplete chain fails once", async ({ check, trusting, expect }) => {
  await using endpoint = await tlsEndpoint({ cert: expired, key });
  const { red, warned } = await check(named(endpoint), { env: trusting });
  expect([red, warned]).toEqual([["certificate-days SUB-524"], ["certificate-chain"]]);
});

test("shows the chain, the name and the remaining days of a good certificate", async ({
  check,
  trusting,
  expect,
}) => {
  await using endpoint = await tlsEndpoint({ cert: full, key });
  const { row } = await check(named(endpoint), { env: trusting });
  expect(row("tls-version")?.measured).toBe("TLSv1.3");
  expect(row("certificate-chain")?.measured).toBe(
    '"localhost" ← "Test Intermediate" ← "Test Root"',
  );
  expect(row("certificate-name")?.measured).toBe("localhost");
  expect(row("certificate-days")?.measured).toMatch(/^\d+ left, until 2126-01-01$/);
});

function named({ port }: Endpoint): string {
  return `https://localhost:${port}/hook`;
}
