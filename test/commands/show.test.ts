import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import {
  answerList,
  ownFilters,
  subscribe,
  subscription,
  takeRequests,
} from "../support/subscriptions.ts";

const blacklisted = subscription("91bc3f2a", {
  hours: 50,
  status: "Blacklisted",
  blacklistedData: {
    blacklistedAt: "2026-11-21T03:04:05.000Z",
    reason: "I/O operation is failed. Details: [Read timed out]",
  },
});
const partlyDisabled = subscription("a0b1c2d3", {
  hours: 87_600,
  eventFilters: [ownFilters.posts, ownFilters.sms],
  disabledFilters: [
    {
      filter: ownFilters.voicemail,
      reason: "SUB-412",
      message: "Extension permission [Voicemail] is missing",
    },
  ],
});

describe("rcwh show", () => {
  test("shows a subscription in full, with its record", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh([
      ...["create", "--filter", "posts,sms", "--expires-in", "30d", "--url", endpoint.url],
      "--generate-verification-token",
    ]);
    takeRequests(emulator);
    expect(await rcwh("show 0000", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "id:          00000005-0000-4000-8000-000000000000
      status:      Active
      expires:     in 30 d (2026-12-22T12:00:00.000Z)
      created:     1 s ago (2026-11-22T12:00:00.000Z)
      url:         http://127.0.0.1:50100/hook
      filters:     account/~/extension/~/message-store/instant?type=SMS
                   /team-messaging/v1/posts
      transport:   WebHook
      api:         platform
      profile:     environment
      recorded:    a lifetime of 30 d, a verification token
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual(["GET /restapi/v1.0/subscription"]);
  });

  test("shows each disabled filter with its reason", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [partlyDisabled]);
    expect(await rcwh("show a0b1", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "
      RingCentral disabled account/~/extension/~/voicemail: Extension permission
      [Voicemail] is missing, SUB-412. Give the app the permission ReadMessages, and
      the user's role the permission that RingCentral names; then run \`rcwh update
      a0b1c2d3-1111-4111-8111-111111111111 --add-filter
      account/~/extension/~/voicemail\`.
      ",
        "stdout": "id:          a0b1c2d3-1111-4111-8111-111111111111
      status:      Active
      expires:     in 10 y (2036-11-19T12:00:00.000Z)
      created:     1 d ago (2026-11-21T12:00:00.000Z)
      url:         https://example.com/ringcentral
      filters:     /team-messaging/v1/posts
                   account/~/extension/~/message-store/instant?type=SMS
      disabled:    account/~/extension/~/voicemail (SUB-412: Extension permission
                   [Voicemail] is missing)
      transport:   WebHook
      api:         platform
      profile:     environment
      recorded:    nothing: created elsewhere, or before rcwh kept records here
      ",
      }
    `);
  });

  test("shows the reason for a blacklisting and the fix", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [blacklisted]);
    expect(await rcwh("show 91bc", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "
      No events are delivered while it is Blacklisted. Fix the endpoint, then bring
      the subscription back with \`rcwh recover 91bc3f2a-1111-4111-8111-111111111111\`.
      ",
        "stdout": "id:          91bc3f2a-1111-4111-8111-111111111111
      status:      Blacklisted
      blacklisted: 2026-11-21T03:04:05.000Z, I/O operation is failed. Details: [Read
                   timed out]
      expires:     in 2 d 2 h (2026-11-24T14:00:00.000Z)
      created:     1 d ago (2026-11-21T12:00:00.000Z)
      url:         https://example.com/ringcentral
      filters:     /team-messaging/v1/posts
      transport:   WebHook
      api:         platform
      profile:     environment
      recorded:    nothing: created elsewhere, or before rcwh kept records here
      ",
      }
    `);
  });

  test("removes control characters from the status and hides the query of an address in its reason", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const reason = "POST https://example.com/hook?key=s3cr3t failed";
    answerList(emulator, [
      { ...blacklisted, status: "\u001b[31mBl\u202e", blacklistedData: { reason } },
    ]);
    const { stdout, stderr } = await rcwh("show 91bc", { tty: true });
    for (const bad of ["\u001b", "\u202e", "s3cr3t"]) {
      expect(`${stdout}${stderr}`).not.toContain(bad);
    }
    expect(stdout).toContain("POST https://example.com/hook?… failed");
    expect(stderr).toMatch(/^\nNo events are delivered while it is Bl\b/);
  });

  test("fits a narrow terminal", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [blacklisted]);
    const { stdout } = await rcwh("show 91bc", { tty: true, columns: 60 });
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  test("prints the columns of rcwh list in a pipe", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [partlyDisabled]);
    expect(await rcwh("show a0b1")).toEqual({
      exitCode: ExitCode.ok,
      stdout: `${partlyDisabled.id}\tActive\t2036-11-19T12:00:00.000Z\tWebHook\thttps://example.com/ringcentral\t${ownFilters.posts},${ownFilters.sms}\tenvironment\tplatform\n`,
      stderr: `\nRingCentral disabled account/~/extension/~/voicemail: Extension permission [Voicemail] is missing, SUB-412. Give the app the permission ReadMessages, and the user's role the permission that RingCentral names; then run \`rcwh update ${partlyDisabled.id} --add-filter account/~/extension/~/voicemail\`.\n`,
    });
  });

  test("prints the server's response as JSON", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [partlyDisabled, blacklisted]);
    const { stdout, ...rest } = await rcwh("show 91bc --json");
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      subscriptions: [{ ...blacklisted, profile: "environment", api: "platform" }],
    });
  });

  test("uses the server's clock", async ({ emulator, endpoint, rcwh, expect }) => {
    emulator.clock.advance(3_600_000);
    await subscribe(emulator, endpoint.url);
    emulator.clock.advance(86_400_000);
    const { stdout } = await rcwh("show 0000", { tty: true });
    expect(stdout).toContain("expires:     in 6 d (2026-11-29T13:00:00.000Z)\n");
    expect(stdout).toContain("created:     1 d ago (2026-11-22T13:00:00.000Z)\n");
  });

  test("finds a subscription by its URL, with or without the query", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, `${endpoint.url}?token=s3cr3t`);
    expect((await rcwh(`show ${endpoint.url}?token=s3cr3t`)).stdout).toMatch(id);
    expect((await rcwh(`show ${endpoint.url}?…`)).stdout).toMatch(id);
    expect(await rcwh(`show ${endpoint.url}?token=other`)).toEqual({
      exitCode: ExitCode.notFound,
      stdout: "",
      stderr:
        "error: No subscription delivers to http://127.0.0.1:50100/hook?….\n" +
        "hint: See your subscriptions with `rcwh list`; only those of this user and app are visible.\n",
    });
  });

  test("refuses a URL that matches several, and names them", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const one = await subscribe(emulator, endpoint.url);
    const other = await subscribe(emulator, endpoint.url);
    expect(await rcwh(`show ${endpoint.url}`)).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        `error: 2 subscriptions deliver to http://127.0.0.1:50100/hook: ${one} (/team-messaging/v1/posts), ${other} (/team-messaging/v1/posts).\n` +
        "hint: Use one of these ids.\n",
    });
  });

  test("refuses a prefix that is ambiguous, too short or unknown", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [subscription("abcd1"), subscription("abcd2")]);
    expect((await rcwh("show abcd")).exitCode).toBe(ExitCode.usage);
    expect((await rcwh("show abc")).exitCode).toBe(ExitCode.usage);
    expect((await rcwh("show abcd3")).exitCode).toBe(ExitCode.notFound);
    expect((await rcwh("show ABCD1")).exitCode).toBe(ExitCode.ok);
  });

  test("takes exactly one selector and no selector flags", async ({ emulator, rcwh, expect }) => {
    expect(await rcwh("show")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr: "error: Missing argument <selector>.\nhint: See `rcwh show --help`.\n",
    });
    expect((await rcwh("show abcd abce")).exitCode).toBe(ExitCode.usage);
    expect((await rcwh("show --url https://example.com")).exitCode).toBe(ExitCode.usage);
    expect(emulator.requests).toEqual([]);
  });

  test("removes control characters from the server's text", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [
      subscription("3f2a", {
        status: "Blacklisted",
        blacklistedData: { reason: "line one\nline two\u001b]0;title\u0007\u202e" },
        disabledFilters: [{ filter: "\u009b2J/x", reason: "SUB\r-412" }],
      }),
    ]);
    const { stdout, stderr } = await rcwh("show 3f2a", { tty: true });
    expect(stdout).toContain("blacklisted: line one line two\n");
    expect(stdout).toContain("disabled:    /x (SUB -412)\n");
    expect(stdout + stderr).not.toMatch(/[^\n\P{Cc}]/u);
  });
});
