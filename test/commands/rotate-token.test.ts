import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { Interruption } from "../../src/errors.ts";
import { collection, loseAnswers, losses } from "../support/faults.ts";
import type { RunOptions } from "../support/rcwh.ts";
import { test } from "../support/rcwh.ts";
import { stored } from "../support/subscriptions.ts";

const create = (url: string) =>
  `create --filter posts --url ${url} --expires-in 30d --verification-token s3cret`;

describe("rcwh rotate-token", () => {
  test("shows the token, asks, then replaces", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    let talk = "";
    let toldBefore = "";
    emulator.intercept(async ({ method }) => {
      if (method === "POST") toldBefore = talk;
      return undefined;
    }, Number.POSITIVE_INFINITY);
    const terminal: RunOptions = { tty: true, columns: 120, onTalk: (text) => (talk += text) };
    const { stderr, exitCode } = await rcwh(`rotate-token ${old?.id}`, {
      ...terminal,
      answers: [true],
    });

    const [, token = ""] = /shown only once\): ([\w-]{32})\n/.exec(stderr) ?? [];
    expect(exitCode).toBe(0);
    expect(toldBefore).toContain(token);
    expect(emulator.state().subscriptions).toMatchObject([{ hasVerificationToken: true }]);
    expect(await stored(directory, "records")).toMatchObject([{ verificationToken: token }]);
  });

  test("changes nothing where the prompt is declined", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const before = [emulator.state().subscriptions, await stored(directory, "records")];
    const id = emulator.state().subscriptions[0]?.id;
    const out = join(directory, "token");
    const declined = { tty: true, answers: [false] };
    for (const words of [
      `rotate-token ${id}`,
      `rotate-token ${id} --verification-token-out ${out}`,
    ]) {
      const { stderr, exitCode } = await rcwh(words, declined);
      expect(exitCode).toBe(9);
      expect(stderr).toContain("Nothing was changed.");
    }
    const unasked = await rcwh(`rotate-token ${id}`);
    expect(unasked).toMatchObject({ exitCode: 9, stdout: "" });

    expect([emulator.state().subscriptions, await stored(directory, "records")]).toEqual(before);
    expect(await stored(directory, "replacements")).toEqual([]);
    await expect(stat(out)).rejects.toThrow("ENOENT");
  });

  test.for(["tsv", "csv", "json", "ndjson", "yaml"])(
    "prints the token in the first line of %s before it begins",
    async (format, { directory, emulator, endpoint, rcwh, expect }) => {
      await rcwh(create(endpoint.url));
      const [old] = emulator.state().subscriptions;
      let output = "";
      let before = "";
      emulator.intercept(async ({ method }) => {
        if (method === "POST") before = output;
        return undefined;
      }, Number.POSITIVE_INFINITY);
      const { stdout, exitCode } = await rcwh(`rotate-token ${old?.id} --yes -o ${format}`, {
        onOutput: (text) => (output += text),
      });

      const [record] = await stored(directory, "records");
      const token = record?.verificationToken ?? "";
      expect(exitCode).toBe(0);
      expect(before.split("\n")).toHaveLength(2);
      expect(before).toContain(token);
      if (format === "json") {
        expect(JSON.parse(stdout)).toMatchObject({
          schemaVersion: 1,
          verificationToken: token,
          results: [{ id: old?.id, outcome: "replaced", newId: record?.id }],
        });
      }
    },
  );

  test("prints one JSON object also where RingCentral refuses", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    const refusal = { errorCode: "SUB-505", message: "Too many", errors: [] };
    loseAnswers(emulator, `POST ${collection}`, {
      processed: false,
      answer: () => Response.json(refusal, { status: 403 }),
    });
    const { stdout, exitCode } = await rcwh(`rotate-token ${old?.id} --yes --json`);

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      verificationToken: expect.any(String),
      results: [],
    });
  });

  test("writes the token to a new file", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const id = emulator.state().subscriptions[0]?.id;
    const out = join(directory, "token");
    await writeFile(out, "mine");
    const refused = await rcwh(`rotate-token ${id} --yes --verification-token-out ${out}`);
    expect(refused.stderr).toContain("already exists. Nothing was changed.");
    expect(refused.exitCode).toBe(2);
    expect(await readFile(out, "utf8")).toBe("mine");
    const nowhere = await rcwh(`rotate-token ${id} --yes --verification-token-out ${out}/x`);
    expect(nowhere.stderr).toContain("(ENOTDIR). Nothing was changed.");
    expect(emulator.state().subscriptions.map((each) => each.id)).toEqual([id]);

    const { stdout, stderr, exitCode } = await rcwh(
      `rotate-token ${id} --yes --verification-token-out ${out}2`,
    );
    const token = (await readFile(`${out}2`, "utf8")).trim();
    expect(exitCode).toBe(0);
    expect((await stat(`${out}2`)).mode & 0o777).toBe(0o600);
    expect(stdout + stderr).not.toContain(token);
    expect(await stored(directory, "records")).toMatchObject([{ verificationToken: token }]);
  });

  test("removes the file of a token that is not in use", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const id = emulator.state().subscriptions[0]?.id;
    const out = join(directory, "token");
    const rotate = `rotate-token ${id} --yes --verification-token-out ${out}`;
    const refusal = new Response('{"errorCode":"SUB-525","message":"no"}', { status: 400 });
    loseAnswers(emulator, `POST ${collection}`, { processed: false, answer: () => refusal });
    const { stderr, exitCode } = await rcwh(rotate);
    expect(stderr).toContain("Removed /tmp/rcwh-test/token, which nothing uses.\n");
    expect(exitCode).toBe(6);
    await expect(stat(out)).rejects.toThrow("ENOENT");

    // The next run may finish this one, with its token.
    const answer = losses["a gateway's 502"];
    const times = Number.POSITIVE_INFINITY;
    loseAnswers(emulator, `POST ${collection}`, { processed: false, answer, times });
    const { stderr: lost } = await rcwh(rotate);
    expect(lost).not.toContain("Removed");
    const token = (await readFile(out, "utf8")).trim();
    expect(await stored(directory, "replacements")).toMatchObject([{ verificationToken: token }]);
  });

  test("is undone by deleting the new one while both deliver", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    await rcwh(`rotate-token ${old?.id} --yes -q --overlap 1h --no-wait`);
    const [, made] = emulator.state().subscriptions;
    await rcwh(`delete ${made?.id} --yes`);
    expect((await rcwh("renew")).stderr).toBe(
      `The replacement of ${old?.id} (http://127.0.0.1:50100/hook) no longer exists, so the old one is unchanged.\n1 not due.\n`,
    );
    expect(emulator.state().subscriptions).toMatchObject([{ id: old?.id }]);
    expect(await stored(directory, "records")).toMatchObject([
      { id: old?.id, verificationToken: "s3cret" },
    ]);
  });

  test("is named where its URL is ambiguous, so that the old one is known", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    await rcwh(`rotate-token ${old?.id} --yes -q --overlap 1h --no-wait`);
    const made = emulator.state().subscriptions.find(({ id }) => id !== old?.id);
    expect((await rcwh(`delete ${endpoint.url} --dry-run`)).stderr).toMatch(
      new RegExp(
        `^${made?.id} \\(\\S+\\) replaces ${old?.id}, and both deliver until .*\\n.*\\(--dry-run\\)\\.\\n$`,
      ),
    );
    for (const words of [`show ${endpoint.url}`, `update ${endpoint.url} --add-filter sms`]) {
      const { stdout, stderr, exitCode } = await rcwh(words);
      expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
      expect(stderr).toBe(
        `error: 2 subscriptions deliver to http://127.0.0.1:50100/hook: ${old?.id} (being replaced by ${made?.id}), ${made?.id} (/team-messaging/v1/posts).\nhint: Use one of these ids.\n`,
      );
    }
  });

  test("is over once the old one is deleted by hand, and renew only says so", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    await rcwh(`rotate-token ${old?.id} --yes -q --overlap 1h --no-wait`);
    const made = emulator.state().subscriptions[1];
    await rcwh(`delete ${old?.id} --yes`);
    const before = emulator.requests.length;
    expect((await rcwh("renew")).stderr).toBe(
      `${made?.id} (http://127.0.0.1:50100/hook) replaces ${old?.id}, which is deleted already: nothing was left to finish.\n1 not due.\n`,
    );
    const asked = emulator.requests.slice(before).map(({ method }) => method);
    expect(new Set(asked)).toEqual(new Set(["GET"]));
    expect(emulator.state().subscriptions).toEqual([made]);
    expect(await stored(directory, "replacements")).toEqual([]);
    const records = await stored(directory, "records");
    expect(records).toMatchObject([{ id: made?.id, verificationToken: expect.any(String) }]);
    expect(records[0]?.verificationToken).not.toBe("s3cret");
    expect((await rcwh("renew")).stderr).toBe("1 not due.\n");
  });

  test("is shown by list, show and doctor while both deliver", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    await rcwh(`rotate-token ${old?.id} --yes -q --overlap 1h --no-wait`);
    const made = emulator.state().subscriptions[1]?.id;
    const text = `${made} (http://127.0.0.1:50100/hook) replaces ${old?.id}, and both deliver until 2026-11-22T13:00:00Z: the first \`rcwh renew\` after that deletes the old one.`;
    const terminal: RunOptions = { tty: true, columns: 250 };

    expect((await rcwh("list", terminal)).stderr).toBe(`${text}\n`);
    expect((await rcwh("list")).stderr).toBe("");
    for (const id of [old?.id, made]) {
      expect((await rcwh(`show ${id}`, terminal)).stderr).toBe(`\n${text}\n`);
    }
    expect((await rcwh("doctor -o tsv")).stdout).toContain(`replacements\tpass\t${text}\t`);

    emulator.clock.advance(3_601_000);
    const late = `${made} (http://127.0.0.1:50100/hook) replaces ${old?.id}, which is not deleted yet: finish it with \`rcwh renew\`.`;
    expect((await rcwh("list", terminal)).stderr).toContain(`${late}\n`);
    expect((await rcwh("doctor -o tsv")).stdout).toContain(`replacements\twarn\t${late}\t`);
    await rcwh("renew");
    expect((await rcwh("list", terminal)).stderr).toBe("");
    expect((await rcwh("doctor -o tsv")).stdout).not.toContain("replacements");
  });

  test("keeps others from changing what it will delete", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    await rcwh(`rotate-token ${old?.id} --yes -q --overlap 1h --no-wait`);
    const made = emulator.state().subscriptions[1]?.id;
    const before = [emulator.state().subscriptions, await stored(directory, "replacements")];

    for (const words of [
      `update ${old?.id} --add-filter sms`,
      `update ${old?.id} --url ${endpoint.url}/2 --yes`,
      `rotate-token ${old?.id} --yes`,
    ]) {
      expect(await rcwh(words)).toEqual({
        exitCode: 5,
        stdout: "",
        stderr: `error: ${old?.id} (http://127.0.0.1:50100/hook) is being replaced by ${made}. Both deliver until 2026-11-22T13:00:00Z. Nothing was changed.\nhint: End that with \`rcwh delete ${old?.id}\`, then change ${made} instead.\n`,
      });
    }
    expect(await rcwh(`rotate-token ${made} --yes`)).toEqual({
      exitCode: 5,
      stdout: "",
      stderr: `error: ${made} (http://127.0.0.1:50100/hook) is replacing ${old?.id}. Both deliver until 2026-11-22T13:00:00Z. Nothing was changed.\nhint: End that with \`rcwh delete ${old?.id}\`, then run the same command again.\n`,
    });
    expect([emulator.state().subscriptions, await stored(directory, "replacements")]).toEqual(
      before,
    );

    expect((await rcwh(`update ${made} --add-filter sms`)).exitCode).toBe(0);
    await rcwh(`delete ${old?.id} --yes`);
    expect((await rcwh(`rotate-token ${made} --yes`)).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([
      { eventFilters: [expect.stringContaining("posts"), expect.stringContaining("instant")] },
    ]);
  });

  test("lets both deliver for --overlap, and waits", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [old] = emulator.state().subscriptions;
    let together = 0;
    const { sleep } = clock;
    clock.sleep = async (...pause) => {
      together = Math.max(together, emulator.state().subscriptions.length);
      await sleep(...pause);
    };
    const { stderr, exitCode } = await rcwh(`rotate-token ${old?.id} --yes --overlap 10m`);

    expect(exitCode).toBe(0);
    expect(stderr).toContain("Both delivered for 10 min.\n");
    expect(stderr).toContain("Finished the replacement: ");
    expect(stderr).not.toContain("earlier run");
    expect(clock.sleeps).toEqual([601_000]);
    expect(together).toBe(2);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("tells of a blacklisted one that it delivers nothing, and when events were lost", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(create(endpoint.url));
    const [{ id } = { id: "" }] = emulator.state().subscriptions;
    emulator.blacklist(id);
    emulator.clock.advance(7_200_000);
    const words = `rotate-token ${id} --verification-token-file - --overlap 1h`;
    const stdin = "another";

    expect(await rcwh(words, { stdin })).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "RingCentral cannot change this in place, so the subscription has to be replaced:
        old  http://127.0.0.1:50100/hook  00000005-0000-4000-8000-000000000000
        new  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      The old one is Blacklisted (I/O operation is failed. Details: [Read timed out]): no events are delivered.
      It is deleted once the new one works.
      Deliveries then carry the new verification token.
      --overlap is ignored, because the old one delivers nothing.
      Replace 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook)? Cannot prompt for confirmation here. Nothing was changed.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    const { stdout } = await rcwh(`${words} --yes --json`, { stdin });
    expect(JSON.parse(stdout)).toMatchObject({
      results: [
        {
          outcome: "replaced",
          gap: { from: "2026-11-22T12:00:00.000Z", to: "2026-11-22T14:00:00.000Z" },
        },
      ],
    });
    expect(clock.sleeps).toEqual([]);
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
  });

  test.for(["--no-wait", "Ctrl-C"])(
    "leaves the end of --overlap to the next renew: %s",
    async (kind, { clock, directory, emulator, endpoint, rcwh, expect }) => {
      await rcwh(create(endpoint.url));
      const [old] = emulator.state().subscriptions;
      const stop = new AbortController();
      const { sleep } = clock;
      clock.sleep = async (milliseconds, signal) => {
        stop.abort(new Interruption());
        await sleep(milliseconds, signal);
      };
      const flag = kind === "Ctrl-C" ? "" : " --no-wait";
      const words = `rotate-token ${old?.id} --yes --overlap 1h${flag}`;
      const { stderr, exitCode } = await rcwh(words, { signal: stop.signal });
      clock.sleep = sleep;

      expect(exitCode).toBe(kind === "Ctrl-C" ? 130 : 0);
      expect(stderr).toContain("until 2026-11-22T13:00:00Z");
      expect((await rcwh("renew")).exitCode).toBe(0);
      expect(emulator.state().subscriptions).toHaveLength(2);
      emulator.clock.advance(3_601_000);
      expect((await rcwh("renew")).stderr).toContain("Finished an earlier run's replacement");
      expect(emulator.state().subscriptions).toHaveLength(1);
      expect(emulator.state().subscriptions[0]?.id).not.toBe(old?.id);
      expect(await stored(directory, "replacements")).toEqual([]);
    },
  );

  test.for([
    ["--overlap 1h --break-before-make", "cannot be used together"],
    ["--overlap 1h --deadline 5m", "can use up the whole --deadline"],
    ["--overlap soon", "Invalid --overlap"],
  ])("refuses %s", async ([flags, message], { rcwh, expect }) => {
    const { stderr, exitCode } = await rcwh(`rotate-token 3f2a ${flags}`);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
