import fc from "fast-check";
import { describe, test } from "vitest";
import { createRedactor } from "../../src/api/redact.ts";
import {
  collection,
  connect,
  createRequest,
  failureOf,
  secrets,
  startOfTime,
  startPlatform,
} from "./kit.ts";

describe("the redactor", () => {
  test.for([
    ["Authorization: Bearer U0pDMTFQMDFQQVMwMHxBQURk", "Authorization: Bearer [redacted]"],
    ["Basic Y2xpZW50OnNlY3JldC1vZi1hcHA=", "Basic [redacted]"],
    ["Use Basic authentication", "Use Basic authentication"],
    ["JWT eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln is invalid", "JWT [redacted] is invalid"],
    ["access_token=abc&x=1", "access_token=[redacted]&x=1"],
    ['bad {"verificationToken":"a b"}', 'bad {"verificationToken":[redacted]}'],
    [
      "Parameter [verificationToken] value is invalid",
      "Parameter [verificationToken] value is invalid",
    ],
    ["See https://example.com/a?key=1#x now", "See https://example.com/a?… now"],
    ["See https:\\/\\/example.com\\/a?key=1 now", "See https:\\/\\/example.com\\/a?… now"],
    ["See https://user:pass@example.com/a", "See https://[redacted]@example.com/a"],
    ["filter /restapi/v1.0/a/instant?type=SMS", "filter /restapi/v1.0/a/instant?type=SMS"],
    ["a\r\n\u001b[31mb\u001b]0;owned\u0007\u001bc", "a b c"],
    ['bad {"secretKey":"sec-c"}', 'bad {"secretKey":[redacted]}'],
  ] as const)("makes of “%s” “%s”", ([text, expected], { expect }) => {
    expect(createRedactor().text(text)).toBe(expected);
  });

  test("knows the members of a JSON body whose value is secret, at any depth", ({ expect }) => {
    const body = JSON.stringify({
      access_token: "a",
      nested: [{ verificationToken: "b", validationToken: null, refreshToken: 5 }],
      deliveryMode: { address: 'https://example.com/a?key="c d"' },
      pubNub: { encryptionKey: "e", secretKey: "s", subscriberKey: "sub-c" },
      expires_in: 3600,
    });

    expect(createRedactor().body(body)).toBe(
      '{"access_token":"[redacted]","nested":[{"verificationToken":"[redacted]","validationToken":null,"refreshToken":"[redacted]"}],"deliveryMode":{"address":"https://example.com/a?…"},"pubNub":{"encryptionKey":"[redacted]","secretKey":"[redacted]","subscriberKey":"sub-c"},"expires_in":3600}',
    );
  });

  test("knows the fields of a form", ({ expect }) => {
    expect(
      createRedactor().body("grant_type=x%3Ay&assertion=secret&token=t%20=1&client_id=me"),
    ).toBe("grant_type=x%3Ay&assertion=[redacted]&token=[redacted]&client_id=me");
  });

  test("survives bodies that only look like JSON, or are nested without end", ({ expect }) => {
    const { body } = createRedactor();

    expect(body("{ not JSON\n")).toBe("{ not JSON");
    expect(body("[".repeat(60_000) + "]".repeat(60_000))).toMatch(/^\[+…?/);
    expect(body("")).toBe("");
  });

  test("takes linear time with hostile text", ({ expect }) => {
    const startedAt = performance.now();
    createRedactor().text("http://".repeat(500_000));
    createRedactor().text("eyJaaaaaa".repeat(500_000));
    createRedactor().text("Bearer ".repeat(500_000));

    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test("finds a known secret that an escape sequence begins in front of, or cuts in two", ({
    expect,
  }) => {
    const redactor = createRedactor();
    redactor.add("s3cret-of-the-app");

    expect(redactor.text("a \u001b[s3cret-of-the-app")).not.toContain("3cret-of-the-app");
    expect(redactor.text("a s3cret-\u001b[0mof-the-app")).toBe("a [redacted]");
  });

  test("leaves nothing of a known secret, wherever and however it is spelled", ({ expect }) => {
    const secretText = fc.string({ minLength: 8, maxLength: 40, unit: "binary" }).filter(
      // What the placeholder holds anyway, and what is nothing but white space, is no secret.
      (text) =>
        !"[redacted]".includes(text.trim()) && text.replace(/[\p{Cc}\p{Cf}\s]/gu, "").length >= 8,
    );
    fc.assert(
      fc.property(secretText, fc.string(), fc.string(), (secret, before, after) => {
        const redactor = createRedactor();
        redactor.add(secret);
        const spellings = [
          secret,
          encodeURIComponent(Buffer.from(secret).toString()),
          JSON.stringify(secret).slice(1, -1),
        ];
        for (const spelling of spellings) {
          expect(redactor.text(`${before}${spelling}${after}`)).not.toContain(spelling.trim());
          expect(redactor.body(`${before}=${spelling}&${after}`)).not.toContain(spelling.trim());
        }
        const json = redactor.body(
          JSON.stringify({ [before]: [secret, { [after]: `x${secret}` }] }),
        );
        expect(json).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
    );
  });
});

describe("a trace", () => {
  test("is one line per request and per answer", async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path === `${collection}/a`
        ? { status: 404, headers: { RCRequestId: "request-1" }, body: '{"errorCode":\n"CMN-102"}' }
        : undefined,
    );
    const { client, trace } = await connect(platform.url);

    await failureOf(client.read("platform", "a"));

    expect(trace).toEqual([
      "→ POST /restapi/oauth/token grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=[redacted]",
      '← 200 in 0 ms {"access_token":"[redacted]","token_type":"bearer","expires_in":3600,"scope":"SubscriptionWebhook ReadAccounts","owner_id":"101"}',
      "→ GET /restapi/v1.0/subscription/a",
      '← 404 in 0 ms RCRequestId=request-1 {"errorCode":"CMN-102"}',
    ]);
  });

  test("tells of a request without an answer", async ({ expect }) => {
    await using platform = await startPlatform(() => ({ drop: "before" }));
    const { client, trace } = await connect(platform.url);

    await failureOf(client.signIn());

    expect(trace[1]).toMatch(/^← Could not sign in: 127\.0\.0\.1:\d+ closed the connection/);
  });

  test("and messages hold no secret, although the server echoes all of them everywhere", async ({
    expect,
  }) => {
    const all = [
      secrets.clientSecret,
      secrets.jwt,
      secrets.verificationToken,
      secrets.query,
      "access-token-1",
      "refresh-token-1",
      "access-token-2",
      Buffer.from(`client:${secrets.clientSecret}`).toString("base64"),
    ];
    const echo = [
      ...all,
      ...all.map(encodeURIComponent),
      `https://example.com/hook?key=${secrets.query}`,
    ]
      // The server knows the address with its query only; the bare key could be any word.
      .filter((text) => text !== secrets.query && text !== encodeURIComponent(secrets.query))
      .join(" · ");
    await using platform = await startPlatform(
      ({ path, method }) => {
        if (path.startsWith("/restapi/oauth")) return undefined;
        if (method === "GET") return undefined;
        const answers = [
          {
            errorCode: echo.slice(0, 50),
            message: echo,
            errors: [{ message: echo, parameterName: echo }],
          },
          { error: "x", error_description: JSON.stringify({ accessToken: echo }) },
        ];
        const body = answers[Math.floor(platform.requests.length % 2)] ?? {};
        return {
          status: method === "DELETE" ? 500 : 400,
          headers: { RCRequestId: encodeURIComponent(echo) },
          body: method === "PUT" ? `<html><title>${echo}</title>${echo}` : body,
        };
      },
      { refreshTokens: true },
    );
    const { client, clock, trace, progress } = await connect(platform.url, {
      deadlineAt: Number.POSITIVE_INFINITY,
    });
    const errors: unknown[] = [];

    await client.list("platform");
    clock.advance(3_600_000);
    await client.list("platform");
    for (let time = 0; time < 2; time += 1) {
      errors.push(await failureOf(client.create("platform", createRequest)));
      errors.push(await failureOf(client.renew("platform", "a")));
      errors.push(
        await failureOf(client.update("platform", "a", { eventFilters: [], expiresIn: 1 })),
      );
      errors.push(await failureOf(client.delete("platform", "a")));
    }
    await client.signOut();

    const shown = [
      ...trace,
      ...progress,
      ...errors.map((error) => `${(error as Error).stack} ${JSON.stringify(error)}`),
    ].join("\n");
    expect(trace.length).toBeGreaterThan(20);
    expect(clock.now()).toBeGreaterThan(startOfTime);
    for (const secret of all) {
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(encodeURIComponent(secret));
      expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });
});
