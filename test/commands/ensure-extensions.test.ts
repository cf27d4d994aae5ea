import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import type { UserSettings } from "../../src/emulator/settings.ts";
import { loseAnswers } from "../support/faults.ts";
import { test as base } from "../support/manifest.ts";
import { remaining } from "../support/subscriptions.ts";

const hour = 3_600_000;
const day = 24 * hour;
const list = "GET /restapi/v1.0/account/~/extension";
const members = `GET /restapi/v1.0/account/~/call-queues/7000000005/members`;
const fresh = 604_800;

const colleagues: Readonly<Record<number, UserSettings>> = {
  1: { name: "Ada" },
  2: { account: 1, name: "Bob" },
  4: { account: 1, name: "Dan" },
  5: { account: 1, type: "Department", name: "Support", members: [2] },
};

const test = base.extend({ emulatorSettings: { rateLimits: "off", users: colleagues } });

const plain = "plain: { url: <url>/plain, filters: [sms] }";
const team = (extensions: string, name = "team") =>
  `${name}: { url: <url>/${name}, filters: [sms], extensions: ${extensions} }`;

function change(emulator: Emulator, users: Readonly<Record<number, UserSettings>>): void {
  emulator.configure({ users: { ...emulator.settings.users, ...users } });
}

/** Each webhook's URL, and the users whose events it delivers. */
function usersByUrl(emulator: Emulator) {
  return emulator
    .state()
    .subscriptions.map(({ address, eventFilters }) => [
      new URL(address ?? "").pathname,
      ...eventFilters.map((filter) => Number(/\/extension\/7(\d+)/.exec(filter)?.[1])).sort(),
    ]);
}

describe("rcwh ensure, where extensions are not known", () => {
  test("renews everything although a colleague has left, and holds back only that webhook", async ({
    clock,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(team("[101, 104]"), plain);
    expect((await rcwh(`ensure -f ${file}`)).exitCode).toBe(0);
    change(emulator, { 4: { status: "Deleted" } });
    clock.advance(6 * day);
    await write(team("[101, 104]"), plain, "posts: { url: <url>/posts, filters: [posts] }");
    expect(await rcwh(`ensure -q -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: 1 of 4 needs attention:
        /tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are.
      hint: Closest matches: 101 Ada, 102 Bob.
      ",
        "stdout": "	skipped				environment		/tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are.	team
      ",
      }
    `);
    expect(remaining(emulator)).toEqual([fresh, fresh, fresh]);
    expect(usersByUrl(emulator).slice(0, 2)).toEqual([
      ["/hook/team", 1, 4],
      ["/hook/plain", 1],
    ]);
    expect((await rcwh(`ensure -q -f ${file}`)).exitCode).toBe(8);

    // Once it has expired, RingCentral refuses the filter of somebody who left: the others come back.
    clock.advance(8 * day);
    expect((await rcwh(`ensure -q -f ${file}`)).stderr).toMatchInlineSnapshot(`
      "error: 1 of 5 was not ensured, 2 more need attention:
        RingCentral refused to create the subscription: Not allowed subscribe for unknown user (SUB-408)
        00000007-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/team) expired 2026-12-05T12:00:00.000Z: no events are delivered.
        /tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are.
      hint: Correct the extension id in the filter, or write \`~\` for your own; see \`rcwh filters <query>\`.
      hint: Re-create it with \`rcwh renew --recreate 00000007-0000-4000-8000-000000000000\`, or drop its record with \`rcwh forget 00000007-0000-4000-8000-000000000000\`.
      hint: Closest matches: 101 Ada, 102 Bob.
      "
    `);
    expect(remaining(emulator)).toEqual([fresh, fresh]);

    await write(team("[101]"), plain, "posts: { url: <url>/posts, filters: [posts] }");
    expect((await rcwh(`ensure -q -f ${file}`)).exitCode).toBe(0);
    expect(usersByUrl(emulator)).toContainEqual(["/hook/team", 1]);
    expect((await rcwh(`plan -f ${file}`)).exitCode).toBe(0);
  });

  test("does the same for a call queue that is renamed or empty, and deletes nothing", async ({
    clock,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(team('"queue:Support"'), team("all", "everybody"), plain);
    await rcwh(`ensure -f ${file}`);
    const before = usersByUrl(emulator);
    const errors: string[] = [];
    for (const queue of [{ name: "Help" }, { name: "Support", members: [] }]) {
      change(emulator, { 5: { account: 1, type: "Department", ...queue } });
      clock.advance(6 * day);
      const { exitCode, stderr } = await rcwh(`ensure -q -f ${file} --allow-deletes`);
      errors.push(`${exitCode} ${stderr}`);
      expect(remaining(emulator)).toEqual([fresh, fresh, fresh]);
      expect(usersByUrl(emulator)).toEqual(before);
    }
    expect(errors.join("")).toMatchInlineSnapshot(`
      "8 attention: 1 of 4 needs attention:
        /tmp/rcwh-test/rcwh.yaml:3:3: "team": The account has no call queue "Support". Its filters stay as they are.
      hint: Closest matches: queue:Help.
      8 attention: 1 of 4 needs attention:
        /tmp/rcwh-test/rcwh.yaml:3:3: "team": No enabled user of the account matches queue:Support. Its filters stay as they are.
      hint: Choose other extensions, or remove the webhook from the file.
      "
    `);
  });

  for (const [what, status, errorCode, exitCode, told] of [
    [
      "the server is overloaded",
      503,
      "CMN-211",
      5,
      "could not list the account's extensions: Wait",
    ],
    [
      "a permission is missing",
      403,
      "CMN-401",
      4,
      "refused to list the account's extensions: Wait",
    ],
  ] as const) {
    test(`renews everything although ${what}`, async ({
      clock,
      directory,
      emulator,
      file,
      rcwh,
      write,
      expect,
    }) => {
      await write(team("[101, 104]"), team('"queue:Support"', "queue"), plain);
      await rcwh(`ensure -f ${file}`);
      const before = usersByUrl(emulator);
      clock.advance(6 * day);
      const posts = "posts: { url: <url>/posts, filters: [posts] }";
      await write(team("[101, 104]"), team('"queue:Support"', "queue"), plain, posts);
      const answer = () => Response.json({ errorCode, message: "Wait" }, { status });
      const stop = loseAnswers(emulator, list, { processed: false, answer, times: 99 });
      const failed = await rcwh(`ensure -q -f ${file}`);
      expect(failed.stderr.replace(/hint: .*\n/, "")).toBe(
        `error: 2 of 6 were not ensured:
  ${file}:3:3: "team": RingCentral ${told} (${errorCode}). Its filters stay as they are.
  ${file}:4:3: "queue": RingCentral ${told} (${errorCode}). Its filters stay as they are.
`.replaceAll(directory, "/tmp/rcwh-test"),
      );
      expect(failed.exitCode).toBe(7);
      expect(remaining(emulator)).toEqual([fresh, fresh, fresh, fresh]);
      expect(usersByUrl(emulator).slice(0, 3)).toEqual(before);
      expect((await rcwh(`plan -q -f ${file}`)).exitCode).toBe(exitCode);
      expect((await rcwh(`plan -q -f ${file} --target plain`)).exitCode).toBe(0);
      stop();

      // Of a call queue alone, only its webhook depends on the members.
      const restore = loseAnswers(emulator, members, { processed: false, answer, times: 99 });
      const { stdout } = await rcwh(`plan -f ${file} --json`);
      expect(JSON.parse(stdout).heldBack).toMatchObject([{ name: "queue" }]);
      restore();
      expect((await rcwh(`ensure -q -f ${file}`)).exitCode).toBe(0);
    });
  }

  test("stays a failure for status until it succeeds, whatever renew does", async ({
    clock,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(team("[101, 104]"), plain);
    await rcwh(`ensure -q -f ${file}`);
    change(emulator, { 4: { status: "Deleted" } });
    await rcwh(`ensure -q -f ${file}`);
    const failed = await rcwh("status");
    expect(failed).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: environment: ensure exited with 8 at 2026-11-22T12:00:00Z: /tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are. The last successful renewal ended 2026-11-22T12:00:00Z, 0 s ago.
      hint: Run \`rcwh ensure -f /tmp/rcwh-test/rcwh.yaml\` to see the failure.
      ",
        "stdout": "environment	failed	2026-11-22T12:00:00Z	ensure	8	2026-11-22T12:00:00Z	2026-11-22T12:00:00Z	/tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are.	
      ",
      }
    `);
    clock.advance(hour);
    expect((await rcwh("renew -q")).exitCode).toBe(0);
    clock.advance(hour);
    expect((await rcwh("renew -q")).exitCode).toBe(0);
    expect(await rcwh("status")).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: environment: ensure exited with 8 at 2026-11-22T12:00:00Z: /tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are. The last successful renewal ended 2026-11-22T14:00:00Z, 0 s ago.
      hint: Run \`rcwh ensure -f /tmp/rcwh-test/rcwh.yaml\` to see the failure.
      ",
        "stdout": "environment	failed	2026-11-22T12:00:00Z	ensure	8	2026-11-22T14:00:00Z	2026-11-22T12:00:00Z	/tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are.	
      ",
      }
    `);
    const doctor = await rcwh("doctor --json");
    expect(doctor.stdout).toContain("Try it with `rcwh ensure -f");

    // Once nobody runs ensure any more, its failure is no alarm.
    clock.advance(25 * hour);
    await rcwh("renew -q");
    expect((await rcwh("status")).exitCode).toBe(0);
    expect((await rcwh("status --max-age 30h")).exitCode).toBe(8);
    await rcwh(`ensure -q -f ${file}`);
    expect(JSON.parse((await rcwh("status --json")).stdout).runs).toMatchObject([
      { status: "failed", command: "ensure", failingSince: "2026-11-22T12:00:00Z" },
    ]);
    await write(team("[101]"), plain);
    await rcwh(`ensure -q -f ${file}`);
    expect((await rcwh("status")).exitCode).toBe(0);
  });

  test("is planned and applied without that webhook", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(team("[101, 104]"));
    await rcwh(`apply -f ${file} --yes`);
    change(emulator, { 4: { status: "Deleted" } });
    expect(await rcwh(`plan -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "No changes; 1 unchanged, 1 held back, 0 not managed.
      attention: /tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are.
      hint: Closest matches: 101 Ada, 102 Bob.
      ",
        "stdout": "unchanged	team 1	00000007-0000-4000-8000-000000000000		http://127.0.0.1:50100/hook/team	/restapi/v1.0/account/~/extension/7000000004/message-store/instant?type=SMS,/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment
      ",
      }
    `);
    await write(team("[101, 104]"), plain, team('"site:Berlin"', "berlin"));
    expect(await rcwh(`plan -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "warning: /tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are. Closest matches: 101 Ada, 102 Bob.
      warning: /tmp/rcwh-test/rcwh.yaml:5:3: "berlin": The account has no site "Berlin". It is not created. Correct the extensions of "berlin" in /tmp/rcwh-test/rcwh.yaml.
      1 to create; 1 unchanged, 2 held back, 0 not managed.
      attention: 1 change is pending.
      hint: Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "unchanged	team 1	00000007-0000-4000-8000-000000000000		http://127.0.0.1:50100/hook/team	/restapi/v1.0/account/~/extension/7000000004/message-store/instant?type=SMS,/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment
      create	plain		it does not exist yet	http://127.0.0.1:50100/hook/plain	/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment
      ",
      }
    `);
    expect(JSON.parse((await rcwh(`plan -f ${file} --json`)).stdout)).toMatchObject({
      changes: [
        { name: "team", action: "unchanged", remarks: [expect.stringContaining("104")] },
        { name: "plain", action: "create" },
      ],
      heldBack: [
        { name: "team", error: { code: "HELD_BACK", exitCode: 8 } },
        { name: "berlin", error: { code: "HELD_BACK", exitCode: 8 } },
      ],
    });
    expect(await rcwh(`apply -f ${file} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "environment: 1 unchanged, 1 created, 2 held back, 0 not managed.
      attention: 2 of 3 need attention:
        /tmp/rcwh-test/rcwh.yaml:3:3: "team": No extension of the account has the number or id 104. Its filters stay as they are.
        /tmp/rcwh-test/rcwh.yaml:5:3: "berlin": The account has no site "Berlin". It is not created.
      hint: Closest matches: 101 Ada, 102 Bob.
      hint: Correct the extensions of "berlin" in /tmp/rcwh-test/rcwh.yaml.
      ",
        "stdout": "create	plain	00000013-0000-4000-8000-000000000000	it does not exist yet	http://127.0.0.1:50100/hook/plain	/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment	created		
      ",
      }
    `);
    expect(usersByUrl(emulator)).toEqual([
      ["/hook/team", 1, 4],
      ["/hook/plain", 1],
    ]);
    expect((await rcwh(`apply -f ${file} --yes --target plain`)).exitCode).toBe(0);
  });
});
