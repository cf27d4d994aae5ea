import type { IncomingHttpHeaders } from "node:http";
import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { certificates } from "../support/certificates.ts";
import {
  closedPort,
  goodHandshake,
  httpEndpoint,
  httpsEndpoint,
  rawEndpoint,
  tlsEndpoint,
} from "../support/endpoints.ts";
import { selfSigned } from "../support/self-signed.ts";
import { basic, jwtGrant, platform, start, test } from "./kit.ts";

describe("the handshake", () => {
  test("is an empty POST with a Validation-Token", async ({ subscribe, expect }) => {
    let seen: IncomingHttpHeaders | undefined;
    let line = "";
    let bytes = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      seen = request.headers;
      line = `${request.method} ${request.url}`;
      request.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      goodHandshake(request, response);
    });

    const address = `${endpoint.url}/hook?key=secret`;
    const { status } = await subscribe({ address, verificationToken: "s3cret" });

    expect(status).toBe(200);
    expect(line).toBe("POST /hook?key=secret");
    expect(bytes).toBe(0);
    expect(seen).toMatchObject({
      host: `127.0.0.1:${endpoint.port}`,
      "content-type": "application/json",
      "content-length": "0",
      accept: "application/json",
      "user-agent": "RingCentral-Webhook/8.3",
      "validation-token": expect.stringMatching(/^[\w-]{36}$/),
      "verification-token": "s3cret",
    });
  });

  test("has no Verification-Token if none is set", async ({ subscribe, expect }) => {
    let seen: IncomingHttpHeaders = {};
    await using endpoint = await httpEndpoint((request, response) => {
      seen = request.headers;
      goodHandshake(request, response);
    });
    await subscribe({ address: endpoint.url });

    expect(seen).not.toHaveProperty("verification-token");
  });

  test("reaches a host name that resolves to this machine", async ({ subscribe, expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const { status } = await subscribe({ address: `http://localhost:${endpoint.port}/` });
    expect(status).toBe(200);
  });

  test("accepts a JSON content type with parameters and in any case", async ({
    subscribe,
    expect,
  }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      response.setHeader("validation-token", request.headers["validation-token"] ?? "");
      response.setHeader("content-type", "Application/JSON; charset=utf-8");
      response.end("{}");
    });
    expect((await subscribe({ address: endpoint.url })).status).toBe(200);
  });

  test("leaves nothing behind when it fails", async ({ call, subscribe, signIn, expect }) => {
    await subscribe({ address: `http://127.0.0.1:${await closedPort()}/` });
    expect((await call("GET", platform, { token: await signIn() })).body.records).toEqual([]);
  });
});

describe("a handshake fails with SUB-520", () => {
  for (const [what, echo] of [
    ["no echo", undefined],
    ["another token", "something-else"],
  ] as const) {
    test(`for ${what}`, async ({ subscribe, expect }) => {
      await using endpoint = await httpEndpoint((_request, response) => {
        if (echo) response.setHeader("Validation-Token", echo);
        response.setHeader("Content-Type", "application/json").end();
      });
      const answer = await subscribe({ address: endpoint.url });

      expect([answer.status, answer.code]).toEqual([400, "SUB-520"]);
      expect(answer.body.parameterName).toBe("deliveryMode.address");
    });
  }

  test("for a token with one extra letter", async ({ subscribe, expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      response.setHeader("Validation-Token", `${request.headers["validation-token"]}x`);
      response.setHeader("Content-Type", "application/json").end();
    });
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-520");
  });
});

describe("a handshake fails with SUB-521", () => {
  test("if nothing listens", async ({ subscribe, expect }) => {
    const answer = await subscribe({ address: `http://127.0.0.1:${await closedPort()}/` });
    expect([answer.status, answer.code]).toEqual([400, "SUB-521"]);
    expect(answer.body.message).toContain("ECONNREFUSED");
  });

  test("for no answer", async ({ configure, subscribe, expect }) => {
    configure({ endpointDeadline: 50 });
    await using endpoint = await httpEndpoint(() => {});
    const answer = await subscribe({ address: endpoint.url });
    expect(answer.code).toBe("SUB-521");
    expect(answer.body.message).toBe("WebHook is not reachable: no answer within 50 ms");
  });

  test("for half an answer and then nothing", async ({ configure, subscribe, expect }) => {
    configure({ endpointDeadline: 50 });
    await using endpoint = await rawEndpoint("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", {
      hangUp: false,
    });
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-521");
  });

  test("for half an answer and then a closed connection", async ({ subscribe, expect }) => {
    await using endpoint = await rawEndpoint("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-521");
  });

  test("for a closed connection without an answer", async ({ subscribe, expect }) => {
    await using endpoint = await rawEndpoint("");
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-521");
  });

  test("for another machine, naming the setting that allows other machines", async ({
    subscribe,
    expect,
  }) => {
    for (const address of ["https://192.0.2.1/", "https://[2001:db8::1]/", "https://0.0.0.0/"]) {
      const answer = await subscribe({ address });
      expect(answer.code).toBe("SUB-521");
      expect(answer.body.message).toContain("allowRemoteDeliveries (rcwh emulator --allow-remote)");
    }
  });

  test("for the names of other machines, without looking them up", async ({ expect }) => {
    const asked: string[] = [];
    const lookup = async (hostname: string) => {
      asked.push(hostname);
      return [{ address: "127.0.0.1", family: 4 }];
    };
    expect(await createAlone("https://hook.example/", { lookup })).toMatchObject({
      errorCode: "SUB-521",
      message: expect.stringContaining("allowRemoteDeliveries (rcwh emulator --allow-remote)"),
    });
    expect(await createAlone("http://hook.example/", { lookup })).toMatchObject({
      errorCode: "SUB-523",
    });
    expect(asked).toEqual([]);
  });

  test("for an unknown host name and a slow name server", async ({ expect }) => {
    const remoteWithin50ms = { allowRemoteDeliveries: true, endpointDeadline: 50 };
    const create = (lookup: () => Promise<never>) =>
      createAlone("https://nowhere.example/", { lookup, settings: remoteWithin50ms });

    const lost = await create(() => Promise.reject(new Error("getaddrinfo ENOTFOUND")));
    expect(lost).toMatchObject({
      errorCode: "SUB-521",
      message: expect.stringContaining("ENOTFOUND"),
    });
    const slow = await create(() => new Promise(() => {}));
    expect(slow).toMatchObject({
      errorCode: "SUB-521",
      message: expect.stringContaining("within 50 ms"),
    });
  });
});

describe("a handshake fails with SUB-522", () => {
  for (const status of [201, 204, 301, 400, 404, 500, 503]) {
    test(`for a status of ${status}`, async ({ subscribe, expect }) => {
      await using endpoint = await httpEndpoint((request, response) => {
        response.statusCode = status;
        response.setHeader("Location", "/elsewhere");
        goodHandshake(request, response);
      });
      const answer = await subscribe({ address: endpoint.url });

      expect([answer.status, answer.code]).toEqual([400, "SUB-522"]);
      expect(answer.body.message).toBe(
        `WebHook responds with incorrect HTTP status. HTTP status is ${status}`,
      );
    });
  }

  test("for a large error page", async ({ subscribe, expect }) => {
    await using endpoint = await rawEndpoint(
      `HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3000\r\n\r\n${"x".repeat(3000)}`,
    );
    const answer = await subscribe({ address: endpoint.url });
    expect([answer.code, answer.body.message]).toEqual(["SUB-522", expect.stringMatching(/502$/)]);
  });
});

describe("a handshake fails with SUB-523", () => {
  for (const address of ["http://192.0.2.1/", "http://[2001:db8::1]/", "http://0.0.0.0/"]) {
    test(`for ${address}`, async ({ configure, subscribe, expect }) => {
      configure({ allowRemoteDeliveries: true });
      const answer = await subscribe({ address });
      expect([answer.status, answer.code]).toEqual([400, "SUB-523"]);
    });
  }

  test("for an http address with the name of another machine, or an unknown name", async ({
    expect,
  }) => {
    const remote = async () => [{ address: "192.0.2.1", family: 4 }];
    const nobody = () => Promise.reject(new Error("ENOTFOUND"));
    for (const lookup of [remote, nobody]) {
      const options = { lookup, settings: { allowRemoteDeliveries: true } };
      expect(await createAlone("http://hook.example/", options)).toMatchObject({
        errorCode: "SUB-523",
      });
    }
  });
});

describe("a handshake fails with SUB-524", () => {
  test("for an untrusted certificate", async ({ subscribe, expect }) => {
    await using endpoint = await httpsEndpoint(goodHandshake);
    const answer = await subscribe({ address: `https://localhost:${endpoint.port}/` });
    expect([answer.status, answer.code]).toEqual([400, "SUB-524"]);
  });

  test("for a certificate of another host name", async ({ configure, subscribe, expect }) => {
    configure({ certificateAuthorities: [selfSigned.certificate] });
    await using endpoint = await httpsEndpoint(goodHandshake);

    expect((await subscribe({ address: `https://localhost:${endpoint.port}/` })).status).toBe(200);
    expect((await subscribe({ address: `https://127.0.0.1:${endpoint.port}/` })).code).toBe(
      "SUB-524",
    );
  });

  test("for a port without TLS", async ({ subscribe, expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const answer = await subscribe({ address: `https://127.0.0.1:${endpoint.port}/` });
    expect(answer.code).toBe("SUB-524");
    expect(answer.body.message).toBe(
      "HTTPS certificate is not valid: the endpoint does not speak TLS",
    );
  });
});

test("reports a failed TLS handshake without OpenSSL's own message", async ({
  subscribe,
  expect,
}) => {
  // An alert: fatal, handshake failure.
  await using endpoint = await rawEndpoint("\u0015\u0003\u0003\u0000\u0002\u0002\u0028");
  const answer = await subscribe({ address: `https://127.0.0.1:${endpoint.port}/` });
  expect([answer.code, answer.body.message]).toEqual([
    "SUB-524",
    "HTTPS certificate is not valid: the TLS handshake failed",
  ]);
});

test("names a required client certificate, which TLS 1.3 reports late", async ({
  configure,
  subscribe,
  expect,
}) => {
  configure({ certificateAuthorities: [certificates.root] });
  await using endpoint = await tlsEndpoint({
    cert: `${certificates.good}\n${certificates.intermediate}`,
    key: certificates.key,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3",
  });
  const answer = await subscribe({ address: `https://localhost:${endpoint.port}/` });
  expect([answer.code, answer.body.message]).toEqual([
    "SUB-521",
    "WebHook is not reachable: the endpoint asks for a client certificate",
  ]);
});

describe("SUB-525", () => {
  for (const type of [undefined, "text/html", "application/jsonp", "text/json"]) {
    test(`is logged as a note or fails the handshake for a content type of ${type}`, async ({
      configure,
      emulator,
      subscribe,
      expect,
    }) => {
      await using endpoint = await httpEndpoint((request, response) => {
        response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
        if (type) response.setHeader("Content-Type", type);
        response.end();
      });
      expect(await subscribe({ address: endpoint.url })).toMatchObject({ status: 200 });
      expect(emulator.requests.at(-1)).toMatchObject({
        status: 200,
        note: "SUB-525: the endpoint answered the handshake without Content-Type: application/json",
      });

      configure({ handshakeContentType: "json" });
      const answer = await subscribe({ address: endpoint.url });
      expect([answer.status, answer.code]).toEqual([400, "SUB-525"]);
      expect(emulator.requests.at(-1)).not.toHaveProperty("note");
    });
  }

  test("is not noted for a JSON content type, and noted for a renewal's handshake", async ({
    call,
    configure,
    emulator,
    signIn,
    subscribe,
    expect,
  }) => {
    let type = "application/json";
    await using endpoint = await httpEndpoint((request, response) => {
      response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
      response.setHeader("Content-Type", type).end();
    });
    const { body } = await subscribe({ address: endpoint.url });
    expect(emulator.requests.at(-1)).not.toHaveProperty("note");

    type = "text/html";
    configure({ handshakeOnRenewal: true });
    const token = await signIn();
    expect((await call("POST", `${platform}/${body.id}/renew`, { token })).status).toBe(200);
    expect(emulator.requests.at(-1)?.note).toMatch(/^SUB-525: /);
  });

  test("fails a handshake that exceeds 1024 bytes of status line, headers and body", async ({
    subscribe,
    expect,
  }) => {
    let size = 0;
    await using endpoint = await httpEndpoint((request, { socket }) => {
      const head = [
        "HTTP/1.1 200 OK",
        `Validation-Token: ${request.headers["validation-token"]}`,
        "Content-Type: application/json",
        "Connection: close",
        "",
        "",
      ].join("\r\n");
      socket?.end(head + " ".repeat(size - head.length));
    });

    size = 1024;
    expect((await subscribe({ address: endpoint.url })).status).toBe(200);
    size = 1025;
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-525");
    size = 100_000;
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-525");
  });

  test("counts the framing of a chunked answer", async ({ subscribe, expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
      response.setHeader("Content-Type", "application/json");
      for (let count = 0; count < 200; count++) response.write(" ");
      response.end();
    });
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-525");
  });

  test("fails a handshake that is not HTTP", async ({ subscribe, expect }) => {
    await using endpoint = await rawEndpoint("SSH-2.0-OpenSSH_9.6\r\n");
    expect((await subscribe({ address: endpoint.url })).code).toBe("SUB-525");
  });
});

test("calls the address that was checked, even if the name resolves differently later", async ({
  expect,
}) => {
  await using endpoint = await httpEndpoint(goodHandshake);
  const answers = [[{ address: "127.0.0.1", family: 4 }], [{ address: "192.0.2.1", family: 4 }]];
  const lookup = async () => answers.shift() ?? [];
  const settings = { allowRemoteDeliveries: true };
  const address = `http://rebound.example:${endpoint.port}/`;
  const created = await createAlone(address, { lookup, settings });

  expect(created).toMatchObject({ status: "Active" });
  expect(answers).toHaveLength(1);
});

for (const name of ["localhost", "hook.localhost", "evil.example%2eLOCALHOST"]) {
  test(`does not look up ${name}`, async ({ expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const asked: string[] = [];
    const lookup = async (hostname: string) => {
      asked.push(hostname);
      return [{ address: "192.0.2.1", family: 4 }];
    };
    const created = await createAlone(`http://${name}:${endpoint.port}/`, { lookup });
    expect([created, asked]).toEqual([expect.objectContaining({ status: "Active" }), []]);
  });
}

/** Creates a subscription on an emulator of its own and returns the answer's body. */
async function createAlone(
  address: string,
  options: Omit<Parameters<typeof createEmulator>[0], "clock">,
): Promise<unknown> {
  const emulator = createEmulator({ clock: { now: () => start }, ...options });
  const login = await emulator.fetch(
    new Request("http://127.0.0.1/restapi/oauth/token", {
      method: "POST",
      headers: { Authorization: basic },
      body: new URLSearchParams({ grant_type: jwtGrant, assertion: "user-1" }),
    }),
  );
  const { access_token } = (await login.json()) as { access_token: string };
  const response = await emulator.fetch(
    new Request(`http://127.0.0.1${platform}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        eventFilters: ["/team-messaging/v1/posts"],
        deliveryMode: { transportType: "WebHook", address },
      }),
    }),
  );
  return response.json();
}
