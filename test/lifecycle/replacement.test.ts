import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { collection, crashAt, fillToLimit, loseAnswers, losses } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { share } from "../support/share.ts";
import { stored } from "../support/subscriptions.ts";

/** The API requests of `rcwh update`, in order. */
const steps = {
  "": ["list", "list again", "create", "read", "delete"],
  " --break-before-make": ["list", "list again", "delete", "create"],
} as const;

const crashes = share(
  Object.entries(steps).flatMap(([flag, names]) =>
    names.flatMap((name, index) =>
      [false, true].flatMap((processed) =>
        (["outage", "Ctrl-C"] as const).map((kind) => ({ flag, name, index, processed, kind })),
      ),
    ),
  ),
  3,
);

describe("an interrupted replacement", () => {
  test.for(crashes)(
    "by $kind at $name (processed: $processed)$flag is completed or undone by the next run",
    async ({ flag, index, processed, kind }, { directory, emulator, endpoint, rcwh, expect }) => {
      await rcwh(
        `create --filter posts,sms --url ${endpoint.url} --expires-in 30d --verification-token s3cret`,
      );
      emulator.clock.advance(1000);
      const target = `${endpoint.url}/new`;
      const empty = flag ? fillToLimit(emulator) : () => {};
      const stop = new AbortController();
      const restore = crashAt(emulator, index, {
        processed,
        onCrash: () => kind === "Ctrl-C" && stop.abort(new Interruption()),
      });
      const [old] = emulator.state().subscriptions;
      const cut = await rcwh(`update ${old?.id} --url ${target} --yes${flag}`, {
        signal: stop.signal,
      });
      restore();
      empty();

      expect(cut.exitCode).toBe(kind === "Ctrl-C" ? 130 : 5);
      if (kind === "Ctrl-C" && index >= 2) {
        expect(cut.stderr).toContain(
          `error: Interrupted while replacing ${old?.id} (http://127.0.0.1:50100/hook): `,
        );
        expect(cut.stderr).toContain("hint: Finish it with `rcwh renew`.");
      }
      // Both are never gone, unless the user chose that.
      if (!flag) expect(emulator.state().subscriptions).not.toEqual([]);

      const { exitCode } = await rcwh("renew");
      const [left, ...others] = emulator.state().subscriptions;
      expect(exitCode).toBe(0);
      expect(others).toEqual([]);
      expect([endpoint.url, target]).toContain(left?.address);
      expect(left).toMatchObject({ hasVerificationToken: true });
      expect(await stored(directory, "replacements")).toEqual([]);
      expect(await stored(directory, "records")).toEqual([
        expect.objectContaining({
          id: left?.id,
          expiresIn: 2_592_000,
          verificationToken: "s3cret",
        }),
      ]);

      const again = await rcwh(`update ${left?.id} --url ${target} --yes${flag}`);
      expect(again.exitCode).toBe(0);
      expect(emulator.state().subscriptions).toMatchObject([
        { address: target, expirationTime: expect.stringMatching(/^2026-12-22T12:00/) },
      ]);
    },
  );

  test("is not completed by a dry run or a read", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    const restore = crashAt(emulator, 2, { processed: true });
    await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes`);
    restore();

    await rcwh("list");
    await rcwh(`update ${old?.id} --expires-in 30d --dry-run`);
    await rcwh("renew --dry-run");
    await rcwh("delete --all --dry-run");
    expect(emulator.state().subscriptions).toHaveLength(2);
    expect(await stored(directory, "replacements")).toHaveLength(1);
  });

  test("restores nothing that the user deleted since", async ({
    directory,
    emulator,
    endpoint,
    elsewhere,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    const restore = crashAt(emulator, 4, { processed: true });
    await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes`);
    restore();
    // From another machine, which does not have the journal.
    await rcwh("delete --all --yes", { env: elsewhere });

    const { exitCode, stderr } = await rcwh("renew");
    expect(stderr).toContain("somebody deleted it before");
    expect(exitCode).toBe(8);
    expect((await rcwh("renew")).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toEqual([]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("is completed despite --max-changes", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    const restore = crashAt(emulator, 4, { processed: false });
    await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes`);
    restore();
    expect(await stored(directory, "replacements")).toHaveLength(1);

    expect((await rcwh("renew --max-changes 0")).exitCode).toBe(0);
    expect(await stored(directory, "replacements")).toEqual([]);
    const addresses = emulator.state().subscriptions.map(({ address }) => address);
    expect(addresses).toEqual([`${endpoint.url}/new`]);
  });

  test("does not stop other renewals while it cannot be completed", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    const [old, other] = emulator.state().subscriptions;
    const empty = fillToLimit(emulator);
    const restore = crashAt(emulator, 3, { processed: false });
    await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes --break-before-make`);
    restore();
    empty();
    emulator.clock.advance(6 * 86_400_000);
    const refusal = { errorCode: "SUB-521", message: "WebHook is not reachable", errors: [] };
    loseAnswers(emulator, `POST ${collection}`, {
      processed: false,
      answer: () => Response.json(refusal, { status: 400 }),
      times: 2,
    });
    const { stdout, stderr } = await rcwh("renew");

    expect(stdout).toContain(`${other?.id}\trenewed\t2026-12-05T12:00:`);
    expect(stderr).toMatchInlineSnapshot(`
      "Tried http://127.0.0.1:50100/hook/new from here:
        ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✓ time      <n> ms, first byte after <n> ms
        ✓ size      182 bytes
      It passes from here, so RingCentral probably reaches something else: check for a firewall that allows this machine, another region, DNS that has not propagated yet, or an endpoint that was asleep.
      Tried http://127.0.0.1:50100/hook from here:
        ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✓ time      <n> ms, first byte after <n> ms
        ✓ size      182 bytes
      It passes from here, so RingCentral probably reaches something else: check for a firewall that allows this machine, another region, DNS that has not propagated yet, or an endpoint that was asleep.
      1 unfinished, 1 renewed.
      attention: 1 of 2 needs attention:
        An earlier run began to replace 00000005-0000-4000-8000-000000000000 with a new one for http://127.0.0.1:50100/hook/new, and it cannot be finished yet. RingCentral refused to create the subscription: WebHook is not reachable (SUB-521). 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is deleted and could not be re-created. RingCentral refused to create the subscription: WebHook is not reachable (SUB-521).
      hint: Fix the endpoint, then run \`rcwh renew\`: it re-creates the old one.
      "
    `);
    expect(await stored(directory, "replacements")).toHaveLength(1);
    expect((await rcwh("renew")).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toHaveLength(2);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test.for([true, false])(
    "by a kill is completed once the dead owner's lock is stale (it gets stale: %s)",
    async (getsStale, { clock, directory, emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url}`);
      const [old] = emulator.state().subscriptions;
      const config = join(directory, "config");
      let locks: readonly string[] = [];
      const look = emulator.intercept(async ({ method }) => {
        const names = await readdir(config);
        if (method === "POST") locks = names.filter((name) => /^run-.*lock$/.test(name));
        return undefined;
      }, Number.POSITIVE_INFINITY);
      const restore = crashAt(emulator, 4, { processed: false });
      await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes`);
      restore();
      look();
      const [name = ""] = locks;
      const lock = join(config, name);
      await writeFile(lock, "");
      const staleAt = clock.now() + 10_000;
      const { sleep } = clock;
      clock.sleep = async (...pause) => {
        await sleep(...pause);
        if (getsStale && clock.now() >= staleAt) await utimes(lock, 0, 0).catch(() => {});
      };
      const { stderr, exitCode } = await rcwh("renew");

      const [made] = emulator.state().subscriptions.slice(-1);
      expect(exitCode).toBe(getsStale ? ExitCode.ok : ExitCode.attention);
      expect(emulator.state().subscriptions).toHaveLength(getsStale ? 1 : 2);
      expect(stderr).toBe(
        getsStale
          ? `Finished an earlier run's replacement: ${made?.id} (http://127.0.0.1:50100/hook/new) replaces ${old?.id}.\n1 not due.\n`
          : `1 unfinished, 2 not due.\nattention: 1 of 3 needs attention:\n  An earlier run began to replace ${old?.id} with a new one for http://127.0.0.1:50100/hook/new, and it cannot be finished yet. Another rcwh holds /tmp/rcwh-test/config/${name}, and did not release it in time.\nhint: Wait for the other run to end, then try again.\n`,
      );
    },
  );

  test("is completed on its own API, despite --api", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter webinar-sessions --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    const webinar = "/webinar/notifications/v1/subscriptions";
    loseAnswers(emulator, `DELETE ${webinar}/${old?.id}`, {
      processed: false,
      answer: losses["a gateway's 502"],
      times: 3,
    });
    await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes`);
    expect(emulator.state().subscriptions).toHaveLength(2);

    const { exitCode } = await rcwh("renew --api platform");
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/new` }]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });
});
