import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { collection } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { stored, subscribe } from "../support/subscriptions.ts";

type Answer = (request: Request, real: () => Promise<Response>) => Promise<Response>;

/** Answers requests of this kind as `answer` says, which may let the emulator process them first. */
function lie(emulator: Emulator, method: string, path: RegExp, answer: Answer, times = Infinity) {
  let inside = false;
  return emulator.intercept(async (request) => {
    if (inside || request.method !== method || !path.test(new URL(request.url).pathname)) {
      return undefined;
    }
    return answer(request, async () => {
      inside = true;
      const real = await emulator.fetch(request);
      inside = false;
      return real;
    });
  }, times);
}

const creates = /subscription$/;
const names = /subscription\/[^/]+$/;

/** The subscription as a GET shows it. */
async function shown(emulator: Emulator, id: string, request: Request): Promise<Response> {
  const headers = { Authorization: request.headers.get("Authorization") ?? "" };
  return emulator.fetch(new Request(`http://emulator.test${collection}/${id}`, { headers }));
}

/** Answers a create with one that exists already, without creating anything. */
function answerWith(emulator: Emulator, id: string, changes: object = {}) {
  return lie(emulator, "POST", creates, async (request) => {
    const existing = (await (await shown(emulator, id, request)).json()) as object;
    return Response.json({ ...existing, ...changes }, { status: 200 });
  });
}

describe("a create that is answered with the id of an existing one", () => {
  test.for(["update", "recover", "renew --recover", "update --break-before-make"])(
    "never costs the only subscription: %s",
    async (command, { directory, emulator, endpoint, rcwh, expect }) => {
      await rcwh(
        `create --filter posts --url ${endpoint.url} --expires-in 30d --verification-token s3cret`,
      );
      const [old] = emulator.state().subscriptions;
      const id = old?.id ?? "";
      if (!command.startsWith("update")) emulator.blacklist(id);
      const words = command.startsWith("update")
        ? `${command.replace("update", `update ${id} --verification-token other`)} --yes`
        : command === "recover"
          ? "recover --yes"
          : command;
      const restore = answerWith(emulator, id, { status: "Active" });
      const { stderr, exitCode } = await rcwh(words);
      restore();

      expect(emulator.state().subscriptions.map((each) => each.id)).toEqual([id]);
      expect(await stored(directory, "replacements")).toEqual([]);
      expect(await stored(directory, "records")).toEqual([
        expect.objectContaining({ id, verificationToken: "s3cret" }),
      ]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        `RingCentral answered the request for a new subscription with ${id} (http://127.0.0.1:50100/hook), which existed already. No subscription was created. The old one is unchanged.`,
      );
      expect(stderr).toContain(`See \`rcwh show ${id}\`.`);

      // Once the server is honest again, the same command succeeds.
      expect((await rcwh(words)).exitCode).toBe(0);
      expect(emulator.state().subscriptions).toHaveLength(1);
    },
  );

  test("finds the new one where there is one", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    const id = old?.id ?? "";
    lie(emulator, "POST", creates, async (request, real) => {
      await real();
      return shown(emulator, id, request);
    });
    const { exitCode } = await rcwh(`update ${id} --url ${endpoint.url}/new --yes`);

    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/new` }]);
  });

  test("does not overwrite its record", async ({ directory, emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    const [old] = emulator.state().subscriptions;
    const id = old?.id ?? "";
    answerWith(emulator, id);
    const before = await stored(directory, "records");
    const again = await rcwh(
      `create --filter posts --url ${endpoint.url} --verification-token other --if-exists new`,
    );

    expect(again).toMatchObject({ exitCode: 1, stdout: "" });
    expect(again.stderr).toContain(
      `with ${id} (http://127.0.0.1:50100/hook), which existed already. No subscription was created.`,
    );
    expect(await stored(directory, "records")).toEqual(before);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("does not overwrite the record of one that the list leaves out", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter sms --url ${endpoint.url} --verification-token s3cret`);
    const [old] = emulator.state().subscriptions;
    const id = old?.id ?? "";
    const before = await stored(directory, "records");
    lie(emulator, "GET", creates, async () => Response.json({ records: [] }));
    answerWith(emulator, id, { deliveryMode: { transportType: "WebHook", address: endpoint.url } });
    const { exitCode } = await rcwh(`create --filter posts --url ${endpoint.url}`);

    expect(exitCode).toBe(1);
    expect(await stored(directory, "records")).toEqual(before);
  });

  test("re-creates an expired one only where it is new", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    const other = await subscribe(emulator, `${endpoint.url}/other`, { expiresIn: 2_592_000 });
    emulator.clock.advance(8 * 86_400_000);
    const restore = answerWith(emulator, other);
    const { stdout, exitCode } = await rcwh("renew --recreate");
    expect(stdout).toContain(
      `${other} (http://127.0.0.1:50100/hook/other), which existed already. No subscription was created.\n`,
    );
    expect(exitCode).toBe(7);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([other]);

    restore();
    expect((await rcwh("renew --recreate")).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([
      { id: other },
      { address: endpoint.url, hasVerificationToken: true },
    ]);
  });
});

test("an unfinished replacement by the old one itself is undone, and deletes nothing", async ({
  directory,
  emulator,
  endpoint,
  rcwh,
  expect,
}) => {
  await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
  const [old] = emulator.state().subscriptions;
  const id = old?.id ?? "";
  // As a run of an older version left it.
  const { readFile, writeFile } = await import("node:fs/promises");
  const path = `${directory}/config/config.json`;
  const config = JSON.parse(await readFile(path, "utf8"));
  const [key = ""] = Object.keys(config.records);
  const [record] = config.records[key];
  config.replacements = {
    [key]: [{ ...record, expiresIn: 604_800, oldId: id, newId: id, knownIds: [id] }],
  };
  await writeFile(path, JSON.stringify(config));

  expect((await rcwh("renew")).exitCode).toBe(0);
  expect(emulator.state().subscriptions.map((each) => each.id)).toEqual([id]);
  expect(await stored(directory, "replacements")).toEqual([]);
});

describe("a deletion that is confirmed and not done", () => {
  test("is tried again after a replacement", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    lie(emulator, "DELETE", names, async () => new Response(null, { status: 204 }), 1);
    const { exitCode } = await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes`);

    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/new` }]);
  });

  test("after a replacement is finished by the next run", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    const restore = lie(emulator, "DELETE", names, async () => new Response(null, { status: 204 }));
    const result = await rcwh(`update ${old?.id} --url ${endpoint.url}/new --yes`);

    const [, made] = emulator.state().subscriptions;
    expect(result).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining(
        `${made?.id} was created, but ${old?.id} (http://127.0.0.1:50100/hook) is not deleted yet: both deliver. RingCentral confirmed the deletion of ${old?.id} (http://127.0.0.1:50100/hook), but still lists it.\nhint: Finish it with \`rcwh renew\``,
      ),
    });
    expect(await stored(directory, "replacements")).toHaveLength(1);

    restore();
    expect((await rcwh("renew")).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ address: `${endpoint.url}/new` }]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });

  test("stops a replacement that has to delete first", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { fillToLimit } = await import("../support/faults.ts");
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    fillToLimit(emulator);
    lie(emulator, "DELETE", names, async () => new Response(null, { status: 204 }));
    const words = `update ${old?.id} --url ${endpoint.url}/new --yes --break-before-make`;
    const { stderr, exitCode } = await rcwh(words);

    expect(exitCode).toBe(5);
    expect(stderr).toContain("but still lists it. Nothing was changed.");
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([old?.id]);
    expect(await stored(directory, "replacements")).toEqual([]);
  });
});

describe("a deletion by `rcwh delete` that is confirmed and not done", () => {
  test("is reported, and the record is kept", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    await rcwh(`create --filter sms --url ${endpoint.url}/two`);
    const records = await stored(directory, "records");
    const [first, second] = emulator.state().subscriptions;
    const answers = [204, 200];
    const restore = lie(
      emulator,
      "DELETE",
      new RegExp(first?.id ?? ""),
      async () => new Response(null, { status: answers.shift() ?? 204 }),
    );
    for (const _ of [204, 200]) {
      const { stdout, stderr, exitCode } = await rcwh(`delete ${first?.id} --yes`);
      expect(exitCode).toBe(5);
      expect(stdout).toContain(`${first?.id}\ttry-later\t`);
      expect(stderr).toBe(
        `error: RingCentral confirmed the deletion of ${first?.id} (http://127.0.0.1:50100/hook), but still lists it.\nhint: Try again later with \`rcwh delete ${first?.id}\`.\n`,
      );
    }
    expect(await stored(directory, "records")).toEqual(expect.arrayContaining([...records]));

    expect((await rcwh("delete --all --yes")).exitCode).toBe(7);
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual([first?.id]);
    restore();
    expect((await rcwh("delete --all --yes")).exitCode).toBe(0);
    expect(await stored(directory, "records")).toEqual([]);
    expect(second?.id).not.toBe(first?.id);
  });
});

describe("a renewal that is confirmed and not done", () => {
  const renews = /renew$/;

  test("is not believed", async ({ directory, emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [one] = emulator.state().subscriptions;
    const id = one?.id ?? "";
    const before = one?.expirationTime ?? "";
    emulator.clock.advance(86_400_000);
    const claimed = new Date(Date.parse(before) + 86_400_000).toISOString();
    const restore = lie(emulator, "POST", renews, async (request) => {
      const existing = (await (await shown(emulator, id, request)).json()) as object;
      return Response.json({ ...existing, expirationTime: claimed, expiresIn: 604_800 });
    });
    const { stdout, stderr, exitCode } = await rcwh(`renew ${id}`);

    expect(exitCode).toBe(5);
    expect(stdout).toContain(`${id}\ttry-later\t${before}\t`);
    expect(stderr).toBe(
      `1 to retry later.\nerror: RingCentral confirmed that it extended ${id} (http://127.0.0.1:50100/hook) to ${claimed}, but it still expires ${before}.\nhint: Try again with \`rcwh renew ${id}\`.\n`,
    );
    expect(await stored(directory, "records")).toMatchObject([{ id, expirationTime: before }]);

    restore();
    expect((await rcwh(`renew ${id}`)).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([{ expirationTime: claimed }]);
  });

  test("is believed where only the list lags behind", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    emulator.clock.advance(86_400_000);
    let stale: unknown;
    lie(emulator, "GET", creates, async (_request, real) => {
      if (stale !== undefined) return Response.json(stale);
      const answer = await real();
      if (answer.ok) stale = await answer.clone().json();
      return answer;
    });
    expect(await rcwh("renew --all")).toMatchObject({ stderr: "1 renewed.\n", exitCode: 0 });
  });

  test.for([
    ["renew", "POST", renews],
    ["update --add-filter sms", "PUT", names],
  ] as const)(
    "with an answer about another one is read again: %s",
    async ([command, method, path], { emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url}`);
      const [one] = emulator.state().subscriptions;
      const other = await subscribe(emulator, `${endpoint.url}/other`, { expiresIn: 2_592_000 });
      lie(emulator, method, path, async (request, real) => {
        await real();
        return shown(emulator, other, request);
      });
      const [verb = "", ...flags] = command.split(" ");
      const { stdout, exitCode } = await rcwh([verb, one?.id ?? "", ...flags].join(" "));
      expect(exitCode).toBe(0);
      expect(stdout.split("\t")[0]).toBe(one?.id);
      expect(stdout).not.toContain(other);
    },
  );

  test("with only answers about another one is an error", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [one] = emulator.state().subscriptions;
    const other = await subscribe(emulator, `${endpoint.url}/other`, { expiresIn: 2_592_000 });
    const answer: Answer = async (request) => shown(emulator, other, request);
    lie(emulator, "POST", renews, answer);
    lie(emulator, "GET", new RegExp(one?.id ?? ""), answer);
    const { stderr, exitCode } = await rcwh(`renew ${one?.id}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `read the subscription ${one?.id} (http://127.0.0.1:50100/hook): it is about ${other}.`,
    );
  });
});
