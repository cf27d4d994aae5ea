import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import {
  answerList,
  ownFilters,
  subscribe,
  subscription,
  takeRequests,
  withoutProgress,
} from "../support/subscriptions.ts";

const list = "GET /restapi/v1.0/subscription";

describe("rcwh delete", () => {
  test("shows what it will delete, asks, and deletes after a yes", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, `${endpoint.url}?token=s3cr3t`, {
      eventFilters: [ownFilters.sms, ownFilters.posts],
    });
    await subscribe(emulator, endpoint.url);
    const result = await rcwh(["delete", id], { tty: true, columns: 80, answers: [true] });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "ID                                    STATUS  EXPIRES
      00000004-0000-4000-8000-000000000000  Active  in 7 d
        http://127.0.0.1:50100/hook?…
        /team-messaging/v1/posts
        account/~/extension/~/message-store/instant?type=SMS
      ",
        "stdout": "ID                                    OUTCOME
      00000004-0000-4000-8000-000000000000  deleted
        http://127.0.0.1:50100/hook?…
        /team-messaging/v1/posts
        account/~/extension/~/message-store/instant?type=SMS
      ",
      }
    `);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("deletes nothing after a no", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    takeRequests(emulator);
    const answers = [false];
    expect(await rcwh("delete --all", { tty: true, columns: 120, answers })).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "ID                                    STATUS  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      00000008-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  account/~/extension/~/message-store/
                                                                                          instant?type=SMS
      Nothing was deleted.
      ",
        "stdout": "",
      }
    `);
    expect(takeRequests(emulator)).toEqual([list]);
  });

  test("deletes nothing in a pipe without --yes", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    expect(await rcwh(["delete", id])).toEqual({
      exitCode: ExitCode.declined,
      stdout: "",
      stderr:
        `Delete subscription ${id} (http://127.0.0.1:50100/hook)? Cannot prompt for confirmation here. Nothing was deleted.\n` +
        "hint: Add --yes to confirm.\n",
    });
    const refused = await rcwh(["delete", id, "--json"], { tty: true });
    expect(refused).toMatchObject({ exitCode: ExitCode.declined, stdout: "" });
    expect(JSON.parse(refused.stderr)).toMatchObject({
      schemaVersion: 1,
      error: { code: "CONFIRMATION_NEEDED", exitCode: 9 },
    });
    expect(takeRequests(emulator)).toEqual([list, list]);

    const other = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    expect((await rcwh("delete --all")).stderr).toBe(
      "Delete these 2 subscriptions? Cannot prompt for confirmation here. Nothing was deleted.\n" +
        `  ${id} (http://127.0.0.1:50100/hook)\n` +
        `  ${other} (http://127.0.0.1:50100/hook)\n` +
        "hint: Add --yes to confirm.\n",
    );
  });

  test("deletes with --yes and prints the deleted subscriptions in each format", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const one = await subscribe(emulator, endpoint.url);
    expect(await rcwh(["delete", one, "--yes"])).toEqual({
      exitCode: ExitCode.ok,
      stdout: `${one}\tdeleted\t2026-11-29T12:00:00.000Z\thttp://127.0.0.1:50100/hook\t${ownFilters.posts}\tenvironment\t\t\n`,
      stderr: "",
    });
    const two = await subscribe(emulator, endpoint.url);
    expect(withoutProgress(await rcwh(["rm", two, "-y"], { tty: true, columns: 120 }))).toEqual({
      exitCode: ExitCode.ok,
      stdout:
        "ID                                    OUTCOME  URL                          FILTERS\n" +
        `${two}  deleted  http://127.0.0.1:50100/hook  /team-messaging/v1/posts\n`,
      stderr: "",
    });
    const three = await subscribe(emulator, endpoint.url);
    const { stdout, ...rest } = await rcwh(["delete", three, "--yes", "--json"]);
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      results: [
        {
          id: three,
          profile: "environment",
          outcome: "deleted",
          subscription: expect.objectContaining({ id: three, api: "platform" }),
        },
      ],
    });
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("deletes the subscriptions that flags select and keeps the rest", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const posts = await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const bad = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    emulator.blacklist(bad);
    expect((await rcwh("delete --status unhealthy --yes")).stdout).toMatch(`${bad}\tdeleted`);
    expect((await rcwh("delete --filter */instant* --yes")).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([posts]);
    expect((await rcwh("delete --all --yes")).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("deletes every subscription that a URL matches", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    await subscribe(emulator, `${endpoint.url}/other`);
    expect((await rcwh(`delete ${endpoint.url} --yes`)).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("reports flags that match nothing, and ends with 0", async ({ rcwh, expect }) => {
    const stderr = "No subscription matches. Nothing was deleted.\n";
    expect(await rcwh("delete --status unhealthy")).toEqual({ exitCode: 0, stdout: "", stderr });
    expect(await rcwh("delete --all --json")).toEqual({
      exitCode: ExitCode.ok,
      stdout: '{\n  "schemaVersion": 1,\n  "results": []\n}\n',
      stderr: "",
    });
  });

  test("previews the deletion with --dry-run and deletes nothing", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    expect(
      await rcwh("delete --all --dry-run", { tty: true, columns: 120 }),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing was deleted (--dry-run).
      ",
        "stdout": "ID                                    OUTCOME       URL                          FILTERS
      00000004-0000-4000-8000-000000000000  would-delete  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual([list]);
  });

  test("removes the record of a deleted subscription", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter webinar-state --url ${endpoint.url}`);
    await rcwh("delete --all --yes");
    takeRequests(emulator);
    await rcwh("list");
    // The webinar API is queried only while a webinar subscription is on record.
    expect(takeRequests(emulator)).toEqual([list]);
  });

  test("gives the user unlimited time to answer", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const slowly = () => {
      clock.advance(3_600_000);
      return true;
    };
    const { exitCode } = await rcwh(`delete ${id}`, { tty: true, answers: [slowly] });
    expect(exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toEqual([]);
  });
});

describe("rcwh delete refuses", () => {
  test("to run without a selection", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    expect(await rcwh("delete --yes")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        "error: No subscriptions selected.\n" +
        "hint: Give an id, a unique prefix, a URL or a flag such as --status unhealthy; --all selects every subscription.\n",
    });
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("an ambiguous prefix and a prefix that is too short", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const one = await subscribe(emulator, endpoint.url);
    const other = await subscribe(emulator, endpoint.url);
    expect(await rcwh("delete 0000 --yes")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr: `error: "0000" matches 2 subscriptions: ${one} (http://127.0.0.1:50100/hook), ${other} (http://127.0.0.1:50100/hook).\nhint: Use one of these ids.\n`,
    });
    expect(await rcwh("delete 000 --yes")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        'error: The id prefix "000" is too short.\n' +
        "hint: Use at least 4 characters; `rcwh list` shows the ids.\n",
    });
    expect(emulator.state().subscriptions).toHaveLength(2);
  });

  test("an unknown id, and deletes nothing else either", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    expect(await rcwh(`delete ${id} ffff --yes`)).toEqual({
      exitCode: ExitCode.notFound,
      stdout: "",
      stderr:
        "error: There is no subscription ffff.\n" +
        "hint: See your subscriptions with `rcwh list`; only those of this user and app are visible.\n",
    });
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("more than --max-changes", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url);
    expect(await rcwh("delete --all --yes --max-changes 1")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        "error: This would change 2 subscriptions, and --max-changes allows 1. Nothing was changed.\n" +
        "hint: Narrow the selection, or raise --max-changes.\n",
    });
    expect(emulator.state().subscriptions).toHaveLength(2);
  });
});

describe("rcwh delete, when a subscription disappears first,", () => {
  const gone = subscription("dead");

  test("fails if the subscription was named", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [gone]);
    expect(await rcwh("delete dead --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: RingCentral refused to delete the subscription dead0000-1111-4111-8111-111111111111 (https://example.com/ringcentral): Resource for parameter [subscriptionId] is not found (CMN-102)
      hint: See your subscriptions with \`rcwh list\`, and who is signed in with \`rcwh whoami\`.
      ",
        "stdout": "dead0000-1111-4111-8111-111111111111	gone	2026-11-28T12:00:00.000Z	https://example.com/ringcentral	/team-messaging/v1/posts	environment		RingCentral refused to delete the subscription dead0000-1111-4111-8111-111111111111: Resource for parameter [subscriptionId] is not found (CMN-102)
      ",
      }
    `);
  });

  test("succeeds if flags selected it", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [gone]);
    expect(await rcwh("delete --all --yes", { tty: true, columns: 120 })).toMatchObject({
      exitCode: ExitCode.ok,
      stdout: expect.stringContaining("  gone  "),
    });
  });
});

describe("rcwh delete, when a deletion fails,", () => {
  test("continues with the rest and ends with 7", async ({ emulator, endpoint, rcwh, expect }) => {
    const first = await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    emulator.intercept(({ method, url }) =>
      method === "DELETE" && url.includes(first)
        ? Response.json({ errorCode: "CMN-201", message: "Service unavailable" }, { status: 400 })
        : undefined,
    );
    expect(await rcwh("delete --all --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 7,
        "stderr": "error: 1 of 2 was not deleted:
        RingCentral refused to delete the subscription 00000004-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook): Service unavailable (CMN-201)
      hint: Wait a minute and try again; \`--debug\` shows the request id for RingCentral support.
      ",
        "stdout": "00000004-0000-4000-8000-000000000000	refused	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook	/team-messaging/v1/posts	environment		RingCentral refused to delete the subscription 00000004-0000-4000-8000-000000000000: Service unavailable (CMN-201)
      00000008-0000-4000-8000-000000000000	deleted	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook	/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS	environment		
      ",
      }
    `);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([first]);
  });

  test("stops when the credentials are refused", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    await rcwh("list");
    let dead = false;
    emulator.intercept(({ method, url }) => {
      dead ||= method === "DELETE";
      if (!dead) return undefined;
      return url.endsWith("/token")
        ? Response.json({ error: "invalid_grant", error_description: "Gone" }, { status: 400 })
        : Response.json({ errorCode: "OAU-213", message: "Token not found" }, { status: 401 });
    }, Number.POSITIVE_INFINITY);
    const { exitCode, stdout, stderr } = await rcwh("delete --all --yes --json");
    expect(exitCode).toBe(ExitCode.auth);
    const { results } = JSON.parse(stdout) as { results: readonly { outcome: string }[] };
    expect(results.map(({ outcome }) => outcome)).toEqual(["refused", "not-tried"]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "invalid_grant", exitCode: 4 } });
  });
});
