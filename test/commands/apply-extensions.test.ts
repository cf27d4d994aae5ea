import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import type { UserSettings } from "../../src/emulator/settings.ts";
import { collection } from "../support/faults.ts";
import { test as base, type RunResult } from "../support/rcwh.ts";

const list = "GET /restapi/v1.0/account/~/extension";
const subscriptions = `GET ${collection}`;

const test = base
  .extend({ emulatorSettings: { rateLimits: "off", users: { 1: { extensions: 500 } } } })
  .extend<{ write: (text: string) => Promise<string> }>({
    write: async ({ directory, endpoint }, use) =>
      use(async (text) => {
        const file = join(directory, "rcwh.yaml");
        await writeFile(file, text.replaceAll("<url>", endpoint.url));
        return file;
      }),
  });

/** The endpoint, as the output has it. */
const steadyUrl = "http://127.0.0.1:50100/hook";

const everybody = `version: 1
webhooks:
  texts:
    url: <url>
    filters: [sms]
    expiresIn: 30d
    extensions: all
`;

/** The users whose extensions the subscriptions name, by the id of each. */
function usersIn(emulator: Emulator): ReadonlyMap<string, readonly number[]> {
  return new Map(
    emulator.state().subscriptions.map(({ id, eventFilters }) => [
      id,
      eventFilters
        .flatMap((filter) => /\/extension\/(\d+)/.exec(filter)?.[1] ?? [])
        .map((id) => Number(id) - 7_000_000_000)
        .sort((one, other) => one - other),
    ]),
  );
}

function change(emulator: Emulator, users: Readonly<Record<number, UserSettings>>): void {
  emulator.configure({ users: { ...emulator.settings.users, ...users } });
}

/** Forgets the requests and returns them, sign-in apart. */
function takeRequests(emulator: Emulator): readonly string[] {
  const lines = emulator.requests
    .filter(({ path }) => !path.startsWith("/restapi/oauth"))
    .map(({ method, path }) => `${method} ${path}`);
  emulator.clearLog();
  return lines;
}

/** What a person reads, without the filters. */
function withoutFilters({ stdout, stderr, exitCode }: RunResult) {
  const rows = stdout.replace(/\thttp\S+\t\S+\tenvironment/g, "");
  return { exitCode, stdout: rows, stderr };
}

describe("extensions in rcwh.yaml", () => {
  test("follow who joins and who leaves an account of 500", async ({
    emulator,
    rcwh,
    write,
    expect,
  }) => {
    const file = await write(everybody);
    const first = await rcwh(`apply -f ${file} --yes`);
    expect(withoutFilters(first)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 5 created, 0 not managed.
      ",
        "stdout": "create	texts 1	0000000b-0000-4000-8000-000000000000	it does not exist yet: 100 extensions	created		
      create	texts 2	0000000f-0000-4000-8000-000000000000	it does not exist yet: 100 extensions	created		
      create	texts 3	00000013-0000-4000-8000-000000000000	it does not exist yet: 100 extensions	created		
      create	texts 4	00000017-0000-4000-8000-000000000000	it does not exist yet: 100 extensions	created		
      create	texts 5	0000001b-0000-4000-8000-000000000000	it does not exist yet: 100 extensions	created		
      ",
      }
    `);
    const before = usersIn(emulator);
    expect([...before.values()].map(({ length }) => length)).toEqual([100, 100, 100, 100, 100]);
    const sent = takeRequests(emulator);
    expect(sent.filter((line) => line === list)).toHaveLength(5);
    expect(sent.filter((line) => line.startsWith("POST"))).toHaveLength(5);

    const second = await rcwh(`apply -f ${file} --yes`);
    expect(withoutFilters(second)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 5 unchanged, 0 not managed.
      ",
        "stdout": "",
      }
    `);
    const pages = [list, list, list, list, list];
    expect(takeRequests(emulator)).toEqual([subscriptions, ...pages]);

    change(emulator, {
      501: { account: 1, name: "Jane Doe" },
      502: { account: 1, name: "Kim Lee" },
      117: { status: "Deleted" },
      350: { status: "Disabled", name: "On Leave" },
    });
    takeRequests(emulator);
    const planned = await rcwh(`plan -f ${file}`);
    expect(withoutFilters(planned)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "texts: 2 joined: 601 Jane Doe, 602 Kim Lee; 2 left: id 7000000117, 450 On Leave.
      2 to update; 3 unchanged, 0 not managed.
      attention: 2 changes are pending.
      hint: Apply them with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "unchanged	texts 1	0000000b-0000-4000-8000-000000000000	
      update	texts 2	0000000f-0000-4000-8000-000000000000	1 joined: 601 Jane Doe; 1 left: id 7000000117
      unchanged	texts 3	00000013-0000-4000-8000-000000000000	
      update	texts 4	00000017-0000-4000-8000-000000000000	1 joined: 602 Kim Lee; 1 left: 450 On Leave
      unchanged	texts 5	0000001b-0000-4000-8000-000000000000	
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual([subscriptions, ...pages, list]);

    const followed = await rcwh(`apply -f ${file} --yes`);
    expect(withoutFilters(followed)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "texts: 2 joined: 601 Jane Doe, 602 Kim Lee; 2 left: id 7000000117, 450 On Leave.
      environment: 3 unchanged, 2 updated, 0 not managed.
      ",
        "stdout": "update	texts 2	0000000f-0000-4000-8000-000000000000	1 joined: 601 Jane Doe; 1 left: id 7000000117	updated		
      update	texts 4	00000017-0000-4000-8000-000000000000	1 joined: 602 Kim Lee; 1 left: 450 On Leave	updated		
      ",
      }
    `);
    expect(takeRequests(emulator).filter((line) => !line.startsWith("GET"))).toEqual([
      expect.stringMatching(/^PUT /),
      expect.stringMatching(/^PUT /),
    ]);
    const after = usersIn(emulator);
    expect([...after.keys()]).toEqual([...before.keys()]);
    const changed = [...after].filter(([id, users]) => `${users}` !== `${before.get(id)}`);
    expect(changed.map(([, users]) => [users.length, users.at(-1)])).toEqual([
      [100, 501],
      [100, 502],
    ]);

    expect((await rcwh(`plan -f ${file}`)).exitCode).toBe(0);
  });

  test("are followed by ensure, with a request for each page and each change", async ({
    emulator,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 150 } } });
    const file = await write(everybody);
    expect((await rcwh(`ensure -f ${file}`)).exitCode).toBe(0);
    takeRequests(emulator);
    change(emulator, {
      151: { account: 1, name: "Jane Doe" },
      152: { account: 1, name: "Kim Lee" },
      17: { status: "Deleted" },
    });
    const followed = await rcwh(`ensure -f ${file}`);
    expect(withoutFilters(followed)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "texts: 2 joined: 251 Jane Doe, 252 Kim Lee; 1 left: id 7000000017.
      2 updated.
      ",
        "stdout": "00000008-0000-4000-8000-000000000000	updated	2026-12-22T12:00:00.000Z			texts 1
      0000000c-0000-4000-8000-000000000000	updated	2026-12-22T12:00:00.000Z			texts 2
      ",
      }
    `);
    expect(takeRequests(emulator).filter((line) => line === list)).toHaveLength(2);
    expect([...usersIn(emulator).values()].flat()).toHaveLength(151);
    takeRequests(emulator);
    const quiet = await rcwh(`ensure -f ${file} -q`);
    expect(quiet).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(takeRequests(emulator)).toEqual([subscriptions, list, list]);
  });

  const few = `version: 1
webhooks:
  texts:
    url: <url>
    filters: [sms]
    extensions: all
    filtersPerSubscription: 2
`;

  test("are all counted where whole parts are left empty", async ({
    emulator,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 12 } } });
    const file = await write(few);
    await rcwh(`apply -f ${file} --yes -q`);
    emulator.configure({ users: { 1: {} } });
    const { stderr } = await rcwh(`plan -f ${file}`);
    expect(stderr).toMatch(
      /^texts: 11 left: (?:id 70000000\d\d,? ){5}and 6 more\.\n1 to update, 5 to delete;/,
    );
    const ensured = await rcwh(`ensure -f ${file} --allow-deletes`);
    expect(ensured.stderr).toContain("texts: 11 left: ");
    expect(usersIn(emulator).size).toBe(1);
  });

  const small = { 1: { extensions: 5, name: "Ada" }, 4: { type: "Department", members: [2] } };

  test("adopt what create --extensions made, and what is no longer on record", async ({
    emulator,
    endpoint,
    elsewhere,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: small });
    await rcwh(
      `create --filter sms --url ${endpoint.url} --extensions all --filters-per-subscription 2`,
    );
    const before = usersIn(emulator);
    const file = await write(few);
    takeRequests(emulator);
    const planned = await rcwh(`plan -f ${file}`, { env: elsewhere });
    expect(withoutFilters(planned)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "No changes; 2 found as the file says, 0 unchanged, 0 not managed.
      ",
        "stdout": "adopt	texts 1	00000006-0000-4000-8000-000000000000	it exists, but this file did not name it yet
      adopt	texts 2	00000009-0000-4000-8000-000000000000	it exists, but this file did not name it yet
      ",
      }
    `);
    const applied = await rcwh(`apply -f ${file} --yes`);
    expect([applied.exitCode, applied.stderr]).toMatchInlineSnapshot(`
      [
        0,
        "environment: 2 adopted, 0 not managed.
      ",
      ]
    `);
    expect(takeRequests(emulator).filter((line) => !line.startsWith("GET"))).toEqual([]);
    expect(usersIn(emulator)).toEqual(before);
    expect((await rcwh(`plan -f ${file}`)).exitCode).toBe(0);

    // Of another machine, whose create nobody here knows of, a joiner is told from what the file asks.
    change(emulator, { 6: { account: 1 }, 2: { status: "Deleted" } });
    const other = await rcwh(`plan -f ${file}`, { env: elsewhere });
    expect(withoutFilters(other)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "texts: 1 joined: 106 User 6; 1 left: id 7000000002.
      1 to update; 1 found as the file says, 0 unchanged, 0 not managed.
      attention: 1 change is pending.
      hint: Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "update	texts 1	00000006-0000-4000-8000-000000000000	1 joined: 106 User 6; 1 left: id 7000000002; it exists, but this file did not name it yet
      adopt	texts 2	00000009-0000-4000-8000-000000000000	it exists, but this file did not name it yet
      ",
      }
    `);
  });

  test("change with the file, and never leave a filter without a subscription", async ({
    emulator,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 5 } } });
    const file = await write(few);
    await rcwh(`apply -f ${file} --yes`);
    expect([...usersIn(emulator).values()]).toEqual([[1, 2], [3, 4], [5]]);

    const covered = () => new Set([...usersIn(emulator).values()].flat()).size;
    const seen: number[] = [];
    const stop = emulator.watch(() => void seen.push(covered()));
    await write(few.replace("Subscription: 2", "Subscription: 1"));
    const split = await rcwh(`apply -f ${file} --yes`);
    expect(withoutFilters(split)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 2 updated, 1 unchanged, 2 created, 0 not managed.
      ",
        "stdout": "update	texts 1	00000007-0000-4000-8000-000000000000	1 to another part	updated		
      update	texts 2	0000000b-0000-4000-8000-000000000000	1 to another part	updated		
      create	texts 4	00000015-0000-4000-8000-000000000000	1 from other parts	created		
      create	texts 5	00000019-0000-4000-8000-000000000000	1 from other parts	created		
      ",
      }
    `);
    expect([...usersIn(emulator).values()].flat()).toHaveLength(5);
    expect(Math.min(...seen)).toBe(5);

    await write(
      few.replace("[sms]", "[sms, voicemail]").replace("Subscription: 2", "Subscription: 4"),
    );
    const edited = await rcwh(`apply -f ${file} --yes`);
    expect(withoutFilters(edited)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 2 updated, 3 unchanged, 0 not managed.
      ",
        "stdout": "update	texts 1	00000007-0000-4000-8000-000000000000	the file adds account/~/extension/~/voicemail, account/~/extension/7000000002/voicemail, account/~/extension/7000000003/voicemail	updated		
      update	texts 2	0000000b-0000-4000-8000-000000000000	the file adds account/~/extension/7000000004/voicemail, account/~/extension/7000000005/voicemail	updated		
      ",
      }
    `);
    expect(Math.min(...seen)).toBe(5);
    stop();
    expect((await rcwh(`plan -f ${file}`)).exitCode).toBe(0);

    await write(few.replace("extensions: all", "extensions: [101, 102]"));
    const narrowed = await rcwh(`apply -f ${file} --yes`);
    expect(withoutFilters(narrowed)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "texts: 3 left: 103 User 3, 105 User 5, 104 User 4.
      environment: 1 updated, 1 unchanged, 3 skipped, 0 not managed.
      attention: 3 of 4 need attention:
        No extension is left in part 2 of "texts", and 0000000b-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) still exists.
        No extension is left in part 3 of "texts", and 0000000f-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) still exists.
        No extension is left in part 5 of "texts", and 00000019-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) still exists.
      hint: Delete them with --allow-deletes.
      ",
        "stdout": "update	texts 1	00000007-0000-4000-8000-000000000000	1 left: 103 User 3; the file removes account/~/extension/7000000002/voicemail, account/~/extension/~/voicemail	updated		
      delete	texts 2	0000000b-0000-4000-8000-000000000000	no extension is left in it	skipped		No extension is left in part 2 of "texts", and 0000000b-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) still exists.
      delete	texts 3	0000000f-0000-4000-8000-000000000000	no extension is left in it	skipped		No extension is left in part 3 of "texts", and 0000000f-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) still exists.
      delete	texts 5	00000019-0000-4000-8000-000000000000	no extension is left in it	skipped		No extension is left in part 5 of "texts", and 00000019-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) still exists.
      ",
      }
    `);
  });

  test("tell somebody who was removed elsewhere from somebody who joined", async ({
    emulator,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 3 } } });
    const file = await write(few.replace("Subscription: 2", "Subscription: 5"));
    await rcwh(`apply -f ${file} --yes`);
    const [subscription] = emulator.state().subscriptions;
    await rcwh([
      ...["update", subscription?.id ?? "", "--filter"],
      "account/~/extension/7000000001/message-store/instant?type=SMS,account/~/extension/7000000003/message-store/instant?type=SMS,account/~/extension/7000000001/voicemail",
    ]);
    change(emulator, { 4: { account: 1, name: "Jane Doe" }, 3: { status: "Deleted" } });
    expect(withoutFilters(await rcwh(`plan -f ${file}`))).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "texts: 1 joined: 104 Jane Doe; 1 left: id 7000000003.
      1 to update; 0 unchanged, 0 not managed.
      attention: 1 change is pending.
      hint: Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "update	texts 1	00000007-0000-4000-8000-000000000000	1 joined: 104 Jane Doe; 1 left: id 7000000003; somebody removed account/~/extension/7000000002/message-store/instant?type=SMS; somebody added account/~/extension/~/voicemail
      ",
      }
    `);
  });

  test("are exported as one webhook, of which plan changes nothing", async ({
    emulator,
    endpoint,
    directory,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 5 } } });
    const words = "--extensions 101,102,103 --filters-per-subscription 4 --remind 1d";
    await rcwh(`create --filter sms,voicemail --url ${endpoint.url} ${words}`);
    await rcwh(`create --filter posts --url ${endpoint.url}/posts`);
    const copy = join(directory, "copy.yaml");
    const ofCopy = async () => {
      const { stdout } = await rcwh("export");
      await writeFile(copy, stdout.replaceAll(steadyUrl, endpoint.url));
      return { stdout, plan: withoutFilters(await rcwh(`plan -f ${copy}`)) };
    };
    // What create made needs no list of extensions.
    const explicit = await ofCopy();
    expect(explicit.stdout).not.toContain("extensions:");
    expect(explicit.plan.exitCode).toBe(0);

    // What a file with "all" has made, whoever has joined since.
    emulator.reset();
    const file = await write(few);
    await rcwh(`apply -f ${file} --yes`);
    change(emulator, { 6: { account: 1 }, 7: { account: 1 }, 2: { status: "Deleted" } });
    await rcwh(`apply -f ${file} --yes`);
    const ofParts = await ofCopy();
    expect(ofParts.stdout).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=./rcwh.schema.json
      # (\`rcwh schema > rcwh.schema.json\` writes that file, for editors)
      version: 1
      webhooks:
        # 00000018-0000-4000-8000-000000000000, Active, expires 2026-11-29T12:00:00.000Z
        # 0000001c-0000-4000-8000-000000000000, Active, expires 2026-11-29T12:00:00.000Z
        # 00000020-0000-4000-8000-000000000000, Active, expires 2026-11-29T12:00:00.000Z
        texts:
          url: http://127.0.0.1:50100/hook
          filters: [sms]
          # Today's extensions. To follow who joins or leaves, write all, queue:<name> or site:<name>.
          extensions: [
            7000000001, 7000000003, 7000000004, 7000000005, 7000000006, 7000000007
          ]
      "
    `);
    expect(ofParts.plan).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "No changes; 3 unchanged, 0 not managed.
      ",
        "stdout": "unchanged	texts 1	00000018-0000-4000-8000-000000000000	
      unchanged	texts 2	0000001c-0000-4000-8000-000000000000	
      unchanged	texts 3	00000020-0000-4000-8000-000000000000	
      ",
      }
    `);
  });

  test("have one generated token, which later parts get too", async ({
    emulator,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: { 1: { extensions: 3 } } });
    const file = await write(`${few}    verificationToken: { generate: true }\n`);
    const first = await rcwh(`apply -f ${file} --yes --json`);
    const { verificationTokens } = JSON.parse(first.stdout);
    expect(Object.keys(verificationTokens)).toEqual(["texts"]);
    change(emulator, { 4: { account: 1 }, 5: { account: 1 } });
    const second = await rcwh(`apply -f ${file} --yes --json`);
    expect(JSON.parse(second.stdout).verificationTokens).toBeUndefined();
    const snapshot = JSON.stringify(emulator.snapshot().subscriptions);
    expect(snapshot.split(verificationTokens.texts)).toHaveLength(4);
    expect((await rcwh(`plan -f ${file}`)).exitCode).toBe(0);
  });

  test("are refused with their place where nobody is meant", async ({
    emulator,
    rcwh,
    write,
    expect,
  }) => {
    emulator.configure({ users: small });
    const errors: string[] = [];
    for (const extensions of ["queue:Salse", "department:Sales", "[101, 109]", "site:Berlin"]) {
      const file = await write(few.replace("all", extensions));
      const { stderr, exitCode } = await rcwh(`apply -f ${file} --yes`);
      errors.push(`${exitCode} ${stderr}`);
    }
    emulator.configure({ users: { 1: { extensions: 31 } } });
    const file = await write(few.replace("Subscription: 2", "Subscription: 1"));
    const many = await rcwh(`apply -f ${file} --yes`);
    errors.push(`${many.exitCode} ${many.stderr}`);
    expect(errors.join("")).toMatchInlineSnapshot(`
      "8 environment: 1 held back, 0 not managed.
      attention: /tmp/rcwh-test/rcwh.yaml:3:3: "texts": The account has no call queue "Salse". It is not created.
      hint: Closest matches: 'queue:User 4'.
      8 environment: 1 held back, 0 not managed.
      attention: /tmp/rcwh-test/rcwh.yaml:3:3: "texts": No user of the account is in a department "Sales", and no call queue has that name. It is not created.
      hint: Closest matches: 'department:User 4'.
      8 environment: 1 held back, 0 not managed.
      attention: /tmp/rcwh-test/rcwh.yaml:3:3: "texts": No extension of the account has the number or id 109. It is not created.
      hint: Closest matches: 101 Ada, 102 User 2, 103 User 3.
      8 environment: 1 held back, 0 not managed.
      attention: /tmp/rcwh-test/rcwh.yaml:3:3: "texts": The account has no site "Berlin". It is not created.
      hint: Correct the extensions of "texts" in /tmp/rcwh-test/rcwh.yaml.
      8 environment: 1 held back, 0 not managed.
      attention: /tmp/rcwh-test/rcwh.yaml:3:3: "texts": 31 filters make 31 subscriptions, and RingCentral allows 30. It is not created.
      hint: Put more into each, such as filtersPerSubscription: 2.
      "
    `);
    expect(emulator.state().subscriptions).toEqual([]);
  });
});
