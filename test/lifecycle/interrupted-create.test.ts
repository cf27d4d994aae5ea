import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { Interruption } from "../../src/errors.ts";
import { collection, crashAt, loseAnswers, losses } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { stored } from "../support/subscriptions.ts";

const answer = losses["a gateway's 502"];

/** Lists show nothing that was created after this call, until the returned function is called. */
function freezeList(emulator: Emulator): () => void {
  const known = new Set(emulator.state().subscriptions.map(({ id }) => id));
  let inside = false;
  return emulator.intercept(async (request) => {
    const { method, url } = request;
    if (inside || method !== "GET" || !url.endsWith(collection)) return undefined;
    inside = true;
    const real = await emulator.fetch(request);
    inside = false;
    const { records, ...rest } = (await real.json()) as { records: { id: string }[] };
    return Response.json({ ...rest, records: records.filter(({ id }) => known.has(id)) });
  }, Number.POSITIVE_INFINITY);
}

describe("an interrupted create", () => {
  test.for([
    { processed: true, next: "renew" },
    { processed: true, next: "create again" },
    { processed: false, next: "renew" },
    { processed: false, next: "create again" },
  ])(
    "leaves nothing whose token nobody knows (processed: $processed, then $next)",
    async ({ processed, next }, { directory, emulator, endpoint, rcwh, expect }) => {
      const stop = new AbortController();
      const restore = crashAt(emulator, 1, {
        processed,
        onCrash: () => stop.abort(new Interruption()),
      });
      const words = `create --filter posts --url ${endpoint.url} --generate-verification-token --expires-in 30d`;
      const cut = await rcwh(words, { signal: stop.signal });
      restore();
      expect(cut.exitCode).toBe(130);
      const [intent] = await stored(directory, "replacements");
      expect(intent).toMatchObject({
        address: endpoint.url,
        verificationToken: expect.stringMatching(/^[\w-]{32}$/),
      });
      expect((await stat(join(directory, "config", "config.json"))).mode & 0o777).toBe(0o600);

      const again = next === "renew" ? next : `${words} --if-exists reuse`;
      const { stderr } = await rcwh(again);
      const [made, ...others] = emulator.state().subscriptions;
      expect(others).toEqual([]);
      if (processed) {
        expect(stderr).toContain(
          `An earlier run was interrupted after it had created ${made?.id} (http://127.0.0.1:50100/hook). It is on record now, with its verification token.\n`,
        );
        expect(await stored(directory, "records")).toEqual([
          { ...pick(intent), id: made?.id, expirationTime: made?.expirationTime },
        ]);
        expect(await stored(directory, "replacements")).toEqual([]);
      } else {
        expect(stderr).not.toContain("interrupted when");
      }
    },
  );

  test("stays in mind while a list may lag, and no longer", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh("list");
    const thaw = freezeList(emulator);
    const restore = crashAt(emulator, 1, { processed: true });
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    restore();
    await rcwh("renew");
    expect(await stored(directory, "records")).toEqual([]);
    thaw();
    await rcwh("renew");
    expect(await stored(directory, "records")).toMatchObject([{ verificationToken: "s3cret" }]);

    const never = crashAt(emulator, 1, { processed: false });
    await rcwh(`create --filter sms --url ${endpoint.url} --verification-token s3cret`);
    never();
    await rcwh("renew");
    expect(await stored(directory, "replacements")).toHaveLength(1);
    emulator.clock.advance(600_000);
    await rcwh("renew");
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("does not take the place of one that was created after it", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const words = `create --filter posts --url ${endpoint.url} --generate-verification-token`;
    await rcwh("list");
    const restore = crashAt(emulator, 1, { processed: false });
    await rcwh(words);
    restore();
    const { stdout } = await rcwh(`${words} --json`);
    const { verificationToken } = JSON.parse(stdout);
    const { stderr } = await rcwh("renew");

    expect(stderr).not.toContain("interrupted");
    expect(await stored(directory, "records")).toMatchObject([{ verificationToken }]);
    emulator.clock.advance(600_000);
    await rcwh("renew");
    expect(await stored(directory, "replacements")).toEqual([]);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("is not in the journal after a refusal, nor because of a dry run", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh("list");
    const create = `create --filter posts --url ${endpoint.url} --generate-verification-token`;
    await rcwh(`${create} --dry-run`);
    expect(await stored(directory, "replacements")).toEqual([]);
    const refusal = { errorCode: "SUB-505", message: "Too many", errors: [] };
    loseAnswers(emulator, `POST ${collection}`, {
      processed: false,
      answer: () => Response.json(refusal, { status: 403 }),
    });
    expect((await rcwh(create)).exitCode).toBe(1);
    expect(await stored(directory, "replacements")).toEqual([]);
  });
});

describe("a duplicate that a lost answer and a list that lags lead to", () => {
  test.for(["create", "update"])(
    "is deleted by the next run: %s",
    async (command, { directory, emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url}`);
      const id = emulator.state().subscriptions[0]?.id;
      const url = `${endpoint.url}/new`;
      const thaw = freezeList(emulator);
      loseAnswers(emulator, `POST ${collection}`, { processed: true, answer });
      const words =
        command === "create"
          ? `create --filter posts --url ${url}`
          : `update ${id} --url ${url} --yes`;
      const { stdout, exitCode } = await rcwh(words);

      expect(exitCode).toBe(0);
      const duplicates = emulator.state().subscriptions.filter(({ address }) => address === url);
      expect(duplicates).toHaveLength(2);
      thaw();
      const { stderr } = await rcwh("renew");
      const [kept, ...others] = emulator
        .state()
        .subscriptions.filter((each) => each.address === url);
      expect(others).toEqual([]);
      expect(stdout).toContain(kept?.id);
      expect(stderr).toContain(
        `Deleted ${duplicates[0]?.id} (http://127.0.0.1:50100/hook/new), a duplicate of ${kept?.id}: it was created by a request whose answer was lost.\n`,
      );

      emulator.clock.advance(600_000);
      await rcwh("renew");
      expect(await stored(directory, "replacements")).toEqual([]);
      // A deliberate second one is left alone.
      await rcwh(`create --filter posts --url ${url} --if-exists new`);
      await rcwh("renew");
      expect(emulator.state().subscriptions.filter(({ address }) => address === url)).toHaveLength(
        2,
      );
    },
  );
});

function pick(intent: object | undefined) {
  const { api, eventFilters, address, expiresIn, verificationToken } = intent as Record<
    string,
    unknown
  >;
  return { api, eventFilters, address, expiresIn, verificationToken };
}
