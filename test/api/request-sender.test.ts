import { createServer } from "node:net";
import { describe, test } from "vitest";
import { ApiError, DeadlineError, maybeProcessed, NetworkError } from "../../src/api/errors.ts";
import type { Transport } from "../../src/api/http.ts";
import { extensionOperation } from "../../src/api/operations.ts";
import { createQuota } from "../../src/api/quota.ts";
import { createRequestSender, type RequestSender } from "../../src/api/request-sender.ts";
import { createMemoryQuotaStore } from "../../src/config/quota-store.ts";
import { ExitCode } from "../../src/errors.ts";
import { createRedactor } from "../../src/machine/redact.ts";
import type { ReceivedRequest, ScriptedAnswer } from "../support/scripted-server.ts";
import {
  collection,
  connect,
  createClock,
  createRequest,
  type FakeClock,
  failureOf,
  refusal,
  startPlatform,
  startTime,
  subscription,
} from "./kit.ts";

/** Answers requests to the API in turn, then as usual; OAuth requests always as usual. */
function inTurn(...answers: readonly ScriptedAnswer[]) {
  const left = [...answers];
  return ({ path }: ReceivedRequest) =>
    path.startsWith("/restapi/oauth") ? undefined : left.shift();
}

/** Answers the token endpoint in turn, then as usual. */
function tokenInTurn(...answers: readonly ScriptedAnswer[]) {
  const left = [...answers];
  return ({ path }: ReceivedRequest) => (path.endsWith("/token") ? left.shift() : undefined);
}

const broken: readonly ScriptedAnswer[] = [
  { status: 500 },
  { status: 502, body: "<html><title>Bad gateway</title></html>" },
  { status: 503, body: "null" },
  { drop: "before" },
  { drop: "within", body: { records: [] } },
  { body: "" },
  { body: "<html>Please sign in to the hotel's network</html>" },
];

test("a store that takes all the time lets nothing be sent", async ({ expect }) => {
  await using platform = await startPlatform();
  const store = createMemoryQuotaStore();
  const clock = createClock();
  const { client } = await connect(platform.url, {
    clock,
    quotas: {
      ...store,
      async change(name, edit) {
        await clock.sleep(100_000);
        return store.change(name, edit);
      },
    },
  });

  const failure = await failureOf(client.list("platform"));

  expect(failure).toBeInstanceOf(DeadlineError);
  expect(failure).toMatchObject({
    message: "Could not sign in: the run's deadline has passed.",
    exitCode: ExitCode.unavailable,
  });
  expect(platform.requests).toEqual([]);
});

describe("a lost answer", () => {
  test.for(broken.map((answer) => [JSON.stringify(answer), answer] as const))(
    "%s to GET, PUT, DELETE and renew is tried again after 2 s and after 4 s",
    async ([, answer], { expect }) => {
      const change = { eventFilters: ["/restapi/v1.0/glip/posts"], expiresIn: 60 };
      for (const operation of ["list", "read", "update", "renew", "delete"] as const) {
        if (operation === "delete" && answer.body === "" && !answer.status) {
          continue; // The answer to DELETE has no expected body.
        }
        await using platform = await startPlatform(inTurn(answer, answer));
        const { client, clock } = await connect(platform.url);

        if (operation === "list") await client.list("platform");
        else if (operation === "update") await client.update("platform", "a", change);
        else await client[operation]("platform", "a");

        expect(clock.sleeps).toEqual([2000, 4000]);
        expect(platform.requests).toHaveLength(4);
      }
    },
  );

  test.for(broken.map((answer) => [JSON.stringify(answer), answer] as const))(
    "%s to create is not tried again and is reported as possibly processed",
    async ([, answer], { expect }) => {
      await using platform = await startPlatform(inTurn(answer));
      const { client, clock } = await connect(platform.url);

      const error = await failureOf(client.create("platform", createRequest));

      expect(error).toMatchObject({ exitCode: ExitCode.unavailable });
      expect(maybeProcessed(error)).toBe(true);
      expect(platform.requests).toHaveLength(2);
      expect(clock.sleeps).toEqual([]);
    },
  );

  test("three times in a row ends with the last failure, exit 5", async ({ expect }) => {
    await using platform = await startPlatform(inTurn(...Array(9).fill({ status: 503 })));
    const { client, clock } = await connect(platform.url);

    expect(await failureOf(client.list("platform"))).toMatchObject({
      status: 503,
      code: "HTTP_503",
      exitCode: ExitCode.unavailable,
    });
    expect(clock.sleeps).toEqual([2000, 4000]);
    expect(platform.requests).toHaveLength(4);
  });

  test("is tried again after a pause that jitter shortens by at most a quarter", async ({
    expect,
  }) => {
    await using platform = await startPlatform(inTurn({ status: 500 }, { status: 500 }));
    const { client, clock } = await connect(platform.url, { random: () => 1 });

    await client.list("platform");

    expect(clock.sleeps).toEqual([1500, 3000]);
  });

  test("is reported with the pause", async ({ expect }) => {
    await using platform = await startPlatform(inTurn({ status: 500, body: "" }));
    const { client, progress } = await connect(platform.url);

    await client.list("platform");

    expect(progress).toEqual([
      "Trying again in 2 s: RingCentral could not list the subscriptions: Internal Server Error (HTTP 500)",
    ]);
  });

  test('to DELETE followed by "not found" means that it was deleted', async ({ expect }) => {
    const gone = refusal(404, "CMN-102", "Resource for parameter [subscriptionId] is not found");
    await using platform = await startPlatform(inTurn({ drop: "before" }, gone));
    const { client } = await connect(platform.url);

    expect(await client.delete("platform", "a")).toBeUndefined();
  });

  test("to DELETE may be a page: exit 5, and it may be deleted", async ({ expect }) => {
    const page = { body: "<html>Please sign in to the hotel's network</html>" };
    await using platform = await startPlatform(inTurn(page, page, page));
    const { client } = await connect(platform.url);

    const error = await failureOf(client.delete("platform", "a"));

    expect(error).toMatchObject({ exitCode: ExitCode.unavailable, code: "NETWORK" });
    expect(maybeProcessed(error)).toBe(true);
  });

  test.for(["", "{}"])('to DELETE is not assumed for "%s"', async (body, { expect }) => {
    await using platform = await startPlatform(inTurn({ body }));
    const { client } = await connect(platform.url);

    expect(await client.delete("platform", "a")).toBeUndefined();
    expect(platform.requests).toHaveLength(2);
  });

  test("to the end of the session may be a page", async ({ expect }) => {
    await using platform = await startPlatform(({ path }) =>
      path.endsWith("/revoke") ? { body: "<html>Sign in</html>" } : undefined,
    );
    const { client } = await connect(platform.url);
    await client.session();

    expect(await failureOf(client.signOut())).toMatchObject({ exitCode: ExitCode.unavailable });
  });

  test('is not assumed for an immediate "not found": nothing existed', async ({ expect }) => {
    await using platform = await startPlatform(
      inTurn(refusal(404, "CMN-102", "Resource for parameter [subscriptionId] is not found")),
    );
    const { client } = await connect(platform.url);

    expect(await failureOf(client.delete("platform", "a"))).toMatchObject({
      exitCode: ExitCode.notFound,
    });
  });

  test.for([400, 403, 404, 405, 408, 409, 415] as const)(
    "is not assumed for HTTP %i, which is not tried again",
    async (status, { expect }) => {
      await using platform = await startPlatform(inTurn({ status }));
      const { client } = await connect(platform.url);

      expect(await failureOf(client.list("platform"))).toMatchObject({ status });
      expect(platform.requests).toHaveLength(2);
    },
  );

  test("may hide a created subscription if it has another shape", async ({ expect }) => {
    await using platform = await startPlatform(inTurn({ body: {} }));
    const { client } = await connect(platform.url);

    expect(maybeProcessed(await failureOf(client.create("platform", createRequest)))).toBe(true);
  });

  test("is not assumed for a refusal: the request was not processed", async ({ expect }) => {
    await using platform = await startPlatform(inTurn(refusal(400, "SUB-521", "Not reachable")));
    const { client } = await connect(platform.url);

    expect(maybeProcessed(await failureOf(client.create("platform", createRequest)))).toBe(false);
  });
});

describe("a connection that failed to open", () => {
  test("is tried again for any method, including create", async ({ expect }) => {
    const { client, clock } = await connect(`http://127.0.0.1:${await freePort()}`, {
      cache: await signedInCache(),
    });

    const error = await failureOf(client.create("platform", createRequest));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      exitCode: ExitCode.unavailable,
      code: "NETWORK",
      message: expect.stringMatching(
        /^Could not create the subscription: nothing listens at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\.$/,
      ),
      hint: expect.stringContaining("`rcwh doctor`"),
    });
    expect(maybeProcessed(error)).toBe(false);
    expect(clock.sleeps).toEqual([2000, 4000]);
  });

  test("is tried again for a login", async ({ expect }) => {
    const { client, clock } = await connect(`http://127.0.0.1:${await freePort()}`);

    expect(await failureOf(client.list("platform"))).toMatchObject({
      message: expect.stringContaining("Could not sign in: nothing listens"),
    });
    expect(clock.sleeps).toEqual([2000, 4000]);
  });
});

describe("a connection that is untrusted or forbidden", () => {
  test("is not tried again", async ({ expect }) => {
    for (const code of ["CERTIFICATE", "PROXY"]) {
      const clock = createClock();
      const refused = new NetworkError("ask", "no", { code });
      const sender = senderOver(clock, () => Promise.reject(refused));

      expect(await failureOf(sender.send(extensionOperation, getRequest))).toBe(refused);
      expect(clock.sleeps).toEqual([]);
    }
  });
});

describe("a best-effort request", () => {
  test("takes five seconds and one try at most, whatever --timeout says", async ({ expect }) => {
    const timeouts: number[] = [];
    const sender = senderOver(createClock(), async (_request, { timeout }) => {
      timeouts.push(timeout);
      throw new NetworkError("ask", "no");
    });

    await failureOf(sender.sendOnce(extensionOperation, getRequest));

    expect(timeouts).toEqual([5000]);
  });
});

describe("the token endpoint", () => {
  test.for([
    [{ status: 500 }],
    [{ status: 502 }],
    [{ status: 503 }],
    [{ drop: "before" }],
    [{ drop: "within", body: { access_token: "x" } }],
    [{ body: "" }],
  ] as const)(
    "gets one request if it answers %o: each login is a session",
    async ([answer], { expect }) => {
      await using platform = await startPlatform(tokenInTurn(answer));
      const { client, clock } = await connect(platform.url);

      expect(await failureOf(client.list("platform"))).toMatchObject({
        exitCode: ExitCode.unavailable,
      });
      expect(platform.requests).toHaveLength(1);
      expect(clock.sleeps).toEqual([]);
    },
  );

  test("gets another request after its Retry-After with 503 and 429", async ({ expect }) => {
    for (const status of [503, 429]) {
      await using platform = await startPlatform(
        tokenInTurn({ status, headers: { "Retry-After": "7" } }),
      );
      const { client, clock } = await connect(platform.url);

      await client.list("platform");

      expect(clock.sleeps).toEqual([7000]);
      expect(platform.counts.logins).toBe(1);
    }
  });

  test("that grants nothing gives an answer of another shape", async ({ expect }) => {
    for (const body of ["null", "{}", '{"access_token":""}', "[]"]) {
      await using platform = await startPlatform(tokenInTurn({ body }));
      const { client, tokens } = await connect(platform.url);

      expect(await failureOf(client.list("platform"))).toMatchObject({ code: "UNEXPECTED_ANSWER" });
      expect(tokens.entries.size).toBe(0);
    }
  });
});

describe("a 429", () => {
  const limited = (headers: Record<string, string>): ScriptedAnswer => ({
    ...refusal(429, "CMN-301", "Request rate exceeded"),
    headers,
  });
  const plan = { "X-Rate-Limit-Group": "light", "X-Rate-Limit-Limit": "50" };

  test("is followed by a wait for the whole Retry-After, for create too", async ({ expect }) => {
    await using platform = await startPlatform(
      inTurn(limited({ ...plan, "Retry-After": "17" }), { body: subscription("b") }),
    );
    const { client, clock, progress } = await connect(platform.url);

    await client.create("platform", createRequest);

    expect(clock.sleeps).toEqual([17_000]);
    expect(progress).toEqual(["Waiting 17 s: RingCentral's rate limit."]);
  });

  test("with an HTTP date is followed by a wait by the server's clock", async ({ expect }) => {
    await using platform = await startPlatform(
      inTurn(
        limited({
          ...plan,
          Date: "Sun, 01 Jan 2023 00:00:00 GMT",
          "Retry-After": "Sun, 01 Jan 2023 00:00:42 GMT",
        }),
      ),
    );
    const { client, clock } = await connect(platform.url);

    await client.list("platform");

    expect(clock.sleeps).toEqual([42_000]);
  });

  test("without Retry-After is followed by a minute's wait", async ({ expect }) => {
    await using platform = await startPlatform(inTurn(limited(plan)));
    const { client, clock } = await connect(platform.url);

    await client.list("platform");

    expect(clock.sleeps).toEqual([60_000]);
  });

  test("stops its own group and no other", async ({ expect }) => {
    await using platform = await startPlatform(inTurn(limited({ ...plan, "Retry-After": "60" })));
    const { client, clock } = await connect(platform.url, { deadlineAt: startTime + 30_000 });
    await failureOf(client.list("platform"));

    await client.create("platform", createRequest);
    expect(await failureOf(client.read("platform", "a"))).toBeInstanceOf(DeadlineError);

    expect(platform.log().slice(1)).toEqual([`GET ${collection}`, `POST ${collection}`]);
    expect(clock.sleeps).toEqual([]);
  });

  test("without rate headers stops everything", async ({ expect }) => {
    await using platform = await startPlatform(inTurn(limited({ "Retry-After": "60" })));
    const { client } = await connect(platform.url, { deadlineAt: startTime + 30_000 });
    await failureOf(client.list("platform"));

    const error = await failureOf(client.create("platform", createRequest));

    expect(error).toMatchObject({
      code: "DEADLINE",
      exitCode: ExitCode.unavailable,
      retryAfter: 60,
      message:
        "Could not create the subscription before the run's deadline: RingCentral's rate limit asks to wait 60 s.",
    });
    expect(platform.requests).toHaveLength(2);
  });

  test("ends the run at once if the wait exceeds the deadline", async ({ expect }) => {
    await using platform = await startPlatform(inTurn(limited({ ...plan, "Retry-After": "91" })));
    const { client, clock } = await connect(platform.url);

    const error = await failureOf(client.list("platform"));

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: "CMN-301",
      status: 429,
      exitCode: ExitCode.unavailable,
      retryAfter: 91,
      hint: "Run the command again in 91 s, or allow it more time, such as `--deadline 7m`.",
    });
    expect(clock.sleeps).toEqual([]);
  });

  test("tells a long wait in minutes and hours, to programs in seconds", async ({ expect }) => {
    await using platform = await startPlatform(inTurn(limited({ ...plan, "Retry-After": "7200" })));
    const { client } = await connect(platform.url);

    expect(await failureOf(client.list("platform"))).toMatchObject({
      retryAfter: 7200,
      hint: "Run the command again in 2 h, or allow it more time, such as `--deadline 3h`.",
    });
  });

  test("three times in a row ends with exit 5", async ({ expect }) => {
    const answer = limited({ ...plan, "Retry-After": "2" });
    await using platform = await startPlatform(inTurn(answer, answer, answer, answer));
    const { client, clock } = await connect(platform.url);

    expect(await failureOf(client.list("platform"))).toMatchObject({ status: 429, retryAfter: 2 });
    expect(clock.sleeps).toEqual([2000, 2000]);
  });
});

describe("before the limit", () => {
  test("the group waits for the next window once nothing remains", async ({ expect }) => {
    await using platform = await startPlatform(
      inTurn({
        headers: {
          "X-Rate-Limit-Group": "light",
          "X-Rate-Limit-Remaining": "0",
          "X-Rate-Limit-Window": "30",
        },
        body: { records: [] },
      }),
    );
    const { client, clock } = await connect(platform.url);
    await client.list("platform");
    clock.advance(10_000);

    await client.create("platform", createRequest);
    expect(clock.sleeps).toEqual([]);

    await client.list("platform");
    expect(clock.sleeps).toEqual([20_000]);
  });
});

describe("the deadline", () => {
  test("shortens every pause that would exceed it", async ({ expect }) => {
    await using platform = await startPlatform(inTurn({ status: 500 }, { status: 500 }));
    const { client, clock } = await connect(platform.url, { deadlineAt: startTime + 1999 });

    expect(await failureOf(client.list("platform"))).toMatchObject({ status: 500 });
    expect(clock.sleeps).toEqual([]);
  });

  test("stops all further requests", async ({ expect }) => {
    await using platform = await startPlatform();
    const { client, clock } = await connect(platform.url);
    clock.advance(90_000);

    expect(await failureOf(client.list("platform"))).toMatchObject({
      code: "DEADLINE",
      exitCode: ExitCode.unavailable,
      message: "Could not sign in: the run's deadline has passed.",
    });
    expect(platform.requests).toEqual([]);
  });

  test("ends a running request", async ({ expect }) => {
    await using platform = await startPlatform(inTurn({ hang: true }));
    const { client } = await connect(platform.url, { deadlineAt: startTime + 80 });

    expect(await failureOf(client.list("platform"))).toMatchObject({
      code: "DEADLINE",
      exitCode: ExitCode.unavailable,
      hint: expect.stringContaining("--deadline"),
    });
  });
});

describe("an interruption", () => {
  test("ends a running request with the signal's reason", async ({ expect }) => {
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    await using platform = await startPlatform(({ path }) => {
      if (path !== collection) return undefined;
      setTimeout(() => controller.abort(reason), 20);
      return { hang: true };
    });
    const { client } = await connect(platform.url, { signal: controller.signal });

    expect(await failureOf(client.list("platform"))).toBe(reason);
    expect(Object.keys(reason)).toEqual([]);
  });

  test("ends a wait with the signal's reason", async ({ expect }) => {
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    await using platform = await startPlatform(inTurn({ status: 500 }));
    const { client } = await connect(platform.url, {
      signal: controller.signal,
      progress: () => controller.abort(reason),
    });

    expect(await failureOf(client.list("platform"))).toBe(reason);
  });

  test("stops all further requests", async ({ expect }) => {
    const reason = new Error("Ctrl-C");
    await using platform = await startPlatform();
    const { client } = await connect(platform.url, { signal: AbortSignal.abort(reason) });

    expect(await failureOf(client.list("platform"))).toBe(reason);
    expect(platform.requests).toEqual([]);
  });
});

const getRequest = { method: "GET", path: "/", headers: {}, body: undefined };

function senderOver(clock: FakeClock, exchange: Transport["exchange"]): RequestSender {
  return createRequestSender({
    transport: { exchange, close: () => {} },
    quota: createQuota({
      clock,
      store: createMemoryQuotaStore(),
      server: "https://platform.ringcentral.com",
      user: "ada",
    }),
    redactor: createRedactor(),
    clock,
    signal: new AbortController().signal,
    timeout: 60_000,
    deadlineAt: () => Number.POSITIVE_INFINITY,
    progress: undefined,
    trace: undefined,
    random: () => 0,
  });
}

async function signedInCache() {
  await using platform = await startPlatform();
  const { client, tokens } = await connect(platform.url);
  await client.session();
  return tokens;
}

/** A port without a listener. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
