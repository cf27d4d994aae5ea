import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { closedPort, goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { asked, collection, fillToLimit, loseAnswers, losses } from "../support/faults.ts";
import { test as base } from "../support/rcwh.ts";
import { putBodies, stored } from "../support/subscriptions.ts";

type CreatedSubscription = Readonly<{ id: string; short: string }>;

interface Fixtures {
  /** Creates a subscription with rcwh; `foreign` creates it elsewhere, so that it has no record. */
  readonly make: (
    flags: string,
    options?: { readonly foreign?: boolean },
  ) => Promise<CreatedSubscription>;
}

const test = base.extend<Fixtures>({
  make: async ({ rcwh, elsewhere, endpoint }, use) => {
    await use(async (flags, { foreign = false } = {}) => {
      const url = flags.includes("--url") ? "" : ` --url ${endpoint.url}`;
      const { stdout } = await rcwh(
        `create ${flags}${url} --if-exists new -q`,
        foreign ? { env: elsewhere } : {},
      );
      const id = stdout.slice(0, 36);
      return { id, short: id.slice(0, 8) };
    });
  },
});

function changes(emulator: Emulator): readonly string[] {
  return asked(emulator).filter((line) => !line.startsWith("GET "));
}

const posts = "/team-messaging/v1/posts";
const own = "/restapi/v1.0/account/4000000001/extension/7000000001";

describe("rcwh update in place", () => {
  test("adds a filter and keeps a lifetime of 10 years", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts --expires-in 10y");
    emulator.clock.advance(86_400_000);
    const result = await rcwh(`update ${short} --add-filter voicemail`, {
      tty: true,
      columns: 140,
    });

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      00000005-0000-4000-8000-000000000000  updated  in 10 y  http://127.0.0.1:50100/hook  account/~/extension/~/voicemail
                                                                                           /team-messaging/v1/posts
      ",
      }
    `);
    expect(putBodies(emulator)).toEqual([
      {
        eventFilters: [posts, "/restapi/v1.0/account/~/extension/~/voicemail"],
        expiresIn: 315_360_000,
      },
    ]);
  });

  test("keeps the rest of an unrecorded 10 years", async ({ emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter posts --expires-in 10y", { foreign: true });
    emulator.clock.advance(86_400_000);
    const { stderr, exitCode } = await rcwh(`update ${short} --add-filter sms`);

    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(putBodies(emulator)).toMatchObject([{ expiresIn: 315_360_000 - 86_400 }]);
  });

  test("requests at least the default lifetime", async ({ emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter posts");
    emulator.clock.advance(5 * 86_400_000);
    await rcwh(`update ${short} --add-filter sms`);

    expect(putBodies(emulator)).toMatchObject([{ expiresIn: 604_800 }]);
  });

  test("removes a filter in any spelling", async ({ emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter glip/posts,sms,voicemail --expires-in 30d");
    emulator.clock.advance(1000);
    const { stdout, stderr, exitCode } = await rcwh(
      `update ${short} --remove-filter posts,${own.slice(14)}/voicemail`,
    );

    expect(stdout.split("\t")[4]).toBe(`${own}/message-store/instant?type=SMS`);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(putBodies(emulator)).toEqual([
      { eventFilters: [`${own}/message-store/instant?type=SMS`], expiresIn: 2_592_000 },
    ]);
  });

  test("replaces the whole set", async ({ emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter posts,sms");
    const { stderr, exitCode } = await rcwh(`update ${short} --filter glip/groups --filter posts`);

    expect(stderr).toMatchInlineSnapshot(`
      "glip/groups is the deprecated spelling of /team-messaging/v1/chats; it is sent as written.
      "
    `);
    expect(exitCode).toBe(0);
    expect(putBodies(emulator)).toMatchObject([
      { eventFilters: ["/restapi/v1.0/glip/groups", posts] },
    ]);
  });

  test("prints results in JSON", async ({ make, rcwh, expect }) => {
    const { id } = await make("--filter posts");
    const { stdout, stderr, exitCode } = await rcwh(`update ${id} --expires-in 30d --json`);

    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      results: [
        {
          id,
          profile: "environment",
          outcome: "updated",
          subscription: expect.objectContaining({
            id,
            eventFilters: [posts],
            expiresIn: 2_591_999,
            profile: "environment",
            api: "platform",
          }),
        },
      ],
    });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("records the requested lifetime and keeps the token", async ({
    directory,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts --verification-token s3cret");
    await rcwh(`update ${id} --expires-in 30d`);
    await rcwh(`update ${id} --add-filter sms`);

    expect(await stored(directory, "records")).toEqual([
      expect.objectContaining({ id, expiresIn: 2_592_000, verificationToken: "s3cret" }),
    ]);
    expect(await stored(directory, "records")).not.toMatchObject([{ foreign: true }]);
  });

  test("keeps the disabled filters", async ({ emulator, make, rcwh, expect }) => {
    emulator.configure({
      users: { 1: { disabledFilters: [{ filter: "*/presence*", permission: "HUD" }] } },
    });
    const { short } = await make("--filter posts,presence");
    const result = await rcwh(`update ${short} --add-filter sms`);

    expect(putBodies(emulator)).toMatchObject([
      {
        eventFilters: [
          posts,
          `${own}/presence`,
          "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
        ],
      },
    ]);
    expect(result.stdout).toContain("updated");
    expect(result.stderr).toMatchInlineSnapshot(`
      "attention: RingCentral disabled account/~/extension/~/presence: Extension permission [HUD] is missing, SUB-412.
      hint: Give the app the permission ReadPresence, and the user's role the permission that RingCentral names; then run \`rcwh update 00000005-0000-4000-8000-000000000000 --add-filter account/~/extension/~/presence\`.
      "
    `);
    expect(result.exitCode).toBe(8);
  });

  test("requests a disabled filter again if it is named", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    emulator.configure({
      users: { 1: { disabledFilters: [{ filter: "*/presence*", permission: "HUD" }] } },
    });
    const { short } = await make("--filter posts,presence");
    emulator.configure({ users: {} });
    const { stdout, stderr, exitCode } = await rcwh(`update ${short} --add-filter presence`);

    expect(stdout).toContain("updated");
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ disabledFilters: [] }]);
  });

  test("does not override a lifetime that is too short for the reminder", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts --remind 3d/12h --expires-in 10d");
    const result = await rcwh(`update ${short} --expires-in 5d --allow-shorter`);

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: A reminder 3 d before expiry needs a lifetime of at least 6 d, but it is 5 d.
      hint: Use a shorter reminder threshold or a longer --expires-in.
      ",
        "stdout": "",
      }
    `);
    expect(putBodies(emulator)).toEqual([]);
  });

  test("replaces the old reminder with the new one", async ({ emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter posts --remind 3d/12h --expires-in 10d");
    const { stderr, exitCode } = await rcwh(`update ${short} --add-filter reminder:2d/12h`);

    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(putBodies(emulator)).toMatchObject([
      { eventFilters: [posts, "/restapi/v1.0/subscription/~?threshold=172800&interval=43200"] },
    ]);
  });

  test("extends the lifetime for a reminder and reports it", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts");
    const { stderr, exitCode } = await rcwh(`update ${short} --add-filter reminder:5d`);

    expect(stderr).toMatchInlineSnapshot(`
      "The lifetime becomes 10 d: a reminder needs a lifetime of twice its threshold.
      "
    `);
    expect(exitCode).toBe(0);
    expect(putBodies(emulator)).toMatchObject([{ expiresIn: 864_000 }]);
  });

  test("reports that the server granted less", async ({ emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter posts");
    emulator.configure({ maximumLifetime: 31_536_000 });
    const { stdout, stderr, exitCode } = await rcwh(`update ${short} --expires-in max`);

    expect(stdout).toContain("\tupdated\t2027-11-22T12:00:00.000Z\t");
    expect(stderr).toMatchInlineSnapshot(`
      "attention: RingCentral granted 1 y instead of 10 y.
      hint: Run \`rcwh renew\` from cron to keep it alive; see \`rcwh help scheduling\`.
      "
    `);
    expect(exitCode).toBe(8);
  });

  test("warns that a blacklisted subscription delivers nothing", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts");
    emulator.blacklist(id);
    const { stdout, stderr, exitCode } = await rcwh(`update ${short} --add-filter sms`);

    expect(stdout).toContain("\tupdated\t");
    expect(stderr).toMatchInlineSnapshot(`
      "attention: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.
      hint: Fix the endpoint, then bring the subscription back with \`rcwh recover 00000005-0000-4000-8000-000000000000\`.
      "
    `);
    expect(exitCode).toBe(8);
  });

  test("works for a recorded webinar subscription", async ({ emulator, make, rcwh, expect }) => {
    const { id } = await make("--filter webinar-sessions");
    const { stderr, exitCode } = await rcwh(`update ${id} --expires-in 30d`);

    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(changes(emulator).at(-1)).toBe(
      `PUT /webinar/notifications/v1/subscriptions/${id.slice(0, 8)}`,
    );
  });
});

describe("rcwh update without a change", () => {
  test.for([
    "--add-filter posts",
    "--add-filter glip/posts",
    "--filter sms,posts",
    `--add-filter ${own.slice(14)}/message-store/instant?type=SMS`,
    "--expires-in 30d",
    "--expires-in 2026-12-22T12:00:30Z",
    "--expires-in 2026-12-22T11:59:30Z",
    "--verification-token-file -",
  ])("%s sends nothing and reports it", async (flags, { emulator, make, rcwh, expect }) => {
    const { id, short } = await make(
      "--filter posts,sms --expires-in 30d --verification-token s3cret",
    );
    const { stdout, stderr, exitCode } = await rcwh(`update ${short} ${flags}`, {
      stdin: "s3cret",
    });

    expect(stdout).toMatch(new RegExp(`^${id}\\tunchanged\\t2026-12-22T12:00:00.000Z\\t`));
    expect(stderr.split("\n").slice(-2)).toEqual([
      `${id} (http://127.0.0.1:50100/hook) is already up to date. Nothing was sent.`,
      "",
    ]);
    expect(exitCode).toBe(0);
    expect(changes(emulator)).toEqual([`POST ${collection}`]);
  });

  test("to the current URL sends nothing", async ({ emulator, endpoint, make, rcwh, expect }) => {
    const { short } = await make("--filter posts");
    const { stdout, exitCode } = await rcwh(
      `update ${short} --url ${endpoint.url.replace("http", "HTTP")} --json`,
    );

    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      results: [{ outcome: "unchanged" }],
    });
    expect(exitCode).toBe(0);
    expect(changes(emulator)).toEqual([`POST ${collection}`]);
  });

  test("reports that the filter to remove does not exist", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts");
    const { stderr, exitCode } = await rcwh(`update ${short} --remove-filter account-presence`);

    expect(stderr).toMatchInlineSnapshot(`
      "Skipped account/~/presence: the subscription does not have it.
      00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is already up to date. Nothing was sent.
      "
    `);
    expect(exitCode).toBe(0);
    expect(putBodies(emulator)).toEqual([]);
  });
});

describe("rcwh update writes a deprecated filter in its modern spelling", () => {
  test("in place, and only once", async ({ emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter glip/posts,sms");
    const { exitCode, stdout } = await rcwh(
      `update ${short} --remove-filter glip/posts --add-filter posts`,
    );

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining(posts) });
    const sent = [`${own}/message-store/instant?type=SMS`, posts];
    expect(putBodies(emulator)).toMatchObject([{ eventFilters: sent }]);
    expect(emulator.state().subscriptions[0]?.eventFilters.toSorted()).toEqual(sent.toSorted());
    await rcwh(`update ${short} --remove-filter glip/posts --add-filter posts`);
    expect(putBodies(emulator)).toHaveLength(1);
  });
});

describe("rcwh update refuses", () => {
  test.for([
    ["", "error: Nothing to change."],
    [
      "--filter posts --add-filter sms",
      "error: --filter replaces the whole set, so it cannot be combined with --add-filter or --remove-filter.",
    ],
    [
      "--add-filter sms --remove-filter sms",
      "error: account/~/extension/~/message-store/instant?type=SMS is in both --add-filter and --remove-filter.",
    ],
    [
      "--add-filter posts --remove-filter glip/posts --remove-filter posts",
      "error: /team-messaging/v1/posts is in both --add-filter and --remove-filter.",
    ],
    ["--add-filter voicemial", 'error: Unknown event filter "voicemial".'],
    [
      "--remove-filter posts",
      "error: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) would have no filters left.",
    ],
    [
      "--remove-filter no/such",
      'error: Unknown event filter "no/such": neither 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) nor the catalogue has it.',
    ],
    [
      "--filter reminder:1d",
      "error: A renewal reminder cannot be a subscription's only filter (SUB-515).",
    ],
    [
      "--filter webinar-sessions",
      "error: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) belongs to the platform API, but the new filters belong to the webinar API.",
    ],
    [
      "--expires-in 7d",
      "error: This would shorten the lifetime of 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) from 30 d to 7 d.",
    ],
    ["--expires-in 0", 'error: Invalid --expires-in value "0": must be at least 1s.'],
    ["--url http://example.com", "error: RingCentral delivers only to https, not to http://."],
  ] as const)('"%s"', async ([flags, message], { emulator, make, rcwh, expect }) => {
    const { short } = await make("--filter posts --expires-in 30d");
    const words = ["update", short, ...flags.split(" ").filter(Boolean)];
    const { stdout, stderr, exitCode } = await rcwh(words);

    expect(stdout).toBe("");
    expect(stderr.split("\n")).toEqual([message, expect.stringMatching(/^hint: [A-Z]/), ""]);
    expect(exitCode).toBe(2);
    expect(changes(emulator)).toEqual([`POST ${collection}`]);
  });

  test("to shorten a lifetime, unless that is allowed", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts --expires-in 10y");

    expect(await rcwh(`update ${short} --expires-in 1d`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: This would shorten the lifetime of 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) from 10 y to 1 d.
      hint: Add --allow-shorter to shorten it anyway.
      ",
        "stdout": "",
      }
    `);
    const { stderr, exitCode } = await rcwh(`update ${short} --expires-in 1d --allow-shorter`);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(putBodies(emulator)).toEqual([{ eventFilters: [posts], expiresIn: 86_400 }]);
  });

  test("to shorten a lifetime that exceeds today's maximum", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    emulator.configure({ defaultLifetime: 473_040_000, maximumLifetime: 473_040_000 });
    const { short } = await make("--filter posts");

    expect(await rcwh(`update ${short} --add-filter sms`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: This would shorten the lifetime of 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) from 15 y to 10 y.
      hint: Add --allow-shorter to shorten it anyway.
      ",
        "stdout": "",
      }
    `);
    expect(putBodies(emulator)).toEqual([]);
  });

  test("an unknown id, and an ambiguous prefix", async ({ make, rcwh, expect }) => {
    await make("--filter posts");
    await make("--filter sms");
    const unknown = await rcwh("update ffffffff --expires-in 30d");
    const ambiguous = await rcwh("update 0000000 --expires-in 30d");

    expect(unknown).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: There is no subscription ffffffff.
      hint: See your subscriptions with \`rcwh list\`; only those of this user and app are visible.
      ",
        "stdout": "",
      }
    `);
    expect(ambiguous).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: "0000000" matches 2 subscriptions: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook), 00000009-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook).
      hint: Use one of these ids.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh update --dry-run", () => {
  test("says that it would change what delivers nothing", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts");
    emulator.blacklist(id);
    const { exitCode, stderr } = await rcwh(`update ${short} --add-filter sms --dry-run`);
    expect(exitCode).toBe(0);
    expect(stderr.replace(/\(\S+\/hook\)/, "(URL)")).toBe(
      `${id} (URL) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.\nNothing was sent (--dry-run).\n`,
    );
  });

  test("prints the PUT", async ({ emulator, make, rcwh, expect }) => {
    const { id, short } = await make("--filter posts --expires-in 30d");
    emulator.clock.advance(1000);
    const words = `update ${short} --add-filter sms --dry-run`;
    const people = await rcwh(words, { tty: true });
    const program = await rcwh(`${words} --json`);

    expect(people).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing was sent (--dry-run).
      ",
        "stdout": "PUT http://127.0.0.1:40100/restapi/v1.0/subscription/00000005-0000-4000-8000-000000000000
      {
        "eventFilters": [
          "/team-messaging/v1/posts",
          "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
        ],
        "expiresIn": 2592000
      }
      ",
      }
    `);
    expect(JSON.parse(program.stdout)).toEqual({
      schemaVersion: 1,
      results: [
        {
          id,
          profile: "environment",
          outcome: "would-update",
          subscription: expect.objectContaining({ id, eventFilters: [posts] }),
          requests: [
            {
              method: "PUT",
              url: `http://127.0.0.1:40100${collection}/${id}`,
              body: {
                eventFilters: [
                  posts,
                  "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
                ],
                expiresIn: 2_592_000,
              },
            },
          ],
        },
      ],
    });
    expect(program.stderr).toBe("");
    expect(changes(emulator)).toEqual([`POST ${collection}`]);
  });

  test("prints the requests of a replacement without its secrets, and does not ask", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts --expires-in 30d --verification-token s3cret");
    emulator.clock.advance(1000);
    const words = `update ${short} --url ${endpoint.url}?key=s3cret --dry-run`;
    const people = await rcwh(words, { tty: true });
    const program = await rcwh(`${words} --json`);

    expect(people).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing was sent (--dry-run).
      ",
        "stdout": "POST http://127.0.0.1:40100/restapi/v1.0/subscription
      {
        "eventFilters": [
          "/team-messaging/v1/posts"
        ],
        "deliveryMode": {
          "transportType": "WebHook",
          "address": "http://127.0.0.1:50100/hook?…",
          "verificationToken": "…"
        },
        "expiresIn": 2592000
      }

      DELETE http://127.0.0.1:40100/restapi/v1.0/subscription/00000005-0000-4000-8000-000000000000
      ",
      }
    `);
    expect(JSON.parse(program.stdout)).toMatchObject({
      schemaVersion: 1,
      results: [
        {
          id,
          outcome: "would-replace",
          requests: [
            {
              method: "POST",
              body: {
                deliveryMode: {
                  address: "http://127.0.0.1:50100/hook?key=s3cret",
                  verificationToken: "…",
                },
              },
            },
            { method: "DELETE" },
          ],
        },
      ],
    });
    expect(program.stderr).toBe("");
    expect(changes(emulator)).toEqual([`POST ${collection}`]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });
});

describe("rcwh update by replacement", () => {
  test("asks, creates the new subscription, verifies it, then deletes the old one", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make(
      "--filter posts,voicemail --expires-in 10y --verification-token s3cret",
    );
    const result = await rcwh(`update ${short} --url ${endpoint.url}/new?key=1`, {
      tty: true,
      columns: 160,
      answers: [true],
    });

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new?…  account/~/extension/~/voicemail, /team-messaging/v1/posts
      The old one is deleted once the new one works; until then events may arrive twice.
      Both delivered for 0 s.
      ",
        "stdout": "ID                                      OUTCOME   EXPIRES  URL                                FILTERS
      00000005-0000-4000-8000-000000000000    replaced  in 10 y  http://127.0.0.1:50100/hook/new?…  /team-messaging/v1/posts
      → 0000000a-0000-4000-8000-000000000000                                                        account/~/extension/~/voicemail
      ",
      }
    `);
    const [made, ...others] = emulator.state().subscriptions;
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      address: `${endpoint.url}/new?key=1`,
      expirationTime: "2036-11-19T12:00:00.000Z",
      hasVerificationToken: true,
    });
    expect(asked(emulator).slice(-6)).toEqual([
      `GET ${collection}`,
      `GET ${collection}`,
      `POST ${collection}`,
      `GET ${collection}/${made?.id.slice(0, 8)}`,
      `DELETE ${collection}/${id.slice(0, 8)}`,
      `GET ${collection}/${id.slice(0, 8)}`,
    ]);
    expect(await stored(directory, "records")).toEqual([
      expect.objectContaining({
        id: made?.id,
        expiresIn: 315_360_000,
        verificationToken: "s3cret",
      }),
    ]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("prints both ids in machine formats", async ({ emulator, endpoint, make, rcwh, expect }) => {
    const { id } = await make("--filter posts");
    const line = await rcwh(`update ${id} --url ${endpoint.url}/new --yes`);
    const newId = emulator.state().subscriptions[0]?.id ?? "";
    const json = await rcwh(`update ${newId} --url ${endpoint.url}/newest --yes --json`);
    const newestId = emulator.state().subscriptions[0]?.id;

    expect(line.stdout).toBe(
      `${id}\treplaced\t2026-11-29T12:00:00.000Z\thttp://127.0.0.1:50100/hook/new\t${posts}\tenvironment\t${newId}\t\n`,
    );
    expect(line.exitCode).toBe(0);
    expect(JSON.parse(json.stdout)).toEqual({
      schemaVersion: 1,
      results: [
        {
          id: newId,
          profile: "environment",
          outcome: "replaced",
          subscription: expect.objectContaining({ id: newestId, status: "Active" }),
          newId: newestId,
        },
      ],
    });
    expect(json.stderr).toBe("");
    expect(json.exitCode).toBe(0);
  });

  test("changes nothing after a no, or if it cannot ask", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts");
    const words = `update ${short} --url ${endpoint.url}/new`;

    expect(await rcwh(words, { tty: true, answers: [false] })).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is deleted once the new one works; until then events may arrive
      twice.
      Nothing was changed.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh(words)).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is deleted once the new one works; until then events may arrive twice.
      Replace 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook)? Cannot prompt for confirmation here. Nothing was changed.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    expect(changes(emulator)).toEqual([`POST ${collection}`]);
  });

  test("changes filters and lifetime in the same step", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts");
    const { exitCode } = await rcwh(
      `update ${short} --url ${endpoint.url}/new --add-filter voicemail --expires-in 30d --yes`,
    );

    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([
      {
        address: `${endpoint.url}/new`,
        eventFilters: [`${own}/voicemail`, posts],
        expirationTime: "2026-12-22T12:00:00.000Z",
      },
    ]);
    expect(putBodies(emulator)).toEqual([]);
  });

  test("tells when a blacklisted one lost events, by its old URL", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts");
    emulator.blacklist(id);
    emulator.clock.advance(7_200_000);
    const words = `update ${id} --url ${endpoint.url}/new`;

    expect((await rcwh(`${words} --dry-run`)).stderr).toMatchInlineSnapshot(`
      "00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.
      Nothing was sent (--dry-run).
      "
    `);
    expect((await rcwh(`${words} --yes`)).stderr).toMatchInlineSnapshot(`
      "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.
      It is deleted once the new one works.
      00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) was blacklisted and is now 0000000e-0000-4000-8000-000000000000: the events of 2 h are lost, from 2026-11-22T12:00:00Z to 2026-11-22T14:00:00Z.
      "
    `);
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
  });

  test.for([
    [true, "is not deleted yet: both deliver. "],
    [false, "is not deleted yet. "],
  ] as const)(
    "says that both deliver if the old one cannot be deleted, where it is healthy: %s",
    async ([healthy, words], { emulator, endpoint, make, rcwh, expect }) => {
      const { id } = await make("--filter posts");
      if (!healthy) emulator.blacklist(id);
      emulator.intercept(
        ({ method }) => (method === "DELETE" ? new Response(null, { status: 503 }) : undefined),
        Number.POSITIVE_INFINITY,
      );
      const { stderr, exitCode } = await rcwh(`update ${id} --url ${endpoint.url}/new --yes -q`);
      expect(stderr).toContain(words);
      expect(exitCode).toBe(5);
    },
  );

  test("generates a new token and shows it once", async ({ directory, make, rcwh, expect }) => {
    const tokens: unknown[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      tokens.push(request.headers["verification-token"]);
      goodHandshake(request, response);
    });
    const { short } = await make(
      `--filter posts --url ${endpoint.url} --verification-token s3cret`,
    );
    const { stdout, stderr, exitCode } = await rcwh(
      `update ${short} --generate-verification-token --yes --debug`,
    );
    const [, token = ""] = /^([\w-]{32})\n/.exec(stdout) ?? [];

    expect(tokens).toEqual(["s3cret", token]);
    expect(stdout.split(token)).toHaveLength(2);
    expect(stderr).not.toContain(token);
    expect(exitCode).toBe(0);
    expect(await stored(directory, "records")).toMatchObject([{ verificationToken: token }]);
  });

  test("prints a new token as a key in JSON and NDJSON", async ({
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts");
    const flags = "--generate-verification-token --yes";
    const json = JSON.parse((await rcwh(`update ${id} ${flags} --json`)).stdout);
    const { stdout } = await rcwh(`update ${endpoint.url} ${flags} -o ndjson`);
    const [first, line] = stdout
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each));

    expect(json).toMatchObject({
      schemaVersion: 1,
      results: [{ id, outcome: "replaced" }],
      verificationToken: expect.stringMatching(/^[\w-]{32}$/),
    });
    expect(first).toEqual({ verificationToken: expect.stringMatching(/^[\w-]{32}$/) });
    expect(line).toMatchObject({ id: json.results[0].newId, outcome: "replaced" });
  });

  test("warns that the endpoint must accept both tokens", async ({ make, rcwh, expect }) => {
    const { short } = await make("--filter posts --verification-token s3cret");
    const { stderr, exitCode } = await rcwh(`update ${short} --verification-token-file - --yes`, {
      stdin: "another",
    });

    expect(stderr).toMatchInlineSnapshot(`
      "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      The old one is deleted once the new one works; until then events may arrive twice.
      Until then deliveries carry the old or the new verification token: your endpoint must accept both.
      Both delivered for 0 s.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("warns that the token of an unrecorded subscription is unknown", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts --verification-token s3cret", {
      foreign: true,
    });
    // It is on record after rcwh changed it, but its token is still unknown.
    await rcwh(`update ${short} --expires-in 30d`);
    expect(await stored(directory, "records")).toMatchObject([{ id, foreign: true }]);
    const { stderr, exitCode } = await rcwh(`update ${short} --url ${endpoint.url}/new --yes`);

    expect(stderr).toMatchInlineSnapshot(`
      "warning: rcwh did not create 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook), so it cannot know whether it has a verification token. The new one gets none; set one with --verification-token-file.
      RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is deleted once the new one works; until then events may arrive twice.
      Both delivered for 0 s.
      "
    `);
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ hasVerificationToken: false }]);
    expect(await stored(directory, "records")).not.toMatchObject([{ foreign: true }]);
  });

  test("refuses an unknown token with --require-token", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts", { foreign: true });
    const words = `update ${short} --url ${endpoint.url}/new --require-token --yes`;

    expect(await rcwh(words)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: rcwh did not create 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook), so it cannot know whether it has a verification token. Nothing was changed.
      hint: Give the token with --verification-token-file, or leave out --require-token.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toMatchObject([{ id }]);
    const { exitCode } = await rcwh(`${words} --verification-token-file -`, { stdin: "s3cret" });
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ hasVerificationToken: true }]);
  });

  test("changes nothing if the new endpoint is refused", async ({
    directory,
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts");
    const before = await stored(directory, "records");
    await using endpoint = await httpEndpoint((_, response) => response.writeHead(404).end());
    const { stdout, stderr, exitCode } = await rcwh(
      `update ${short} --url ${endpoint.url} --yes -q`,
    );

    expect(stdout).toBe("");
    expect(stderr.replaceAll(endpoint.url, "<url>")).toMatchInlineSnapshot(`
      "error: RingCentral refused to create the subscription: WebHook responds with incorrect HTTP status. HTTP status is 404 (SUB-522). 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is unchanged.
      hint: Make the endpoint answer the handshake with exactly 200, without a redirect or a login; \`rcwh check <url>\` shows what it answers.
      "
    `);
    expect(exitCode).toBe(6);
    expect(emulator.state().subscriptions).toMatchObject([{ id }]);
    expect(await stored(directory, "records")).toEqual(before);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("keeps the old subscription if the new one is not Active", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts");
    emulator.intercept((request) => {
      if (request.method === "GET" && !request.url.endsWith(collection)) {
        const made = emulator.state().subscriptions[1]?.id ?? "";
        emulator.blacklist(made);
      }
      return undefined;
    });
    const result = await rcwh(`update ${short} --url ${endpoint.url}/new --yes -q`);

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "error: The new subscription was Blacklisted at once, so it was deleted. 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is unchanged.
      hint: Fix the endpoint until \`rcwh check http://127.0.0.1:50100/hook/new --event\` passes, then run the same command again.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toMatchObject([{ id }]);
    expect(await stored(directory, "records")).toMatchObject([{ id }]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("finds the new subscription if the answer is lost", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { short } = await make("--filter posts");
    loseAnswers(emulator, `POST ${collection}`, {
      processed: true,
      answer: losses["a gateway's 502"],
    });
    const { exitCode } = await rcwh(`update ${short} --url ${endpoint.url}/new --yes`);

    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/new` }]);
  });

  test("does not mistake the old subscription for the new one if the answer is lost", async ({
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts --verification-token s3cret");
    loseAnswers(emulator, `POST ${collection}`, {
      processed: false,
      answer: losses["a gateway's 502"],
    });
    const { exitCode } = await rcwh(`update ${id} --generate-verification-token --yes`);

    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toHaveLength(1);
    expect(emulator.state().subscriptions).not.toMatchObject([{ id }]);
  });

  test("reports what remains if the old subscription cannot be deleted", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts");
    const restore = emulator.intercept(
      ({ method }) => (method === "DELETE" ? new Response(null, { status: 503 }) : undefined),
      Number.POSITIVE_INFINITY,
    );
    const result = await rcwh(`update ${short} --url ${endpoint.url}/new --yes -q`);

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: 0000000a-0000-4000-8000-000000000000 was created, but 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is not deleted yet: both deliver. RingCentral could not delete the subscription 00000005-0000-4000-8000-000000000000: Service Unavailable (HTTP 503)
      hint: Finish it with \`rcwh renew\`, which deletes the old one.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toHaveLength(2);
    restore();
    const again = await rcwh(`update ${id} --url ${endpoint.url}/new --yes`);
    expect(again).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Finished an earlier run's replacement: 0000000a-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/new) replaces 00000005-0000-4000-8000-000000000000.
      0000000a-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/new) is already up to date. Nothing was sent.
      ",
        "stdout": "0000000a-0000-4000-8000-000000000000	unchanged	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/new	/team-messaging/v1/posts	environment		
      ",
      }
    `);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/new` }]);
  });

  test("does nothing if the subscription disappears during the confirmation", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts");
    let lists = 0;
    emulator.intercept(async (request) => {
      if (request.method !== "GET") return undefined;
      lists++;
      if (lists === 2) {
        const { headers } = request;
        await emulator.fetch(new Request(`${request.url}/${id}`, { method: "DELETE", headers }));
      }
      return undefined;
    });
    const result = await rcwh(`update ${short} --url ${endpoint.url}/new --yes -q`);

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) no longer exists: somebody deleted or replaced it. Nothing was changed.
      hint: See what exists with \`rcwh list\`.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("finds nothing to change on a WebSocket", async ({ emulator, endpoint, rcwh, expect }) => {
    const socket = {
      id: "50c7e700-0000-4000-8000-000000000000",
      uri: "https://platform.ringcentral.com/restapi/v1.0/subscription/50c7e700",
      eventFilters: [posts],
      creationTime: "2026-11-22T12:00:00.000Z",
      expirationTime: "2026-11-23T12:00:00.000Z",
      expiresIn: 86_400,
      status: "Active",
      deliveryMode: { transportType: "WebSocket", encryption: false },
    };
    emulator.intercept(
      ({ method }) =>
        method === "GET" ? Response.json({ uri: socket.uri, records: [socket] }) : undefined,
      Number.POSITIVE_INFINITY,
    );

    expect((await rcwh("update 50c7e700 --add-filter sms")).exitCode).toBe(2);
    expect(putBodies(emulator)).toEqual([]);
    expect(await rcwh(`update 50c7e700 --url ${endpoint.url} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: 50c7e700-0000-4000-8000-000000000000 (/team-messaging/v1/posts) is a WebSocket subscription, and rcwh changes only webhooks.
      hint: Create a webhook with \`rcwh create\`.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh update at the limit of subscriptions", () => {
  const full = { subscriptionLimit: 1 };

  test("refuses at 30 of 30 and suggests --break-before-make", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    for (let count = 0; count < 30; count++) await make("--filter posts");
    const [oldest] = emulator.state().subscriptions;
    const result = await rcwh(`update ${oldest?.id} --url ${endpoint.url}/new --yes`);

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "error: There are 30 subscriptions, and RingCentral allows 30: the new one does not fit while 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) exists.
      hint: Choose one to delete with \`rcwh list\`, then delete it. Or add --break-before-make, which loses events in between.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions[0]).toEqual(oldest);
  });

  test("suggests it too if the server's limit is lower", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    emulator.configure(full);
    const { id } = await make("--filter posts");
    const result = await rcwh(`update ${id} --url ${endpoint.url}/new --yes -q`);

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "error: RingCentral refused to create the subscription: Subscriptions limit exceeded (SUB-505). Nothing was changed.
      hint: Choose one to delete with \`rcwh list\`, then delete it. Or add --break-before-make, which loses events in between.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toMatchObject([{ id }]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("--break-before-make checks the endpoint, deletes, then creates", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id, short } = await make("--filter posts --expires-in 10y --verification-token s3cret");
    fillToLimit(emulator);
    const handshakes = endpoint.handshakes();
    const result = await rcwh(`update ${id} --url ${endpoint.url}/new --break-before-make`, {
      tty: true,
      columns: 160,
      answers: [true],
    });

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is deleted first: events are lost until the new one is created.
      No events were delivered for 0 s.
      ",
        "stdout": "ID                                      OUTCOME   EXPIRES  URL                              FILTERS
      00000005-0000-4000-8000-000000000000    replaced  in 10 y  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      → 0000000e-0000-4000-8000-000000000000
      ",
      }
    `);
    expect(endpoint.handshakes()).toBe(handshakes + 2);
    expect(changes(emulator).slice(1)).toEqual([
      `DELETE ${collection}/${short}`,
      `POST ${collection}`,
    ]);
    expect(await stored(directory, "records")).toMatchObject([
      { expiresIn: 315_360_000, verificationToken: "s3cret", address: `${endpoint.url}/new` },
    ]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("--break-before-make tells when a blacklisted one lost events", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts");
    emulator.blacklist(id);
    emulator.clock.advance(1_800_000);
    fillToLimit(emulator);
    const words = `update ${id} --url ${endpoint.url}/new --break-before-make --yes`;

    expect((await rcwh(words)).stderr).toMatchInlineSnapshot(`
      "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.
      The old one is deleted first: events are lost until the new one is created.
      00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) was blacklisted and is now 0000000e-0000-4000-8000-000000000000: the events of 30 min are lost, from 2026-11-22T12:00:00Z to 2026-11-22T12:30:00Z.
      "
    `);
  });

  test("--break-before-make is ignored below the limit", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts --expires-in 30d");
    const words = `update ${id} --url ${endpoint.url}/new --break-before-make --yes`;
    const planned = await rcwh(`${words} --dry-run --json`);
    const { stderr, exitCode } = await rcwh(words);

    const { results } = JSON.parse(planned.stdout);
    expect(results[0].requests).toMatchObject([{ method: "POST" }, { method: "DELETE" }]);
    expect(stderr).toMatchInlineSnapshot(`
      "--break-before-make is ignored: with 1 of 30 subscriptions there is room to create the new one first.
      RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is deleted once the new one works; until then events may arrive twice.
      Both delivered for 0 s.
      "
    `);
    expect(exitCode).toBe(0);
    expect(changes(emulator).slice(1)).toEqual([
      `POST ${collection}`,
      `DELETE ${collection}/${id.slice(0, 8)}`,
    ]);
  });

  test("--break-before-make deletes first if the server's limit is lower", async ({
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    emulator.configure(full);
    const { id } = await make("--filter posts --expires-in 30d");
    const words = `update ${id} --url ${endpoint.url}/new --break-before-make --yes`;
    const { stderr, exitCode } = await rcwh(words);

    expect(stderr).toMatchInlineSnapshot(`
      "--break-before-make is ignored: with 1 of 30 subscriptions there is room to create the new one first.
      RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook/new  /team-messaging/v1/posts
      The old one is deleted once the new one works; until then events may arrive twice.
      RingCentral has no room for the new one. The old one is deleted first: events are lost until the new one is created.
      No events were delivered for 0 s.
      "
    `);
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/new` }]);
  });

  test("--break-before-make deletes nothing if the endpoint fails the local check", async ({
    directory,
    emulator,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts");
    fillToLimit(emulator);
    const port = await closedPort();
    await using wrong = await httpEndpoint((_, response) => response.end());
    const words = (url: string) =>
      `update ${id} --url ${url}?key=s3cret --break-before-make --yes -q`;
    const unreachable = await rcwh(words(`http://127.0.0.1:${port}/hook`));
    const silent = await rcwh(words(wrong.url));

    expect(unreachable.stderr.replaceAll(String(port), "50200")).toMatchInlineSnapshot(`
      "error: Checked from here, http://127.0.0.1:50200/hook?… fails RingCentral's handshake: tcp-ipv4: connect ECONNREFUSED 127.0.0.1:50200 (SUB-521). Nothing was changed.
      hint: Start the endpoint: nothing on this machine listens on port 50200.
      "
    `);
    expect(unreachable.exitCode).toBe(6);
    expect(silent.stderr.replaceAll(String(wrong.port), "50200")).toMatchInlineSnapshot(`
      "error: Checked from here, http://127.0.0.1:50200?… fails RingCentral's handshake: validation-token: missing (SUB-520). Nothing was changed.
      hint: Make the endpoint copy the Validation-Token request header to its response.
      "
    `);
    expect(silent.exitCode).toBe(6);
    expect(emulator.state().subscriptions).toMatchObject([{ id }]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("restores the old subscription if the new one is refused", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts,sms --expires-in 30d --verification-token s3cret");
    fillToLimit(emulator);
    const refusal = { errorCode: "SUB-521", message: "WebHook is not reachable", errors: [] };
    emulator.intercept(({ method, url }) =>
      method === "POST" && url.endsWith(collection)
        ? Response.json(refusal, { status: 400 })
        : undefined,
    );
    const result = await rcwh(
      `update ${id} --url ${endpoint.url}/new --break-before-make --yes -q`,
    );

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "error: RingCentral refused to create the subscription: WebHook is not reachable (SUB-521). 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) was re-created: it is 0000000f-0000-4000-8000-000000000000 now.
      hint: Make sure that the name resolves, the firewall admits RingCentral, and the answer takes less than 3 s; \`rcwh check http://127.0.0.1:50100/hook/new\` shows what it answers.
      ",
        "stdout": "",
      }
    `);
    const [again, ...others] = emulator.state().subscriptions;
    expect(others).toEqual([]);
    expect(again).toMatchObject({
      address: endpoint.url,
      expirationTime: "2026-12-22T11:59:59.000Z",
      hasVerificationToken: true,
    });
    expect(await stored(directory, "records")).toMatchObject([
      { id: again?.id, verificationToken: "s3cret" },
    ]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("keeps the definition for the next run if restoring fails too", async ({
    directory,
    emulator,
    endpoint,
    make,
    rcwh,
    expect,
  }) => {
    const { id } = await make("--filter posts --verification-token s3cret");
    const empty = fillToLimit(emulator);
    const refusal = { errorCode: "SUB-521", message: "WebHook is not reachable", errors: [] };
    const restore = emulator.intercept(
      ({ method, url }) =>
        method === "POST" && url.endsWith(collection)
          ? Response.json(refusal, { status: 400 })
          : undefined,
      Number.POSITIVE_INFINITY,
    );
    const result = await rcwh(
      `update ${id} --url ${endpoint.url}/new --break-before-make --yes -q`,
    );
    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "error: RingCentral refused to create the subscription: WebHook is not reachable (SUB-521). 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is deleted and could not be re-created. RingCentral refused to create the subscription: WebHook is not reachable (SUB-521).
      hint: Fix the endpoint, then run \`rcwh renew\`: it re-creates the old one.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
    empty();
    expect(await rcwh("renew -q")).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: An earlier run began to replace 00000005-0000-4000-8000-000000000000 with a new one for http://127.0.0.1:50100/hook, and it cannot be finished yet. RingCentral refused to create the subscription: WebHook is not reachable (SUB-521).
      hint: Make sure that the name resolves, the firewall admits RingCentral, and the answer takes less than 3 s; \`rcwh check http://127.0.0.1:50100/hook\` shows what it answers.
      ",
        "stdout": "00000005-0000-4000-8000-000000000000	unfinished				environment		An earlier run began to replace 00000005-0000-4000-8000-000000000000 with a new one for http://127.0.0.1:50100/hook, and it cannot be finished yet. RingCentral refused to create the subscription: WebHook is not reachable (SUB-521).
      ",
      }
    `);

    restore();
    expect((await rcwh("renew")).stderr).toMatchInlineSnapshot(`
      "Undid an earlier run's replacement: 00000005-0000-4000-8000-000000000000 was re-created as 00000016-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook).
      1 not due.
      "
    `);
    expect(emulator.state().subscriptions).toMatchObject([
      { address: endpoint.url, hasVerificationToken: true },
    ]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });
});
