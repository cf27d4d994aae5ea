import { readdirSync, writeFileSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { collection, loseAnswers } from "../support/faults.ts";
import { test } from "../support/manifest.ts";
import {
  onlyId,
  stored,
  subscribeAll,
  takeRequests,
  withoutProgress,
} from "../support/subscriptions.ts";

const orders = "orders: { url: <url>/orders, filters: [sms, voicemail] }";
const posts = "posts: { url: <url>/posts, filters: [posts] }";

describe("rcwh apply", () => {
  test("shows the plan, asks, and does it; and then has nothing to do", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, posts);
    expect(
      withoutProgress(await rcwh(`apply -f ${file}`, { tty: true, answers: [false] })),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "ACTION    WEBHOOK  WHY
      + create  orders   it does not exist yet
      + create  posts    it does not exist yet
      2 to create; 0 unchanged, 0 not managed.
      Nothing was changed.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
    expect(
      withoutProgress(await rcwh(`apply -f ${file}`, { tty: true, answers: [true] })),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "ACTION    WEBHOOK  WHY
      + create  orders   it does not exist yet
      + create  posts    it does not exist yet
      2 to create; 0 unchanged, 0 not managed.
      environment: 2 created, 0 not managed.
      ",
        "stdout": "ACTION    WEBHOOK  WHY                    OUTCOME
      + create  orders   it does not exist yet  created
      + create  posts    it does not exist yet  created
      ",
      }
    `);
    takeRequests(emulator);
    expect(await rcwh(`apply -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 2 unchanged, 0 not managed.
      ",
        "stdout": "",
      }
    `);
    expect(takeRequests(emulator)).toEqual([`GET ${collection}`]);
  });

  test("needs --yes where it cannot ask", async ({ emulator, file, rcwh, write, expect }) => {
    await write(orders);
    expect(await rcwh(`apply -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Apply this change: create "orders"? Cannot prompt for confirmation here. Nothing was changed.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
    await rcwh(`apply -f ${file} --yes`);
    await write("orders: { url: <url>/orders, filters: [sms] }", posts);
    const list = await rcwh(`apply -f ${file}`);
    expect(list.stderr).toMatchInlineSnapshot(`
      "Apply these 2 changes? Cannot prompt for confirmation here. Nothing was changed.
        update orders 00000007-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/orders)
        create posts
      hint: Add --yes to confirm.
      "
    `);
    const limited = await rcwh(`apply -f ${file} --yes --max-changes 1`);
    expect(limited.stderr).toMatchInlineSnapshot(`
      "error: This would change 2 subscriptions, and --max-changes allows 1. Nothing was changed.
      hint: Use --target, or raise --max-changes.
      "
    `);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("updates in place, replaces for a URL or a token, and keeps the name on record", async ({
    directory,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, posts);
    await rcwh(`apply -f ${file} --yes`);
    await write(
      "orders: { url: <url>/orders, filters: [sms, presence], expiresIn: 30d }",
      "posts: { url: <url>/elsewhere, filters: [posts], verificationToken: { env: TOKEN } }",
    );
    const token = "a-token-of-the-file";
    takeRequests(emulator);
    const { exitCode, stdout, stderr } = await rcwh(
      `apply -f ${file} --yes --json --debug --var TOKEN=${token}`,
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).changes).toMatchObject([
      { name: "orders", action: "update", outcome: "updated" },
      { name: "posts", action: "replace", outcome: "replaced", newId: expect.any(String) },
    ]);
    expect(stdout + stderr).not.toContain(token);
    expect(
      takeRequests(emulator).map((line) => line.replace(/\/[0-9a-f-]{36}/, "/<id>")),
    ).toMatchInlineSnapshot(`
      [
        "GET /restapi/v1.0/subscription",
        "PUT /restapi/v1.0/subscription/<id>",
        "GET /restapi/v1.0/subscription",
        "POST /restapi/v1.0/subscription",
        "GET /restapi/v1.0/subscription/<id>",
        "DELETE /restapi/v1.0/subscription/<id>",
        "GET /restapi/v1.0/subscription/<id>",
      ]
    `);
    expect(await stored(directory, "records")).toMatchObject([
      { managedAs: { webhook: "orders" }, expiresIn: 2_592_000 },
      { managedAs: { webhook: "posts" }, verificationToken: token },
    ]);
    const again = await rcwh(`apply -f ${file} --yes --var TOKEN=${token}`);
    expect(again).toMatchObject({ exitCode: 0, stdout: "" });
  });

  test("deletes what the file names no longer only with --allow-deletes, and never what it did not name", async ({
    clock,
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, posts);
    await rcwh(`apply -f ${file} --yes`);
    await subscribeAll(
      emulator,
      Array.from({ length: 28 }, (_, index) => `${endpoint.url}/${index}`),
    );
    clock.advance(60_000);
    const foreign = emulator.state().subscriptions.slice(2);
    await write(orders);
    expect(await rcwh(`apply -f ${file} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "environment: 1 unchanged, 1 skipped, 28 not managed.
      attention: The file no longer names "posts", and 0000000a-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) still exists.
      hint: Delete it with --allow-deletes.
      ",
        "stdout": "delete	posts	0000000a-0000-4000-8000-000000000000	the file no longer names it	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	skipped		The file no longer names "posts", and 0000000a-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/posts) still exists.
      ",
      }
    `);
    expect(emulator.state().subscriptions).toHaveLength(30);
    expect(await rcwh(`apply -f ${file} --yes --prune`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 1 unchanged, 1 deleted, 28 not managed.
      ",
        "stdout": "delete	posts	0000000a-0000-4000-8000-000000000000	the file no longer names it	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	deleted		
      ",
      }
    `);
    expect(emulator.state().subscriptions.slice(1)).toEqual(foreign);
  });

  test("makes room with what it may delete, where thirty leave none", async ({
    clock,
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, posts);
    await rcwh(`apply -f ${file} --yes`);
    await subscribeAll(
      emulator,
      Array.from({ length: 28 }, (_, index) => `${endpoint.url}/${index}`),
    );
    clock.advance(60_000);
    await write(orders, "presence: { url: <url>/presence, filters: [presence] }");
    expect(await rcwh(`apply -f ${file} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "environment: 1 unchanged, 1 refused, 1 not tried, 28 not managed.
      error: There are 30 subscriptions, and RingCentral allows 30: "presence" does not fit.
      hint: Make room with --allow-deletes, which deletes what the file no longer names.
      ",
        "stdout": "create	presence		it does not exist yet	http://127.0.0.1:50100/hook/presence	/restapi/v1.0/account/~/extension/~/presence	environment	refused		There are 30 subscriptions, and RingCentral allows 30: "presence" does not fit.
      delete	posts	0000000a-0000-4000-8000-000000000000	the file no longer names it	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	not-tried		
      ",
      }
    `);
    expect(await rcwh(`apply -f ${file} --yes --allow-deletes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "There are 30 subscriptions, and RingCentral allows 30: "posts" is deleted first, to make room.
      environment: 1 unchanged, 1 created, 1 deleted, 28 not managed.
      ",
        "stdout": "create	presence	00000067-0000-4000-8000-000000000000	it does not exist yet	http://127.0.0.1:50100/hook/presence	/restapi/v1.0/account/~/extension/~/presence	environment	created		
      delete	posts	0000000a-0000-4000-8000-000000000000	the file no longer names it	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	deleted		
      ",
      }
    `);
    expect(await rcwh(`plan -f ${file} -q`)).toMatchObject({ exitCode: 0 });
  });

  test("says what makes room for a new webhook, and nothing that does not", async ({
    emulator,
    endpoint,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write("posts: { url: <url>/posts, filters: [voicemail] }");
    await rcwh(`apply -f ${file} --yes`);
    const others = Array.from({ length: 29 }, (_, index) => `${endpoint.url}/${index}`);
    await subscribeAll(emulator, others);
    const stderr = async (flags: string) => (await rcwh(`apply -f ${file} --yes${flags}`)).stderr;

    // It takes over what "posts" delivers, so that "posts" cannot go before it is there.
    await write("chats: { url: <url>/chats, filters: [voicemail] }");
    expect(await stderr(" --allow-deletes")).toMatchInlineSnapshot(`
      "environment: 1 refused, 1 not tried, 29 not managed.
      error: There are 30 subscriptions, and RingCentral allows 30: "chats" does not fit.
      hint: Add --break-before-make, which deletes "posts" first and loses events in between.
      "
    `);
    expect(await stderr(" --allow-deletes --break-before-make")).toMatchInlineSnapshot(`
      "There are 30 subscriptions, and RingCentral allows 30: "posts" is deleted first, to make room.
      environment: 1 created, 1 deleted, 29 not managed.
      "
    `);

    await write("chats: { url: <url>/chats, filters: [voicemail] }", orders);
    const full = await stderr("");
    expect(full).toMatchInlineSnapshot(`
      "environment: 1 unchanged, 1 refused, 29 not managed.
      error: There are 30 subscriptions, and RingCentral allows 30: "orders" does not fit.
      hint: Choose one to delete with \`rcwh list\`, then delete it.
      "
    `);
    expect(await stderr(" --break-before-make")).toBe(full);
  });

  test("lets two webhooks swap their filters without a gap", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write("one: { url: <url>/1, filters: [sms] }", "two: { url: <url>/2, filters: [posts] }");
    await rcwh(`apply -f ${file} --yes`);
    await write("one: { url: <url>/1, filters: [posts] }", "two: { url: <url>/2, filters: [sms] }");
    await rcwh(`apply -f ${file} --yes`);
    const filters = emulator.requests.flatMap(({ method, body }) =>
      method === "PUT"
        ? [
            (body as { eventFilters: string[] }).eventFilters.map((each) =>
              each.replace(/^.*\//, ""),
            ),
          ]
        : [],
    );
    expect(filters).toEqual([["posts", "instant?type=SMS"], ["instant?type=SMS"], ["posts"]]);
    expect(await rcwh(`plan -f ${file} -q`)).toMatchObject({ exitCode: 0 });
  });

  test("shows generated tokens before anything changes, or puts them into a file", async ({
    directory,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    const generated = "{ generate: true }";
    await write(`orders: { url: <url>/orders, filters: [sms], verificationToken: ${generated} }`);
    const steps: string[] = [];
    emulator.intercept(({ method }) => void steps.push(method), Number.POSITIVE_INFINITY);
    const { stdout } = await rcwh(`apply -f ${file} --yes --json`, {
      onOutput: () => void steps.push("output"),
    });
    const { verificationTokens, changes } = JSON.parse(stdout);
    expect(steps.indexOf("output")).toBeLessThan(steps.lastIndexOf("POST"));
    expect(changes).toMatchObject([{ outcome: "created", after: { verificationToken: "new" } }]);
    expect(await stored(directory, "records")).toMatchObject([
      { verificationToken: verificationTokens.orders },
    ]);
    expect((await rcwh(`apply -f ${file} --yes`)).stdout).toBe("");

    await write(`posts: { url: <url>/posts, filters: [posts], verificationToken: ${generated} }`);
    const out = join(directory, "tokens.txt");
    const { stdout: quiet } = await rcwh(`apply -f ${file} --yes --verification-token-out ${out}`);
    const [name, token = ""] = (await readFile(out, "utf8")).trim().split("\t");
    expect(name).toBe("posts");
    expect(quiet).not.toContain(token);
    expect((await stat(out)).mode & 0o777).toBe(0o600);

    await write(
      `posts: { url: <url>/posts, filters: [posts] }`,
      `sms: { url: "https://example.com", filters: [sms], verificationToken: ${generated} }`,
    );
    const refused = await rcwh(`apply -f ${file} --yes --verification-token-out ${out}2`);
    expect(refused.exitCode).toBe(6);
    expect(refused.stderr).toContain("Removed /tmp/rcwh-test/tokens.txt2, which nothing uses.\n");
    await expect(stat(`${out}2`)).rejects.toThrow("ENOENT");
  });

  test("applies a saved plan, and nothing where file, account or user have moved", async ({
    directory,
    emulator,
    elsewhere,
    file,
    rcwh,
    signedIn,
    write,
    expect,
  }) => {
    const out = join(directory, "plan.json");
    await write(orders, posts);
    await rcwh(`plan -f ${file} --out ${out}`);
    await write(orders.replace("sms", "presence"), posts);
    expect(await rcwh(`apply ${out} -f ${file} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: The file differs from the plan. Nothing was changed.
      hint: See what would change now with \`rcwh plan -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "",
      }
    `);
    const env = { ...signedIn, RCWH_JWT: "user-2" };
    await write(orders, posts);
    expect(await rcwh(`apply ${out} -f ${file} --yes`, { env })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: The plan was made for another user or app than profile environment. Nothing was changed.
      hint: Use --profile environment, or make a plan of this one with \`rcwh plan -f /tmp/rcwh-test/rcwh.yaml --out\`.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await rcwh(`apply ${out} -f ${file} --yes -q`)).toMatchObject({ exitCode: 0 });
    expect(await rcwh(`apply ${out} -f ${file} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: The account has changed, or the plan was already applied: the current plan differs from the plan. Nothing was changed.
      hint: See what would change now with \`rcwh plan -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "",
      }
    `);

    await write(orders);
    await rcwh(`plan -f ${file} --out ${out}`);
    const [{ id } = { id: "" }] = emulator.state().subscriptions;
    await rcwh(`delete ${id} --yes`, { env: elsewhere });
    expect(await rcwh(`apply ${out} -f ${file} --yes --prune`)).toMatchObject({ exitCode: 8 });
    await writeFile(out, "{}");
    expect(await rcwh(`apply ${out} -f ${file} --yes`)).toMatchObject({ exitCode: 2 });
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("tells which file a saved plan needs, and that one applied in part is out of date", async ({
    directory,
    file,
    rcwh,
    write,
    expect,
  }) => {
    const out = join(directory, "plan.json");
    await write(posts, "broken: { url: 'http://127.0.0.1:9/hook', filters: [sms] }");
    await rcwh(`plan -f ${file} --out ${out}`);
    expect(await rcwh(`apply ${out} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: /tmp/rcwh-test/plan.json was made from /tmp/rcwh-test/rcwh.yaml, and needs it to be applied; there is no rcwh.yaml in this directory.
      hint: Add the file, and its --var if it has any: \`rcwh apply /tmp/rcwh-test/plan.json -f /tmp/rcwh-test/rcwh.yaml\`.
      ",
        "stdout": "",
      }
    `);
    const failed = await rcwh(`apply ${out} -f ${file} --yes -q`);
    expect(failed.stdout).toContain("created");
    expect(failed.exitCode).not.toBe(0);
    const again = await rcwh(`apply ${out} -f ${file} --yes`);
    expect(again).toMatchObject({ exitCode: 8, stderr: expect.stringContaining("has changed") });
    const text = await readFile(out, "utf8");
    await writeFile(out, text.replace(/"from":.*\n/, ""));
    expect((await rcwh(`apply ${out} --yes`)).stderr).toContain("needs the file that it was made");
  });

  test("stops at the first failure, goes on with --keep-going, and explains a refusal", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write("broken: { url: 'http://127.0.0.1:9/hook', filters: [sms] }", posts);
    const first = await rcwh(`apply -f ${file} --yes`);
    expect({ ...first, stderr: first.stderr.split("\n").slice(0, 4) }).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": [
          "Tried http://127.0.0.1:9/hook from here:",
          "  ✗ tcp-ipv4  connect ECONNREFUSED 127.0.0.1:9 (limit: a connection; SUB-521)",
          "              → Start the endpoint: nothing on this machine listens on port 9.",
          "environment: 1 refused, 1 not tried, 0 not managed.",
        ],
        "stdout": "create	broken		it does not exist yet	http://127.0.0.1:9/hook	/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment	refused		RingCentral refused to create the subscription: WebHook is not reachable: connect ECONNREFUSED 127.0.0.1:9 (SUB-521)
      create	posts		it does not exist yet	http://127.0.0.1:50100/hook/posts	/team-messaging/v1/posts	environment	not-tried		
      ",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await rcwh(`apply -f ${file} --yes --max-changes 1`)).toMatchObject({ exitCode: 2 });
    expect(await rcwh(`apply -f ${file} --yes --keep-going -q`)).toMatchObject({ exitCode: 7 });
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("works on one webhook with --target, and prints only with --dry-run", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders, posts);
    expect(await rcwh(`apply -f ${file} --dry-run`)).toMatchObject({ exitCode: 0 });
    expect(emulator.state().subscriptions).toEqual([]);
    await rcwh(`apply -f ${file} --yes --target posts`);
    expect(emulator.state().subscriptions).toMatchObject([
      { eventFilters: ["/team-messaging/v1/posts"] },
    ]);
  });

  test("asks for a shorter life from the next renewal on, and at once with --allow-shorter", async ({
    directory,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write("orders: { url: <url>, filters: [sms], expiresIn: 30d }");
    await rcwh(`apply -f ${file} --yes`);
    await write("orders: { url: <url>, filters: [sms], expiresIn: 7d }");
    expect((await rcwh(`plan -f ${file} --allow-shorter`)).stdout).toContain(
      "lifetime 30 d → 7 d\t",
    );
    expect(await rcwh(`apply -f ${file}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "environment: 1 updated, 0 not managed.
      ",
        "stdout": "update	orders	00000006-0000-4000-8000-000000000000	lifetime 30 d → 7 d from the next renewal on	http://127.0.0.1:50100/hook	/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment	updated		
      ",
      }
    `);
    expect(await stored(directory, "records")).toMatchObject([{ expiresIn: 604_800 }]);
    expect(await rcwh(`plan -f ${file} -q`)).toMatchObject({ exitCode: 0 });
    await rcwh(`renew ${onlyId(emulator)} --expires-in 30d`);
    await rcwh(`apply -f ${file} --yes --allow-shorter`);
    expect(emulator.requests.at(-1)).toMatchObject({ method: "PUT", body: { expiresIn: 604_800 } });
  });

  test("never runs beside a renewal of the same user", async ({
    directory,
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    await rcwh("list");
    const locks = new Set<string>();
    const stop = emulator.intercept(() => {
      for (const name of readdirSync(join(directory, "config"))) {
        if (/^run-.*\.lock$/.test(name)) locks.add(join(directory, "config", name));
      }
      return undefined;
    }, Number.POSITIVE_INFINITY);
    await rcwh("renew -q");
    stop();
    const [lock = ""] = locks;
    writeFileSync(lock, "");
    expect(await rcwh(`apply -f ${file} --yes`)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining("Another rcwh is working on profile environment"),
    });
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("finds what a request made whose answer was lost", async ({
    emulator,
    file,
    rcwh,
    write,
    expect,
  }) => {
    await write(orders);
    loseAnswers(emulator, `POST ${collection}`, {
      processed: true,
      answer: () => new Response(null, { status: 502 }),
    });
    expect(await rcwh(`apply -f ${file} --yes -q`)).toMatchObject({ exitCode: 0 });
    expect(emulator.state().subscriptions).toHaveLength(1);
  });
});
