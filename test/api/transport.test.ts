import { readFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer, type Server, type Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, test, vi } from "vitest";
import { NetworkError } from "../../src/api/errors.ts";
import type { ExchangeLimits, HttpRequest } from "../../src/api/http.ts";
import { createTransport } from "../../src/api/transport.ts";
import { ExitCode } from "../../src/errors.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { startScriptedServer } from "../support/scripted-server.ts";
import { failureOf } from "./kit.ts";

const get: HttpRequest = { method: "GET", path: "/a", headers: {}, body: undefined };
const limits: ExchangeLimits = {
  attempt: "ask",
  timeout: 5000,
  endsWithRun: false,
  signal: undefined,
};

interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly sockets: Socket[];
}

/** A TCP server that calls `serve` for each connection. */
async function startRawServer(serve: (socket: Socket) => void): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  return {
    port: await listen(server),
    sockets,
    [Symbol.asyncDispose]: () => stop(server, sockets),
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function stop(server: Server, sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

/** Answers the first request of each connection with these bytes and closes it. */
function startCannedServer(bytes: string): Promise<RawServer> {
  return startRawServer((socket) => socket.once("data", () => socket.end(bytes)));
}

async function exchangeWith(
  port: number,
  changes: Partial<ExchangeLimits> = {},
  request: HttpRequest = get,
) {
  const transport = createTransport({ server: `http://127.0.0.1:${port}`, env: {} });
  try {
    return await transport.exchange(request, { ...limits, ...changes });
  } finally {
    transport.close();
  }
}

describe("an exchange", () => {
  test("resolves to the status, lower-case headers and the whole body", async ({ expect }) => {
    await using server = await startScriptedServer(() => ({
      status: 418,
      headers: { "X-Two": "a" },
      body: "größer",
    }));
    const transport = createTransport({ server: server.url, env: {} });

    const answer = await transport.exchange(
      { method: "POST", path: "/a?b=c", headers: { "X-One": "1" }, body: "ü" },
      limits,
    );
    transport.close();

    expect(answer).toMatchObject({ status: 418, statusText: "I'm a Teapot", body: "größer" });
    expect(answer.headers["x-two"]).toBe("a");
    expect(server.requests).toMatchObject([
      {
        method: "POST",
        path: "/a?b=c",
        body: "ü",
        headers: { "x-one": "1", "content-length": "2" },
      },
    ]);
  });

  test("reads large bodies of any status to their end", async ({ expect }) => {
    const body = "x".repeat(1_000_000);
    await using server = await startScriptedServer(() => ({ status: 500, body }));

    const answer = await exchangeWith(Number(new URL(server.url).port));

    expect(answer.body).toBe(body);
  });

  test.for([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["identity", (text: string) => Buffer.from(text)],
    ["gzip, identity", gzipSync],
  ] as const)("reads an answer compressed with %s", async ([encoding, compress], { expect }) => {
    await using server = await startCompressedServer(encoding, compress("größer"));
    expect((await exchangeWith(server.port)).body).toBe("größer");
  });

  test.for([
    ["gzip", "not compressed", "the answer is not valid gzip"],
    ["gzip", gzipSync(Buffer.alloc(65 * 1024 * 1024)), "the answer is larger than 64 MB"],
    ["zstd", "x", "the answer has an unknown Content-Encoding (zstd)"],
  ] as const)(
    "names a %s answer that cannot be read: %#",
    async ([encoding, body, message], { expect }) => {
      await using server = await startCompressedServer(encoding, Buffer.from(body));
      expect(await failureOf(exchangeWith(server.port))).toMatchObject({
        message: `Could not ask: ${message}.`,
      });
    },
  );

  test("stops at a body that exceeds any valid answer", async ({ expect }) => {
    const body = Buffer.alloc(65 * 1024 * 1024);
    await using server = await httpEndpoint((_, response) => void response.end(body));

    // It is more than a busy machine may receive in five seconds.
    expect(await failureOf(exchangeWith(server.port, { timeout: 60_000 }))).toMatchObject({
      message: "Could not ask: the answer is larger than 64 MB.",
      maybeProcessed: true,
    });
  });

  test.for([
    ["no byte", "", "closed the connection without an answer"],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-", "closed the connection without an answer"],
    [
      "a short body",
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
      "in the middle of the answer",
    ],
    [
      "a broken chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
      "in the middle of the answer",
    ],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n", "does not answer in HTTP"],
  ] as const)("is a network error after %s", async ([, bytes, reason], { expect }) => {
    await using server = await startCannedServer(bytes);

    const error = await failureOf(exchangeWith(server.port));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      exitCode: ExitCode.unavailable,
      message: expect.stringContaining(reason),
      maybeProcessed: true,
    });
  });

  test.for([
    ["nothing at all", ""],
    ["a head only", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"],
    ["half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"],
  ] as const)(
    "ends after the timeout when a server hangs after %s",
    async ([, bytes], { expect }) => {
      await using server = await startRawServer((socket) => {
        socket.once("data", () => socket.write(bytes));
      });

      const error = await failureOf(exchangeWith(server.port, { timeout: 80 }));

      expect(error).toMatchObject({
        code: "TIMEOUT",
        exitCode: ExitCode.unavailable,
        message: `Could not ask: 127.0.0.1:${server.port} did not answer within 0.1 s.`,
        hint: expect.stringContaining("--timeout"),
        maybeProcessed: true,
      });
    },
  );

  test("accepts a timeout that exceeds a timer's maximum", async ({ expect }) => {
    await using server = await startScriptedServer(() => ({ body: "ok" }));

    const answer = await exchangeWith(Number(new URL(server.url).port), { timeout: 1e12 });

    expect(answer.body).toBe("ok");
  });

  test("reuses its connection for the next one and closes it at the end", async ({ expect }) => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    await using server = await startRawServer((socket) => {
      socket.on("data", () => socket.write(answer));
    });
    const transport = createTransport({ server: `http://127.0.0.1:${server.port}`, env: {} });
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown) => warnings.push(warning);
    process.on("warning", onWarning);

    for (let time = 0; time < 15; time += 1) await transport.exchange(get, limits);
    expect(server.sockets).toHaveLength(1);

    const closed = new Promise((resolve) => server.sockets[0]?.once("close", resolve));
    transport.close();
    await closed;
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  test("does not begin in a run that has ended", async ({ expect }) => {
    await using server = await startScriptedServer(() => ({ hang: true }));
    const reason = new Error("Ctrl-C");

    const error = await failureOf(
      exchangeWith(Number(new URL(server.url).port), { signal: AbortSignal.abort(reason) }),
    );

    expect(error).toBe(reason);
    expect(server.requests).toEqual([]);
  });

  test("leaves no listener on the run's signal", async ({ expect }) => {
    await using server = await startScriptedServer(() => ({ body: "ok" }));
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...parameters: Parameters<typeof add>) => {
      listeners += 1;
      add(...parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...parameters);
    };

    await exchangeWith(Number(new URL(server.url).port), { signal });

    expect(listeners).toBe(0);
  });

  test.for([
    "https://example.com/a",
    "//example.com/a",
    "http://127.0.0.1:1/a",
    "\\\\example.com/a",
  ])("refuses a request to %s", async (path, { expect }) => {
    await using server = await startScriptedServer(() => ({ body: "ok" }));
    const transport = createTransport({ server: server.url, env: {} });

    expect(await failureOf(transport.exchange({ ...get, path }, limits))).toMatchObject({
      message: expect.stringContaining("Refused to send the credentials"),
    });
    expect(server.requests).toEqual([]);
  });

  test.for(["http://example.com", "http://10.0.0.1", "ftp://127.0.0.1"])(
    "refuses a server at %s",
    (server, { expect }) => {
      expect(() => createTransport({ server, env: {} })).toThrow(/is not https/);
    },
  );
});

describe("TLS and proxies", () => {
  test("an untrusted certificate is named with a hint", async ({ expect }) => {
    await using server = await startTlsServer();
    const transport = createTransport({ server: server.url, env: {} });

    const error = await failureOf(transport.exchange(get, limits));

    expect(error).toMatchObject({
      code: "CERTIFICATE",
      exitCode: ExitCode.unavailable,
      message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT"),
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      maybeProcessed: false,
    });
    expect(server.asked).toEqual([]);
  });

  test("https works, and a connection that breaks afterwards may have processed the request", async ({
    expect,
  }) => {
    await using server = await startTlsServer();
    const transport = createTransport({ server: server.url, env: {}, ca: await certificate() });

    expect((await transport.exchange(get, limits)).body).toBe("tls");
    const error = await failureOf(transport.exchange({ ...get, path: "/drop" }, limits));
    transport.close();

    expect(error).toMatchObject({ maybeProcessed: true });
  });

  test("HTTPS_PROXY gets a tunnel to the server with the proxy's own credentials only", async ({
    expect,
  }) => {
    await using server = await startTlsServer();
    const asked: string[] = [];
    await using proxy = await startTunnel(server.port, asked);
    const transport = createTransport({
      server: `https://platform.test:${server.port}`,
      env: { HTTPS_PROXY: `http://user:secret@127.0.0.1:${proxy.port}` },
      ca: await certificate(),
    });

    const answer = await transport.exchange(
      { ...get, headers: { Authorization: "Bearer access-token" } },
      limits,
    );
    transport.close();

    expect(answer.body).toBe("tls");
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^CONNECT platform\.test:\d+ HTTP\/1\.1\r\n/);
    expect(asked[0]).toContain(Buffer.from("user:secret").toString("base64"));
    expect(asked[0]).not.toContain("access-token");
    expect(server.asked).toEqual(["GET /a"]);
  });

  test("behind a proxy, the certificate error is about the server", async ({ expect }) => {
    await using server = await startTlsServer();
    await using proxy = await startTunnel(server.port, []);
    const transport = createTransport({
      server: "https://platform.test",
      env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
    });

    expect(await failureOf(transport.exchange(get, limits))).toMatchObject({
      code: "CERTIFICATE",
      message: expect.stringContaining("the TLS connection to platform.test:443 cannot be trusted"),
    });
  });

  test("a proxy's refusal is not taken for the server's answer", async ({ expect }) => {
    await using proxy = await startCannedServer(
      "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\n{}",
    );
    const transport = createTransport({
      server: "https://platform.test",
      env: { https_proxy: `user:secret@127.0.0.1:${proxy.port}` },
    });

    const error = await failureOf(transport.exchange(get, limits));

    expect(error).toMatchObject({
      code: "PROXY",
      message: `Could not ask: the proxy 127.0.0.1:${proxy.port} refused the connection to platform.test:443 (HTTP 407).`,
      maybeProcessed: false,
    });
  });

  test.for(["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 OK\r\n\r\n"])(
    "a proxy that answers junk is named: %j",
    async (junk, { expect }) => {
      await using proxy = await startCannedServer(junk);
      const exchange = createTransport({
        server: "https://platform.test",
        env: { https_proxy: `127.0.0.1:${proxy.port}` },
      }).exchange(get, limits);
      expect(await failureOf(exchange)).toMatchObject({
        code: "PROXY",
        message: `Could not ask: the proxy 127.0.0.1:${proxy.port} does not answer in HTTP.`,
      });
    },
  );

  test("a proxy that does not answer is named", async ({ expect }) => {
    const transport = createTransport({
      server: "https://platform.test",
      env: { HTTPS_PROXY: "http://user:secret@127.0.0.1:1" },
    });

    expect(await failureOf(transport.exchange(get, limits))).toMatchObject({
      message: "Could not ask: nothing listens at the proxy 127.0.0.1:1 (ECONNREFUSED).",
    });
  });

  test.for(["", "HTTP/1.1 200 OK\r\nX-Half: ", "HTTP/1.1 200 OK\r\n\r\n"])(
    "a proxy that goes no further than %j is hung up on at the time limit and at an interruption",
    async (beginning, { expect }) => {
      await using proxy = await startRawServer((socket) => {
        socket.resume();
        if (beginning !== "") socket.write(beginning);
      });
      const transport = createTransport({
        server: "https://platform.test",
        env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
      });

      const late = transport.exchange(get, { ...limits, timeout: 100 });
      expect(await failureOf(late)).toMatchObject({
        code: "TIMEOUT",
        message: `Could not ask: the proxy 127.0.0.1:${proxy.port} did not answer within 0.1 s.`,
      });
      const signal = AbortSignal.timeout(100);
      const interrupted = transport.exchange(get, { ...limits, signal });
      await expect(interrupted).rejects.toMatchObject({ name: "TimeoutError" });
      expect(proxy.sockets).toHaveLength(2);
      await vi.waitFor(() => expect(proxy.sockets.every(({ closed }) => closed)).toBe(true));
    },
  );

  test("loopback bypasses the proxy", async ({ expect }) => {
    await using server = await startScriptedServer(() => ({ body: "direct" }));
    const transport = createTransport({
      server: server.url,
      env: { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" },
    });

    expect((await transport.exchange(get, limits)).body).toBe("direct");
    transport.close();
  });
});

/** A proxy that opens every tunnel to the same port on loopback. */
function startTunnel(port: number, asked: string[]): Promise<RawServer> {
  return startRawServer((socket) => {
    socket.once("data", (head) => {
      asked.push(head.toString());
      const onward = connect(port, "127.0.0.1");
      onward.on("error", () => socket.destroy());
      socket.on("close", () => onward.destroy());
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
  });
}

interface TlsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly asked: string[];
}

/** Has a self-signed certificate for platform.test, localhost and 127.0.0.1. */
async function startTlsServer(): Promise<TlsServer> {
  const asked: string[] = [];
  const key = await readFile(new URL("./platform.test.key.pem", import.meta.url), "utf8");
  const server = createTlsServer({ key, cert: await certificate() }, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === "/drop") response.destroy();
    else response.end("tls");
  });
  const port = await listen(server);
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function certificate(): Promise<string> {
  return readFile(new URL("./platform.test.cert.pem", import.meta.url), "utf8");
}

function startCompressedServer(encoding: string, body: Buffer): Promise<RawServer> {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return startRawServer((socket) => {
    socket.once("data", () => socket.end(Buffer.concat([Buffer.from(head), body])));
  });
}
