import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { asked, collection } from "../support/faults.ts";
import { test as base } from "../support/rcwh.ts";

const idOf = (user: number) => String(7_000_000_000 + user);
const list = "GET /restapi/v1.0/account/~/extension";

/** User 1 is the administrator of 250 extensions. */
const company = {
  1: { extensions: 250, name: "Ada Lovelace", department: "Research" },
  2: { name: "Jane Doe", site: 5, department: "Support" },
  3: { name: "Grace Hopper", site: 5, department: "research" },
  4: { name: "Support", type: "Department", members: [2, 6, 7] },
  5: { name: "Berlin", type: "Site" },
  6: { name: "Gone Fishing", status: "Disabled" },
  7: { name: "Kim Lee" },
  8: { name: "Hotline", type: "Department", members: [3, 7] },
  9: { name: "Hotline", type: "Department", members: [2] },
} as const;

// Each test reads the list more often in a minute than a client may.
const test = base.extend({ emulatorSettings: { users: company, rateLimits: "off" } });

/** The users whose extensions the emulator's subscriptions name, for each subscription. */
function usersIn(emulator: Emulator): readonly (readonly number[])[] {
  return emulator.state().subscriptions.map(({ eventFilters }) =>
    eventFilters
      .flatMap((filter) => /\/extension\/(\d+)/.exec(filter)?.[1] ?? [])
      .map((id) => Number(id) - 7_000_000_000)
      .sort((one, other) => one - other),
  );
}

describe("rcwh create --extensions", () => {
  test("makes one filter for each enabled user, in as few subscriptions as may be", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { stdout, stderr, exitCode } = await rcwh(
      `create --filter sms --url ${endpoint.url} --extensions all`,
    );

    expect(stderr).toMatchInlineSnapshot(`
      "245 extensions: 3 subscriptions.
      They expire in 7 d, RingCentral's default. Keep them alive with \`rcwh renew\` from cron, or choose a longer --expires-in.
      "
    `);
    expect(exitCode).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(3);
    const users = usersIn(emulator);
    expect(users.map(({ length }) => length)).toEqual([100, 100, 45]);
    const everybody = Array.from({ length: 250 }, (_, index) => index + 1);
    const others = [4, 5, 6, 8, 9];
    expect(users.flat()).toEqual(everybody.filter((user) => !others.includes(user)));
    expect(asked(emulator)).toEqual([
      ...[1, 2, 3].map(() => list),
      `GET ${collection}`,
      ...[1, 2, 3].map(() => `POST ${collection}`),
    ]);

    await emulator.sendEvent({
      filter: "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
      user: 203,
    });
    expect(endpoint.events).toMatchObject([
      { event: expect.stringContaining(`/extension/${idOf(203)}/`) },
    ]);
  });

  const selections: readonly (readonly [string, readonly number[]])[] = [
    ["101,103", [1, 3]],
    [`${idOf(7)}, 101`, [1, 7]],
    ["queue:Support", [2, 7]],
    ["queue:support,107,102", [2, 7]],
    ["queue:108", [3, 7]],
    ["site:Berlin", [2, 3]],
    ["site:BERLIN,queue:Support", [2, 3, 7]],
    ["department:Research", [1, 3]],
  ];
  test("resolves each kind of selector", async ({ emulator, endpoint, rcwh, expect }) => {
    for (const [selectors, users] of selections) {
      const words = ["--url", endpoint.url, "--extensions", selectors, "--dry-run", "--json"];
      const { stdout, exitCode } = await rcwh(["create", "--filter", "voicemail", ...words]);
      const { requests } = JSON.parse(stdout);
      expect([selectors, exitCode, requests.length, requests[0].body.eventFilters]).toEqual([
        selectors,
        0,
        1,
        users.map((user) => `/restapi/v1.0/account/~/extension/${idOf(user)}/voicemail`),
      ]);
    }
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("asks for each queue's members once, and leaves out who is not enabled", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { stderr } = await rcwh(
      `create --filter voicemail --url ${endpoint.url} --extensions queue:Support --expires-in 7d`,
    );
    expect(stderr).toMatchInlineSnapshot(`
      "warning: Extension 106 Gone Fishing is Disabled: left out.
      2 extensions: 1 subscription.
      "
    `);
    expect(asked(emulator)).toEqual([
      ...[1, 2, 3].map(() => list),
      `GET /restapi/v1.0/account/~/call-queues/${idOf(4)}/members`,
      `GET ${collection}`,
      `POST ${collection}`,
    ]);
  });

  test("refuses names that nobody has, or several", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const errors: string[] = [];
    for (const selector of [
      "110101",
      "queue:Suport",
      "queue:Hotline",
      "site:Berlim",
      "department:Reserch",
      "department:Support",
      "department:hotline",
      "Support",
      "ALL",
      "queue:",
      "Ada's",
      "",
      " , ",
      "queue:Berlin, EU",
      "106",
    ]) {
      const { stderr, exitCode } = await rcwh([
        ...["create", "--filter", "voicemail", "--url", endpoint.url],
        ...["--extensions", selector],
      ]);
      expect([selector, exitCode]).toEqual([selector, 2]);
      errors.push(stderr);
    }
    expect(errors.join("")).toMatchInlineSnapshot(`
      "error: No extension of the account has the number or id 110101.
      hint: Closest matches: 101 Ada Lovelace, 110 User 10, 111 User 11.
      error: The account has no call queue "Suport".
      hint: Closest matches: queue:Support, queue:Hotline.
      error: queue:Hotline is ambiguous: 2 call queues have that name.
      hint: Use queue:108 or queue:109.
      error: The account has no site "Berlim".
      hint: Closest matches: site:Berlin, 'site:Main Site'.
      error: No user of the account is in a department "Reserch", and no call queue has that name.
      hint: Closest matches: department:Research, department:research, department:Support.
      error: department:Support is ambiguous: it is the department of a user, and a call queue.
      hint: Name the call queue with queue:Support, or users by their numbers.
      error: queue:hotline is ambiguous: 2 call queues have that name.
      hint: Use queue:108 or queue:109.
      error: Invalid extension "Support": use all, an extension number or id, queue:<name>, site:<name> or department:<name>.
      hint: If that is a call queue, write queue:Support; if it is a site, site:Support.
      error: Invalid extension "ALL": use all, an extension number or id, queue:<name>, site:<name> or department:<name>.
      hint: Write all.
      error: Invalid extension "queue:": use all, an extension number or id, queue:<name>, site:<name> or department:<name>.
      hint: Add the name to queue:.
      error: Invalid extension "Ada's": use all, an extension number or id, queue:<name>, site:<name> or department:<name>.
      error: The value of --extensions is empty.
      hint: Choose extensions, such as --extensions all.
      error: Invalid extension " , ": use all, an extension number or id, queue:<name>, site:<name> or department:<name>.
      error: The account has no call queue "Berlin, EU".
      hint: Closest matches: queue:Hotline, queue:Support.
      warning: Extension 106 Gone Fishing is Disabled: left out.
      error: No enabled user of the account matches 106.
      hint: See the users in the account's admin portal, or give an extension number.
      "
    `);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("refuses filters that are not about an extension", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const errors: string[] = [];
    for (const filter of ["posts", "account-presence", "account/~/extension/123/voicemail"]) {
      const { stderr, exitCode } = await rcwh(
        `create --filter ${filter} --url ${endpoint.url} --extensions all`,
      );
      expect([filter, exitCode]).toEqual([filter, 2]);
      errors.push(stderr);
    }
    expect(errors.join("")).toMatchInlineSnapshot(`
      "error: /team-messaging/v1/posts is about no extension: it only delivers what the signed-in user sees.
      hint: Give it a subscription of its own, without extensions.
      account/~/presence covers every user of the account: expect many events.
      error: account/~/presence is about the whole account: one subscription without extensions receives all events.
      hint: Give it a subscription of its own, without extensions.
      error: account/~/extension/123/voicemail is about one extension already, so it cannot be repeated for several extensions.
      hint: Write ~ in place of the extension's id.
      "
    `);
    expect(asked(emulator)).toEqual([]);
  });

  test("explains what the app or the user lacks", async ({ emulator, endpoint, rcwh, expect }) => {
    const create = `create --filter voicemail --url ${endpoint.url} --extensions all`;
    const scopes = emulatorApp.scopes.filter((scope) => scope !== "ReadAccounts");
    emulator.configure({ apps: [{ ...emulatorApp, scopes }] });
    const withoutScope = await rcwh(create);
    expect(withoutScope.stderr).toMatchInlineSnapshot(`
      "error: RingCentral refused to list the account's extensions: To call this API, application needs to have [ReadAccounts] permission (CMN-401)
      hint: Add the scope ReadAccounts to the app in the Developer Console, then try again.
      "
    `);
    expect(withoutScope.exitCode).toBe(4);

    const [ada] = [company[1]];
    emulator.configure({
      apps: null,
      users: { ...company, 1: { ...ada, missingPermissions: ["ReadExtensions"] } },
    });
    const withoutPermission = await rcwh(create);
    expect(withoutPermission.stderr).toMatchInlineSnapshot(`
      "error: RingCentral refused to list the account's extensions: To call this API, user needs to have [ReadExtensions] permission (CMN-408)
      hint: Ask the account's administrator to give the user's role the permission ReadExtensions, then try again.
      "
    `);
    expect(withoutPermission.exitCode).toBe(4);
  });

  test("explains that colleagues' messages take a super administrator", async ({
    emulator,
    endpoint,
    rcwh,
    signedIn,
    expect,
  }) => {
    const { stderr, exitCode } = await rcwh(
      `create --filter sms --url ${endpoint.url} --extensions queue:108`,
      { env: { ...signedIn, RCWH_JWT: "user-2" } },
    );
    expect(stderr).toMatchInlineSnapshot(`
      "2 extensions: 1 subscription.
      error: RingCentral refused to create the subscription: Not allowed subscribe for messages to other extensions (SUB-405). Only a super administrator may subscribe to other extensions.
      hint: Sign in as that user, or as a super administrator, with \`rcwh login --profile <name>\`.
      "
    `);
    expect(exitCode).toBe(4);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("says what exists after a failure, and goes on from there", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const create = `create --filter sms --url ${endpoint.url} --extensions all --expires-in 7d`;
    emulator.configure({ subscriptionLimit: 1 });
    const failed = await rcwh(create);
    expect(failed.stderr).toMatchInlineSnapshot(`
      "245 extensions: 3 subscriptions.
      error: Created 1 of 3 subscriptions. RingCentral refused to create the subscription: Subscriptions limit exceeded (SUB-505).
      hint: Find an unused one with \`rcwh list\`, then run \`rcwh delete <id>\`.
      hint: Run the same command again with --if-exists reuse: it creates what is missing.
      "
    `);
    expect(failed.exitCode).toBe(7);
    expect(failed.stdout.trim().split("\n")).toHaveLength(1);
    expect(usersIn(emulator).map(({ length }) => length)).toEqual([100]);

    const again = await rcwh(create);
    expect(again.stderr).toMatchInlineSnapshot(`
      "error: 1 subscription to the same URL already delivers 100 of the 245 filters. Another one would deliver those events twice.
      hint: Create only what is missing with --if-exists reuse, or everything again with --if-exists new.
      "
    `);
    expect(again.exitCode).toBe(1);

    emulator.configure({ subscriptionLimit: null as never });
    const planned = await rcwh(`${create} --if-exists reuse --dry-run`);
    expect(planned.stderr).toMatchInlineSnapshot(`
      "245 extensions: 1 of 3 subscriptions exists, 2 to create.
      Nothing was sent (--dry-run).
      "
    `);
    const json = await rcwh(`${create} --if-exists reuse --json`);
    expect(json.stderr).toBe("");
    expect(JSON.parse(json.stdout).subscriptions).toHaveLength(3);
    const users = usersIn(emulator);
    expect(users.map(({ length }) => length)).toEqual([100, 100, 45]);
    expect(new Set(users.flat()).size).toBe(245);

    const done = await rcwh(`${create} --if-exists reuse`);
    expect(done.stderr).toMatchInlineSnapshot(`
      "245 extensions: 3 subscriptions exist already, unchanged.
      "
    `);
    expect(done.exitCode).toBe(0);
    expect(usersIn(emulator)).toEqual(users);
  });

  test("checks the quota before it creates anything", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const create = `create --filter sms,voicemail --url ${endpoint.url} --extensions all`;
    const { stderr, exitCode } = await rcwh(`${create} --filters-per-subscription 10`);
    expect(stderr).toMatchInlineSnapshot(`
      "error: 490 filters make 49 subscriptions, and RingCentral has room for 30 (the limit is 30). Nothing was created.
      hint: Choose one to delete with \`rcwh list\`, then delete it, or put more filters into each with --filters-per-subscription 17.
      "
    `);
    expect(exitCode).toBe(1);
    expect(emulator.state().subscriptions).toEqual([]);

    const { stdout } = await rcwh(`${create} --filters-per-subscription 17 --dry-run --json`);
    expect(JSON.parse(stdout).requests).toHaveLength(29);
  });

  test("gives each subscription the reminder and the token", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { stdout, exitCode } = await rcwh(
      `create --filter sms --remind 3d/12h --url ${endpoint.url} --extensions 101,102,103 --filters-per-subscription 3 --generate-verification-token --json`,
    );
    expect(exitCode).toBe(0);
    const { verificationToken, subscriptions } = JSON.parse(stdout);
    expect(verificationToken).toMatch(/^\S{20,}$/);
    expect(subscriptions).toHaveLength(2);
    expect(usersIn(emulator)).toEqual([[1, 2], [3]]);
    for (const { eventFilters, hasVerificationToken } of emulator.state().subscriptions) {
      expect(hasVerificationToken).toBe(true);
      expect(eventFilters.filter((filter) => filter.includes("threshold=259200"))).toHaveLength(1);
    }
  });

  test("shows people how many extensions there are", async ({ endpoint, rcwh, expect }) => {
    const words = `--url ${endpoint.url} --extensions all --expires-in 7d`;
    const terminal = { tty: true, columns: 150 };
    const create = `create --filter sms,voicemail ${words} --filters-per-subscription 250`;
    const created = await rcwh(create, terminal);
    const { stdout } = await rcwh("list", terminal);
    expect(created.stdout).toContain(stdout);
    expect(stdout).toMatchInlineSnapshot(`
      "ID                                    STATUS  EXPIRES  URL                          FILTERS
      00000008-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  account/~/extension/(125 extensions)/voicemail
                                                                                          account/~/extension/(125 extensions)/message-store/instant
                                                                                          ?type=SMS
      0000000b-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  account/~/extension/(120 extensions)/voicemail
                                                                                          account/~/extension/(120 extensions)/message-store/instant
                                                                                          ?type=SMS
      "
    `);
  });
});

/** Answers the pages of the extension list with what `lie` makes of them. */
function lieAbout(
  emulator: Emulator,
  lie: (page: number, body: Page, call: number) => Page | undefined,
): { readonly stop: () => void; readonly calls: () => number } {
  let inside = false;
  let calls = 0;
  const stop = emulator.intercept(async (request) => {
    const url = new URL(request.url);
    if (inside || !url.pathname.endsWith("/account/~/extension")) return undefined;
    inside = true;
    const answer = await emulator.fetch(request.clone());
    inside = false;
    calls += 1;
    const body = (await answer.json()) as Page;
    return Response.json(lie(Number(url.searchParams.get("page")), body, calls) ?? body);
  }, 1000);
  return { stop, calls: () => calls };
}

interface Page {
  readonly records: readonly { readonly id: number }[];
  readonly paging?: Readonly<Record<string, number>>;
  readonly navigation?: object;
}

describe("a list of extensions that lies", () => {
  const lies: Readonly<Record<string, (page: number, body: Page, call: number) => Page>> = {
    "repeats its first page": (page, body) =>
      page === 2 ? { ...body, records: [{ id: 7_000_000_001 }] } : body,
    "ends early": (page, body) => (page < 3 ? body : { ...body, records: [] }),
    "loses a record": (page, body) =>
      page === 2 ? { ...body, records: body.records.slice(1) } : body,
    "sends another page than asked for": (page, body) =>
      page === 2 ? { ...body, paging: { ...body.paging, page: 1 } } : body,
    "has another total each time": (_, body, call) => ({
      ...body,
      paging: { ...body.paging, totalElements: 249 + (call % 2) },
    }),
    "has more than it says": (_, body) => ({
      ...body,
      navigation: {},
      paging: { ...body.paging, totalElements: 100, totalPages: 3 },
    }),
  };
  test("makes nothing be created", async ({ emulator, endpoint, rcwh, expect }) => {
    for (const [name, lie] of Object.entries(lies)) {
      const { stop } = lieAbout(emulator, lie);
      const { stderr, exitCode } = await rcwh(
        `create --filter sms --url ${endpoint.url} --extensions all`,
      );
      stop();
      expect([name, exitCode, stderr.split("(")[0]]).toEqual([
        name,
        5,
        "error: Could not list the account's extensions: RingCentral's list is incomplete, 3 times in a row ",
      ]);
    }
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("is read again where somebody joined meanwhile", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { calls } = lieAbout(emulator, (_, body, call) => {
      // Whoever is first on the second page moves to the first.
      if (call === 1) emulator.configure({ users: { ...company, 50: { status: "Deleted" } } });
      return body;
    });
    const { exitCode } = await rcwh(`create --filter sms --url ${endpoint.url} --extensions all`);
    expect(exitCode).toBe(0);
    const users = usersIn(emulator).flat();
    expect([users.length, users.includes(50), users.includes(101)]).toEqual([244, false, true]);
    expect(calls()).toBe(5);
  });

  test("is believed without a total, and with ids as text", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    lieAbout(emulator, (_, { records }) => ({
      records: records.map((record) => ({ ...record, id: String(record.id) as never })),
    }));
    const { exitCode } = await rcwh(`create --filter sms --url ${endpoint.url} --extensions all`);
    expect(exitCode).toBe(0);
    expect(usersIn(emulator).flat()).toHaveLength(245);
  });

  test("is refused with an id that is none", async ({ emulator, endpoint, rcwh, expect }) => {
    lieAbout(emulator, (_, body) => ({ ...body, records: [{ id: "7/../../x" as never }] }));
    const { stderr, exitCode } = await rcwh(
      `create --filter sms --url ${endpoint.url} --extensions all`,
    );
    expect([exitCode, stderr.split("\n")[0]]).toEqual([
      1,
      "error: Unexpected answer from RingCentral when trying to list the account's extensions: a record has no valid `id`.",
    ]);
  });
});

test("an account of more than a thousand is read in large pages", async ({
  emulator,
  endpoint,
  rcwh,
  expect,
}) => {
  emulator.configure({ users: { 1: { extensions: 1100 } } });
  const { exitCode } = await rcwh(
    `create --filter sms --url ${endpoint.url} --extensions all --filters-per-subscription 1000`,
  );
  expect(exitCode).toBe(0);
  expect(usersIn(emulator).map(({ length }) => length)).toEqual([1000, 100]);
  expect(asked(emulator).filter((line) => line === list)).toHaveLength(3);
});
