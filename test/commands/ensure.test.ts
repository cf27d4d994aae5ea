import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { collection } from "../support/faults.ts";
import { test } from "../support/manifest.ts";
import { onlyId, remaining, stored, subscribe, takeRequests } from "../support/subscriptions.ts";

const day = 86_400_000;

const orders = "orders: { url: <url>/orders, filters: [sms, voicemail] }";
const posts = "posts: { url: <url>/posts, filters: [posts] }";

describe("rcwh ensure", () => {
  test("renews what is clear, and all that an ambiguous webhook can be", async ({
    clock,
    elsewhere,
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    for (const [filter, path] of [
      ["posts", "posts"],
      ["sms,voicemail", "orders"],
      ["sms,voicemail", "orders"],
    ]) {
      const create = `create --filter ${filter} --url ${endpoint.url}/${path} --if-exists new`;
      await rcwh(create, { env: elsewhere });
    }
    clock.advance(6 * day);
    await write(orders, posts);
    const { exitCode, stdout, stderr } = await rcwh(`ensure -f ${file}`);

    expect(remaining(emulator)).toEqual([604_800, 604_800, 604_800]);
    expect(exitCode).toBe(7);
    expect(stdout.match(/\t(?:renewed|refused)\t/g)).toEqual([
      "\trenewed\t",
      "\trenewed\t",
      "\trenewed\t",
      "\trefused\t",
    ]);
    expect(stderr).toContain('"orders" matches 2 subscriptions');
  });

  test("applies, renews and recovers in one run, and then is silent for one request", async ({
    clock,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    expect(await rcwh(`ensure -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 created.
      ",
        "stdout": "00000006-0000-4000-8000-000000000000	created	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/account/4000000001/extension/7000000001/voicemail,/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS	environment			orders
      ",
      }
    `);
    clock.advance(6 * day);
    await write(orders, posts);
    expect(await rcwh(`ensure -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 created, 1 renewed.
      ",
        "stdout": "0000000e-0000-4000-8000-000000000000	created	2026-12-05T12:00:00.000Z	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment			posts
      00000006-0000-4000-8000-000000000000	renewed	2026-12-05T12:00:00.000Z	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/account/4000000001/extension/7000000001/voicemail,/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS	environment			orders
      ",
      }
    `);
    expect(remaining(emulator)).toEqual([604_800, 604_800]);
    emulator.blacklist(emulator.state().subscriptions[1]?.id ?? "");
    expect(await rcwh(`ensure -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "warning: 0000000e-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) was blacklisted and is now 00000016-0000-4000-8000-000000000000: the events of less than 1 s are lost, from 2026-11-28T12:00:00Z to 2026-11-28T12:00:00Z.
      1 not due, 1 recovered.
      ",
        "stdout": "0000000e-0000-4000-8000-000000000000	recovered	2026-12-05T12:00:00.000Z	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	00000016-0000-4000-8000-000000000000		posts
      ",
      }
    `);
    takeRequests(emulator);
    expect(await rcwh(`ensure -q -f ${file}`)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(takeRequests(emulator)).toEqual([`GET ${collection}`]);
    expect(await rcwh(`plan -q -f ${file}`)).toMatchObject({ exitCode: 0 });
  });

  test("tells both that it updated a blacklisted webhook and that it recovered it", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(posts);
    await rcwh(`ensure -f ${file}`);
    emulator.blacklist(onlyId(emulator));
    await write("posts: { url: <url>/posts, filters: [posts, sms] }");
    expect((await rcwh(`ensure -f ${file} --dry-run`)).stderr).toBe(
      "1 would be updated, 1 would be recovered.\n",
    );
    const { exitCode, stdout, stderr } = await rcwh(`ensure -f ${file} --json`);
    expect({ exitCode, stderr }).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "{"schemaVersion":1,"warnings":["00000006-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) was blacklisted and is now 0000000f-0000-4000-8000-000000000000: the events of less than 1 s are lost, from 2026-11-22T12:00:00Z to 2026-11-22T12:00:00Z."]}
      ",
      }
    `);
    const { results } = JSON.parse(stdout);
    expect(results).toMatchObject([
      { outcome: "updated" },
      { outcome: "recovered", newId: onlyId(emulator), gap: {} },
    ]);
    expect(results[0]).not.toHaveProperty("error");
    // Within a day of a recovery, it only tells the state: once.
    emulator.blacklist(onlyId(emulator));
    await write(posts);
    const again = await rcwh(`ensure -f ${file}`);
    expect(again).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 updated, 1 blacklisted.
      attention: 1 of 2 needs attention:
        0000000f-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered. Its URL was recovered less than a day ago, so recovery skips it until 2026-11-23T12:00:00Z.
      hint: Fix the endpoint, then bring the subscription back with \`rcwh recover 0000000f-0000-4000-8000-000000000000\`; \`--ignore 0000000f-0000-4000-8000-000000000000\` silences this.
      ",
        "stdout": "0000000f-0000-4000-8000-000000000000	updated	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment			posts
      0000000f-0000-4000-8000-000000000000	blacklisted	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment		It is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered. Its URL was recovered less than a day ago, so recovery skips it until 2026-11-23T12:00:00Z.	posts
      ",
      }
    `);
  });

  test("warns of what was lost before it replaced a blacklisted webhook", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    const secrets = ["TOKEN=token-of-posts-1", "TOKEN=token-of-posts-2"];
    const [first, second] = secrets.map((secret) => `-f ${file} --var ${secret}`);
    await write("posts: { url: <url>/posts, filters: [posts], verificationToken: { env: TOKEN } }");
    await rcwh(`ensure ${first}`);
    emulator.blacklist(onlyId(emulator));
    expect(await rcwh(`ensure ${second}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "warning: --var shows the secret to everybody who can run \`ps\`. Use a variable of the environment instead.
      warning: 00000006-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) was blacklisted and is now 0000000c-0000-4000-8000-000000000000: the events of less than 1 s are lost, from 2026-11-22T12:00:00Z to 2026-11-22T12:00:00Z.
      1 replaced.
      ",
        "stdout": "00000006-0000-4000-8000-000000000000	replaced	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	0000000c-0000-4000-8000-000000000000		posts
      ",
      }
    `);
    emulator.blacklist(onlyId(emulator));
    expect(await rcwh(`apply --yes ${first}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "warning: --var shows the secret to everybody who can run \`ps\`. Use a variable of the environment instead.
      warning: 0000000c-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) was blacklisted and is now 00000015-0000-4000-8000-000000000000: the events of less than 1 s are lost, from 2026-11-22T12:00:00Z to 2026-11-22T12:00:00Z.
      environment: 1 replaced, 0 not managed.
      ",
        "stdout": "replace	posts	0000000c-0000-4000-8000-000000000000	another verification token	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	replaced	00000015-0000-4000-8000-000000000000	
      ",
      }
    `);
    emulator.blacklist(onlyId(emulator));
    const { stdout } = await rcwh(`apply --yes --json ${second}`);
    const { changes } = JSON.parse(stdout);
    expect(changes).toMatchObject([
      { outcome: "replaced", gap: { to: "2026-11-22T12:00:00.000Z" } },
    ]);
    expect(changes[0]).not.toHaveProperty("remarks");
  });

  test("previews that an adopted subscription is renewed, too", async ({
    clock,
    elsewhere,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/posts`, { env: elsewhere });
    clock.advance(6 * day);
    await write(posts);
    expect((await rcwh(`ensure -f ${file} --dry-run`)).stderr).toBe("1 would be renewed.\n");
    expect((await rcwh(`ensure -f ${file}`)).stderr).toBe("1 renewed.\n");
  });

  test("re-creates what expired, and leaves alone what the file does not name", async ({
    clock,
    directory,
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write("orders: { url: <url>/orders, filters: [sms], verificationToken: { env: TOKEN } }");
    await rcwh(`ensure -f ${file} --var TOKEN=token-of-orders`);
    clock.advance(8 * day);
    const foreign = await subscribe(emulator, endpoint.url, { expiresIn: 3600 });
    const before = emulator.state().subscriptions.find(({ id }) => id === foreign);
    const preview = await rcwh(`ensure -f ${file} --var TOKEN=token-of-orders --dry-run`);
    expect(preview).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "warning: --var shows the secret to everybody who can run \`ps\`. Use a variable of the environment instead.
      1 would be re-created.
      ",
        "stdout": "00000006-0000-4000-8000-000000000000	would-recreate	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment			orders
      ",
      }
    `);
    expect(await rcwh(`ensure -f ${file} --var TOKEN=token-of-orders`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "warning: --var shows the secret to everybody who can run \`ps\`. Use a variable of the environment instead.
      1 re-created.
      ",
        "stdout": "00000006-0000-4000-8000-000000000000	recreated	2026-12-07T12:00:00.000Z	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS	environment	00000013-0000-4000-8000-000000000000		orders
      ",
      }
    `);
    expect(emulator.state().subscriptions).toContainEqual(before);
    expect(await stored(directory, "records")).toMatchObject([
      { verificationToken: "token-of-orders", managedAs: { webhook: "orders" } },
    ]);
    await rcwh(`ensure -f ${file} --all --var TOKEN=token-of-orders`);
    expect(remaining(emulator)).toEqual([604_800, 604_800]);
  });

  test("deletes nothing without --allow-deletes, and changes nothing with --dry-run", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, posts);
    expect(await rcwh(`ensure -f ${file} --dry-run`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "2 would be created.
      ",
        "stdout": "	would-create				environment			orders
      	would-create				environment			posts
      ",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
    await rcwh(`ensure -f ${file}`);
    await write(orders);
    expect(await rcwh(`ensure -f ${file} -q`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: 1 of 2 needs attention:
        The file no longer names "posts", and 0000000b-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) still exists.
      hint: Delete it with --allow-deletes.
      ",
        "stdout": "0000000b-0000-4000-8000-000000000000	skipped	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment		The file no longer names "posts", and 0000000b-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) still exists.	posts
      ",
      }
    `);
    expect(await rcwh(`ensure -f ${file} -q --allow-deletes`)).toMatchObject({ exitCode: 0 });
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("ensures the same file for every account, with the variables of its line", async ({
    directory,
    emulator,
    endpoint,
    file,
    rcwh,
    server,
    expect,
  }) => {
    await writeFile(
      file,
      "version: 1\nwebhooks:\n  orders: { url: '${BASE}/${region}', filters: [sms], verificationToken: { env: TOKEN } }\n",
    );
    const accounts = join(directory, "accounts.ndjson");
    const line = (user: number, variables: object) =>
      JSON.stringify({
        ...{ profile: `acme-${user}`, server, jwt: `user-${user}` },
        ...{ clientId: "emulator-client", clientSecret: "emulator-secret", ...variables },
      });
    await writeFile(
      accounts,
      [
        line(1, { region: "eu", TOKEN: "token-of-one" }),
        line(2, { region: "us", TOKEN: "token-of-two" }),
        line(3, { TOKEN: "token-of-three" }),
      ].join("\n"),
    );
    const words = `ensure -f ${file} --profiles-from ${accounts} --var BASE=${endpoint.url} --concurrency 1`;
    const first = await rcwh(words);
    expect(first).toMatchInlineSnapshot(`
      {
        "exitCode": 7,
        "stderr": "3 accounts: 2 created.
      error: 1 of 3 accounts failed:
        acme-3: /tmp/rcwh-test/rcwh.yaml:3:27: The variable region is not set.
      hint: Set it, add --var region=…, or give a default: \${region:-…}.
      ",
        "stdout": "00000006-0000-4000-8000-000000000000	created	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/eu	/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS	acme-1			orders
      0000000d-0000-4000-8000-000000000000	created	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/us	/restapi/v1.0/account/4000000002/extension/7000000002/message-store/instant?type=SMS	acme-2			orders
      ",
      }
    `);
    expect(emulator.state().subscriptions.map(({ user, address }) => [user, address])).toEqual([
      [1, `${endpoint.url}/eu`],
      [2, `${endpoint.url}/us`],
    ]);
    expect(JSON.stringify(await rcwh(`${words} --json --debug`))).not.toMatch(/token-of-/);
    expect(emulator.state().subscriptions).toHaveLength(2);
  });

  test("takes numbers and yes or no of an account's line as text, and leaves further keys to renew alone", async ({
    directory,
    emulator,
    endpoint,
    file,
    rcwh,
    server,
    expect,
  }) => {
    await writeFile(
      file,
      "version: 1\nwebhooks:\n  orders: { url: '${BASE}/${TENANT}/${beta}', filters: [sms] }\n",
    );
    const accounts = join(directory, "accounts.ndjson");
    const writeAccounts = (...variables: readonly object[]) =>
      writeFile(
        accounts,
        variables
          .map((each, index) => ({ user: `user-${index + 1}`, each }))
          .map(({ user, each }) =>
            JSON.stringify({
              ...{ profile: user, server, jwt: user, ...each },
              ...{ clientId: "emulator-client", clientSecret: "emulator-secret" },
            }),
          )
          .join("\n"),
      );
    const words = `ensure -f ${file} --profiles-from ${accounts} --var BASE=${endpoint.url} --concurrency 1`;
    await writeAccounts({ TENANT: 5, beta: true }, { TENANT: ["x"], beta: false });
    expect((await rcwh(words)).stderr).toMatchInlineSnapshot(`
      "2 accounts: 1 created.
      error: 1 of 2 accounts failed:
        user-2: Invalid TENANT in line 2 of accounts.ndjson: rcwh.yaml cannot use it.
      hint: Use a string without control characters, a number, true or false, or omit the key.
      "
    `);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/5/true` }]);

    const odd = ["two\nlines", 2 ** 60, null, { a: 1 }];
    for (const TENANT of odd) {
      await writeAccounts({ TENANT, beta: "" });
      expect((await rcwh(words)).stderr).toMatch(
        /^error: The only account failed:\n {2}user-1: Invalid TENANT in line 1 of accounts\.ndjson: /m,
      );
    }
    await writeAccounts(...odd.map((TENANT) => ({ TENANT })));
    expect(await rcwh(`renew --all --profiles-from ${accounts}`)).toMatchObject({ exitCode: 0 });
  });

  test("reports like renew: last run, hooks, metrics; and refuses a token that nobody would see", async ({
    directory,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    const metrics = join(directory, "rcwh.prom");
    await rcwh(`ensure -q -f ${file} --metrics-file ${metrics}`);
    const status = await rcwh("status --json");
    expect(JSON.parse(status.stdout)).toMatchObject({
      runs: [{ command: "ensure", exitCode: 0, lastSuccessAt: "2026-11-22T12:00:00Z" }],
    });
    expect(await readFile(metrics, "utf8")).toContain(
      'rcwh_last_run_results{profile="environment",outcome="created"} 1\n',
    );
    await write("orders: { url: <url>, filters: [posts], verificationToken: { generate: true } }");
    expect(await rcwh(`ensure -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 7,
        "stderr": "1 not due, 1 refused.
      error: 1 of 2 was not ensured:
        00000006-0000-4000-8000-000000000000: "orders" needs a new verification token, which ensure cannot show to anybody. It was not changed.
      hint: Run \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\` once, or give each account a token of its own: verificationToken: { env: … }.
      ",
        "stdout": "00000006-0000-4000-8000-000000000000	refused				environment		"orders" needs a new verification token, which ensure cannot show to anybody. It was not changed.	orders
      ",
      }
    `);
  });

  test("keeps an explicit renewal window", async ({
    clock,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    await rcwh(`ensure -f ${file}`);
    clock.advance(day);
    await rcwh(`ensure -f ${file} --within 7d`);
    expect(remaining(emulator)).toEqual([604_800]);
    expect(onlyId(emulator)).toMatch(/^0000/);
  });
});
