import { describe, test } from "vitest";
import {
  collection,
  connect,
  createRequest,
  failureOf,
  secrets,
  startPlatform,
  startTime,
} from "./kit.ts";

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

  test("shows a request without an answer", async ({ expect }) => {
    await using platform = await startPlatform(() => ({ drop: "before" }));
    const { client, trace } = await connect(platform.url);

    await failureOf(client.signIn());

    expect(trace[1]).toMatch(/^← Could not sign in: 127\.0\.0\.1:\d+ closed the connection/);
  });

  test("and messages contain no secret, although the server echoes all of them everywhere", async ({
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
      // The server sees the address with its query only; the bare key could be any word.
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
    expect(clock.now()).toBeGreaterThan(startTime);
    for (const secret of all) {
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(encodeURIComponent(secret));
      expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });
});
