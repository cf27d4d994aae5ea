import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, vi } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { openStateFile, readStateFile } from "../../src/emulator/server/state-file.ts";
import type { EmulatorSettings } from "../../src/emulator/settings.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { test as base } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";

interface Fixtures {
  readonly file: string;
  /** An emulator on the test's clock that resumes from the file; `close` saves it. */
  readonly start: (settings?: Partial<EmulatorSettings>) => Promise<Started>;
}

interface Started {
  readonly emulator: Emulator;
  readonly close: () => Promise<void>;
  readonly failed: Promise<never>;
}

const test = base.extend<Fixtures>({
  file: async ({ directory }, use) => use(join(directory, "state.json")),
  start: async ({ clock, file }, use) =>
    use(async (settings = {}) => {
      const emulator = createEmulator({ clock, settings });
      const { signal } = new AbortController();
      return { emulator, ...(await openStateFile(file, emulator, { clock, signal })) };
    }),
});

/** A reminder 3 days before the expiry and every day after that. */
const reminder = "/restapi/v1.0/subscription/~?threshold=259200&interval=86400";

describe("an emulator with a state file", () => {
  test("stops writing once another process has taken over the file", async ({
    file,
    start,
    expect,
    onTestFinished,
  }) => {
    // The heartbeat's.
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const suspended = await start();
    await rm(`${file}.lock`);
    const other = await start();
    other.emulator.configure({ subscriptionLimit: 7 });
    await other.close();
    suspended.emulator.configure({ subscriptionLimit: 3 });
    await vi.advanceTimersByTimeAsync(2000);

    const error = new RegExp(`^Another emulator has taken ${file}, because this one was suspended`);
    await expect(suspended.failed).rejects.toThrow(error);
    await expect(suspended.close()).rejects.toThrow(error);
    expect((await readStateFile(file))?.settings).toEqual({ subscriptionLimit: 7 });
  });

  test("resumes where the previous one ended", async ({ start, endpoint, expect }) => {
    const first = await start();
    const id = await subscribe(first.emulator, endpoint.url);
    await first.emulator.sendEvent({ filter: "/team-messaging/v1/posts", user: 1 });
    first.emulator.blacklist(id, "I/O operation is failed. Details: [Read timed out]");
    first.emulator.faults.add({ status: 503, times: 2 });
    first.emulator.configure({ sessionLimit: 2, overMaximum: "reject" });
    await first.emulator.clock.advance(3_600_000);
    const before = first.emulator.snapshot();
    await first.close();

    const second = await start();

    expect(second.emulator.snapshot()).toEqual(before);
    // Bodies would make the file large, which is saved again and again.
    const kept = first.emulator.deliveries.map(({ body: _, ...delivery }) => delivery);
    expect(second.emulator.state()).toEqual({ ...first.emulator.state(), deliveries: kept });
    expect(second.emulator.state().subscriptions).toMatchObject([{ id, status: "Blacklisted" }]);
    expect(second.emulator.deliveries).toEqual(kept);
    expect(second.emulator.requests).toEqual(first.emulator.requests);
    expect(second.emulator.faults.list()).toMatchObject([{ status: 503, fired: 0 }]);
    expect(second.emulator.settings).toMatchObject({ sessionLimit: 2, overMaximum: "reject" });
    await second.close();
  });

  test("accepts tokens issued by the previous emulator", async ({ start, expect }) => {
    const first = await start();
    const answer = (await (await first.emulator.fetch(login())).json()) as { access_token: string };
    await first.close();

    const second = await start();

    expect((await second.emulator.fetch(list(answer.access_token))).status).toBe(200);
    await second.close();
  });

  test("keeps counting the minute's requests across a restart", async ({ start, expect }) => {
    const first = await start();
    for (let logins = 0; logins < 5; logins++) await first.emulator.fetch(login());
    await first.close();

    const second = await start();

    expect((await second.emulator.fetch(login())).status).toBe(429);
    await second.close();
  });

  test("prefers its start settings to the saved ones", async ({ start, expect }) => {
    const first = await start();
    first.emulator.configure({ sessionLimit: 2, rateLimits: "off" });
    await first.close();

    const second = await start({ sessionLimit: 3 });

    expect(second.emulator.settings).toMatchObject({ sessionLimit: 3, rateLimits: "off" });
    await second.close();
  });

  test("never restores the permission to call other machines", async ({ start, file, expect }) => {
    const first = await start();
    first.emulator.configure({ allowRemoteDeliveries: true, certificateAuthorities: ["PEM"] });
    await first.close();
    expect((await readStateFile(file))?.settings).toEqual({});
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text.replace('"settings": {}', '"settings": {"allowRemoteDeliveries":true}'),
    );

    const second = await start();

    expect(second.emulator.settings.allowRemoteDeliveries).toBe(false);
    await second.close();
  });

  describe("an emulator restarted after a while", () => {
    test("drops what expired meanwhile", async ({ start, clock, endpoint, expect }) => {
      const first = await start();
      await subscribe(first.emulator, endpoint.url);
      await first.close();
      clock.advance(8 * 86_400_000);

      const second = await start();

      expect(second.emulator.state().subscriptions).toEqual([]);
      await second.close();
    });

    test("delivers one reminder for all that were missed", async ({
      start,
      clock,
      endpoint,
      expect,
    }) => {
      const first = await start();
      const eventFilters = ["/team-messaging/v1/posts", reminder];
      await subscribe(first.emulator, endpoint.url, { eventFilters });
      await first.close();
      clock.advance(5.5 * 86_400_000);

      const second = await start();
      await second.close();
      const third = await start();

      expect(endpoint.events).toMatchObject([{ event: reminder, body: { expiresIn: 129_600 } }]);
      await third.emulator.clock.advance(43_200_000);
      expect(endpoint.events).toHaveLength(2);
      await third.close();
    });

    test("retries failed deliveries, in order", async ({ start, clock, expect }) => {
      const attempts: unknown[] = [];
      await using failing = await httpEndpoint(async (request, response) => {
        if (request.headers["validation-token"]) return goodHandshake(request, response);
        attempts.push(JSON.parse(await text(request)));
        response.writeHead(500).end();
      });
      const settings = { deliveryRetries: 2, deliveryRetryInterval: 60 };
      const first = await start(settings);
      await subscribe(first.emulator, failing.url);
      await first.emulator.sendEvent({ filter: "/team-messaging/v1/posts" });
      await first.close();

      const second = await start(settings);
      expect(second.emulator.snapshot().retries).toEqual(first.emulator.snapshot().retries);
      expect(attempts).toHaveLength(1);
      await second.close();
      clock.advance(60_000);
      const third = await start(settings);

      expect(attempts).toEqual([attempts[0], attempts[0]]);
      expect(third.emulator.deliveries).toMatchObject([{ status: 500 }, { attempt: 2 }]);
      await third.emulator.clock.advance(3_600_000);
      expect(attempts).toHaveLength(3);
      await third.close();
    });

    test("has its previous time if the clock was frozen", async ({ start, clock, expect }) => {
      const first = await start();
      first.emulator.clock.freeze();
      await first.emulator.clock.set(Date.UTC(2030, 0, 1));
      await first.close();
      clock.advance(86_400_000);

      const { emulator, close } = await start();

      expect(emulator.state().now).toBe("2030-01-01T00:00:00.000Z");
      expect(emulator.clock.frozen).toBe(true);
      emulator.clock.resume();
      clock.advance(1000);
      expect(emulator.state().now).toBe("2030-01-01T00:00:01.000Z");
      await close();
    });

    test("keeps its offset from the real time", async ({ start, clock, expect }) => {
      const first = await start();
      await first.emulator.clock.advance(86_400_000);
      await first.close();
      clock.advance(3_600_000);

      const second = await start();

      expect(second.emulator.state().now).toBe("2026-11-23T13:00:00.000Z");
      await second.close();
    });
  });
});

describe("the state file of a process", () => {
  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`is complete after ${signal}`, async ({ file, directory, expect }) => {
      const { child, url } = await startProcess(file);
      expect((await fetch(login(url))).status).toBe(200);

      child.kill(signal);

      expect(await once(child, "exit")).toEqual([exitCode, null]);
      expect((await readStateFile(file))?.sessions).toHaveLength(1);
      expect(await readdir(directory)).toEqual(["state.json"]);
    });
  }

  test("is valid after SIGKILL during its work", async ({ file, expect }) => {
    const { child, url } = await startProcess(file, "--rate-limit", "off");
    const first = await stat(file);
    while ((await stat(file)).ino === first.ino) {
      expect((await fetch(login(url))).status).toBe(200);
    }

    child.kill("SIGKILL");
    await once(child, "exit");

    expect((await readStateFile(file))?.sessions).not.toEqual([]);
  });

  test("can be used immediately after SIGKILL", async ({ file, expect }) => {
    const { child } = await startProcess(file);
    child.kill("SIGKILL");
    await once(child, "exit");

    const next = await startProcess(file);

    expect((await fetch(login(next.url))).status).toBe(200);
    next.child.kill();
    expect(await once(next.child, "exit")).toEqual([143, null]);
  });
});

describe("a state file", () => {
  test("is created at the start, readable only by its owner, with no temporary files left at the end", async ({
    start,
    directory,
    file,
    expect,
  }) => {
    const { close } = await start();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await close();
    expect(await readdir(directory)).toEqual(["state.json"]);
  });

  test("is written soon after a change, but not for each one", async ({ start, file, expect }) => {
    const { emulator, close } = await start();
    const atStart = (await stat(file)).ino;
    for (let logins = 0; logins < 5; logins++) await emulator.fetch(login());
    expect((await stat(file)).ino).toBe(atStart);
    await expect.poll(async () => (await readStateFile(file))?.sessions).toHaveLength(5);
    await close();
  });

  test("belongs to one emulator at a time", async ({ start, file, directory, expect }) => {
    const first = await start();
    const text = await readFile(file, "utf8");

    await expect(start()).rejects.toMatchObject({
      message: `Another emulator uses ${file} (process ${process.pid}).`,
      exitCode: 5,
      code: "LOCKED",
      hint: "Stop it, or use another file.",
    });

    expect(await readFile(file, "utf8")).toBe(text);
    await first.close();
    await (await start()).close();
    expect(await readdir(directory)).toEqual(["state.json"]);
  });

  const foreign = {
    "nothing at all": ["", "it is not JSON, or is incomplete"],
    "half a state": ['{"format":"rcwh-emulator","schemaV', "it is not JSON, or is incomplete"],
    "somebody's configuration": ['{"profiles":{}}', "it does not hold the state of an emulator"],
    "a list": ["[]", "it does not hold the state of an emulator"],
    "a state with a hole": [
      '{"format":"rcwh-emulator","schemaVersion":1,"savedAt":1,"now":1,"frozen":false,"settings":{},"sessions":[{}]}',
      "the field sessions[0].id is damaged",
    ],
  };
  for (const [kind, [text = "", reason]] of Object.entries(foreign)) {
    test(`is refused, and left unchanged, if it holds ${kind}`, async ({
      start,
      directory,
      file,
      expect,
    }) => {
      await writeFile(file, text);

      await expect(start()).rejects.toMatchObject({
        message: `${file} cannot be used: ${reason}.`,
        hint: "The file is unchanged. Move it away to start with an empty emulator.",
        exitCode: 2,
      });

      expect(await readFile(file, "utf8")).toBe(text);
      expect(await readdir(directory)).toEqual(["state.json"]);
    });
  }

  test("is refused, and left unchanged, if a newer rcwh wrote it", async ({
    start,
    file,
    expect,
  }) => {
    const text = '{"format":"rcwh-emulator","schemaVersion":2}';
    await writeFile(file, text);
    await expect(start()).rejects.toMatchObject({
      message: `${file} was written by a newer rcwh: its version is 2, and this rcwh supports version 1.`,
      hint: "Update rcwh, or move the file away to start with an empty emulator.",
      exitCode: 2,
    });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  test("is refused if it is a directory", async ({ start, file, expect }) => {
    await mkdir(file);
    await expect(start()).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot use \S+\/state\.json: /),
      exitCode: 2,
    });
  });

  test("is named in the error if it cannot be created", async ({ clock, directory, expect }) => {
    await writeFile(join(directory, "file"), "");
    const file = join(directory, "file", "state.json");
    const { signal } = new AbortController();
    await expect(
      openStateFile(file, createEmulator({ clock }), { clock, signal }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^Cannot write ${file}: `)),
      exitCode: 1,
    });
  });

  test("is named in the error if it cannot be written any more", async ({
    start,
    directory,
    file,
    expect,
  }) => {
    const { emulator, close, failed } = await start();
    const writeError = { message: expect.stringMatching(`^Cannot write ${file}: `), exitCode: 1 };
    await rm(directory, { recursive: true });

    await emulator.fetch(login());

    await expect(failed).rejects.toMatchObject(writeError);
    await expect(close()).rejects.toMatchObject(writeError);
  });

  test("is not created in a missing directory or without a name", async ({
    clock,
    directory,
    expect,
  }) => {
    const { signal } = new AbortController();
    const messageOf = (path: string) =>
      openStateFile(path, createEmulator({ clock }), { clock, signal }).then(
        () => undefined,
        ({ message }: Error) => message,
      );

    const path = join(directory, "missing", "state.json");
    expect(await messageOf(path)).toBe(
      `Cannot save state to ${path}: the directory ${dirname(path)} does not exist.`,
    );
    expect(await messageOf("")).toBe("The path of the state file is empty.");
    expect(await readdir(directory)).toEqual([]);
  });

  for (const settings of [{ defaultLifetime: 9e15 }, { sessionsLimit: 1 }, { rateLimits: "x" }]) {
    test(`is refused with ${JSON.stringify(settings)}`, async ({ start, file, expect }) => {
      await (await start()).close();
      const snapshot = JSON.parse(await readFile(file, "utf8"));
      await writeFile(file, JSON.stringify({ ...snapshot, settings }));

      await expect(start()).rejects.toThrow(
        `the field settings.${Object.keys(settings)} is damaged`,
      );
    });
  }

  test("continues the random sequence of a seed", async ({ clock, file, expect }) => {
    const { signal } = new AbortController();
    const id = async (emulator: ReturnType<typeof createEmulator>) =>
      (await emulator.fetch(new Request("http://127.0.0.1/nothing"))).headers.get("RCRequestId");
    const one = createEmulator({ clock, seed: 7 });
    const expected = [await id(one), await id(one)];

    const first = createEmulator({ clock, seed: 7 });
    const firstFile = await openStateFile(file, first, { clock, signal });
    const ids = [await id(first)];
    await firstFile.close();
    const second = createEmulator({ clock, seed: 7 });
    const secondFile = await openStateFile(file, second, { clock, signal });
    ids.push(await id(second));
    await secondFile.close();

    expect(ids).toEqual(expected);
  });

  test("remains a symbolic link if it is one", async ({
    clock,
    directory,
    start,
    file,
    expect,
  }) => {
    const target = join(directory, "target.json");
    await (await start()).close();
    await writeFile(target, await readFile(file));
    const link = join(directory, "link.json");
    await symlink(target, link);
    const { signal } = new AbortController();
    const emulator = createEmulator({ clock });

    const { close } = await openStateFile(link, emulator, { clock, signal });
    emulator.configure({ sessionLimit: 7 });
    await close();

    expect((await readStateFile(target))?.settings).toEqual({ sessionLimit: 7 });
    expect((await readdir(directory)).toSorted()).toEqual([
      "link.json",
      "state.json",
      "target.json",
    ]);
  });
});

async function startProcess(file: string, ...flags: readonly string[]) {
  const executable = join(import.meta.dirname, "../../bin/rcwh.js");
  const words = ["emulator", "--port", "0", "--json", "--state", file, ...flags];
  const child = spawn(process.execPath, [executable, ...words], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { RCWH_CONFIG_DIR: join(dirname(file), "config") },
  });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`The process ended with ${code} before it listened.`);
  });
  ended.catch(() => {});
  const [line] = await Promise.race([once(child.stdout, "data"), ended]);
  const { url } = JSON.parse(String(line)) as { readonly url: string };
  return { child, url };
}

/** User 1 signs in. */
function login(server = "http://127.0.0.1"): Request {
  return new Request(`${server}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("emulator-client:emulator-secret")}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "user-1",
    }),
  });
}

function list(token: string): Request {
  return new Request("http://127.0.0.1/restapi/v1.0/subscription", {
    headers: { Authorization: `Bearer ${token}` },
  });
}
