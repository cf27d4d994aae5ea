import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { asked, collection, crashAt, fillToLimit } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import {
  answerList,
  ownFilters,
  stored,
  subscribe,
  subscription,
  withoutProgress,
} from "../support/subscriptions.ts";

const hour = 3_600_000;
const day = 24 * hour;

describe("rcwh recover replaces", () => {
  test("a blacklisted subscription with the same filters, lifetime and token", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(
      `create --filter posts,sms --url ${endpoint.url}?key=1 --expires-in 30d --verification-token s3cret`,
    );
    const [old] = emulator.state().subscriptions;
    emulator.blacklist(old?.id ?? "");
    emulator.clock.advance(28 * hour);
    const before = asked(emulator).length;

    const result = await rcwh("recover --yes", { tty: true, columns: 130 });
    const [left, ...others] = emulator.state().subscriptions;

    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook?…) was blacklisted and is now
      0000000d-0000-4000-8000-000000000000: the events of 1 d 4 h are lost, from 2026-11-22T12:00:00Z to 2026-11-23T16:00:00Z.
      1 recovered.
      ",
        "stdout": "ID                                      OUTCOME    EXPIRES  URL                            FILTERS
      00000005-0000-4000-8000-000000000000    recovered  in 30 d  http://127.0.0.1:50100/hook?…  /team-messaging/v1/posts
      → 0000000d-0000-4000-8000-000000000000                                                     account/~/extension/~/message-store/
                                                                                                 instant?type=SMS
      ",
      }
    `);
    expect(others).toEqual([]);
    expect(left).toMatchObject({
      address: `${endpoint.url}?key=1`,
      hasVerificationToken: true,
      status: "Active",
    });
    expect(left?.eventFilters.toSorted()).toEqual(old?.eventFilters.toSorted());
    expect(Date.parse(left?.expirationTime ?? "") - emulator.clock.now()).toBe(30 * day);
    expect(asked(emulator).slice(before)).toEqual([
      // With a token that has expired meanwhile.
      `GET ${collection}`,
      `GET ${collection}`,
      `GET ${collection}`,
      `POST ${collection}`,
      `GET ${collection}/${left?.id.slice(0, 8)}`,
      `DELETE ${collection}/${old?.id.slice(0, 8)}`,
      `GET ${collection}/${old?.id.slice(0, 8)}`,
    ]);
    expect(await stored(directory, "records")).toEqual([
      expect.objectContaining({
        id: left?.id,
        expiresIn: 2_592_000,
        verificationToken: "s3cret",
        recoveredAt: expect.stringMatching(/^2026-11-23T16:00/),
      }),
    ]);
  });

  test("all blacklisted subscriptions and no others", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const first = await subscribe(emulator, endpoint.url);
    const second = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const healthy = await subscribe(emulator, endpoint.url, {
      eventFilters: [ownFilters.voicemail],
    });
    emulator.blacklist(first);
    emulator.blacklist(second);

    const { exitCode, stdout, stderr } = await rcwh("recover --yes --json");
    const { results } = JSON.parse(stdout) as { results: readonly { id: string; newId: string }[] };

    expect(exitCode).toBe(ExitCode.ok);
    expect(results).toEqual(
      [first, second].map((id) => ({
        id,
        profile: "environment",
        outcome: "recovered",
        newId: expect.any(String),
        subscription: expect.objectContaining({ status: "Active", profile: "environment" }),
        gap: { from: "2026-11-22T12:00:00.000Z", to: expect.any(String) },
      })),
    );
    const ids = emulator.state().subscriptions.map(({ id }) => id);
    expect(ids.toSorted()).toEqual([healthy, ...results.map(({ newId }) => newId)].toSorted());
    expect(JSON.parse(stderr).warnings).toEqual(
      [first, second].map((id) =>
        expect.stringContaining(
          `rcwh did not create ${id} (http://127.0.0.1:50100/hook), so it cannot`,
        ),
      ),
    );
  });

  test("nothing if none is blacklisted, whatever is selected", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    expect(await rcwh("recover")).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: "Nothing is blacklisted.\n",
    });
    expect(await rcwh("recover --url https://example.com/*")).toMatchObject({
      exitCode: ExitCode.ok,
      stderr: "No subscription matches.\n",
    });
    expect(await rcwh(`recover ${id}`)).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: `${id} (http://127.0.0.1:50100/hook) is not blacklisted, so it was skipped.\n1 skipped.\n`,
    });
    expect((await rcwh("recover ffff")).exitCode).toBe(ExitCode.notFound);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("an unrecorded token with the token that is given", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    expect(await rcwh("recover --yes --require-token")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        `error: rcwh did not create ${id} (http://127.0.0.1:50100/hook), so it cannot know whether it has a verification token. Nothing was changed.\n` +
        "hint: Give the token with --verification-token-file, or leave out --require-token.\n",
    });
    const file = join(directory, "token.txt");
    await writeFile(file, "t0ken\n", { mode: 0o600 });
    const { stderr } = await rcwh(["recover", "--yes", "--verification-token-file", file]);
    expect(stderr).not.toContain("warning:");
    expect(emulator.state().subscriptions).toMatchObject([{ hasVerificationToken: true }]);
    expect(await stored(directory, "records")).toMatchObject([{ verificationToken: "t0ken" }]);
  });

  test("no subscription with a healthy duplicate, which would double every event", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    const duplicate = await subscribe(emulator, endpoint.url);

    expect(await rcwh("recover --yes -q")).toMatchObject({
      exitCode: ExitCode.attention,
      stderr: expect.stringContaining(
        `attention: ${id} (http://127.0.0.1:50100/hook) is blacklisted, but ${duplicate} delivers the same events to the same URL, so there is nothing to recover.\n` +
          `hint: Delete it with \`rcwh delete ${id}\`.\n`,
      ),
    });
    expect(emulator.state().subscriptions).toHaveLength(2);
  });

  test("a subscription without its refused disabled filter, then requests that filter again", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { sms, posts } = ownFilters;
    const disabledFilters = [{ filter: sms, permission: "SMSReceiving" }];
    emulator.configure({ users: { 1: { disabledFilters } } });
    const id = await subscribe(emulator, endpoint.url, { eventFilters: [posts, sms] });
    emulator.blacklist(id);
    const refusal = {
      errorCode: "SUB-412",
      message: "Extension permission [SMSReceiving] is missing",
    };
    emulator.intercept(({ method, url }) =>
      method === "POST" && url.endsWith(collection)
        ? Response.json(refusal, { status: 403 })
        : undefined,
    );

    const { exitCode, stderr } = await rcwh("recover --yes -q");
    expect(stderr).toContain(`Recovered without ${sms}; the next renewal tries again.`);
    expect(exitCode).toBe(ExitCode.attention);
    expect(emulator.state().subscriptions).toMatchObject([{ eventFilters: [posts] }]);
    expect(await stored(directory, "records")).toMatchObject([
      { eventFilters: expect.arrayContaining([posts, sms]), droppedFilters: [sms] },
    ]);
  });
});

describe("rcwh recover changes nothing", () => {
  test("if the endpoint fails the platform's handshake", async ({ emulator, rcwh, expect }) => {
    let status = 200;
    await using endpoint = await httpEndpoint((request, response) => {
      response.writeHead(status, {
        "Validation-Token": request.headers["validation-token"] ?? "",
        "Content-Type": "application/json",
      });
      response.end();
    });
    await rcwh(`create --filter posts --url ${endpoint.url}/hook`);
    const before = emulator.state().subscriptions;
    const [{ id = "" } = {}] = before;
    emulator.blacklist(id);
    const blacklisted = emulator.state().subscriptions;
    status = 404;

    const { exitCode, stderr } = await rcwh("recover --yes");
    expect(stderr.replaceAll(id, "<id>").replaceAll(endpoint.url, "<url>")).toMatchInlineSnapshot(`
      "Tried <url>/hook from here:
        ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✗ status    404 Not Found (limit: exactly 200; SUB-522)
                    → Correct the path of the URL, or add a route for it.
        ✓ time      <n> ms, first byte after <n> ms
      1 refused.
      error: RingCentral refused to create the subscription: WebHook responds with incorrect HTTP status. HTTP status is 404 (SUB-522). <id> (<url>/hook) is unchanged.
      hint: Make the endpoint answer the handshake with exactly 200, without a redirect or a login; \`rcwh check <url>/hook\` shows what it answers.
      "
    `);
    expect(exitCode).toBe(ExitCode.endpoint);
    expect(emulator.state().subscriptions).toEqual(blacklisted);
    expect((await rcwh("renew -q")).exitCode).toBe(ExitCode.attention);
    expect(emulator.state().subscriptions).toEqual(blacklisted);
  });

  test("without a yes", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    const before = emulator.state().subscriptions;
    expect(await rcwh("recover -q")).toMatchObject({
      exitCode: ExitCode.declined,
      stdout: "",
      stderr: expect.stringContaining(
        `Replace subscription ${id} (http://127.0.0.1:50100/hook) with a new one? Cannot prompt for confirmation here. Nothing was changed.\nhint: Add --yes to confirm.\n`,
      ),
    });
    const asks = await rcwh("recover", { tty: true, columns: 120, answers: [false] });
    expect(asks.exitCode).toBe(ExitCode.declined);
    expect(asks.stderr).toContain("Blacklisted");
    expect(emulator.state().subscriptions).toEqual(before);
    const answered = await rcwh("recover", { tty: true, columns: 120, answers: [true] });
    expect(answered.exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).not.toEqual(before);
  });

  test("in a dry run, or beyond --max-changes", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [{ id = "" } = {}] = emulator.state().subscriptions;
    emulator.blacklist(id);
    const before = emulator.state().subscriptions;

    const dry = await rcwh("recover --dry-run");
    expect(dry.stdout).toMatch(`${id}\twould-recover\t`);
    expect(dry).toMatchObject({ exitCode: ExitCode.ok, stderr: "1 would be recovered.\n" });
    expect((await rcwh("recover --yes --max-changes 0")).exitCode).toBe(ExitCode.usage);
    expect(emulator.state().subscriptions).toEqual(before);
  });

  test("at the limit of subscriptions, unless --break-before-make is given", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    const [{ id = "" } = {}] = emulator.state().subscriptions;
    emulator.blacklist(id);
    const empty = fillToLimit(emulator);
    const refused = await rcwh("recover --yes");
    expect(refused.exitCode).toBe(ExitCode.failure);
    expect(refused.stderr).toMatchInlineSnapshot(`
      "1 refused.
      error: There are 30 subscriptions, and RingCentral allows 30: the new one does not fit while 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) exists.
      hint: Choose one to delete with \`rcwh list\`, then delete it. Or add --break-before-make, which loses events in between.
      "
    `);

    const { exitCode, stderr } = await rcwh("recover --yes --break-before-make");
    empty();
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toContain("1 recovered.\n");
    const left = emulator.state().subscriptions;
    expect(left).toMatchObject([{ status: "Active", hasVerificationToken: true }]);
  });

  test("with --break-before-make if the endpoint fails the local check", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    let status = 200;
    await using endpoint = await httpEndpoint((request, response) => {
      response.writeHead(status, {
        "Validation-Token": request.headers["validation-token"] ?? "",
        "Content-Type": "application/json",
      });
      response.end();
    });
    await rcwh(`create --filter posts --url ${endpoint.url}/hook`);
    const [{ id = "" } = {}] = emulator.state().subscriptions;
    emulator.blacklist(id);
    const before = emulator.state().subscriptions;
    fillToLimit(emulator);
    status = 500;
    const { exitCode, stderr } = await rcwh("recover --yes --break-before-make");
    expect(stderr).toContain("fails RingCentral's handshake");
    expect(exitCode).toBe(ExitCode.endpoint);
    expect(emulator.state().subscriptions).toEqual(before);
  });
});

describe("rcwh recover", () => {
  test("reports that the time of the blacklisting is unknown", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    const [known] = emulator.state().subscriptions;
    const told: Subscription = {
      ...subscription(id, { status: "Blacklisted" }),
      id,
      deliveryMode: { transportType: "WebHook", address: known?.address ?? "" },
    };
    answerList(emulator, [told]);
    const { stderr } = await rcwh("recover --yes");
    expect(stderr).toContain("RingCentral does not say when that was.\n");
  });

  test.for(
    [0, 1, 2, 3, 4].flatMap((index) => [false, true].map((processed) => ({ index, processed }))),
  )(
    "cut off at request $index (processed: $processed) is completed by the next run",
    async ({ index, processed }, { directory, emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
      emulator.clock.advance(hour);
      const [{ id = "" } = {}] = emulator.state().subscriptions;
      emulator.blacklist(id);
      const stop = new AbortController();
      const restore = crashAt(emulator, index, {
        processed,
        onCrash: () => stop.abort(new Interruption()),
      });
      const cut = await rcwh("recover --yes", { signal: stop.signal });
      restore();
      expect(cut.exitCode).toBe(ExitCode.interrupted);
      expect(emulator.state().subscriptions).not.toEqual([]);

      await rcwh("renew");
      const { exitCode } = await rcwh("recover --yes");
      expect(exitCode).toBe(ExitCode.ok);
      const left = emulator.state().subscriptions;
      expect(left).toMatchObject([{ status: "Active", hasVerificationToken: true }]);
      expect(await stored(directory, "records")).toEqual([
        expect.objectContaining({
          id: left[0]?.id,
          verificationToken: "s3cret",
          recoveredAt: expect.any(String),
        }),
      ]);
    },
  );
});
