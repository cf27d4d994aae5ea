import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { test } from "../support/manifest.ts";
import { onlyId, subscribe, subscribeAll, takeRequests } from "../support/subscriptions.ts";

const orders = "orders: { url: <url>/orders, filters: [sms, voicemail] }";

describe("rcwh plan", () => {
  test("is pending while a replacement is half done", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    await rcwh(`apply -f ${file} --yes`);
    await write(orders.replace("/orders", "/new"));
    const restore = emulator.intercept(
      async (request) =>
        request.method === "DELETE" ? new Response(null, { status: 503 }) : undefined,
      Number.POSITIVE_INFINITY,
    );
    await rcwh(`apply -f ${file} --yes`);
    restore();
    expect(emulator.state().subscriptions).toHaveLength(2);

    expect(await rcwh(`plan -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "The run would first finish an earlier run's replacement: 0000000b-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/new) replaces 00000006-0000-4000-8000-000000000000, which is deleted.
      An earlier run was interrupted: \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\` finishes that first.
      No changes; 1 unchanged, 0 not managed.
      attention: An earlier run left unfinished changes.
      hint: Finish it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "unchanged	orders	0000000b-0000-4000-8000-000000000000		http://127.0.0.1:50100/hook/new	/restapi/v1.0/account/~/extension/~/voicemail,/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment
      ",
      }
    `);
    const { stdout } = await rcwh(`plan -f ${file} --json`);
    expect(JSON.parse(stdout)).toMatchObject({ unfinished: 1 });
    await rcwh(`apply -f ${file}`);
    expect(emulator.state().subscriptions).toHaveLength(1);
    expect(await rcwh(`plan -f ${file}`)).toMatchObject({ exitCode: 0 });
  });

  test("replaces nothing but a plan without being asked", async ({ file, rcwh, write, expect }) => {
    await write(orders);
    const before = await readFile(file, "utf8");
    expect(await rcwh(`plan -f ${file} --out ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Replace /tmp/rcwh-test/rcwh.yaml, which is not a plan? Cannot prompt for confirmation here. Nothing was written.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    expect(await readFile(file, "utf8")).toBe(before);
    const twice = [await rcwh(`plan -f ${file} --out ${file}.json`)];
    twice.push(await rcwh(`plan -f ${file} --out ${file}.json`));
    expect(twice.map(({ exitCode }) => exitCode)).toEqual([8, 8]);
  });

  test("says that a deletion has to be allowed", async ({ file, rcwh, write, expect }) => {
    await write(orders, "posts: { url: <url>/posts, filters: [posts] }");
    await rcwh(`apply -f ${file} --yes`);
    await write(orders);
    const { stderr } = await rcwh(`plan -f ${file}`);
    expect(stderr).toContain(
      "hint: Apply it with `rcwh apply -f /tmp/rcwh-test/rcwh.yaml --allow-deletes`.\n",
    );
  });

  test("names the command that applies just this", async ({
    directory,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, 'posts: { url: <url>/posts, filters: [posts], expiresIn: "${LIFE:-7d}" }');
    const hintOf = async (flags: string) => {
      const { stderr } = await rcwh(`plan -f ${file} ${flags}`);
      return /^hint: (.*)$/m.exec(stderr)?.[1];
    };
    expect([
      await hintOf("--target posts --allow-shorter"),
      await hintOf(`--out ${directory}/plan.json`),
      await hintOf("--var LIFE=10d"),
    ]).toEqual([
      "Apply it with `rcwh apply -f /tmp/rcwh-test/rcwh.yaml --target posts --allow-shorter`.",
      "Apply them with `rcwh apply -f /tmp/rcwh-test/rcwh.yaml /tmp/rcwh-test/plan.json`.",
      "Apply them with `rcwh apply -f /tmp/rcwh-test/rcwh.yaml --var LIFE=10d`.",
    ]);
  });

  test("says what would be created, and changes nothing", async ({
    directory,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    expect(await rcwh(`plan -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 to create; 0 unchanged, 0 not managed.
      attention: 1 change is pending.
      hint: Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "create	orders		it does not exist yet	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS,/restapi/v1.0/account/~/extension/~/voicemail	environment
      ",
      }
    `);
    expect(await rcwh(`plan -f ${file} -v`, { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 to create; 0 unchanged, 0 not managed.
      attention: 1 change is pending.
      hint: Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "+ create  orders
          it does not exist yet
        + url     http://127.0.0.1:50100/hook/orders
        + filter  account/~/extension/~/message-store/instant?type=SMS
        + filter  account/~/extension/~/voicemail
        + expires as RingCentral sets
        + token   none
      ",
      }
    `);
    expect(await rcwh(`plan -f ${file} --json`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "{"schemaVersion":1,"error":{"code":"PENDING","message":"1 change is pending.","hint":"Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.","exitCode":8}}
      ",
        "stdout": "{
        "schemaVersion": 1,
        "changes": [
          {
            "name": "orders",
            "profile": "environment",
            "action": "create",
            "reasons": [
              {
                "cause": "new",
                "about": "existence",
                "text": "it does not exist yet"
              }
            ],
            "after": {
              "address": "http://127.0.0.1:50100/hook/orders",
              "eventFilters": [
                "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
                "/restapi/v1.0/account/~/extension/~/voicemail"
              ],
              "verificationToken": "none"
            }
          }
        ],
        "notManaged": 0
      }
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual(Array(3).fill("GET /restapi/v1.0/subscription"));
    expect(await readFile(join(directory, "config", "config.json"), "utf8")).not.toContain(
      "orders",
    );
  });

  test("tells an edit of the file from what somebody changed elsewhere", async ({
    elsewhere,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    await rcwh(`apply -f ${file} --yes`);
    const id = onlyId(emulator);
    await rcwh(`update ${id} --filter sms,posts`, { env: elsewhere });
    await rcwh(`renew ${id}`);
    await write("orders: { url: <url>/new, filters: [sms, voicemail, presence], expiresIn: 30d }");
    expect(await rcwh(`plan -f ${file}`, { tty: true, columns: 200 })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 to replace; 0 unchanged, 0 not managed.
      attention: 1 change is pending.
      hint: Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "ACTION     WEBHOOK  WHY
      ± replace  orders   the file moves it to http://127.0.0.1:50100/hook/new; the file adds account/~/extension/~/presence; drift: somebody removed account/~/extension/~/voicemail; drift: somebody added /
                          team-messaging/v1/posts; lifetime 7 d → 30 d; until the new one works, both deliver
      ",
      }
    `);
    expect(await rcwh(`plan -f ${file} -v`, { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "1 to replace; 0 unchanged, 0 not managed.
      attention: 1 change is pending.
      hint: Apply it with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "± replace  orders  00000006-0000-4000-8000-000000000000
          the file moves it to http://127.0.0.1:50100/hook/new; the file adds
          account/~/extension/~/presence; drift: somebody removed
          account/~/extension/~/voicemail; drift: somebody added
          /team-messaging/v1/posts; lifetime 7 d → 30 d; until the new one works, both
          deliver
        - url     http://127.0.0.1:50100/hook/orders
        - filter  /team-messaging/v1/posts
          filter  account/~/extension/~/message-store/instant?type=SMS
        - expires as RingCentral sets
          token   none
        + url     http://127.0.0.1:50100/hook/new
        + filter  account/~/extension/~/voicemail
        + filter  account/~/extension/~/presence
        + expires 30 d
          renewal due from 2026-11-19T12:00:00Z
      ",
      }
    `);
  });

  test("says when one expired that is to be there", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    await rcwh(`apply -f ${file} --yes`);
    emulator.clock.advance(86_400_000 * 8);
    const { stdout } = await rcwh(`plan -f ${file}`);
    expect(stdout).toContain("\tit expired on 2026-11-29T12:00:00.000Z\t");
  });

  test("says when an unchanged one is renewed, and how to bring a blacklisted one back", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    await rcwh(`apply -f ${file} --yes`);
    emulator.clock.advance(86_400_000 * 6);
    emulator.blacklist(onlyId(emulator));
    expect(await rcwh(`plan -f ${file}`, { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "warning: 00000006-0000-4000-8000-000000000000
      (http://127.0.0.1:50100/hook/orders) is Blacklisted (I/O operation is failed.
      Details: [Read timed out]): no events are delivered. Fix the endpoint, then
      bring the subscription back with
      \`rcwh recover 00000006-0000-4000-8000-000000000000\`.
      No changes; 1 unchanged, 0 not managed.
      ",
        "stdout": "ACTION       WEBHOOK  WHY
        unchanged  orders   renewal due from 2026-11-27T12:00:00Z
      ",
      }
    `);
  });

  test("does not say that a blacklisted one to replace delivers", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    await rcwh(`apply -f ${file} --yes`);
    emulator.blacklist(onlyId(emulator));
    await write("orders: { url: <url>/new, filters: [sms, voicemail] }");
    const { stdout } = await rcwh(`plan -f ${file}`, { tty: true, columns: 200 });
    expect(stdout).toBe(
      "ACTION     WEBHOOK  WHY\n± replace  orders   the file moves it to http://127.0.0.1:50100/hook/new\n",
    );
    const whole = await rcwh(`plan -f ${file} -v`, { tty: true, columns: 200 });
    expect(whole.stdout).not.toContain("both deliver");
  });

  test("takes a new name, and two that swap, for what they are", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, "posts: { url: <url>/posts, filters: [posts] }");
    await rcwh(`apply -f ${file} --yes`);
    const before = emulator.state().subscriptions;
    await write(
      orders.replace("orders:", "posts:"),
      "orders: { url: <url>/posts, filters: [posts] }",
    );
    expect(await rcwh(`plan -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "2 to rename; 0 unchanged, 0 not managed.
      attention: 2 changes are pending.
      hint: Apply them with \`rcwh apply -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "adopt	posts	00000006-0000-4000-8000-000000000000	it was "orders" before	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/account/~/extension/~/voicemail,/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment
      adopt	orders	0000000a-0000-4000-8000-000000000000	it was "posts" before	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment
      ",
      }
    `);
    await write(
      orders.replace("orders:", "sales:"),
      "orders: { url: <url>/posts, filters: [posts] }",
    );
    takeRequests(emulator);
    expect(await rcwh(`apply -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 2 adopted, 0 not managed.
      ",
        "stdout": "adopt	sales	00000006-0000-4000-8000-000000000000	it was "orders" before	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/account/~/extension/~/voicemail,/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment	adopted		
      adopt	orders	0000000a-0000-4000-8000-000000000000	it was "posts" before	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	adopted		
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual(["GET /restapi/v1.0/subscription"]);
    expect(await rcwh(`plan -f ${file} -q -o ndjson`)).toMatchObject({ exitCode: 0 });
    expect(emulator.state().subscriptions).toEqual(before);
  });

  test("finds what another client made by URL and filters, and refuses to guess between two", async ({
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    const url = `${endpoint.url}/orders`;
    await subscribe(emulator, url);
    await subscribe(emulator, `${url}?else`);
    await write("orders: { url: <url>/orders, filters: [posts] }");
    expect(await rcwh(`plan -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "No changes; 1 found as the file says, 0 unchanged, 1 not managed.
      ",
        "stdout": "adopt	orders	00000004-0000-4000-8000-000000000000	it exists, but this file did not name it yet	http://127.0.0.1:50100/hook/orders	/team-messaging/v1/posts	environment
      ",
      }
    `);
    await subscribe(emulator, url);
    expect(await rcwh(`plan -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: /tmp/rcwh-test/rcwh.yaml:3:3: "orders" matches 2 subscriptions, which all have this URL and these filters: 00000004-0000-4000-8000-000000000000, 0000000e-0000-4000-8000-000000000000. Nothing was changed.
      hint: Delete those that are not needed with \`rcwh delete <id>\`, or give each its own URL: a query is enough.
      ",
        "stdout": "",
      }
    `);
  });

  test("takes two requests for thirty subscriptions of two APIs", async ({
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    const urls = Array.from({ length: 30 }, (_, index) => `${endpoint.url}/${index}`);
    await subscribeAll(emulator, urls);
    await write(
      orders,
      "webinars: { url: <url>/w, filters: [webinar/configuration/v1/company/sessions] }",
    );
    takeRequests(emulator);
    const { stderr } = await rcwh(`plan -f ${file}`);
    expect(stderr).toContain("0 unchanged, 30 not managed.");
    // Each API has a limit of its own.
    expect(stderr).toContain(
      "warning: There would be 31 subscriptions, and RingCentral allows 30 for a user and app: 1 will be refused (SUB-505).",
    );
    expect(takeRequests(emulator)).toEqual([
      "GET /restapi/v1.0/subscription",
      "GET /webinar/notifications/v1/subscriptions",
    ]);
  });

  test("says beforehand what thirty leave no room for", async ({
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, "posts: { url: <url>/posts, filters: [posts] }");
    await rcwh(`apply -f ${file} --yes`);
    await subscribeAll(
      emulator,
      Array.from({ length: 28 }, (_, index) => `${endpoint.url}/${index}`),
    );
    const warning = async () => (await rcwh(`plan -f ${file}`)).stderr.split("\n")[0];
    expect(await warning()).toMatchInlineSnapshot(`"No changes; 2 unchanged, 28 not managed."`);

    await write(orders, "presence: { url: <url>/presence, filters: [presence] }");
    expect(await warning()).toMatchInlineSnapshot(
      `"warning: There would be 31 subscriptions at once, and RingCentral allows 30 for a user and app: --allow-deletes makes room first."`,
    );

    await write(orders, "posts: { url: <url>/elsewhere, filters: [posts] }");
    expect(await warning()).toMatchInlineSnapshot(
      `"warning: There are 30 subscriptions, and RingCentral allows 30 for a user and app: a replacement needs --break-before-make, which loses the events in between."`,
    );
  });

  test("writes a plan without secrets, for nobody else to read", async ({
    directory,
    file,
    rcwh,
    write,
    expect,
  }) => {
    const out = join(directory, "plan.json");
    await write(`orders: { url: <url>, filters: [sms], verificationToken: { env: TOKEN } }`);
    const { exitCode, stdout, stderr } = await rcwh(
      `plan -f ${file} --json --out ${out} --debug --var TOKEN=s3cr3t-tok3n`,
    );
    expect(exitCode).toBe(8);
    const text = await readFile(out, "utf8");
    expect(text + stdout + stderr).not.toContain("s3cr3t-tok3n");
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(text)).toMatchObject({
      kind: "rcwh-plan",
      changes: [{ name: "orders", action: "create", after: { verificationToken: "set" } }],
    });
  });

  test("refuses a target that no webhook has", async ({ file, rcwh, write, expect }) => {
    await write(orders);
    expect(await rcwh(`plan -f ${file} --target order`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid --target value "order": no webhook has this name.
      hint: Did you mean --target orders?
      ",
        "stdout": "",
      }
    `);
  });
});
