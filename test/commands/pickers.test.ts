import { PassThrough } from "node:stream";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { WentBack } from "../../src/io/went-back.ts";
import { test } from "../support/rcwh.ts";
import { ownFilters, subscribe, takeRequests, withoutProgress } from "../support/subscriptions.ts";

describe("rcwh without a selector on a terminal", () => {
  test("shows the picked subscription, and how to name it", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const id = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const { exitCode, stdout, stderr } = await rcwh("show", { tty: true, answers: [id] });
    expect(stdout).toMatch(new RegExp(`^id: +${id}\n`));
    expect(stderr).toBe(`  rcwh show ${id}\n`);
    expect(exitCode).toBe(ExitCode.ok);
  });

  test("deletes those that were picked, after a confirmation", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const ids = [];
    for (const filter of [ownFilters.posts, ownFilters.sms, ownFilters.presence]) {
      ids.push(await subscribe(emulator, endpoint.url, { eventFilters: [filter] }));
    }
    const [first, , third] = ids;
    const answers = [[third, first], true];
    const result = await rcwh("delete --max-changes 2", { tty: true, columns: 120, answers });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "  rcwh delete 00000004-0000-4000-8000-000000000000 0000000c-0000-4000-8000-000000000000 --max-changes 2
      ID                                    STATUS  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      0000000c-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  account/~/extension/~/presence
      ",
        "stdout": "ID                                    OUTCOME  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  deleted  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      0000000c-0000-4000-8000-000000000000  deleted  http://127.0.0.1:50100/hook  account/~/extension/~/presence
      ",
      }
    `);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([ids[1]]);
  });

  test("goes back from the confirmation to the picking", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const kept = await subscribe(emulator, endpoint.url);
    const id = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const answers = [[kept], new WentBack(), [id], true];
    const { exitCode, stderr } = await rcwh("delete", { tty: true, answers });
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toContain(`  rcwh delete ${id}\n`);
    expect(emulator.state().subscriptions.map((each) => each.id)).toEqual([kept]);
  });

  test("changes nothing on Ctrl-C", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    expect(await rcwh("delete", { tty: true, answers: [new Interruption()] })).toEqual({
      exitCode: ExitCode.interrupted,
      stdout: "",
      stderr: "Nothing was deleted.\n",
    });
    expect(takeRequests(emulator)).toEqual(["GET /restapi/v1.0/subscription"]);
  });
});

describe("a picker", () => {
  test("offers what the command can act on", async ({
    emulator,
    endpoint,
    elsewhere,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const gone = emulator.state().subscriptions[0]?.id ?? "";
    await rcwh(`delete ${gone} --yes`, { env: elsewhere });
    const healthy = await subscribe(emulator, endpoint.url, {
      eventFilters: [ownFilters.presence],
    });
    const filters = [ownFilters.sms];
    const blacklisted = await subscribe(emulator, endpoint.url, { eventFilters: filters });
    emulator.blacklist(blacklisted);
    for (const [command, offered] of [
      ["show", [gone, healthy, blacklisted]],
      ["delete", [gone, healthy, blacklisted]],
      ["forget", [gone]],
      ["update", [healthy, blacklisted]],
      ["rotate-token", [healthy, blacklisted]],
      ["renew -i", [healthy, blacklisted]],
      ["renew -i --recreate", [gone, healthy, blacklisted]],
      ["renew -i --status unhealthy", [blacklisted]],
      ["recover -i", [blacklisted]],
    ] as const) {
      const { stderr } = await rcwh(command, { tty: true, columns: 900, answers: ["none"] });
      const [, ids] = /has no choice none among ([-0-9a-f ]*)$/m.exec(stderr) ?? [];
      expect({ command, ids: ids?.split(" ").sort() }).toEqual({
        command,
        ids: [...offered].sort(),
      });
    }
  });

  test.for([
    ["show", "No subscriptions. Create one with `rcwh create`."],
    ["delete", "No subscriptions. Create one with `rcwh create`."],
    ["forget", "Nothing is only on record. See what RingCentral has with `rcwh list`."],
    ["update", "There is no subscription to update. Create one with `rcwh create`."],
    ["rotate-token", "No subscription here has a token to rotate. Create one with `rcwh create`."],
    ["renew -i", "Nothing to renew. See your subscriptions with `rcwh list`."],
    ["recover -i", "Nothing is blacklisted. See your subscriptions with `rcwh list`."],
  ] as const)(
    "says what to do where nothing can be picked: %s",
    async ([command, note], { rcwh, expect }) => {
      expect(await rcwh(command, { tty: true, columns: 120 })).toEqual({
        exitCode: ExitCode.ok,
        stdout: "",
        stderr: `${note}\n`,
      });
    },
  );

  test("is for terminals: elsewhere the error stays", async ({ rcwh, expect }) => {
    const results: Record<string, string> = {};
    for (const command of ["show", "update", "rotate-token", "delete", "forget", "renew -i"]) {
      const piped = await rcwh(command);
      expect(piped).toMatchObject({ exitCode: ExitCode.usage, stdout: "" });
      const forbidden = await rcwh(`${command} --no-input`, { tty: true, columns: 200 });
      expect(forbidden).toEqual(piped);
      results[command] = piped.stderr;
    }
    const half = await rcwh("show", { tty: true, columns: 200, stderrIsFile: true });
    expect(half.stderr).toBe(results["show"]);
    expect(results).toMatchInlineSnapshot(`
      {
        "delete": "error: No subscriptions selected.
      hint: Give an id, a unique prefix, a URL or a flag such as --status unhealthy; --all selects every subscription.
      ",
        "forget": "error: No subscriptions selected.
      hint: Give an id, a unique prefix, a URL or a flag such as --status unhealthy; --all selects every subscription.
      ",
        "renew -i": "error: \`rcwh renew -i\` needs a terminal.
      hint: Use \`rcwh list\`, then \`rcwh renew\` with an id.
      ",
        "rotate-token": "error: Missing argument <selector>.
      hint: See \`rcwh rotate-token --help\`.
      ",
        "show": "error: Missing argument <selector>.
      hint: See \`rcwh show --help\`.
      ",
        "update": "error: Missing argument <selector>.
      hint: See \`rcwh update --help\`.
      ",
      }
    `);
  });
});

describe("rcwh renew -i", () => {
  test("renews what was picked, due or not", async ({ emulator, endpoint, rcwh, expect }) => {
    const ids = [];
    for (const filter of [ownFilters.posts, ownFilters.sms, ownFilters.presence]) {
      ids.push(await subscribe(emulator, endpoint.url, { eventFilters: [filter] }));
    }
    const answers = [ids.slice(0, 2)];
    const result = await rcwh("renew -i --expires-in 30d --url *hook", {
      tty: true,
      columns: 120,
      answers,
    });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "  rcwh renew 00000004-0000-4000-8000-000000000000 00000008-0000-4000-8000-000000000000 --expires-in 30d
      2 renewed.
      ",
        "stdout": "ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  renewed  in 30 d  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      00000008-0000-4000-8000-000000000000  renewed  in 30 d  http://127.0.0.1:50100/hook  account/~/extension/~/
                                                                                           message-store/instant?type=SMS
      ",
      }
    `);
  });

  test("groups profiles, and has a command line for each", async ({
    signedIn,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const env = { RCWH_SERVER: undefined };
    for (const [profile, user] of [
      ["acme-eu", 1],
      ["acme-us", 2],
    ] as const) {
      await rcwh(`login --profile ${profile}`, { env: { ...signedIn, RCWH_JWT: `user-${user}` } });
      await rcwh(`create --profile ${profile} --filter posts --url ${endpoint.url}`, { env });
    }
    const ids = emulator.state().subscriptions.map(({ id }) => id);
    const result = await rcwh(["renew", "-i", "--profile", "acme-*"], {
      tty: true,
      columns: 120,
      env,
      answers: [ids],
    });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "  rcwh --profile acme-eu renew 00000006-0000-4000-8000-000000000000
      1 renewed.
        rcwh --profile acme-us renew 0000000c-0000-4000-8000-000000000000
      1 renewed.
      ",
        "stdout": "ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      00000006-0000-4000-8000-000000000000  renewed  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      0000000c-0000-4000-8000-000000000000  renewed  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
  });
});

describe("rcwh recover -i", () => {
  test("recovers what was picked, after a confirmation", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const ids = [];
    for (const filter of [ownFilters.posts, ownFilters.sms]) {
      const id = await subscribe(emulator, endpoint.url, { eventFilters: [filter] });
      emulator.blacklist(id);
      ids.push(id);
    }
    // Going back from the confirmation is no failed run: nothing is reported.
    const answers = [ids, new WentBack(), [ids[1]], true];
    const { exitCode, stderr } = await rcwh(["recover", "-i", "--on-failure", "exit 1"], {
      tty: true,
      columns: 120,
      answers,
    });
    expect(stderr).toContain(`  rcwh recover ${ids.join(" ")} --on-failure 'exit 1'`);
    expect(stderr).toContain("1 recovered.");
    expect(stderr).not.toContain("--on-failure could");
    expect(exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions.map(({ status }) => status)).toEqual([
      "Blacklisted",
      "Active",
    ]);
  });
});

describe("rcwh update on a terminal", () => {
  test("asks for a subscription and for changes, and shows the command line", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const eventFilters = [ownFilters.posts, ownFilters.presence];
    const id = await subscribe(emulator, endpoint.url, { eventFilters });
    const answers = [
      ...[id, "Add filters", ["sms", "voicemail"]],
      ...["Remove filters", "account/~/extension/~/presence"],
      ...["Lifetime", "soon", "1d", false, "30d"],
      "Make these changes",
    ];
    const result = await rcwh("update", { tty: true, columns: 170, answers });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "  rcwh update 00000004-0000-4000-8000-000000000000 --add-filter sms --add-filter voicemail --remove-filter account/~/extension/~/presence --expires-in 30d
      ",
        "stdout": "ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  updated  in 30 d  http://127.0.0.1:50100/hook  account/~/extension/~/voicemail
                                                                                           account/~/extension/~/message-store/instant?type=SMS
                                                                                           /team-messaging/v1/posts
      ",
      }
    `);
    const { exitCode, stdout } = await rcwh(
      `update ${id} --add-filter sms --add-filter voicemail --remove-filter account/~/extension/~/presence --expires-in 30d`,
    );
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining("unchanged"),
    });
  });

  test("asks only for the change of a subscription that is named", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const back = new WentBack();
    const answers = [
      ...["Add filters", ["a2p-batch "], back, ["a2p-batch "], "no id", "1234"],
      ...["Lifetime", "1h", true, "Make these changes"],
    ];
    const named = await rcwh(["update", id.slice(0, 8)], { tty: true, columns: 120, answers });
    expect(named.stderr).toContain(
      `  rcwh update ${id} --add-filter a2p-batch:1234 --expires-in 1h --allow-shorter\n`,
    );
    const { stdout } = await rcwh(`show ${id} --json`);
    expect(JSON.parse(stdout).subscriptions[0].expiresIn).toBeLessThanOrEqual(3600);
  });

  test("goes back step by step, and never out", async ({ emulator, endpoint, rcwh, expect }) => {
    const posts = await subscribe(emulator, endpoint.url);
    const sms = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    const back = new WentBack();
    const answers = [
      ...[posts, "Lifetime", back, back],
      ...[sms, "URL", `${endpoint.url}?new`, "Make these changes", back],
      ...["Undo these changes", "Lifetime", "30d", "Make these changes"],
    ];
    const { exitCode, stderr } = await rcwh("update", { tty: true, columns: 120, answers });
    expect(stderr).toContain(`  rcwh update ${sms} --expires-in 30d\n`);
    expect(exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions.map(({ id, address }) => [id, address])).toEqual([
      [posts, endpoint.url],
      [sms, endpoint.url],
    ]);
  });
});

test("Rows with one URL show their filters", async ({ emulator, endpoint, rcwh, expect }) => {
  for (const filter of [ownFilters.presence, ownFilters.sms]) {
    await subscribe(emulator, `${endpoint.url}/${"a".repeat(60)}`, { eventFilters: [filter] });
  }
  const keyboard = Object.assign(new PassThrough(), { isTTY: true });
  let shown = "";
  const onTalk = (text: string) => {
    shown += text;
    if (text.includes("select")) keyboard.write("\u0003");
  };
  await rcwh("show", { tty: true, columns: 60, rows: 15, keyboard, onTalk });
  expect(shown).toMatch(/❯ .* http\S*…\S*a {2}acc\S*…\S*nce\n/);
  expect(shown).toMatch(/ {2}.* http\S*…\S*a {2}acc\S*…\S*SMS\n/);
});
