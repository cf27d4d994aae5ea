import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { collection, crashAt, fillToLimit } from "../support/faults.ts";
import { type Fixtures, test } from "../support/rcwh.ts";
import { share } from "../support/share.ts";
import { stored, subscribe, takeRequests } from "../support/subscriptions.ts";

type Fixture = Pick<Fixtures, "rcwh" | "endpoint">;

/** Two webhooks below /hook/old, and one beside it. */
async function makeThree({ rcwh, endpoint }: Fixture) {
  const flags = "--verification-token s3cret --expires-in 30d -q";
  await rcwh(`create --filter posts --url ${endpoint.url}/old/a?key=k1 ${flags}`);
  await rcwh(`create --filter sms,presence --url ${endpoint.url}/old -q`);
  await rcwh(`create --filter posts --url ${endpoint.url}/older ${flags}`);
}

function moveTo(endpoint: Fixtures["endpoint"], flags = "", from = "/old", to = "/new"): string {
  return `move --from ${endpoint.url}${from} --to ${endpoint.url}${to}${flags}`;
}

const addresses = (emulator: Fixtures["emulator"], { url }: Fixtures["endpoint"]) =>
  emulator
    .state()
    .subscriptions.map(({ address }) => address?.replace(url, ""))
    .sort();

const sameMembers = (one: readonly string[], other: readonly string[]) =>
  [...one].sort().join() === [...other].sort().join();

const unmoved = ["/old", "/old/a?key=k1", "/older"];
const moved = ["/new", "/new/a?key=k1", "/older"];

describe("rcwh move", () => {
  test("moves what begins with --from, keeps query, filters, lifetime and token, and leaves the rest", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await makeThree({ rcwh, endpoint });
    const before = emulator.state().subscriptions;
    takeRequests(emulator);
    const shaken = endpoint.handshakes();
    expect(await rcwh(moveTo(endpoint, " --yes"))).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Each old one is deleted once its new one works; until then events may arrive twice.
      2 replaced.
      ",
        "stdout": "00000009-0000-4000-8000-000000000000	replaced	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/new	/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS,/restapi/v1.0/account/4000000001/extension/7000000001/presence	environment	00000012-0000-4000-8000-000000000000	
      00000005-0000-4000-8000-000000000000	replaced	2026-12-22T12:00:00.000Z	http://127.0.0.1:50100/hook/new/a?…	/team-messaging/v1/posts	environment	00000019-0000-4000-8000-000000000000	
      ",
      }
    `);
    expect(addresses(emulator, endpoint)).toEqual(moved);
    const after = emulator.state().subscriptions;
    for (const { address, eventFilters, hasVerificationToken, expirationTime } of before) {
      const place = address?.replace(/\/old(?=$|\/)/, "/new");
      expect(after).toContainEqual(
        expect.objectContaining({
          address: place,
          eventFilters: expect.toSatisfy((filters: readonly string[]) =>
            sameMembers(filters, eventFilters),
          ),
          hasVerificationToken,
          expirationTime,
        }),
      );
    }
    // Each new URL once by rcwh and once by RingCentral, and the new one is made before the old one goes.
    expect(endpoint.handshakes() - shaken).toBe(4);
    expect(takeRequests(emulator).map((line) => line.replace(/\/[0-9a-f-]{36}$/, "/<id>"))).toEqual(
      [
        `GET ${collection}`,
        ...[1, 2].flatMap(() => [
          `GET ${collection}`,
          `POST ${collection}`,
          `GET ${collection}/<id>`,
          `DELETE ${collection}/<id>`,
          `GET ${collection}/<id>`,
        ]),
      ],
    );
    expect(await stored(directory, "replacements")).toEqual([]);
    const records = await stored(directory, "records");
    expect(records.filter(({ verificationToken }) => verificationToken === "s3cret")).toHaveLength(
      2,
    );

    expect(await rcwh(moveTo(endpoint, " --yes --json"))).toMatchObject({
      exitCode: ExitCode.ok,
      stdout: '{\n  "schemaVersion": 1,\n  "results": []\n}\n',
    });
    expect(takeRequests(emulator)).toEqual([`GET ${collection}`]);
  });

  test("previews with --dry-run, without a secret query, and changes nothing", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await makeThree({ rcwh, endpoint });
    const shaken = endpoint.handshakes();
    const { stdout, ...rest } = await rcwh(moveTo(endpoint, " --dry-run"), {
      tty: true,
      columns: 140,
    });
    const table = stdout.replaceAll(new URL(endpoint.url).host, "127.0.0.1:50100");
    expect({ ...rest, stdout: table }).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing was changed (--dry-run).
      ",
        "stdout": "ID                                    FROM                                 TO
      00000009-0000-4000-8000-000000000000  http://127.0.0.1:50100/hook/old      http://127.0.0.1:50100/hook/new
      00000005-0000-4000-8000-000000000000  http://127.0.0.1:50100/hook/old/a?…  http://127.0.0.1:50100/hook/new/a?…
      ",
      }
    `);
    const tsv = await rcwh(moveTo(endpoint, " --dry-run"));
    expect(tsv.stdout.split("\n")[0]?.split("\t")).toHaveLength(9);
    expect(tsv.stdout).not.toContain("k1");
    const json = await rcwh(moveTo(endpoint, " --dry-run --json"));
    expect(JSON.parse(json.stdout)).toMatchObject({
      results: [
        { outcome: "would-replace", newAddress: expect.stringMatching(/\/hook\/new/) },
        { outcome: "would-replace", newAddress: expect.stringMatching(/\/hook\/new/) },
      ],
    });
    expect(addresses(emulator, endpoint)).toEqual(unmoved);
    expect(endpoint.handshakes()).toBe(shaken);
  });

  test("says which URL is which where a narrow terminal has them below each other", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old/${"long/".repeat(6)}a -q`);
    const previewAt = async (columns: number) => {
      const { stdout } = await rcwh(moveTo(endpoint, " --dry-run"), { tty: true, columns });
      return `\n${stdout.replaceAll(new URL(endpoint.url).host, "127.0.0.1:50100")}`;
    };
    expect(await previewAt(60)).toMatchInlineSnapshot(`
      "
      ID
      00000005-0000-4000-8000-000000000000
        from: http://127.0.0.1:50100/hook/old/long/long/long/long/
              long/long/a
        to:   http://127.0.0.1:50100/hook/new/long/long/long/long/
              long/long/a
      "
    `);
    expect(await previewAt(30)).toMatchInlineSnapshot(`
      "
      id:
        00000005-0000-4000-8000-000000000000
      from:
        http://127.0.0.1:50100/hook/
        old/long/long/long/long/
        long/long/a
      to:
        http://127.0.0.1:50100/hook/
        new/long/long/long/long/
        long/long/a
      "
    `);
  });

  test("asks on a terminal, after it has shown old and new URLs", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old/a?key=k1 -q`);
    const { exitCode, stderr } = await rcwh(moveTo(endpoint), { tty: true, answers: [false] });
    expect(exitCode).toBe(ExitCode.declined);
    expect(stderr).toContain("/hook/old/a?…");
    expect(stderr).toContain("/hook/new/a?…");
    expect(addresses(emulator, endpoint)).toEqual(["/old/a?key=k1"]);
    const agreed = await rcwh(moveTo(endpoint), { tty: true, answers: [true] });
    expect(agreed.exitCode).toBe(ExitCode.ok);
    expect(addresses(emulator, endpoint)).toEqual(["/new/a?key=k1"]);
  });

  test("needs --yes elsewhere, and calls no endpoint before", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await makeThree({ rcwh, endpoint });
    const shaken = endpoint.handshakes();
    expect(await rcwh(moveTo(endpoint))).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Each old one is deleted once its new one works; until then events may arrive twice.
      Move these 2 subscriptions of profile environment? Cannot prompt for confirmation here. Nothing was changed.
        00000009-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old)
        00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old/a?…)
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    expect(endpoint.handshakes()).toBe(shaken);
    expect(addresses(emulator, endpoint)).toEqual(unmoved);
  });

  test("changes nothing where one new URL fails the handshake, and moves the others with --keep-going", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await makeThree({ rcwh, endpoint });
    await rcwh(`create --filter voicemail --url ${endpoint.url}/old/refused -q`);
    await using host = await httpEndpoint(({ url, headers }, response) => {
      response.statusCode = url?.includes("refused") ? 500 : 200;
      response.setHeader("Validation-Token", headers["validation-token"] ?? "");
      response.setHeader("Content-Type", "application/json");
      response.end();
    });
    const places = () =>
      emulator.state().subscriptions.map(({ address }) => address?.split("/").slice(3).join("/"));
    const command = `move --from ${endpoint.url}/old --to ${host.url}/new --yes`;
    const before = places();
    takeRequests(emulator);
    const { exitCode, stderr } = await rcwh(command);
    expect(exitCode).toBe(ExitCode.endpoint);
    expect(stderr.replaceAll(host.url, "http://127.0.0.1:50200")).toMatchInlineSnapshot(`
      "Each old one is deleted once its new one works; until then events may arrive twice.
      error: 1 of 3 new URLs fails. Nothing was changed:
        Checked from here, http://127.0.0.1:50200/new/refused fails RingCentral's handshake: status: 500 Internal Server Error (SUB-522).
      hint: Make the endpoint answer the handshake with exactly 200, without a redirect or a login; \`rcwh check http://127.0.0.1:50200/new/refused\` shows what it answers.
      hint: Move the others with --keep-going.
      "
    `);
    expect(takeRequests(emulator)).toEqual([`GET ${collection}`]);
    expect(places()).toEqual(before);

    const rest = await rcwh(`${command} --keep-going --json`);
    expect(rest.exitCode).toBe(ExitCode.partial);
    const { results } = JSON.parse(rest.stdout);
    const outcomes = results.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes.sort()).toEqual(["refused", "replaced", "replaced"]);
    expect(places().sort()).toEqual(["hook/old/refused", "hook/older", "new", "new/a?key=k1"]);

    // Where all fail, there is nothing to go on with.
    const all = await rcwh(`${command} --keep-going`);
    expect(all.exitCode).toBe(ExitCode.endpoint);
    expect(places()).toContain("hook/old/refused");
  });

  test("says once what to do about new URLs that fail alike, with commands that work", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    for (const end of ["/a?key=k1", "/b", "/c", "/d?key=k2"]) {
      await rcwh(`create --filter posts --url ${endpoint.url}/old${end} -q`);
    }
    await using host = await httpEndpoint((_, response) => {
      response.statusCode = 500;
      response.end();
    });
    const hintsAt = async (to: string, flags = "") => {
      const { exitCode, stderr } = await rcwh(
        `move --from ${endpoint.url}/old --to ${to} --yes${flags}`,
      );
      expect(exitCode).toBe(ExitCode.endpoint);
      return stderr.replaceAll(host.url, "http://new").match(/(?<=^hint: ).*/gm);
    };
    expect(await hintsAt(host.url)).toEqual([
      "Make the endpoint answer the handshake with exactly 200, without a redirect or a login; `rcwh check http://new/b` shows what it answers. Do the same for http://new/c.",
    ]);
    // A connection that is refused here says nothing about firewalls.
    expect(await hintsAt("http://127.0.0.1:9")).toEqual([
      "Start the endpoint: nothing on this machine listens on port 9.",
    ]);
    const query = `${endpoint.url}/old/a`;
    expect(await hintsAt(host.url, ` --url ${query}*`)).toEqual([
      "Make the endpoint answer the handshake with exactly 200, without a redirect or a login.",
    ]);
  });

  const requests = 11;
  const crashes = share(
    Array.from({ length: requests }, (_, index) => index).flatMap((index) =>
      [false, true].flatMap((processed) =>
        (["outage", "Ctrl-C"] as const).map((kind) => ({ index, processed, kind })),
      ),
    ),
    9,
  );
  test.for(crashes)(
    "killed by $kind at request $index (processed: $processed) is finished by the next run",
    async ({ index, processed, kind }, { directory, emulator, endpoint, rcwh, expect }) => {
      await makeThree({ rcwh, endpoint });
      emulator.clock.advance(1000);
      const stop = new AbortController();
      const restore = crashAt(emulator, index, {
        processed,
        onCrash: () => kind === "Ctrl-C" && stop.abort(new Interruption()),
      });
      const cut = await rcwh(moveTo(endpoint, " --yes"), { signal: stop.signal });
      restore();
      // The last request only looks whether the deletion was heeded.
      expect(index === requests - 1 ? [0, 130] : [130, 5, 7]).toContain(cut.exitCode);
      // Every webhook is there, at its old or its new URL.
      const left = addresses(emulator, endpoint);
      for (const end of ["", "/a?key=k1"]) {
        expect(left.some((each) => each === `/old${end}` || each === `/new${end}`)).toBe(true);
      }

      const again = await rcwh(moveTo(endpoint, " --yes"));
      expect(again.exitCode).toBe(ExitCode.ok);
      expect(addresses(emulator, endpoint)).toEqual(moved);
      expect(await stored(directory, "replacements")).toEqual([]);
      expect(await stored(directory, "records")).toHaveLength(3);
      const ids = emulator.state().subscriptions.map(({ id }) => id);
      expect((await rcwh(moveTo(endpoint, " --yes"))).exitCode).toBe(ExitCode.ok);
      expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual(ids);
    },
  );

  test("goes on after one that RingCentral refuses, and exits with 7", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await makeThree({ rcwh, endpoint });
    let count = 0;
    emulator.intercept(async (request) => {
      if (request.method !== "POST" || !request.url.endsWith(collection)) return undefined;
      count += 1;
      return count > 1 ? undefined : Response.json({ errorCode: "SUB-406" }, { status: 403 });
    }, Number.POSITIVE_INFINITY);
    const { exitCode, stderr } = await rcwh(moveTo(endpoint, " --yes"));
    expect(exitCode).toBe(ExitCode.partial);
    expect(stderr).toContain("1 of 2 was not moved:");
    expect(addresses(emulator, endpoint).filter((each) => each?.startsWith("/new"))).toHaveLength(
      1,
    );
    expect((await rcwh(moveTo(endpoint, " --yes"))).exitCode).toBe(ExitCode.ok);
    expect(addresses(emulator, endpoint)).toEqual(moved);
  });

  test("makes no second one where the same webhook is there already", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    await rcwh(`create --filter posts --url ${endpoint.url}/new -q`);
    expect(await rcwh(moveTo(endpoint, " --yes"))).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "Each old one is deleted once its new one works; until then events may arrive twice.
      1 skipped.
      attention: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old) was not moved: 00000009-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/new) delivers the same events already.
      hint: Delete it with \`rcwh delete 00000005-0000-4000-8000-000000000000\`.
      ",
        "stdout": "00000005-0000-4000-8000-000000000000	skipped	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook/old	/team-messaging/v1/posts	environment		00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old) was not moved: 00000009-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/new) delivers the same events already.
      ",
      }
    `);
    expect(addresses(emulator, endpoint)).toEqual(["/new", "/old"]);
  });

  type Prepared = Pick<Fixtures, "emulator" | "endpoint" | "rcwh">;
  const refused = { status: 503 };
  test.for([
    [
      "kept by an overlap",
      async ({ rcwh }: Prepared, id: string) => {
        await rcwh(`rotate-token ${id} --yes -q --overlap 1h --no-wait`);
      },
      "",
      ExitCode.partial,
      ["try-later", "try-later", "replaced"],
    ],
    [
      "kept by an overlap, whose run ended once the new one was asked for",
      async ({ emulator, rcwh }: Prepared, id: string) => {
        const restore = crashAt(emulator, 2, { processed: true });
        await rcwh(`rotate-token ${id} --yes -q --overlap 1h --no-wait`);
        restore();
      },
      "",
      ExitCode.partial,
      ["try-later", "try-later", "replaced"],
    ],
    [
      "that could not delete the old one",
      async ({ emulator, rcwh }: Prepared, id: string) => {
        const restore = emulator.intercept(
          ({ method }) => (method === "DELETE" ? new Response(null, refused) : undefined),
          Number.POSITIVE_INFINITY,
        );
        await rcwh(`rotate-token ${id} --yes -q`);
        restore();
      },
      "The run would first finish an earlier run's replacement: <new> (<old url>) replaces <old>, which is deleted.\n",
      ExitCode.ok,
      ["deleted", "replaced", "replaced"],
    ],
    [
      "that ended once the new one was asked for, at its new URL",
      async ({ emulator, endpoint, rcwh }: Prepared, id: string) => {
        const restore = crashAt(emulator, 2, { processed: true });
        await rcwh(`update ${id} --url ${endpoint.url}/new/a --yes -q`);
        restore();
      },
      "The run would first finish an earlier run's replacement: <new> (<new url>) replaces <old>, which is deleted.\n",
      ExitCode.ok,
      ["deleted", "left", "replaced"],
    ],
    [
      "that ended before the new one was asked for",
      async ({ emulator, rcwh }: Prepared, id: string) => {
        const restore = crashAt(emulator, 2, { processed: false });
        await rcwh(`rotate-token ${id} --yes -q`);
        restore();
      },
      "",
      ExitCode.ok,
      ["replaced", "replaced"],
    ],
    [
      "whose new one is blacklisted",
      async ({ emulator, rcwh }: Prepared, id: string) => {
        const restore = emulator.intercept(
          ({ method }) => (method === "DELETE" ? new Response(null, refused) : undefined),
          Number.POSITIVE_INFINITY,
        );
        await rcwh(`rotate-token ${id} --yes -q`);
        restore();
        emulator.blacklist(emulator.state().subscriptions.at(-1)?.id ?? "");
      },
      "The run would first undo an earlier run's replacement: <new> (<old url>) is Blacklisted and is deleted, and <old> stays.\n",
      ExitCode.ok,
      ["replaced", "deleted", "replaced"],
    ],
  ] as const)(
    "previews what the run does about a replacement %s",
    async ([, prepare, note, exitCode, fates], { emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter sms --url ${endpoint.url}/old/z -q`);
      const other = emulator.state().subscriptions[0]?.id ?? "";
      await rcwh(`create --filter posts --url ${endpoint.url}/old/a -q`);
      const old = emulator.state().subscriptions[1]?.id ?? "";
      await prepare({ emulator, endpoint, rcwh }, old);
      const before = emulator.state().subscriptions;
      const made = before[2]?.id ?? "";

      const preview = await rcwh(moveTo(endpoint, " --dry-run"));
      const people = await rcwh(moveTo(endpoint, " --dry-run"), { tty: true, columns: 160 });
      expect(emulator.state().subscriptions).toEqual(before);
      const real = await rcwh(moveTo(endpoint, " --yes"));

      const outcomesIn = ({ stdout }: { stdout: string }) =>
        stdout
          .split("\n")
          .map((line) =>
            line.split("\t").slice(0, 2).join(" ").replace("would-replace", "replaced"),
          )
          .sort();
      expect(outcomesIn(preview)).toEqual(outcomesIn(real));
      expect([preview.exitCode, real.exitCode]).toEqual([exitCode, exitCode]);
      const ids = [old, ...(made ? [made] : []), other];
      const outcomes = ids.flatMap((id, at) =>
        fates[at] === "replaced" || fates[at] === "try-later" ? `${id} ${fates[at]}` : [],
      );
      expect(outcomesIn(real)).toEqual(["", ...outcomes].sort());
      for (const [at, id] of ids.entries()) {
        expect(people.stdout.includes(id)).toBe(fates[at] === "replaced");
        const isThere = emulator.state().subscriptions.some((each) => each.id === id);
        expect(isThere).toBe(fates[at] === "try-later" || fates[at] === "left");
      }
      const text = preview.stderr
        .replaceAll(old, "<old>")
        .replaceAll(made || "none", "<new>")
        .replaceAll("http://127.0.0.1:50100/hook/old/a", "<old url>")
        .replaceAll("http://127.0.0.1:50100/hook/new/a", "<new url>");
      expect(text.startsWith(`${note}Nothing was changed (--dry-run).\n`)).toBe(true);
    },
  );

  test("moves nothing of a replacement that an overlap keeps, and says how to end it", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    const id = emulator.state().subscriptions[0]?.id;
    await rcwh(`rotate-token ${id} --yes -q --overlap 1h --no-wait`);
    const before = emulator.state().subscriptions;
    const shaken = endpoint.handshakes();
    const { stdout, ...told } = await rcwh(moveTo(endpoint, ""));
    expect(told).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: 2 of 2 were not moved:
        00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old) is being replaced by 0000000a-0000-4000-8000-000000000000. Both deliver until 2026-11-22T13:00:00Z. Nothing was changed.
        0000000a-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old) is replacing 00000005-0000-4000-8000-000000000000. Both deliver until 2026-11-22T13:00:00Z. Nothing was changed.
      hint: End that with \`rcwh delete 00000005-0000-4000-8000-000000000000\`, then run the same command again.
      ",
      }
    `);
    expect(stdout.split("\n")).toHaveLength(3);
    expect(endpoint.handshakes()).toBe(shaken);
    expect(emulator.state().subscriptions).toEqual(before);
    await rcwh(`delete ${id} --yes`);
    expect((await rcwh(moveTo(endpoint, " --yes"))).exitCode).toBe(ExitCode.ok);
    expect(addresses(emulator, endpoint)).toEqual(["/new"]);
  });

  test("previews what an earlier run owes", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    const id = emulator.state().subscriptions[0]?.id;
    const empty = fillToLimit(emulator);
    const restore = emulator.intercept(
      ({ method }) => (method === "POST" ? new Response(null, refused) : undefined),
      Number.POSITIVE_INFINITY,
    );
    await rcwh(`update ${id} --url ${endpoint.url}/old/b --break-before-make --yes -q`);
    restore();
    empty();
    expect(emulator.state().subscriptions).toEqual([]);
    expect((await rcwh(moveTo(endpoint, " --dry-run"))).stderr).toMatchInlineSnapshot(`
      "The run would first create a subscription for http://127.0.0.1:50100/hook/old/b in place of 00000005-0000-4000-8000-000000000000, which an earlier run deleted. This preview does not include it.
      Nothing to move: no subscription has a URL that begins with http://127.0.0.1:50100/hook/old.
      "
    `);
    expect((await rcwh(moveTo(endpoint, " --yes"))).stderr).toMatchInlineSnapshot(`
      "Finished an earlier run's replacement: 00000027-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old/b) replaces 00000005-0000-4000-8000-000000000000.
      Each old one is deleted once its new one works; until then events may arrive twice.
      1 replaced.
      "
    `);
  });

  test("warns about the token of what others made, and refuses with --require-token", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, `${endpoint.url}/old`);
    const refused = await rcwh(moveTo(endpoint, " --yes --require-token"));
    expect(refused).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: rcwh did not create 00000004-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old), so it cannot know whether it has a verification token. Nothing was changed.
      hint: Give it its token with \`rcwh update 00000004-0000-4000-8000-000000000000 --verification-token-file <path>\`, or leave out --require-token.
      ",
        "stdout": "",
      }
    `);
    expect(addresses(emulator, endpoint)).toEqual(["/old"]);
    const { exitCode, stderr } = await rcwh(moveTo(endpoint, " --yes"));
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toContain("warning: rcwh did not create");
    expect(addresses(emulator, endpoint)).toEqual(["/new"]);
  });

  test("needs --break-before-make where thirty leave no room", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    const empty = fillToLimit(emulator);
    const full = await rcwh(moveTo(endpoint, " --yes"));
    expect(full.exitCode).toBe(ExitCode.failure);
    expect(full.stderr).toContain("RingCentral allows 30");
    expect(addresses(emulator, endpoint)).toEqual(["/old"]);
    const { exitCode, stderr } = await rcwh(moveTo(endpoint, " --yes --break-before-make"));
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toContain("is deleted first");
    empty();
    expect(addresses(emulator, endpoint)).toEqual(["/new"]);
  });

  test("keeps which webhook of a manifest it is, and says that the file has to change", async ({
    directory,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    const path = join(directory, "config", "config.json");
    const managed = { manifest: "default", webhook: "orders" };
    const text = (await readFile(path, "utf8")).replace(
      /"api":\s*"platform"/,
      (api) => `${api}, "managedAs": ${JSON.stringify(managed)}`,
    );
    await writeFile(path, text);
    const { stderr } = await rcwh(moveTo(endpoint, " --yes"));
    expect(stderr).toContain("rcwh.yaml");
    expect(stderr).toContain("orders of manifest default");
    expect(await stored(directory, "records")).toEqual([
      expect.objectContaining({ managedAs: managed, address: `${endpoint.url}/new` }),
    ]);
  });

  test("narrows by selectors, and keeps to --max-changes", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await makeThree({ rcwh, endpoint });
    expect((await rcwh(moveTo(endpoint, " --yes --max-changes 1"))).exitCode).toBe(ExitCode.usage);
    expect(addresses(emulator, endpoint)).toEqual(unmoved);
    const { exitCode } = await rcwh(moveTo(endpoint, " --yes --max-changes 1 --filter sms"));
    expect(exitCode).toBe(ExitCode.ok);
    expect(addresses(emulator, endpoint)).toEqual(["/new", "/old/a?key=k1", "/older"]);
    expect((await rcwh(moveTo(endpoint, " --yes dead0000"))).exitCode).toBe(ExitCode.notFound);
  });

  test("leaves what a listener made alone", async ({ emulator, endpoint, rcwh, expect }) => {
    const address = `${endpoint.url}/old?rcwh-listen=0123456789abcdef01234567`;
    await subscribe(emulator, address);
    const { exitCode, stderr } = await rcwh(moveTo(endpoint, " --yes"));
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toContain("belongs to `rcwh listen`");
    expect(emulator.state().subscriptions).toMatchObject([{ address }]);
  });

  test("moves a blacklisted one, which delivers again", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    const [{ id = "" } = {}] = emulator.state().subscriptions;
    emulator.blacklist(id);
    emulator.clock.advance(3_600_000);
    const preview = await rcwh(moveTo(endpoint, " --dry-run"));
    expect(preview.stderr).toMatchInlineSnapshot(`
      "00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.
      Nothing was changed (--dry-run).
      "
    `);
    const { stdout, ...told } = await rcwh(moveTo(endpoint, " --yes"));
    expect(told).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old) is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.
      Each old one is deleted once its new one works.
      00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/old) was blacklisted and is now 0000000e-0000-4000-8000-000000000000: the events of 1 h are lost, from 2026-11-22T12:00:00Z to 2026-11-22T13:00:00Z.
      1 replaced.
      ",
      }
    `);
    expect(stdout).toContain(`${id}\treplaced\t`);
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
  });

  test("tells programs the gap of a blacklisted one, and of no other", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old/a -q`);
    await rcwh(`create --filter sms --url ${endpoint.url}/old/b -q`);
    const [first, second] = emulator.state().subscriptions;
    emulator.blacklist(first?.id ?? "");
    const declined = await rcwh(moveTo(endpoint, ""));
    expect(declined.stderr).toContain("until then events may arrive twice.");
    const { stdout } = await rcwh(moveTo(endpoint, " --yes --json"));
    const results: { id: string; gap?: object }[] = JSON.parse(stdout).results;
    const gaps = new Map(results.map(({ id, gap }) => [id, gap]));
    expect(gaps.get(first?.id ?? "")).toEqual({
      from: expect.any(String),
      to: expect.any(String),
    });
    expect(gaps.get(second?.id ?? "")).toBeUndefined();
  });

  test("says where the others are if nothing begins with --from", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    expect(
      await rcwh("move --from https://old.example.com --to https://new.example.com --yes"),
    ).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing to move: no subscription has a URL that begins with https://old.example.com. There are URLs at http://127.0.0.1:50100.
      ",
        "stdout": "",
      }
    `);
  });

  test("says that all have moved already where --to is below --from", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/v1/a -q`);
    const inner = moveTo(endpoint, " --yes", "/v1", "/v1/n");
    expect((await rcwh(inner)).exitCode).toBe(ExitCode.ok);
    expect(await rcwh(inner)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing to move: 1 URL below http://127.0.0.1:50100/hook/v1 begins with http://127.0.0.1:50100/hook/v1/n already.
      ",
        "stdout": "",
      }
    `);
    await rcwh(`create --filter sms --url ${endpoint.url}/v1/n/b -q`);
    expect((await rcwh(inner)).stderr).toContain(" to move: 2 URLs below ");
    expect((await rcwh(`${inner} --filter sms`)).stderr).toContain(" to move: 1 URL below ");
    expect((await rcwh(`${inner} --filter presence`)).stderr).toContain("no selected subscription");
    expect(addresses(emulator, endpoint)).toEqual(["/v1/n/a", "/v1/n/b"]);
  });

  test.for([
    ["--from https://a.example", "--to is missing."],
    ["--to https://a.example", "--from is missing."],
    ["--from https://a.example/x/ --to https://A.example:443/x", "are the same"],
    ["--from https://a.example?x --to https://b.example", "it has a query"],
    ["--from https://a.example --to http://b.example", "delivers only to https"],
    ["--from https://a.example --to https://hooks.ringcentral.com", "incoming webhooks"],
    ["--from a.example --to https://b.example", "must be the beginning of a URL"],
    ["--from https://a.example --to https://b.example --max-changes x", "--max-changes"],
    ["--from https://a.example --to https://b.example --status dead", "--status"],
  ] as const)(
    "refuses %s before it asks the server",
    async ([flags, message], { emulator, rcwh, expect }) => {
      const { exitCode, stderr } = await rcwh(`move ${flags} --yes`);
      expect(exitCode).toBe(ExitCode.usage);
      expect(stderr).toContain(message);
      expect(emulator.requests).toEqual([]);
    },
  );

  test("refuses what a second run would move again", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/x/x/1 -q`);
    const { exitCode, stderr } = await rcwh(moveTo(endpoint, " --yes", "/x", ""));
    expect(exitCode).toBe(ExitCode.usage);
    expect(stderr).toContain("begins with --from again");
    expect(addresses(emulator, endpoint)).toEqual(["/x/x/1"]);
  });

  test("holds the lock of `renew` while it calls endpoints and replaces", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    const held = new Map<string, boolean>();
    emulator.intercept(({ method, url }) => {
      const names = readdirSync(join(directory, "config"));
      if (url.includes(collection))
        held.set(
          method,
          names.some((name) => name.startsWith("run-")),
        );
      return undefined;
    }, Number.POSITIVE_INFINITY);
    expect((await rcwh(moveTo(endpoint, " --yes"))).exitCode).toBe(ExitCode.ok);
    expect(Object.fromEntries(held)).toEqual({ GET: true, POST: true, DELETE: true });
  });

  test("names what is only on record, which would come back at its old URL", async ({
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/old -q`);
    clock.advance(8 * 86_400_000);
    expect((await rcwh(moveTo(endpoint, " --yes"))).stderr).toContain(
      "1 is only on record, and `rcwh renew --recreate` would re-create it at its old URL.",
    );
  });
});
