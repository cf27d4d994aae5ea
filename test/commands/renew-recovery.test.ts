import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { asked, collection, crashAt } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { onlyId, ownFilters, stored, subscribe, takeRequests } from "../support/subscriptions.ts";

const hour = 3_600_000;
const day = 24 * hour;
const list = `GET ${collection}`;

describe("rcwh renew --recover", () => {
  test("replaces blacklisted subscriptions and reports lost events even with -q", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    const id = onlyId(emulator);
    emulator.blacklist(id);
    clock.advance(hour / 2);

    const { exitCode, stdout, stderr } = await rcwh("renew --recover -q");
    const newId = onlyId(emulator);
    expect(exitCode).toBe(ExitCode.ok);
    expect(stdout).toBe(
      `${id}\trecovered\t2026-11-29T12:30:00.000Z\thttp://127.0.0.1:50100/hook\t${ownFilters.posts}\tenvironment\t${newId}\t\n`,
    );
    expect(stderr).toBe(
      `warning: ${id} (http://127.0.0.1:50100/hook) was blacklisted and is now ${newId}: the events of 30 min are lost, from 2026-11-22T12:00:00Z to 2026-11-22T12:30:00Z.\n`,
    );
    expect(emulator.state().subscriptions).toMatchObject([
      { status: "Active", hasVerificationToken: true },
    ]);
    expect(await stored(directory, "records")).toMatchObject([
      { id: newId, recoveredAt: "2026-11-22T12:30:00.000Z" },
    ]);
    expect(await rcwh("renew --recover -q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("replaces the subscriptions of one URL once in 24 hours", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 30d`);
    emulator.blacklist(onlyId(emulator));
    expect((await rcwh("renew --recover -q")).exitCode).toBe(ExitCode.ok);
    const id = onlyId(emulator);
    clock.advance(hour);
    emulator.blacklist(id);
    clock.advance(22 * hour);

    const held = await rcwh("renew --recover");
    expect(held.exitCode).toBe(ExitCode.attention);
    expect(held.stderr.replaceAll(id, "<id>")).toMatchInlineSnapshot(`
      "1 blacklisted.
      attention: <id> (http://127.0.0.1:50100/hook) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered. Its URL was recovered less than a day ago, so recovery skips it until 2026-11-23T12:00:00Z.
      hint: Fix the endpoint, then bring the subscription back with \`rcwh recover <id>\`; \`--ignore <id>\` silences this.
      "
    `);
    expect(onlyId(emulator)).toBe(id);

    clock.advance(hour);
    expect((await rcwh("renew --recover -q")).exitCode).toBe(ExitCode.ok);
    expect(onlyId(emulator)).not.toBe(id);
  });

  test("replaces all subscriptions of a URL that were blacklisted before it was fixed", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    const before = emulator.state().subscriptions;
    for (const { id } of before) emulator.blacklist(id);
    clock.advance(hour);
    await rcwh(`recover ${before[0]?.id} --yes`);
    const { stderr } = await rcwh("renew --recover");
    expect(stderr).toContain("1 recovered, 1 not due.\n");
    expect(emulator.state().subscriptions.map(({ status }) => status)).toEqual([
      "Active",
      "Active",
    ]);
  });

  test("keeps a subscription whose endpoint fails the handshake, renews it when due and tries again", async ({
    emulator,
    clock,
    rcwh,
    expect,
  }) => {
    let works = true;
    await using endpoint = await httpEndpoint((request, response) => {
      if (works) return goodHandshake(request, response);
      response.writeHead(503).end();
    });
    await rcwh(`create --filter posts --url ${endpoint.url}/hook`);
    const id = onlyId(emulator);
    emulator.blacklist(id);
    works = false;
    clock.advance(hour);
    const { exitCode, stdout, stderr } = await rcwh("renew --recover");
    expect(exitCode).toBe(ExitCode.attention);
    expect(stdout).toMatch(`${id}\tblacklisted\t2026-11-29T12:00:00.000Z`);
    expect(stderr.replaceAll(id, "<id>").replaceAll(endpoint.url, "<url>")).toMatchInlineSnapshot(`
      "Tried <url>/hook from here:
        ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✗ status    503 Service Unavailable (limit: exactly 200; SUB-522)
                    → Check the log of the endpoint, or of the proxy in front of it.
        ✓ time      <n> ms, first byte after <n> ms
      1 blacklisted.
      attention: <id> (<url>/hook) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered. It cannot be recovered yet: RingCentral refused to create the subscription: WebHook responds with incorrect HTTP status. HTTP status is 503 (SUB-522).
      hint: Make the endpoint answer the handshake with exactly 200, without a redirect or a login; \`rcwh check <url>/hook\` shows what it answers.
      "
    `);

    clock.advance(6 * day);
    const due = await rcwh("renew --recover");
    expect(due.exitCode).toBe(ExitCode.attention);
    expect(due.stdout).toMatch(`${id}\tblacklisted\t2026-12-05T13:00:00.000Z`);

    works = true;
    expect((await rcwh("renew --recover -q")).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
  });

  test("skips what --ignore names, dry runs and what exceeds --max-changes", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const id = onlyId(emulator);
    emulator.blacklist(id);
    takeRequests(emulator);
    expect(await rcwh(`renew --recover -q --ignore ${id}`)).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    const dry = await rcwh("renew --recover --dry-run");
    expect(dry.stdout).toMatch(`${id}\twould-recover\t`);
    expect(dry.stderr).toBe("1 would be recovered.\n");
    expect((await rcwh("renew --recover --max-changes 0")).exitCode).toBe(ExitCode.usage);
    expect(takeRequests(emulator)).toEqual([list, list, list]);
  });

  test("suggests a command that works at the limit of subscriptions", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh(`create --filter sms --url ${endpoint.url} --expires-in 1h`);
    const [{ id = "" } = {}] = emulator.state().subscriptions;
    emulator.blacklist(id);
    clock.advance(2 * hour);
    emulator.intercept(
      ({ method, url }) =>
        method === "POST" && url.endsWith(collection)
          ? Response.json(
              { errorCode: "SUB-505", message: "Subscriptions limit exceeded" },
              { status: 400 },
            )
          : undefined,
      2,
    );
    const { exitCode, stdout } = await rcwh("renew --recover --recreate --json");
    expect(exitCode).toBe(ExitCode.failure);
    expect(JSON.parse(stdout).results).toEqual([
      expect.objectContaining({
        outcome: "refused",
        error: expect.objectContaining({
          code: "SUB-505",
          hint: `Choose one to delete with \`rcwh list\`, then delete it. Or run \`rcwh recover ${id} --break-before-make\`.`,
        }),
      }),
      expect.objectContaining({
        outcome: "refused",
        error: expect.objectContaining({
          code: "SUB-505",
          hint: "Choose one to delete with `rcwh list`, then delete it.",
        }),
      }),
    ]);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("renews due subscriptions when a replacement is over the limit", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const id = onlyId(emulator);
    emulator.blacklist(id);
    emulator.configure({ subscriptionLimit: 1 });
    clock.advance(6 * day);
    const { exitCode, stdout } = await rcwh("renew --recover --json");
    expect(exitCode).toBe(ExitCode.failure);
    expect(JSON.parse(stdout).results).toMatchObject([
      {
        id,
        outcome: "blacklisted",
        subscription: { expirationTime: "2026-12-05T12:00:00.000Z" },
        error: {
          code: "SUB-505",
          message: expect.stringMatching(/^It is Blacklisted.* It cannot be recovered yet: /),
          hint: `Choose one to delete with \`rcwh list\`, then delete it. Or run \`rcwh recover ${id} --break-before-make\`.`,
        },
      },
    ]);
    clock.advance(6 * day);
    emulator.configure({ subscriptionLimit: 30 });
    emulator.faults.add({
      match: { method: "POST", path: collection },
      status: 403,
      code: "SUB-406",
      times: 1,
    });
    expect((await rcwh("renew --recover")).exitCode).toBe(ExitCode.auth);
    expect(emulator.state().subscriptions).toMatchObject([
      { id, expirationTime: "2026-12-11T12:00:00.000Z" },
    ]);
  });

  test("recovers one of two identical subscriptions and reports the other as a duplicate", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const both = [await subscribe(emulator, endpoint.url), await subscribe(emulator, endpoint.url)];
    for (const id of both) emulator.blacklist(id);
    const { exitCode, stdout } = await rcwh("renew --recover --json");
    expect(exitCode).toBe(ExitCode.attention);
    const { results } = JSON.parse(stdout);
    expect(results).toMatchObject([
      { id: both[0], outcome: "recovered" },
      { id: both[1], outcome: "skipped", error: { code: "DUPLICATE" } },
    ]);
    expect(emulator.state().subscriptions.map(({ status }) => status)).toEqual([
      "Blacklisted",
      "Active",
    ]);
  });

  test("reports a token that is unknown", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    const { stderr } = await rcwh("renew --recover -q");
    expect(stderr).toContain(
      `warning: rcwh did not create ${id} (http://127.0.0.1:50100/hook), so it cannot know whether it has a verification token. The new one gets none; set one with \`rcwh recover ${id} --verification-token-file <path>\`.\n`,
    );
  });
});

describe("rcwh renew --recreate", () => {
  test("re-creates an expired subscription from its record", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(
      `create --filter posts,sms --url ${endpoint.url} --expires-in 30d --verification-token s3cret`,
    );
    const id = onlyId(emulator);
    clock.advance(30 * day + hour);
    expect(emulator.state().subscriptions).toEqual([]);

    const told = await rcwh("renew");
    expect(told.exitCode).toBe(ExitCode.attention);
    expect(told.stderr).toMatchInlineSnapshot(`
      "1 gone.
      attention: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) expired 2026-12-22T12:00:00.000Z: no events are delivered.
      hint: Re-create it with \`rcwh renew --recreate 00000005-0000-4000-8000-000000000000\`, or drop its record with \`rcwh forget 00000005-0000-4000-8000-000000000000\`.
      "
    `);
    expect(await rcwh("renew -q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(await rcwh(`renew -q --ignore ${id}`)).toMatchObject({ exitCode: ExitCode.ok });
    expect((await rcwh("renew --recreate --dry-run")).stderr).toBe("1 would be re-created.\n");
    expect((await rcwh("renew --recreate --max-changes 0")).exitCode).toBe(ExitCode.usage);
    expect(emulator.state().subscriptions).toEqual([]);

    const { exitCode, stdout, stderr } = await rcwh("renew --recreate");
    const newId = onlyId(emulator);
    expect(stdout).toMatch(
      new RegExp(`^${id}\trecreated\t2027-01-21T13:00:00\\S+\t.*\t${newId}\t\n$`),
    );
    expect(stderr).toBe("1 re-created.\n");
    expect(exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toMatchObject([
      { eventFilters: { length: 2 }, address: endpoint.url, hasVerificationToken: true },
    ]);
    expect(await stored(directory, "records")).toEqual([
      expect.objectContaining({ id: newId, expiresIn: 2_592_000, verificationToken: "s3cret" }),
    ]);
    expect(await rcwh("renew --recreate")).toMatchObject({ stderr: "1 not due.\n" });
  });

  test("uses the server's clock", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const id = onlyId(emulator);
    await emulator.clock.advance(8 * day);
    const { stdout, stderr } = await rcwh("renew --recreate");
    expect(stdout).toMatch(new RegExp(`^${id}\trecreated\t`));
    expect(stderr).toBe("1 re-created.\n");
  });

  test("reports a deleted subscription once and never re-creates it", async ({
    emulator,
    clock,
    endpoint,
    elsewhere,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const id = onlyId(emulator);
    clock.advance(hour);
    await rcwh("delete --all --yes", { env: elsewhere });

    expect((await rcwh("renew --recreate --dry-run")).exitCode).toBe(ExitCode.attention);
    const { exitCode, stdout, stderr } = await rcwh("renew --recreate --json");
    expect(exitCode).toBe(ExitCode.attention);
    expect(JSON.parse(stdout).results).toEqual([
      {
        id,
        profile: "environment",
        outcome: "gone",
        recorded: expect.objectContaining({ id, status: "Gone", recorded: true }),
        error: expect.objectContaining({ code: "DELETED", exitCode: ExitCode.attention }),
      },
    ]);
    expect(JSON.parse(stderr).error.message).toBe(
      `${id} (http://127.0.0.1:50100/hook) is gone: somebody deleted it before its expiry at 2026-11-29T12:00:00.000Z.`,
    );
    for (const days of [0, 1, 7]) {
      clock.advance(days * day);
      expect(await rcwh("renew --recreate -q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    }
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("treats a subscription that vanished minutes before its end as expired", async ({
    clock,
    endpoint,
    elsewhere,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    clock.advance(7 * day - 60_000);
    await rcwh("delete --all --yes", { env: elsewhere });
    expect((await rcwh("renew --recreate")).stderr).toBe("1 re-created.\n");
  });

  test("accepts a subscription that somebody else re-created", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const id = onlyId(emulator);
    clock.advance(8 * day);
    const newId = await subscribe(emulator, endpoint.url);
    const { exitCode, stdout, stderr } = await rcwh("renew --recreate");
    expect(stdout).toBe(
      `${id}\tgone\t2026-11-29T12:00:00.000Z\thttp://127.0.0.1:50100/hook\t${ownFilters.posts}\tenvironment\t${newId}\t\n`,
    );
    expect(stderr).toBe("1 not due, 1 gone.\n");
    expect(exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toHaveLength(1);
    expect(await stored(directory, "records")).toEqual([]);
  });

  test("uses the current lifetime when another program renewed the subscription", async ({
    emulator,
    clock,
    endpoint,
    elsewhere,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh("renew --all --expires-in 30d", { env: elsewhere });
    await rcwh("renew");
    clock.advance(8 * day);
    await rcwh("delete --all --yes", { env: elsewhere });
    expect((await rcwh("renew --recreate")).stderr).toContain(
      "is gone: somebody deleted it before its expiry at 2026-12-22T12:00:00.000Z.",
    );
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("reports an endpoint that still fails and renews the others", async ({
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    let works = true;
    await using broken = await httpEndpoint((request, response) => {
      if (works) return goodHandshake(request, response);
      response.writeHead(500).end();
    });
    await rcwh(`create --filter posts --url ${broken.url}/hook`);
    await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 9d`);
    works = false;
    clock.advance(8 * day);
    const { exitCode, stdout } = await rcwh("renew --recreate");
    expect(stdout.split("\n").map((line) => line.split("\t")[1])).toEqual([
      "renewed",
      "refused",
      undefined,
    ]);
    expect(exitCode).toBe(ExitCode.partial);
    works = true;
    expect((await rcwh("renew --recreate -q")).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toHaveLength(2);
  });

  test.for([0, 1, 2].flatMap((index) => [false, true].map((processed) => ({ index, processed }))))(
    "cut off at request $index (processed: $processed) creates one subscription",
    async ({ index, processed }, { directory, emulator, clock, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
      clock.advance(8 * day);
      await rcwh("list");
      const stop = new AbortController();
      const restore = crashAt(emulator, index, {
        processed,
        onCrash: () => stop.abort(new Interruption()),
      });
      expect((await rcwh("renew --recreate", { signal: stop.signal })).exitCode).toBe(130);
      restore();
      expect((await rcwh("renew --recreate -q")).exitCode).toBe(ExitCode.ok);
      expect(emulator.state().subscriptions).toMatchObject([{ hasVerificationToken: true }]);
      expect(await stored(directory, "records")).toMatchObject([
        { id: onlyId(emulator), verificationToken: "s3cret" },
      ]);
      expect(asked(emulator).filter((line) => line.startsWith("POST")).length).toBeLessThan(4);
    },
  );
});
