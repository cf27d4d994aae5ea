import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { describe } from "vitest";
import {
  createDeliverySender,
  type DeliverySenderOptions,
} from "../../src/endpoint/delivery-sender.ts";
import {
  closedPort,
  type Endpoint,
  httpEndpoint,
  httpsEndpoint,
  rawEndpoint,
} from "../support/endpoints.ts";
import { test } from "../support/rcwh.ts";

function senderTo(url: string, options: Partial<DeliverySenderOptions> = {}) {
  const { signal } = new AbortController();
  return createDeliverySender(url, { deadline: 3000, connections: 4, signal, ...options });
}

const accept: RequestListener = (request, response) => {
  request.resume().on("end", () => response.end());
};

describe("a delivery", () => {
  test("has the method, headers and body of a RingCentral delivery", async ({ expect }) => {
    const seen: { headers: IncomingHttpHeaders; raw: readonly string[]; body: string }[] = [];
    await using endpoint = await httpEndpoint(async (request, response) => {
      const { headers, rawHeaders: raw } = request;
      const body = (await request.toArray()).join("");
      seen.push({ headers, raw, body });
      response.end();
    });
    const sender = senderTo(`${endpoint.url}/hook?key=1`, { verificationToken: "secret" });

    const outcome = await sender.send({ text: '{"event":"é"}' });
    sender.close();

    expect(outcome).toMatchObject({ status: 200, statusText: "OK" });
    expect(outcome.problem).toBeUndefined();
    expect(seen).toMatchObject([
      {
        body: '{"event":"é"}',
        headers: {
          "user-agent": "RingCentral-Webhook/8.3",
          accept: "application/json",
          "accept-encoding": "UTF-8",
          "content-type": "application/json; charset=UTF-8",
          "content-length": "14",
          "verification-token": "secret",
        },
      },
    ]);
    expect(seen[0]?.raw).toContain("Verification-Token");
  });

  test("has the same headers as RingCentral's, except for the connection and the token", async ({
    expect,
  }) => {
    let headers: IncomingHttpHeaders = {};
    await using endpoint = await httpEndpoint((request, response) => {
      headers = request.headers;
      accept(request, response);
    });
    const sender = senderTo(endpoint.url, { verificationToken: "mine" });

    await sender.send({
      text: "{}",
      headers: {
        "user-agent": "RingCentral-Webhook/9",
        "X-Trace": "7",
        host: "elsewhere.example.com",
        "content-length": "999",
        "transfer-encoding": "chunked",
        "verification-token": "recorded",
        "bad name": "x",
        "x-split": "a\r\nEvil: 1",
      },
    });
    sender.close();

    expect(headers).toMatchObject({
      "user-agent": "RingCentral-Webhook/9",
      "x-trace": "7",
      host: new URL(endpoint.url).host,
      "content-length": "2",
      "verification-token": "mine",
    });
    expect(Object.keys(headers)).not.toContain("evil");
    expect(Object.keys(headers)).not.toContain("x-split");
  });

  test("counts status line, headers and body as they come over the wire", async ({ expect }) => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    await using endpoint = await rawEndpoint(answer);
    const sender = senderTo(endpoint.url);

    expect(await sender.send({ text: "{}" })).toEqual({
      status: 200,
      statusText: "OK",
      milliseconds: expect.any(Number),
      bytes: answer.length,
    });
    sender.close();
  });

  test("reuses connections and opens at most the allowed number", async ({ expect }) => {
    let connections = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      if (!("seen" in request.socket)) connections += 1;
      Object.assign(request.socket, { seen: true });
      accept(request, response);
    });
    const sender = senderTo(endpoint.url, { connections: 3 });

    const outcomes = await Promise.all(
      Array.from({ length: 60 }, () => sender.send({ text: "{}" })),
    );
    sender.close();

    expect(outcomes.every(({ status }) => status === 200)).toBe(true);
    expect(connections).toBe(3);
  });

  test("is sent again if a reused connection was closed meanwhile", async ({ expect }) => {
    let requests = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      requests += 1;
      accept(request, response);
      // It does not announce the closing, so the connection still looks usable.
      setTimeout(() => request.socket.destroy(), 20);
    });
    const sender = senderTo(endpoint.url, { connections: 1 });

    for (let count = 0; count < 3; count++) {
      expect(await sender.send({ text: "{}" })).toMatchObject({ status: 200 });
      await new Promise((resolve) => setTimeout(resolve, 19));
    }
    sender.close();
    expect(requests).toBe(3);
  });

  test("does not count the wait for a connection towards its deadline", async ({ expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      setTimeout(() => accept(request, response), 60);
    });
    const sender = senderTo(endpoint.url, { connections: 1, deadline: 150 });

    const outcomes = await Promise.all([1, 2, 3, 4].map(() => sender.send({ text: "{}" })));
    sender.close();
    expect(outcomes.map(({ problem }) => problem)).toEqual(Array(4).fill(undefined));
  });

  test("causes no Node warnings, even with many deliveries", async ({ expect }) => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    await using endpoint = await httpEndpoint(accept);
    const sender = senderTo(endpoint.url, { connections: 1 });

    await Promise.all(Array.from({ length: 30 }, () => sender.send({ text: "{}" })));
    await new Promise(setImmediate);
    process.off("warning", listen);
    sender.close();
    expect(warnings).toEqual([]);
  });

  test("is aborted with the run", async ({ expect }) => {
    await using endpoint = await httpEndpoint(() => {});
    const stop = new AbortController();
    const sender = senderTo(endpoint.url, { signal: stop.signal });
    const reason = new Error("enough");

    const sending = sender.send({ text: "{}" });
    setTimeout(() => stop.abort(reason), 30);

    await expect(sending).rejects.toBe(reason);
    await expect(sender.send({ text: "{}" })).rejects.toBe(reason);
    sender.close();
  });
});

describe("an answer that RingCentral would reject", () => {
  const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
  const rogues: readonly (readonly [string, () => Promise<Endpoint>, string, number?])[] = [
    [
      "another status",
      () => httpEndpoint((request, response) => accept(request, response.writeHead(404))),
      "Webhook responses with code: [404], reason: [Not Found]",
      404,
    ],
    [
      "204",
      () => httpEndpoint((request, response) => accept(request, response.writeHead(204))),
      "Webhook responses with code: [204], reason: [No Content]",
      204,
    ],
    [
      "a redirect, which is not followed",
      () =>
        httpEndpoint((request, response) =>
          accept(request, response.writeHead(302, { Location: "http://127.0.0.1:1/" })),
        ),
      "Webhook responses with code: [302], reason: [Found]",
      302,
    ],
    [
      "more than 1024 bytes",
      () => rawEndpoint(`${head}Content-Length: 1000\r\n\r\n${"x".repeat(1000)}`),
      "Webhook response exceeds max size. Read bytes count: [1024]",
      200,
    ],
    [
      "an answer without end",
      () =>
        httpEndpoint((_, response) => {
          const pour = () => {
            while (response.write("x".repeat(16_384)));
          };
          response.on("drain", pour);
          pour();
        }),
      "Webhook response exceeds max size. Read bytes count: [1024]",
      200,
    ],
    [
      "no answer",
      () => httpEndpoint((request) => void request.resume()),
      "I/O operation is failed. Details: [Read timed out]",
    ],
    [
      "an answer that does not end in time",
      () => rawEndpoint(`${head}Content-Length: 5\r\n\r\nx`, { hangUp: false }),
      "I/O operation is failed. Details: [Read timed out]",
      200,
    ],
    [
      "a certificate that nobody trusts",
      () => httpsEndpoint(accept),
      "I/O operation is failed. Details: [self-signed certificate]",
    ],
    [
      "an end in the middle",
      () => rawEndpoint(`${head}Content-Length: 5\r\n\r\nx`),
      "I/O operation is failed. Details: [aborted]",
      200,
    ],
    ["nothing", () => rawEndpoint(""), "I/O operation is failed. Details: [socket hang up]"],
  ];
  for (const [what, open, problem, status] of rogues) {
    test(`is ${what}`, async ({ expect }) => {
      await using endpoint = await open();
      const sender = senderTo(endpoint.url.replace("https://127.0.0.1", "https://localhost"), {
        deadline: 400,
      });

      const outcome = await sender.send({ text: "{}" });
      sender.close();

      expect(outcome.problem).toBe(problem);
      expect(outcome.status).toBe(status);
      expect(outcome.milliseconds).toBeLessThan(3000);
    });
  }

  test("is not HTTP", async ({ expect }) => {
    await using endpoint = await rawEndpoint("SSH-2.0-OpenSSH_9.6\r\n");
    const sender = senderTo(endpoint.url);

    expect((await sender.send({ text: "{}" })).problem).toBe(
      "I/O operation is failed. Details: [not HTTP]",
    );
    sender.close();
  });

  test("is plain HTTP behind https", async ({ expect }) => {
    await using endpoint = await httpEndpoint(accept);
    const sender = senderTo(endpoint.url.replace("http:", "https:"));

    expect(await sender.send({ text: "{}" })).toMatchObject({
      problem: "I/O operation is failed. Details: [the endpoint does not speak TLS]",
    });
    sender.close();
  });

  test("is a closed port", async ({ expect }) => {
    const port = await closedPort();
    const sender = senderTo(`http://127.0.0.1:${port}`);

    expect(await sender.send({ text: "{}" })).toMatchObject({
      bytes: 0,
      problem: `I/O operation is failed. Details: [connect ECONNREFUSED 127.0.0.1:${port}]`,
    });
    sender.close();
  });
});
