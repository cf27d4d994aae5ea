import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test as base } from "../support/rcwh.ts";
import { onlyId, stored, subscribe, takeRequests } from "../support/subscriptions.ts";

const hour = 3_600_000;
const day = 24 * hour;

interface Gone {
  readonly expired: string;
  readonly deleted: string;
}

/** One that expired a day ago, one that somebody deleted an hour ago, and one that lives. */
const test = base.extend<{ readonly gone: Gone }>({
  gone: async ({ rcwh, emulator, endpoint, elsewhere, clock }, use) => {
    const { url } = endpoint;
    await rcwh(`create --filter posts --url ${url}?expired --verification-token s3cret`);
    const expired = onlyId(emulator);
    clock.advance(6 * day);
    await rcwh(`create --filter sms --url ${url}?deleted --expires-in 30d`);
    const deleted = emulator.state().subscriptions[1]?.id ?? "";
    clock.advance(day - hour);
    await rcwh(`delete ${deleted} --yes`, { env: elsewhere });
    clock.advance(day + hour);
    await use({ expired, deleted });
  },
});

describe("what is only on record", () => {
  test.for(["renew", "renew --dry-run", "forget --all --dry-run", "list", "show"])(
    "expired when the server says so, whatever this machine's clock says: %s",
    async (command, { gone, rcwh, expect }) => {
      const words = command === "show" ? `show ${gone.expired}` : command;
      const { stdout } = await rcwh(words, { tty: true, columns: 140, clockError: -30 * day });
      expect(stdout).toMatch(/expired:? +1 d ago/);
    },
  );

  test("is listed last on a terminal, and for programs with --recorded", async ({
    gone,
    endpoint,
    emulator,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    expect((await rcwh("renew -q")).exitCode).toBe(ExitCode.attention);
    const { stdout, stderr } = await rcwh("list", { tty: true, columns: 140 });
    const steady = (text: string) => text.replaceAll(id, "<living>".padEnd(id.length));
    expect({ stdout: steady(stdout), stderr }).toMatchInlineSnapshot(`
      {
        "stderr": "2 are only on record: re-create with \`rcwh renew --recreate 0000000b-0000-4000-8000-000000000000 00000005-0000-4000-8000-000000000000\`, or
      drop with \`rcwh forget 0000000b-0000-4000-8000-000000000000 00000005-0000-4000-8000-000000000000\`.
      ",
        "stdout": "ID                                    STATUS   EXPIRES          URL                            FILTERS
      <living>                              Active   in 7 d           http://127.0.0.1:50100/hook    /team-messaging/v1/posts
      0000000b-0000-4000-8000-000000000000  Gone     noticed now      http://127.0.0.1:50100/hook?…  account/~/extension/~/message-store/instant
                                                                                                     ?type=SMS
      00000005-0000-4000-8000-000000000000  Expired  expired 1 d ago  http://127.0.0.1:50100/hook?…  /team-messaging/v1/posts
      ",
      }
    `);
    for (const format of ["tsv", "csv", "ndjson", "json", "yaml"]) {
      const plain = await rcwh(`list -o ${format}`);
      expect(plain.exitCode).toBe(ExitCode.ok);
      expect(plain.stdout).toContain(id);
      expect(plain.stdout).not.toContain(gone.expired);
    }
    expect(steady((await rcwh("list --recorded")).stdout)).toMatchInlineSnapshot(`
      "<living>                            	Active	2026-12-07T12:00:00.000Z	WebHook	http://127.0.0.1:50100/hook	/team-messaging/v1/posts	environment	platform
      0000000b-0000-4000-8000-000000000000	Gone	2026-12-28T12:00:00.000Z	WebHook	http://127.0.0.1:50100/hook?…	/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment	platform
      00000005-0000-4000-8000-000000000000	Expired	2026-11-29T12:00:00.000Z	WebHook	http://127.0.0.1:50100/hook?…	/team-messaging/v1/posts	environment	platform
      "
    `);
    const { subscriptions } = JSON.parse((await rcwh("list --recorded --json")).stdout);
    expect(subscriptions[0]).not.toHaveProperty("recorded");
    expect(subscriptions.slice(1)).toMatchObject([
      { id: gone.deleted, status: "Gone", recorded: true, goneAt: expect.any(String) },
      { id: gone.expired, status: "Expired", recorded: true, goneAt: expect.any(String) },
    ]);
    expect((await rcwh("list --status expired")).stdout).toMatch(new RegExp(`^${gone.expired}\t`));
  });

  test("is named where a program's list is empty without it", async ({ gone: _, rcwh, expect }) => {
    const none = "No subscriptions, but 2 are only on record: add --recorded to list them.\n";
    expect(await rcwh("list")).toEqual({ exitCode: 0, stdout: "", stderr: none });
    expect((await rcwh("list --url *expired")).stderr).toBe(
      "No subscription matches, but 1 is only on record: add --recorded to list it.\n",
    );
    expect((await rcwh("list --url *nothing")).stderr).toBe("No subscription matches.\n");
    const { exitCode, stderr } = await rcwh("list --fail-on gone");
    expect(exitCode).toBe(ExitCode.attention);
    expect(stderr).toContain(none);
    expect((await rcwh("list --recorded")).stderr).toBe("");
  });

  test("has commands without ids where they are many", async ({
    gone: _,
    endpoint,
    rcwh,
    clock,
    expect,
  }) => {
    for (const path of ["/3", "/4"]) {
      await rcwh(`create --filter posts --url ${endpoint.url}${path} --expires-in 1d`);
    }
    clock.advance(2 * day);
    const { stderr } = await rcwh("list", { tty: true, columns: 200 });
    expect(stderr).toBe(
      "4 are only on record: re-create what has expired with `rcwh renew --recreate`, or drop all with `rcwh forget --all`.\n",
    );
    expect((await rcwh("renew --recreate")).stderr).toContain("3 re-created");
    expect((await rcwh("forget --all --yes")).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("list", { tty: true, columns: 200 })).stderr).not.toContain(
      "only on record",
    );
  });

  test("has a hint of its own beside those for other problems", async ({
    gone,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const first = await subscribe(emulator, endpoint.url);
    const second = await subscribe(emulator, `${endpoint.url}?second`);
    for (const id of [first, second]) emulator.blacklist(id);
    const { exitCode, stderr } = await rcwh("renew");
    expect(exitCode).toBe(ExitCode.attention);
    const both = `${gone.deleted} ${gone.expired}`;
    expect(stderr.split("\n").filter((line) => line.startsWith("hint:"))).toEqual([
      `hint: Fix the endpoints, then bring the subscriptions back with \`rcwh recover ${first} ${second}\`; \`--ignore ${first} --ignore ${second}\` silences this.`,
      `hint: Re-create them with \`rcwh renew --recreate ${both}\`, or drop their records with \`rcwh forget ${both}\`.`,
    ]);
    expect((await rcwh(`renew --recreate ${both}`)).stderr).toBe("2 re-created.\n");
    expect((await rcwh(`recover ${first} ${second} --yes`)).stderr).toContain("2 recovered.\n");
  });

  test("raises an alarm in list --fail-on until it is forgotten", async ({
    gone,
    rcwh,
    expect,
  }) => {
    const { exitCode, stderr } = await rcwh("list --fail-on expiring=1h");
    expect(exitCode).toBe(ExitCode.attention);
    expect(stderr).toContain(
      `${gone.expired} (http://127.0.0.1:50100/hook?…) expired 2026-11-29T12:00:00.000Z.`,
    );
    expect((await rcwh("list --fail-on gone")).stderr).toContain(gone.deleted);
    await rcwh("forget --all --yes");
    expect((await rcwh("list --fail-on expiring=1h,gone")).exitCode).toBe(ExitCode.ok);
  });

  test("is shown, with what can be done", async ({ gone, rcwh, expect }) => {
    expect(await rcwh(`show ${gone.expired.slice(0, 8)}`, { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 3,
        "stderr": "error: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook?…)
      expired 2026-11-29T12:00:00.000Z: no events are delivered. Only rcwh's record of
      it is left.
      hint: Re-create it with
      \`rcwh renew --recreate 00000005-0000-4000-8000-000000000000\`, or drop its record
      with \`rcwh forget 00000005-0000-4000-8000-000000000000\`.
      ",
        "stdout": "id:       00000005-0000-4000-8000-000000000000
      status:   Expired
      expired:  1 d ago (2026-11-29T12:00:00.000Z)
      url:      http://127.0.0.1:50100/hook?…
      filters:  /team-messaging/v1/posts
      api:      platform
      profile:  environment
      recorded: the default lifetime, a verification token
      ",
      }
    `);
    const { exitCode, stdout } = await rcwh(`show ${gone.deleted} --json`);
    expect(exitCode).toBe(ExitCode.notFound);
    expect(JSON.parse(stdout).subscriptions).toMatchObject([{ status: "Gone", recorded: true }]);
  });

  test("is refused by what works on subscriptions, with the way out", async ({
    gone,
    emulator,
    rcwh,
    expect,
  }) => {
    takeRequests(emulator);
    for (const id of [gone.expired, gone.deleted]) {
      const wayOut = `hint: Re-create it with \`rcwh renew --recreate ${id}\`, or drop its record with \`rcwh forget ${id}\`.\n`;
      for (const command of ["renew", "recover", "update --expires-in 8d"]) {
        const { exitCode, stderr } = await rcwh(`${command} ${id}`);
        expect(exitCode, command).toBe(ExitCode.notFound);
        expect(stderr, command).toContain(wayOut);
      }
    }
    expect(new Set(takeRequests(emulator))).toEqual(new Set(["GET /restapi/v1.0/subscription"]));
  });

  test("is re-created where its id is given, whoever deleted it", async ({
    gone,
    emulator,
    rcwh,
    expect,
  }) => {
    for (const id of [gone.expired, gone.deleted]) {
      expect(await rcwh(`renew --recreate ${id}`), id).toMatchObject({
        exitCode: ExitCode.ok,
        stderr: "1 re-created.\n",
      });
    }
    expect(emulator.state().subscriptions).toMatchObject([
      { hasVerificationToken: true },
      { hasVerificationToken: false },
    ]);
    expect((await rcwh("doctor")).stdout).not.toContain("records");
  });

  test("is re-created without an id only where it expired", async ({
    gone,
    emulator,
    rcwh,
    expect,
  }) => {
    await rcwh("renew -q");
    const { stdout } = await rcwh("renew --recreate --url *hook*");
    expect(stdout).toMatch(new RegExp(`^${gone.expired}\trecreated\t[^\n]*\n$`));
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("is reported once by renew, and by doctor and metrics until it is forgotten", async ({
    gone,
    directory,
    rcwh,
    expect,
  }) => {
    const file = `${directory}/rcwh.prom`;
    expect((await rcwh(`renew -q --metrics-file ${file}`)).exitCode).toBe(ExitCode.attention);
    expect((await rcwh("status")).exitCode).toBe(ExitCode.attention);
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(file, "utf8")).toContain(
      'rcwh_subscriptions_gone{profile="environment"} 2',
    );
    expect(await rcwh("renew -q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect((await rcwh("renew")).stderr).toBe(
      "No subscriptions.\n2 are only on record, as reported before: see `rcwh list --recorded`.\n",
    );
    const doctor = await rcwh("doctor");
    expect(doctor.exitCode).toBe(ExitCode.attention);
    expect(doctor.stdout).toContain(`records\twarn\t${gone.deleted}`);

    await rcwh("forget --all --yes");
    expect((await rcwh("doctor")).stdout).not.toContain("records\t");
    expect((await rcwh("renew")).stderr).toBe("No subscriptions.\n");
    await rcwh(`renew -q --metrics-file ${file}`);
    expect(readFileSync(file, "utf8")).toContain(
      'rcwh_subscriptions_gone{profile="environment"} 0',
    );
  });
});

describe("rcwh forget", () => {
  test("shows what it will drop, asks, and drops it", async ({ gone, directory, rcwh, expect }) => {
    const { expired } = gone;
    const declined = await rcwh(["forget", expired], { tty: true, columns: 140, answers: [false] });
    expect(declined).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "ID                                    STATUS   EXPIRES          URL                            FILTERS
      00000005-0000-4000-8000-000000000000  Expired  expired 1 d ago  http://127.0.0.1:50100/hook?…  /team-messaging/v1/posts
      Nothing was dropped.
      ",
        "stdout": "",
      }
    `);
    expect(await stored(directory, "records")).toHaveLength(2);
    const { exitCode, stdout } = await rcwh(["forget", expired], {
      ...{ tty: true, columns: 140, answers: [true] },
    });
    expect(exitCode).toBe(ExitCode.ok);
    expect(stdout).toContain("forgotten");
    expect(await stored(directory, "records")).toMatchObject([{ id: gone.deleted }]);
  });

  test("needs --yes where it cannot ask", async ({ gone, directory, rcwh, expect }) => {
    expect(await rcwh(`forget ${gone.expired}`)).toMatchObject({
      exitCode: ExitCode.declined,
      stderr: `Drop the record of ${gone.expired} (http://127.0.0.1:50100/hook?…), with its verification token? Cannot prompt for confirmation here. Nothing was dropped.\nhint: Add --yes to confirm.\n`,
    });
    expect((await rcwh("forget --all --dry-run")).stdout.match(/would-forget/g)).toHaveLength(2);
    expect((await rcwh("forget --all --yes --max-changes 1")).exitCode).toBe(ExitCode.usage);
    expect(await stored(directory, "records")).toHaveLength(2);
    expect((await rcwh("forget --status gone --yes")).exitCode).toBe(ExitCode.ok);
    expect(await stored(directory, "records")).toMatchObject([{ id: gone.expired }]);
  });

  test("refuses what still exists", async ({ emulator, endpoint, directory, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const id = onlyId(emulator);
    expect(await rcwh(`forget ${id} --yes`)).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr: `error: ${id} (http://127.0.0.1:50100/hook) still exists, so rcwh keeps its record. Nothing was dropped.\nhint: Delete it with \`rcwh delete ${id}\`.\n`,
    });
    expect(await rcwh("forget --all --yes")).toMatchObject({
      exitCode: ExitCode.ok,
      stderr: "Nothing on record matches. Nothing was dropped.\n",
    });
    expect(await stored(directory, "records")).toHaveLength(1);
  });

  test("is what delete does with a record, and says so", async ({ gone, rcwh, expect }) => {
    const dryRun = await rcwh(`delete ${gone.expired} --dry-run`);
    expect(dryRun.stdout).toContain("would-forget");
    expect(dryRun.stderr).toBe("Nothing was dropped (--dry-run).\n");
    const options = { tty: true, columns: 140, answers: [false] };
    expect((await rcwh(["delete", gone.expired], options)).stderr).toMatch(
      /\nNothing was dropped\.\n$/,
    );
  });

  test("speaks of records when none has the id or URL", async ({ gone, rcwh, expect }) => {
    const hint = "hint: See what is only on record with `rcwh list --recorded`.\n";
    expect(await rcwh("forget nope --yes")).toEqual({
      exitCode: ExitCode.notFound,
      stdout: "",
      stderr: `error: No record has the id nope.\n${hint}`,
    });
    expect((await rcwh("forget https://example.com/none?token=1 --yes")).stderr).toBe(
      `error: No record has the URL https://example.com/none?….\n${hint}`,
    );
    expect((await rcwh("forget 000 --yes")).stderr).toBe(
      'error: The id prefix "000" is too short.\nhint: Use at least 4 characters; `rcwh list --recorded` shows the ids.\n',
    );
    expect((await rcwh("list --recorded")).stdout).toContain(gone.expired);
  });

  test("makes the last run's complaint a success, as rcwh delete does", async ({
    gone,
    rcwh,
    expect,
  }) => {
    await rcwh("renew -q");
    expect((await rcwh("status")).exitCode).toBe(ExitCode.attention);
    expect((await rcwh(`forget ${gone.expired} --yes`)).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("status")).exitCode).toBe(ExitCode.attention);
    const deleted = await rcwh(`delete ${gone.deleted} --yes`);
    expect(deleted).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("forgotten") });
    expect((await rcwh("status")).exitCode).toBe(ExitCode.ok);
  });
});
