import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "tsdown";
import { afterAll, beforeAll, describe, test } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { createTokenCache } from "../support/token-cache.ts";
import {
  collection,
  connect,
  createRequest,
  failureOf,
  refusal,
  secrets,
  startPlatform,
  startTime,
  tokenKey,
} from "./kit.ts";

const loggedIn = { accessToken: "access-token-0", expiresAt: startTime + 3_600_000, scope: "" };

/** What @ringcentral/sdk 5.0.11 does with its own transport and must not do with rcwh's. */
describe("the SDK", () => {
  test.for([63_000, 64 * 1024, 200_000, 2_000_000])(
    "does not hang on an error body of %i bytes",
    async (length, { expect }) => {
      const page = `<html><title>Too busy</title>${"x".repeat(length)}</html>`;
      await using platform = await startPlatform(({ path }) =>
        path === collection ? { status: 404, body: page } : undefined,
      );
      const { client } = await connect(platform.url);

      expect(await failureOf(client.list("platform"))).toMatchObject({
        message:
          'RingCentral refused to list the subscriptions: an HTML page titled "Too busy" (HTTP 404)',
      });
    },
  );

  test("sends a refused login once, not twice", async ({ expect }) => {
    await using platform = await startPlatform(() => refusal(401, "OAU-146", "Invalid client"));
    const { client } = await connect(platform.url);

    expect(await failureOf(client.signIn())).toMatchObject({ status: 401, code: "OAU-146" });
    expect(platform.requests).toHaveLength(1);
  });

  test('does not hide a 401 behind "Refresh token is missing"', async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path === collection ? refusal(401, "OAU-213", "Token not found") : undefined,
    );
    const cache = createTokenCache();
    cache.entries.set(tokenKey, loggedIn);
    const { client } = await connect(platform.url, { cache });

    expect(await failureOf(client.list("platform"))).toMatchObject({
      message: "RingCentral refused to list the subscriptions: Token not found (OAU-213)",
      exitCode: ExitCode.auth,
    });
  });

  test("does not refresh a token that has expired only by its own clock", async ({ expect }) => {
    await using platform = await startPlatform();
    platform.sessions.push("access-token-0");
    const cache = createTokenCache();
    const longAgo = { now: () => 1000, sleep: async () => {} };
    cache.entries.set(tokenKey, {
      ...loggedIn,
      expiresAt: 100_000,
      refreshToken: "refresh-token-0",
    });
    const { client } = await connect(platform.url, { cache, clock: longAgo });

    await client.list("platform");

    expect(platform.log()).toEqual([`GET ${collection}`]);
  });

  test("neither waits nor repeats after a 429 with an HTTP date", async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path === collection
        ? {
            ...refusal(429, "CMN-301", "Request rate exceeded"),
            headers: { "Retry-After": new Date(startTime + 3_600_000).toUTCString(), Date: "" },
          }
        : undefined,
    );
    const { client } = await connect(platform.url);

    expect(await failureOf(client.list("platform"))).toMatchObject({
      status: 429,
      retryAfter: 3600,
    });
    expect(platform.requests).toHaveLength(2);
  });

  test('sends no text "null" for an absent body', async ({ expect }) => {
    await using platform = await startPlatform();
    const { client } = await connect(platform.url);

    await client.delete("platform", "a");
    await client.renew("platform", "a");

    expect(platform.requests.map(({ body }) => body)).not.toContain("null");
  });

  test.for([
    "null",
    "",
    "42",
    "[]",
    '"text"',
    '{"errors":null}',
    '{"errors":[null]}',
    '{"errors":"x"}',
    '{"message":null}',
  ])("survives the error body %s", async (body, { expect }) => {
    for (const path of [collection, "/restapi/oauth/token"]) {
      await using platform = await startPlatform((request) =>
        request.path === path ? { status: 403, body } : undefined,
      );
      const { client } = await connect(platform.url);

      expect(await failureOf(client.list("platform"))).toMatchObject({
        message: expect.stringMatching(/: Forbidden \(HTTP 403\)$/),
        code: "HTTP_403",
        exitCode: ExitCode.auth,
      });
    }
  });

  test("keeps the session after a failed request", async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path === collection ? { status: 503 } : undefined,
    );
    const { client, tokens } = await connect(platform.url);

    await failureOf(client.list("platform"));
    await failureOf(client.create("platform", createRequest));

    expect(tokens.entries.get(tokenKey)?.accessToken).toBe("access-token-1");
    expect(platform.counts.logins).toBe(1);
  });
});

describe("the bundle", () => {
  const run = promisify(execFile);
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rcwh-api-"));
    await build({
      config: false,
      entry: { client: "src/api/command-client.ts", transport: "src/api/transport.ts" },
      format: "cjs",
      platform: "node",
      outDir: folder,
      dts: false,
      clean: false,
      logLevel: "silent",
      deps: { alwaysBundle: [/.*/] },
    });
    await writeFile(join(folder, "run.cjs"), script);
  });

  afterAll(() => rm(folder, { recursive: true }));

  test("talks to a server without output and ends by itself", async ({ expect }) => {
    await using platform = await startPlatform();

    const { stdout, stderr } = await run(
      process.execPath,
      [
        "--pending-deprecation",
        "--trace-warnings",
        join(folder, "run.cjs"),
        platform.url,
        secrets.jwt,
      ],
      { env: {}, timeout: 10_000 },
    );

    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ result: 1, loaded: [], fetchLoaded: false });
  });

  test("does not warn about the old sandbox either", async ({ expect }) => {
    const { stdout, stderr } = await run(
      process.execPath,
      [
        "--pending-deprecation",
        join(folder, "run.cjs"),
        "https://platform.devtest.ringcentral.com",
        "x",
      ],
      { env: { HTTPS_PROXY: "http://127.0.0.1:1" }, timeout: 10_000 },
    );

    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ result: "NETWORK" });
  });
});

const script = `
const { createCommandClient } = require("./client.cjs");
const { createTransport } = require("./transport.cjs");
const [server, jwt] = process.argv.slice(2);
const credentials = { kind: "jwt", clientId: "client", clientSecret: "secret", jwt };
const lazyGlobal = (name) => Object.getOwnPropertyDescriptor(globalThis, name)?.get !== undefined;
const fetchWasLazy = lazyGlobal("Headers");
createCommandClient({
  transport: createTransport({ server, env: process.env }),
  identity: { profile: "", server, source: "", credentials, tokenKey: "", recordsKey: "" },
  tokens: undefined,
  quotas: { read: async () => undefined, change: async (name, edit) => edit(undefined).result },
  redactor: { add() {}, addAddress() {}, text: String, body: String, json: (value) => value },
  clock: { now: Date.now, sleep: async () => {} },
  signal: new AbortController().signal,
  timeout: 5000,
  deadlineAt: Infinity,
  version: "1",
}).then(async (client) => {
  const result = await client.list("platform").then((list) => list.length, (error) => error.code);
  await client.close();
  const loaded = Object.keys(require.cache).filter((file) => /node-fetch|punycode|dom-storage/.test(file));
  console.log(JSON.stringify({ result, loaded, fetchLoaded: fetchWasLazy && !lazyGlobal("Headers") }));
});
`;
