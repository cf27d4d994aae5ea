import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { ExitCode, Interruption } from "../../src/errors.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";
import { now, test } from "../support/rcwh.ts";
import {
  answerList,
  ownFilters,
  putBodies,
  remaining,
  subscribe,
  subscription,
  takeRequests,
  withoutProgress,
} from "../support/subscriptions.ts";

const collection = "/restapi/v1.0/subscription";
const list = `GET ${collection}`;
const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
const tenYears = 315_360_000;
const week = 604_800;
const quietSuccess = { exitCode: ExitCode.ok, stdout: "", stderr: "" };

interface PrintedResult {
  readonly id: string;
  readonly outcome: string;
  readonly subscription?: Subscription;
  readonly error?: { readonly code: string; readonly exitCode: number; readonly message: string };
}

function resultsIn(stdout: string): readonly PrintedResult[] {
  return (JSON.parse(stdout) as { readonly results: readonly PrintedResult[] }).results;
}

describe("rcwh renew renews", () => {
  test("nothing that is not due, after one list request", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    expect(await rcwh("renew")).toEqual({ ...quietSuccess, stderr: "1 not due.\n" });
    expect(takeRequests(emulator)).toEqual([list]);
    expect(await rcwh("renew -q")).toEqual(quietSuccess);
    expect(takeRequests(emulator)).toEqual([list]);
  });

  test("nothing if there are no subscriptions", async ({ rcwh, expect }) => {
    expect(await rcwh("renew", { tty: true })).toEqual({
      ...quietSuccess,
      stderr: "No subscriptions.\n",
    });
    expect(await rcwh("renew -q")).toEqual(quietSuccess);
    expect(await rcwh("renew --filter glip/*")).toEqual({
      ...quietSuccess,
      stderr: "No subscription matches.\n",
    });
  });

  test("in the last 48 hours of an unrecorded lifetime", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.clock.advance(5 * day - 2 * second);
    expect(await rcwh("renew")).toEqual({ ...quietSuccess, stderr: "1 not due.\n" });
    emulator.clock.advance(2 * second);
    takeRequests(emulator);
    expect(await rcwh("renew")).toEqual({
      exitCode: ExitCode.ok,
      stdout: `${id}\trenewed\t2026-12-04T12:00:00.000Z\t${"http://127.0.0.1:50100/hook"}\t${ownFilters.posts}\tenvironment\t\t\n`,
      stderr: "1 renewed.\n",
    });
    expect(takeRequests(emulator)).toEqual([list, `POST ${collection}/${id}/renew`, list]);
    expect(remaining(emulator)).toEqual([week]);
  });

  test("in the last third of a recorded lifetime", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 30d`);
    emulator.clock.advance(20 * day - 2 * second);
    expect((await rcwh("renew")).stderr).toBe("1 not due.\n");
    emulator.clock.advance(2 * second);
    expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
    expect(remaining(emulator)).toEqual([30 * 86_400]);
  });

  test("what expires within the given time", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    expect((await rcwh("renew --within 167h")).stderr).toBe("1 not due.\n");
    expect((await rcwh("renew --within 168h")).stderr).toBe("1 renewed.\n");
    expect((await rcwh("renew --within 6d --filter team-messaging/*")).stderr).toBe("1 not due.\n");
  });

  test("what is named, due or not", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const result = await rcwh(["renew", id], { tty: true, columns: 120 });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 renewed.
      ",
        "stdout": "ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  renewed  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(result.stderr).toBe("\u001b[?7lRenewing 1 of 1\u001b[?7h\r\u001b[K1 renewed.\n");
    expect((await rcwh(`renew ${endpoint.url}`)).stderr).toBe("2 renewed.\n");
    expect((await rcwh("renew --filter */instant*")).stderr).toBe("1 renewed.\n");
    expect((await rcwh("renew --all")).stderr).toBe("2 renewed.\n");
  });

  test("for the requested lifetime", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    expect((await rcwh("renew --all --expires-in 30d")).stderr).toBe("1 renewed.\n");
    expect(putBodies(emulator)).toEqual([
      { eventFilters: [ownFilters.posts], expiresIn: 30 * 86_400 },
    ]);
    emulator.clock.advance(21 * day);
    expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
    expect(remaining(emulator)).toEqual([30 * 86_400]);
    await rcwh("renew --all --expires-in max");
    expect(remaining(emulator)).toEqual([tenYears]);
    await rcwh("renew --all --expires-in 2026-12-25T00:00:00Z");
    expect(remaining(emulator)).toEqual([tenYears]);
  });

  test("for at least twice a reminder's threshold", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const eventFilters = [
      ownFilters.posts,
      "/restapi/v1.0/subscription/~?threshold=864000&interval=3600",
    ];
    await subscribe(emulator, endpoint.url, { eventFilters, expiresIn: 30 * 86_400 });
    await emulator.clock.advance(29 * day);
    expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
    expect(remaining(emulator)).toEqual([20 * 86_400]);
  });

  test("webinar subscriptions through their own API", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url, {
      api: "webinar",
      eventFilters: ["/webinar/runtime/v1/company/sessions/state"],
    });
    takeRequests(emulator);
    expect((await rcwh("renew --all --api webinar")).stderr).toBe("1 renewed.\n");
    expect(takeRequests(emulator)).toEqual([
      "GET /webinar/notifications/v1/subscriptions",
      `POST /webinar/notifications/v1/subscriptions/${id}/renew`,
      "GET /webinar/notifications/v1/subscriptions",
    ]);
  });

  test("no WebSocket subscription", async ({ emulator, rcwh, expect }) => {
    const socket = subscription("50c4e7", {
      hours: 1,
      deliveryMode: { transportType: "WebSocket", encryption: false },
    });
    answerList(emulator, [socket]);
    expect(await rcwh("renew")).toEqual({ ...quietSuccess, stderr: "1 skipped.\n" });
    expect(await rcwh("renew 50c4 --max-changes 0 -q")).toEqual(quietSuccess);
    expect((await rcwh("renew 50c4 --dry-run")).stderr).toBe(
      "50c4e700-1111-4111-8111-111111111111 (/team-messaging/v1/posts) is a WebSocket subscription: RingCentral keeps it alive while its connection is open. Skipped.\n1 skipped.\n",
    );
    const { stdout } = await rcwh("renew --all --json");
    expect(resultsIn(stdout).map(({ outcome }) => outcome)).toEqual(["skipped"]);
    expect(takeRequests(emulator)).toEqual([list, list, list, list]);
  });
});

for (const lifetimeOnRenewal of ["default", "unchanged"] as const) {
  describe(`rcwh renew, when a plain renewal sets the ${lifetimeOnRenewal} lifetime, keeps`, () => {
    test.override("emulatorSettings", { lifetimeOnRenewal });

    test("a recorded lifetime of 10 years", async ({ emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 10y`);
      expect((await rcwh("renew")).stderr).toBe("1 not due.\n");
      expect((await rcwh("renew --all")).stderr).toBe("1 renewed.\n");
      expect(remaining(emulator)).toEqual([tenYears]);
      emulator.clock.advance(tenYears * second - day);
      expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
      expect(remaining(emulator)).toEqual([tenYears]);
    });

    test("an unrecorded lifetime of 10 years", async ({ emulator, endpoint, rcwh, expect }) => {
      const id = await subscribe(emulator, endpoint.url, { expiresIn: tenYears });
      emulator.clock.advance(day);
      expect((await rcwh("renew")).stderr).toBe("1 not due.\n");
      expect((await rcwh("renew --all")).stderr).toBe("1 renewed.\n");
      expect((await rcwh(`renew ${id} --expires-in 7d`)).stderr).toBe("1 renewed.\n");
      // One more second than the server returns, for the fraction that it does not.
      expect(remaining(emulator)).toEqual([tenYears - 86_400]);
    });

    test("every fraction of a second of an unrecorded lifetime", async ({
      emulator,
      endpoint,
      rcwh,
      expect,
    }) => {
      await subscribe(emulator, endpoint.url, { expiresIn: 30 * 86_400 });
      const expiry = () => Date.parse(emulator.state().subscriptions[0]?.expirationTime ?? "");
      for (const milliseconds of [524, 300, 999, 1]) {
        const before = expiry();
        emulator.clock.advance(milliseconds);
        expect((await rcwh("renew --all -q")).exitCode).toBe(ExitCode.ok);
        expect(expiry()).toBeGreaterThanOrEqual(before);
      }
    });

    test("the default lifetime", async ({ emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url}`);
      emulator.clock.advance(6 * day);
      expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
      expect(remaining(emulator)).toEqual([week]);
    });
  });
}

describe("rcwh renew --dry-run after a replacement that was cut off", () => {
  test("previews what is left once it is finished", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const old = await subscribe(emulator, endpoint.url);
    const restore = emulator.intercept(
      ({ method }) => (method === "DELETE" ? new Response("", { status: 503 }) : undefined),
      Number.POSITIVE_INFINITY,
    );
    await rcwh(`update ${old} --url ${endpoint.url}/new --yes`);
    restore();
    const made = emulator.state().subscriptions.find(({ id }) => id !== old)?.id;
    emulator.clock.advance(6 * day);
    takeRequests(emulator);

    const preview = await rcwh("renew --dry-run --json");
    expect(resultsIn(preview.stdout)).toMatchObject([{ id: made, outcome: "would-renew" }]);
    expect((await rcwh("renew --dry-run")).stderr).toBe(
      `The run would first finish an earlier run's replacement: ${made} (http://127.0.0.1:50100/hook/new) replaces ${old}, which is deleted.\n1 would be renewed.\n`,
    );
    expect(new Set(takeRequests(emulator))).toEqual(new Set([list]));
    const { stdout } = await rcwh("renew --json");
    expect(resultsIn(stdout)).toMatchObject([{ id: made, outcome: "renewed" }]);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([made]);
  });
});

describe("rcwh renew keeps disabled filters", () => {
  const { sms } = ownFilters;
  const disabledFilters = [{ filter: sms, permission: "SMSReceiving" }];
  const both = [ownFilters.posts, ownFilters.sms];

  for (const listDisabledFilters of [true, false]) {
    test(`in the PUT, ${listDisabledFilters ? "listed among the others" : "listed apart"}`, async ({
      emulator,
      endpoint,
      rcwh,
      expect,
    }) => {
      emulator.configure({ users: { 1: { disabledFilters } }, listDisabledFilters });
      const id = await subscribe(emulator, endpoint.url, {
        eventFilters: [ownFilters.posts, sms],
        expiresIn: tenYears,
      });
      const { exitCode, stderr } = await rcwh("renew --all");
      expect(stderr.replaceAll(id, "<id>")).toMatchInlineSnapshot(`
        "1 renewed with disabled filters.
        attention: <id> (http://127.0.0.1:50100/hook): RingCentral disabled /restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS: Extension permission [SMSReceiving] is missing, SUB-412.
        hint: Give the app the permission ReadMessages, and the user's role the permission that RingCentral names; then run \`rcwh update <id> --add-filter 'account/~/extension/~/message-store/instant?type=SMS'\`.
        "
      `);
      expect(exitCode).toBe(ExitCode.attention);
      expect(putBodies(emulator)).toEqual([
        { eventFilters: expect.arrayContaining(both), expiresIn: tenYears },
      ]);
      emulator.configure({ users: {} });
      expect((await rcwh("renew --all -q")).exitCode).toBe(ExitCode.ok);
      expect(emulator.state().subscriptions[0]?.disabledFilters ?? []).toEqual([]);
    });
  }

  test("until the server refuses them, and names the ones it dropped", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({
      users: { 1: { disabledFilters } },
      disabledFilterOnUpdate: "reject",
    });
    const id = await subscribe(emulator, endpoint.url, {
      eventFilters: [ownFilters.posts, sms],
      expiresIn: tenYears,
    });
    const { exitCode, stdout, stderr } = await rcwh("renew --all", { tty: true, columns: 120 });
    expect(withoutProgress({ exitCode, stdout, stderr })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 degraded.
      attention: RingCentral refused to update the subscription 00000004-0000-4000-8000-000000000000
      (http://127.0.0.1:50100/hook): To call this API, user needs to have [SMSReceiving] permission (CMN-408). Renewed without
      /restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS; the next renewal tries again.
      hint: See \`rcwh show 00000004-0000-4000-8000-000000000000\`.
      ",
        "stdout": "ID                                    OUTCOME   EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  degraded  in 10 y  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(putBodies(emulator)).toEqual([
      { eventFilters: expect.arrayContaining(both), expiresIn: tenYears },
      { eventFilters: [ownFilters.posts], expiresIn: tenYears },
    ]);
    expect(remaining(emulator)).toEqual([tenYears]);
    expect(id).toBe(emulator.state().subscriptions[0]?.id);

    // The user got the permission: the next renewal requested the filter again.
    emulator.configure({ users: {} });
    expect((await rcwh("renew --all -q")).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions[0]?.eventFilters.toSorted()).toEqual(both.toSorted());
    const putsBefore = putBodies(emulator).length;
    expect((await rcwh("renew --all -q")).exitCode).toBe(ExitCode.ok);
    expect(putBodies(emulator).slice(putsBefore)).toEqual([
      { eventFilters: expect.arrayContaining(both), expiresIn: tenYears },
    ]);
  });

  test("by a plain renewal if PUT is refused and less than the default is left", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({ users: { 1: { disabledFilters } } });
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.posts, sms] });
    emulator.clock.advance(6 * day);
    refusePut(emulator, 2);
    const { exitCode, stdout, stderr } = await rcwh("renew --expires-in 10y --json");
    expect(exitCode).toBe(ExitCode.attention);
    const [result] = resultsIn(stdout);
    expect(result?.outcome).toBe("degraded");
    expect(result?.error).toMatchInlineSnapshot(`
      {
        "code": "DEGRADED",
        "exitCode": 8,
        "hint": "Give the app the permission ReadMessages, and the user's role the permission that RingCentral names; then run \`rcwh update 00000004-0000-4000-8000-000000000000 --add-filter 'account/~/extension/~/message-store/instant?type=SMS'\`.",
        "message": "RingCentral refused to update the subscription 00000004-0000-4000-8000-000000000000: Extension permission [SMSReceiving] is missing (SUB-412). Renewed for 7 d instead of 10 y, with unchanged filters: /team-messaging/v1/posts, /restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS. RingCentral disabled /restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS: Extension permission [SMSReceiving] is missing, SUB-412.",
      }
    `);
    expect(JSON.parse(stderr)).toEqual({
      schemaVersion: 1,
      error: expect.objectContaining({ code: "DEGRADED", exitCode: 8 }),
    });
    expect(remaining(emulator)).toEqual([week]);
    expect(emulator.state().subscriptions[0]?.eventFilters).toHaveLength(2);
  });

  test("by skipping a subscription if PUT is refused and the default is left", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({ users: { 1: { disabledFilters } } });
    await subscribe(emulator, endpoint.url, {
      eventFilters: [ownFilters.posts, sms],
      expiresIn: tenYears,
    });
    refusePut(emulator, 2);
    const { exitCode, stdout, stderr } = await rcwh("renew --all", { tty: true, columns: 120 });
    expect(withoutProgress({ exitCode, stdout, stderr })).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "1 refused.
      error: RingCentral refused to update the subscription 00000004-0000-4000-8000-000000000000
      (http://127.0.0.1:50100/hook): Extension permission [SMSReceiving] is missing (SUB-412)
      hint: Have the permission added to the user's role, then run \`rcwh update <id> --add-filter <filter>\`.
      ",
        "stdout": "ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  refused  in 10 y  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
                                                                                           account/~/extension/~/
                                                                                           message-store/instant?type=SMS
                                                                                           (disabled)
      ",
      }
    `);
    expect(remaining(emulator)).toEqual([tenYears]);
  });
});

function refusePut(emulator: Emulator, times: number, status = 403): void {
  emulator.intercept(
    ({ method }) =>
      method === "PUT"
        ? Response.json(
            { errorCode: "SUB-412", message: "Extension permission [SMSReceiving] is missing" },
            { status },
          )
        : undefined,
    times,
  );
}

describe("rcwh renew reports", () => {
  test("that the server shortened a lifetime", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url, { expiresIn: tenYears });
    emulator.intercept(({ method }) =>
      method === "PUT"
        ? Response.json({
            ...subscription("x"),
            id,
            expiresIn: week,
            expirationTime: "2026-11-29T12:00:00.000Z",
          })
        : undefined,
    );
    expect(await rcwh("renew --all")).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "1 shortened.
      error: 00000004-0000-4000-8000-000000000000 (https://example.com/ringcentral): The server shortened its lifetime: it now expires 2026-11-29T12:00:00.000Z instead of 2036-11-19T12:00:00.000Z.
      hint: Request the lifetime again with \`rcwh renew 00000004-0000-4000-8000-000000000000 --expires-in 2036-11-19T12:00:00.000Z\`.
      ",
        "stdout": "00000004-0000-4000-8000-000000000000	shortened	2026-11-29T12:00:00.000Z	https://example.com/ringcentral	/team-messaging/v1/posts	environment		The server shortened its lifetime: it now expires 2026-11-29T12:00:00.000Z instead of 2036-11-19T12:00:00.000Z.
      ",
      }
    `);
  });

  test("that the server granted less than requested", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    emulator.configure({ maximumLifetime: 30 * 86_400 });
    expect(await rcwh("renew --all --expires-in 1y")).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 degraded.
      attention: 00000004-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook): The server granted 30 d instead of 1 y.
      hint: See \`rcwh show 00000004-0000-4000-8000-000000000000\`.
      ",
        "stdout": "00000004-0000-4000-8000-000000000000	degraded	2026-12-22T12:00:00.000Z	http://127.0.0.1:50100/hook	/team-messaging/v1/posts	environment		The server granted 30 d instead of 1 y.
      ",
      }
    `);
    // The next run judges it by the requested lifetime.
    expect((await rcwh("renew")).exitCode).toBe(ExitCode.attention);
  });

  test("no difference of a minute or less", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    emulator.configure({ maximumLifetime: 30 * 86_400 - 60 });
    expect((await rcwh("renew --all --expires-in 30d")).stderr).toBe("1 renewed.\n");
  });

  test("a blacklisted subscription, due or not", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    emulator.blacklist(id);
    takeRequests(emulator);
    expect(await rcwh("renew", { tty: true, columns: 120 })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 blacklisted, 1 not due.
      attention: 1 of 2 needs attention:
        00000004-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is Blacklisted (I/O operation is failed. Details:
        [Read timed out]): no events are delivered.
      hint: Fix the endpoint, then bring the subscription back with \`rcwh recover 00000004-0000-4000-8000-000000000000\`;
      \`--ignore 00000004-0000-4000-8000-000000000000\` silences this.
      ",
        "stdout": "ID                                    OUTCOME      EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  blacklisted  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual([list]);

    emulator.clock.advance(6 * day);
    const { exitCode, stdout } = await rcwh("renew --json");
    expect(exitCode).toBe(ExitCode.attention);
    expect(resultsIn(stdout).map(({ outcome }) => outcome)).toEqual(["blacklisted", "renewed"]);
    expect(resultsIn(stdout)[0]?.error?.message).toMatch(
      /: no events are delivered\. It was renewed, so that you can recover it\.$/,
    );
    expect(remaining(emulator)).toEqual([week, week]);
  });

  test("the id of a single problem", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    expect((await rcwh("renew -q")).stderr).toMatch(
      `attention: ${id} (http://127.0.0.1:50100/hook) is Blacklisted (`,
    );
  });

  test("the next step for several problems", async ({ emulator, rcwh, expect }) => {
    const status = "Blacklisted";
    answerList(emulator, [subscription("aaaa", { status }), subscription("bbbb", { status })]);
    expect(await rcwh("renew -q", { tty: true, columns: 120 })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: 2 of 2 need attention:
        aaaa0000-1111-4111-8111-111111111111 (https://example.com/ringcentral) is Blacklisted: no events are delivered.
        bbbb0000-1111-4111-8111-111111111111 (https://example.com/ringcentral) is Blacklisted: no events are delivered.
      hint: Fix the endpoints, then bring the subscriptions back with
      \`rcwh recover aaaa0000-1111-4111-8111-111111111111 bbbb0000-1111-4111-8111-111111111111\`;
      \`--ignore aaaa0000-1111-4111-8111-111111111111 --ignore bbbb0000-1111-4111-8111-111111111111\` silences this.
      ",
        "stdout": "ID                                    OUTCOME      EXPIRES  URL                              FILTERS
      aaaa0000-1111-4111-8111-111111111111  blacklisted  in 6 d   https://example.com/ringcentral  /team-messaging/v1/posts
      bbbb0000-1111-4111-8111-111111111111  blacklisted  in 6 d   https://example.com/ringcentral  /team-messaging/v1/posts
      ",
      }
    `);
  });

  test("nothing about subscriptions that --ignore names, even once they are gone", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    expect(await rcwh(`renew -q --ignore ${id}`)).toEqual(quietSuccess);
    expect(await rcwh(`renew -q --ignore ${endpoint.url}`)).toEqual(quietSuccess);
    expect((await rcwh("renew -q --ignore ffff")).exitCode).toBe(ExitCode.attention);
    expect((await rcwh("renew -q --ignore fff")).exitCode).toBe(ExitCode.usage);
    emulator.clock.advance(8 * day);
    expect(await rcwh(`renew -q --ignore ${id}`)).toEqual(quietSuccess);
  });

  test("what a dry run would do, and changes nothing", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    takeRequests(emulator);
    expect(await rcwh("renew --dry-run", { tty: true, columns: 120 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 would be renewed, 1 not due.
      ",
        "stdout": "ID                                    OUTCOME      EXPIRES  URL                          FILTERS
      00000008-0000-4000-8000-000000000000  would-renew  in 1 h   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual([list]);
    expect(remaining(emulator)).toEqual([week, 3600]);
  });

  test("everything with --verbose and in JSON", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const { stdout } = await rcwh("renew --verbose");
    expect(stdout).toBe(
      `${id}\tnot-due\t2026-11-29T12:00:00.000Z\thttp://127.0.0.1:50100/hook\t${ownFilters.posts}\tenvironment\t\t\n`,
    );
    const json = await rcwh("renew --json");
    expect(json).toMatchObject({ exitCode: ExitCode.ok, stderr: "" });
    expect(JSON.parse(json.stdout)).toEqual({
      schemaVersion: 1,
      results: [
        {
          id,
          profile: "environment",
          outcome: "not-due",
          subscription: expect.objectContaining({ id, status: "Active", api: "platform" }),
        },
      ],
    });
  });
});

describe("rcwh renew handles", () => {
  test("a subscription that disappears during the run", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const gone = subscription("dead", { hours: 1 });
    answerList(emulator, [gone]);
    expect(await rcwh("renew")).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "1 gone.
      error: RingCentral refused to renew the subscription dead0000-1111-4111-8111-111111111111 (https://example.com/ringcentral): Resource for parameter [subscriptionId] is not found (CMN-102)
      hint: See your subscriptions with \`rcwh list\`, and who is signed in with \`rcwh whoami\`.
      ",
        "stdout": "dead0000-1111-4111-8111-111111111111	gone	2026-11-22T13:00:00.000Z	https://example.com/ringcentral	/team-messaging/v1/posts	environment		RingCentral refused to renew the subscription dead0000-1111-4111-8111-111111111111: Resource for parameter [subscriptionId] is not found (CMN-102)
      ",
      }
    `);
  });

  test("one failure by renewing the others", async ({ emulator, endpoint, rcwh, expect }) => {
    const first = await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    await subscribe(emulator, endpoint.url, {
      expiresIn: 7200,
      eventFilters: [ownFilters.sms],
    });
    emulator.intercept(
      ({ url }) => (url.includes(first) ? new Response("", { status: 500 }) : undefined),
      3,
    );
    const { exitCode, stdout, stderr } = await rcwh("renew", { tty: true, columns: 120 });
    expect(withoutProgress({ exitCode, stdout, stderr })).toMatchInlineSnapshot(`
      {
        "exitCode": 7,
        "stderr": "1 to retry later, 1 renewed.
      error: 1 of 2 was not renewed:
        RingCentral could not renew the subscription 00000004-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook):
        Internal Server Error (HTTP 500)
      hint: Wait a minute and try again; \`--debug\` shows the request id for RingCentral support.
      ",
        "stdout": "ID                                    OUTCOME    EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  try-later  in 1 h   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      00000008-0000-4000-8000-000000000000  renewed    in 7 d   http://127.0.0.1:50100/hook  account/~/extension/~/
                                                                                             message-store/instant?type=SMS
      ",
      }
    `);
    expect(remaining(emulator)).toEqual([expect.closeTo(3595, -1), week]);
  });

  test("a common failure of all with one error object", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    await subscribe(emulator, endpoint.url, { expiresIn: 7200 });
    emulator.intercept(
      ({ url }) => (url.endsWith("/renew") ? new Response("", { status: 500 }) : undefined),
      Number.POSITIVE_INFINITY,
    );
    const { exitCode, stdout, stderr } = await rcwh("renew --json");
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(resultsIn(stdout).map(({ outcome }) => outcome)).toEqual(["try-later", "try-later"]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stderr).error).toMatchObject({ code: "HTTP_500", exitCode: 5 });
  });

  test("a 503 by trying again", async ({ emulator, clock, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    emulator.intercept(
      ({ url }) => (url.endsWith("/renew") ? new Response("", { status: 503 }) : undefined),
      2,
    );
    expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
    expect(clock.sleeps).toHaveLength(2);
  });

  test("a rate limit of minutes by waiting as long as requested", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    emulator.intercept(({ url }) =>
      url.endsWith("/renew")
        ? Response.json(
            { errorCode: "CMN-301", message: "Request rate exceeded" },
            { status: 429, headers: { "Retry-After": "300", "X-Rate-Limit-Group": "light" } },
          )
        : undefined,
    );
    expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
    expect(clock.sleeps).toEqual([300_000]);
  });

  test("a rate limit beyond the deadline by ending with the time to retry", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    await subscribe(emulator, endpoint.url, { expiresIn: 7200 });
    emulator.intercept(({ url }) =>
      url.endsWith("/renew")
        ? Response.json(
            { errorCode: "CMN-301", message: "Request rate exceeded" },
            { status: 429, headers: { "Retry-After": "3600", "X-Rate-Limit-Group": "light" } },
          )
        : undefined,
    );
    takeRequests(emulator);
    const { exitCode, stderr } = await rcwh("renew -q");
    expect(stderr).toMatchInlineSnapshot(`
      "error: Could not renew the subscription 00000008-0000-4000-8000-000000000000 before the run's deadline: RingCentral's rate limit asks to wait 1 h.
      hint: Run the command again in 1 h, or allow it more time, such as \`--deadline 65m\`.
      "
    `);
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(clock.sleeps).toEqual([]);
    expect(takeRequests(emulator)).toHaveLength(2);
  });

  test("refused credentials by stopping and keeping what was done", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    await subscribe(emulator, endpoint.url, { expiresIn: 7200 });
    await subscribe(emulator, endpoint.url, { expiresIn: 9000 });
    await rcwh("list");
    let renewals = 0;
    emulator.intercept(({ url }) => {
      if (url.endsWith("/renew")) renewals += 1;
      if (renewals < 2) return undefined;
      return url.endsWith("/token")
        ? Response.json({ error: "invalid_grant", error_description: "Gone" }, { status: 400 })
        : Response.json({ errorCode: "OAU-213", message: "Token not found" }, { status: 401 });
    }, Number.POSITIVE_INFINITY);
    takeRequests(emulator);
    const { exitCode, stdout, stderr } = await rcwh("renew", { tty: true, columns: 120 });
    expect(withoutProgress({ exitCode, stdout, stderr })).toMatchInlineSnapshot(`
      {
        "exitCode": 4,
        "stderr": "1 renewed, 1 refused, 1 not tried.
      error: RingCentral refused to sign in: Gone (invalid_grant)
      hint: Check the client id, the client secret and the JWT, then correct RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.
      ",
        "stdout": "ID                                    OUTCOME    EXPIRES        URL                          FILTERS
      00000004-0000-4000-8000-000000000000  renewed    in 7 d         http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      00000008-0000-4000-8000-000000000000  refused    in 2 h         http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      0000000c-0000-4000-8000-000000000000  not-tried  in 2 h 30 min  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(takeRequests(emulator)).toHaveLength(3);
  });
});

test("rcwh renew stops when interrupted and reports what was done", async ({
  emulator,
  endpoint,
  rcwh,
  expect,
}) => {
  await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
  await subscribe(emulator, endpoint.url, { expiresIn: 7200 });
  await subscribe(emulator, endpoint.url, { expiresIn: 9000 });
  const stop = new AbortController();
  let renewals = 0;
  emulator.intercept(({ url }) => {
    if (url.endsWith("/renew")) renewals += 1;
    if (renewals === 2) stop.abort(new Interruption());
    return undefined;
  });
  takeRequests(emulator);
  const { exitCode, stdout, stderr } = await rcwh("renew", { signal: stop.signal });
  expect(stdout.split("\n").map((line) => line.split("\t")[1])).toEqual([
    "renewed",
    "interrupted",
    "not-tried",
    undefined,
  ]);
  expect(stderr).toBe("1 renewed, 1 interrupted, 1 not tried.\n");
  expect(exitCode).toBe(ExitCode.interrupted);
});

describe("rcwh renew refuses", () => {
  const cases: readonly (readonly [command: string, exitCode: number, stderr: string])[] = [
    [
      "renew --within soon",
      ExitCode.usage,
      'error: Invalid --within value "soon": must be a duration.\nhint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y.\n',
    ],
    [
      "renew --expires-in 0",
      ExitCode.usage,
      'error: Invalid --expires-in value "0": must be at least 1s.\nhint: Use a duration such as 90s, 15m, 36h, 7d, 2w or 10y.\n',
    ],
    [
      "renew --expires-in 11y",
      ExitCode.usage,
      'error: Invalid --expires-in value "11y": RingCentral\'s maximum is 10 y.\nhint: Use max for the longest lifetime.\n',
    ],
  ];
  for (const [command, exitCode, stderr] of cases) {
    test(`${command} before any request`, async ({ emulator, rcwh, expect }) => {
      expect(await rcwh(command)).toEqual({ exitCode, stdout: "", stderr });
      expect(emulator.requests).toEqual([]);
    });
  }

  test("an unknown id, and renews nothing", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    expect(await rcwh(`renew ${id} ffff`)).toEqual({
      exitCode: ExitCode.notFound,
      stdout: "",
      stderr:
        "error: There is no subscription ffff.\n" +
        "hint: See your subscriptions with `rcwh list`; only those of this user and app are visible.\n",
    });
    expect(takeRequests(emulator)).toEqual([list]);
  });

  test("more changes than --max-changes allows", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    expect(await rcwh("renew --all --max-changes 1")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        "error: This would change 2 subscriptions, and --max-changes allows 1. Nothing was changed.\n" +
        "hint: Narrow the selection, or raise --max-changes.\n",
    });
    expect(takeRequests(emulator)).toEqual([list]);
    expect((await rcwh("renew --max-changes 0")).stderr).toBe("2 not due.\n");
    expect((await rcwh("renew --max-changes many")).exitCode).toBe(ExitCode.usage);
    expect((await rcwh("renew --all --max-changes 2")).stderr).toBe("2 renewed.\n");
  });
});

test("rcwh renew uses the server's clock", async ({ emulator, endpoint, rcwh, expect }) => {
  await subscribe(emulator, endpoint.url);
  emulator.clock.set(now - 6 * day);
  const { stderr } = await rcwh("renew --within 13d");
  expect(stderr).toBe("1 renewed.\n");
  expect((await rcwh("renew --within 6d")).stderr).toBe("1 not due.\n");
});
