import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { Interruption } from "../../src/errors.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { executable, processCount, warmConfig } from "../support/processes.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";

interface Fixtures {
  /** Runs rcwh with `--profile emulator` and without credentials. Ids in the output are always the same. */
  readonly local: (words: string, options?: RunOptions) => Promise<RunResult>;
  /** The directory of the configuration and the state. */
  readonly kept: string;
}

/** No credentials, and a terminal without a status line. */
const noCredentials = { TERM: "dumb" };

const test = base.extend<Fixtures>({
  kept: async ({ directory }, use) => use(join(directory, "config")),
  local: async ({ rcwh }, use) =>
    use(async (words, options = {}) => {
      const all = ["--profile", "emulator", ...words.split(" ")];
      const { exitCode, stdout, stderr } = await rcwh(all, { env: noCredentials, ...options });
      return { exitCode, stdout: steady(stdout), stderr: steady(stderr) };
    }),
});

function steady(text: string): string {
  return text
    .replace(/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g, "<id>")
    .replace(/corrupt-\d{8}T\d{6}\.\d{3}Z/g, "corrupt-<now>");
}

describe("rcwh --profile emulator", () => {
  test("whoami is user 1 of the emulator, without a login", async ({ local, expect }) => {
    expect(await local("whoami", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "profile:   emulator
      server:    http://emulator.localhost
      client id: emulator-client
      user:      User 1, extension 101 (extension id 7000000001, account id
                 4000000001)
      scopes:    ReadAccounts, ReadMessages, ReadPresence, ReadContacts, ReadWebinars,
                 SMS, A2PSMS, CallControl, TeamMessaging, RingSense,
                 SubscriptionWebhook, WebSocket
      source:    profile emulator
      session:   expires in 1 h, renewed automatically
      ",
      }
    `);
  });

  test("creates, lists, renews, updates and deletes, without a server", async ({
    local,
    endpoint,
    expect,
  }) => {
    const { url } = endpoint;
    expect(await local(`create --filter posts --url ${url}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "It expires in 7 d, RingCentral's default. Keep it alive with \`rcwh --profile emulator renew\` from cron, or choose a longer --expires-in.
      ",
        "stdout": "<id>	Active	2026-11-29T12:00:00.000Z	WebHook	http://127.0.0.1:50100/hook	/team-messaging/v1/posts	emulator	platform
      ",
      }
    `);
    expect(await local("list", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "ID                                    STATUS  EXPIRES
      <id>  Active  in 7 d
        http://127.0.0.1:50100/hook
        /team-messaging/v1/posts
      ",
      }
    `);
    expect(await local("renew --all")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 renewed.
      ",
        "stdout": "<id>	renewed	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook	/team-messaging/v1/posts	emulator		
      ",
      }
    `);
    expect(await local(`update ${url} --add-filter sms`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "<id>	updated	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook	/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS,/team-messaging/v1/posts	emulator		
      ",
      }
    `);
    expect(await local(`show ${url}`, { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "id:          <id>
      status:      Active
      expires:     in 7 d (2026-11-29T12:00:00.000Z)
      created:     1 s ago (2026-11-22T12:00:00.000Z)
      url:         http://127.0.0.1:50100/hook
      filters:     account/~/extension/~/message-store/instant?type=SMS
                   /team-messaging/v1/posts
      transport:   WebHook
      api:         platform
      profile:     emulator
      recorded:    the default lifetime, no verification token
      ",
      }
    `);
    expect(await local("delete --all --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "<id>	deleted	2026-11-29T12:00:00.000Z	http://127.0.0.1:50100/hook	/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS,/team-messaging/v1/posts	emulator		
      ",
      }
    `);
    expect(await local("list")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "No subscriptions. Start an endpoint with \`rcwh listen --receive-only --port 8080 --path /hook\`, then create one with \`rcwh --profile emulator create --filter posts --url http://127.0.0.1:8080/hook\`.
      ",
        "stdout": "",
      }
    `);
    expect(endpoint.handshakes()).toBe(1);
  });

  test("delivers events over real HTTP", async ({ local, endpoint, expect }) => {
    await local(`create --filter posts --url ${endpoint.url}`);

    expect(await local("emulator event posts")).toMatchObject({ exitCode: 0 });

    expect(endpoint.events).toMatchObject([
      { event: "/team-messaging/v1/posts", ownerId: "7000000001" },
    ]);
  });

  test("delivers each event due since the last command once", async ({
    local,
    endpoint,
    clock,
    expect,
  }) => {
    await local(`create --filter posts,reminder:3d/1d --url ${endpoint.url}`);
    clock.advance(5.5 * 86_400_000);

    await local("list");
    await local("list");

    expect(endpoint.events).toMatchObject([{ body: { expiresIn: 129_600 } }]);
  });

  test("expires subscriptions", async ({ local, endpoint, clock, expect }) => {
    await local(`create --filter posts --url ${endpoint.url}`);
    clock.advance(7 * 86_400_000);

    expect(await local("list")).toMatchObject({
      exitCode: 0,
      stdout: "",
      stderr: "No subscriptions, but 1 is only on record: add --recorded to list it.\n",
    });
  });

  test("limits rates from one command to the next", async ({ local, clock, expect }) => {
    // Each run signs in and out again: six requests, and a minute allows five.
    for (let runs = 0; runs < 3; runs++) await local("list --no-token-cache");
    expect(clock.sleeps).toEqual([]);

    expect(await local("list --no-token-cache")).toMatchObject({ exitCode: 0 });

    expect(clock.sleeps).toEqual([60_000]);
  });

  test("applies a fault to the next command", async ({ local, expect }) => {
    await local("emulator fault --code CMN-408 --path /restapi/v1.0/subscription");

    expect(await local("list")).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("CMN-408"),
    });
    expect(await local("list")).toMatchObject({ exitCode: 0 });
  });

  test("reports a broken connection", async ({ local, expect }) => {
    await local("emulator fault --drop after --path /restapi/oauth/token");

    expect(await local("list")).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: Could not sign in: the emulator closed the connection without an answer.
      hint: List the configured faults with \`rcwh --profile emulator emulator fault list\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("reports an answer that was cut off", async ({ local, expect }) => {
    await local("emulator fault --truncate 10 --path /restapi/oauth/token");

    expect(await local("list")).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: Could not sign in: the answer was cut off.
      hint: List the configured faults with \`rcwh --profile emulator emulator fault list\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("refuses an endpoint as RingCentral does", async ({ local, expect }) => {
    await using broken = await httpEndpoint((_, response) => response.end());

    expect(await local(`create --filter posts --url ${broken.url}`)).toMatchObject({ exitCode: 6 });
  });

  test("signs out, and signs in again with the next command", async ({ local, expect }) => {
    await local("list");

    expect(await local("logout")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Signed out of the emulator. The next command signs in again automatically.
      ",
        "stdout": "",
      }
    `);

    const { stdout } = await local("emulator state --json");
    expect(JSON.parse(stdout).sessions).toEqual([]);
    expect(await local("list")).toMatchObject({ exitCode: 0 });
  });

  test("shows its requests with --debug, without secrets", async ({ local, expect }) => {
    await local("list");
    const { stderr } = await local("list --debug");
    expect(stderr.split("\n").filter((line) => /^[←→]/.test(line))).toMatchInlineSnapshot(`
      [
        "→ GET /restapi/v1.0/subscription",
        "← 200 in 0 ms RCRequestId=<id> {"uri":"http://emulator.localhost/restapi/v1.0/subscription","records":[]}",
      ]
    `);
  });

  test("keeps its state in a file of its own, readable for its owner only", async ({
    local,
    kept,
    expect,
  }) => {
    await local("list");

    expect((await readdir(kept)).filter((name) => name !== "compiled")).toEqual([
      "config.json",
      "emulator.json",
      "quota",
    ]);
    expect((await stat(join(kept, "emulator.json"))).mode & 0o777).toBe(0o600);
  });

  test("starts empty if that file was removed", async ({ local, endpoint, kept, expect }) => {
    await local(`create --filter posts --url ${endpoint.url}`);
    await rm(join(kept, "emulator.json"));

    expect(await local("list")).toMatchObject({ exitCode: 0, stdout: "" });
  });

  test("leaves a damaged file unchanged", async ({ local, kept, expect }) => {
    await mkdir(kept, { mode: 0o700 });
    await writeFile(join(kept, "emulator.json"), '{"format":');

    expect(await local("list")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: /tmp/rcwh-test/config/emulator.json cannot be used: it is not JSON, or is incomplete.
      hint: The file is unchanged. Start over with \`rcwh --profile emulator emulator state --reset\`, which moves it aside.
      ",
        "stdout": "",
      }
    `);

    expect(await readFile(join(kept, "emulator.json"), "utf8")).toBe('{"format":');
    expect(await readdir(kept)).toEqual(["emulator.json", "quota"]);
  });

  test("moves a damaged file aside on --reset", async ({ local, kept, expect }) => {
    await mkdir(kept, { mode: 0o700 });
    await writeFile(join(kept, "emulator.json"), '{"format":');

    expect(await local("emulator state --reset")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr:
        "Moved the damaged state to /tmp/rcwh-test/config/emulator.json.corrupt-<now>.\nThe emulator was reset.\n",
    });

    const [aside = ""] = (await readdir(kept)).filter((name) => name.includes(".corrupt-"));
    expect(await readFile(join(kept, aside), "utf8")).toBe('{"format":');
    expect(await local("list")).toMatchObject({ exitCode: 0 });
  });

  test("says what to do about an address of another machine", async ({ local, expect }) => {
    expect(await local("create --filter posts --url https://example.org/hook")).toEqual({
      exitCode: 6,
      stdout: "",
      stderr:
        "error: RingCentral refused to create the subscription: WebHook is not reachable: the emulator calls only this machine, and example.org is not. One that runs as a server with allowRemoteDeliveries (rcwh emulator --allow-remote) calls others (SUB-521)\nhint: Give an address on this machine, such as http://127.0.0.1:8080/hook, where `rcwh listen --receive-only --port 8080 --path /hook` answers. For other machines, run `rcwh emulator --allow-remote`, and use the variables that it prints.\n",
    });
  });

  test("says that it waits for another rcwh", async ({ local, kept, expect }) => {
    await mkdir(kept, { recursive: true, mode: 0o700 });
    await writeFile(join(kept, "emulator.json.lock"), "");
    const env = { TERM: "xterm" };
    const { exitCode, stderr } = await local("list", { tty: true, env });
    expect(exitCode).toBe(5);
    expect(stderr).toContain("Waiting for another rcwh to finish with the emulator");
    expect(stderr).toContain("hint: Wait for the other run to end, then try again.\n");
  });

  test("names the file that it cannot write", async ({ local, directory, expect }) => {
    await writeFile(join(directory, "file"), "");
    const env = { ...noCredentials, RCWH_CONFIG_DIR: join(directory, "file") };
    expect(await local("list --no-token-cache", { env })).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "error: Cannot write /tmp/rcwh-test/file/emulator.json: not a directory.
      hint: Let this user write to the file's directory.
      ",
        "stdout": "",
      }
    `);
  });

  test("says what is missing if no directory is known", async ({ local, expect }) => {
    const env = { ...noCredentials, RCWH_CONFIG_DIR: "" };
    expect(await local("list", { env })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Cannot find the configuration directory: HOME is not set.
      hint: Set RCWH_CONFIG_DIR to a directory of your own.
      ",
        "stdout": "",
      }
    `);
  });

  test("finishes the request of an interrupted run", async ({ local, kept, expect }) => {
    const stop = new AbortController();
    await using endpoint = await httpEndpoint((request, response) => {
      stop.abort(new Interruption());
      goodHandshake(request, response);
    });

    const created = await local(`create --filter posts --url ${endpoint.url}`, {
      signal: stop.signal,
    });

    expect(created).toEqual({ exitCode: 130, stdout: "", stderr: expect.any(String) });
    expect(await local("list")).toMatchObject({ stdout: expect.stringContaining(endpoint.url) });
    expect(await readdir(kept)).toEqual(["config.json", "emulator.json", "quota"]);
  });
});

describe("the emulator's profile", () => {
  test("cannot become the current profile", async ({ rcwh, expect }) => {
    expect(await rcwh("profile use emulator", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: The profile emulator cannot be the default, because it could be mistaken for RingCentral.
      hint: Use it by name, such as \`rcwh list --profile emulator\`, or set RCWH_PROFILE=emulator in this shell.
      ",
        "stdout": "",
      }
    `);
  });

  test("is listed by rcwh profile list while it is in use", async ({ rcwh, expect }) => {
    const env = { ...noCredentials, RCWH_PROFILE: "emulator" };
    expect(await rcwh("profile list", { env })).toMatchObject({
      stderr: expect.stringContaining(
        "The profile emulator is in use: see `rcwh whoami --profile emulator`.\n",
      ),
    });
  });

  test("cannot be removed", async ({ rcwh, expect }) => {
    expect(await rcwh("profile remove emulator", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: The profile emulator cannot be removed.
      hint: Reset it with \`rcwh --profile emulator emulator state --reset\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("can be named by RCWH_PROFILE", async ({ rcwh, expect }) => {
    const env = { ...noCredentials, RCWH_PROFILE: "emulator" };
    expect(await rcwh("list", { env })).toMatchObject({ exitCode: 0 });
  });

  test("has other users, by their credentials", async ({ rcwh, expect }) => {
    const env = {
      ...noCredentials,
      RCWH_SERVER: "http://emulator.localhost",
      RCWH_CLIENT_ID: "emulator-client",
      RCWH_CLIENT_SECRET: "emulator-secret",
      RCWH_JWT: "user-2",
    };
    const { stdout } = await rcwh("whoami --json", { env });
    expect(JSON.parse(stdout).identities).toMatchObject([{ extensionId: "7000000002" }]);
  });

  test("does not change who commands are without it", async ({ rcwh, local, expect }) => {
    await local("list");
    expect(await rcwh("list", { env: noCredentials })).toMatchObject({ exitCode: 4, stdout: "" });
  });
});

test("many processes at once lose nothing", async ({ endpoint, kept, expect }) => {
  const run = promisify(execFile);
  const rcwh = (...words: readonly string[]) =>
    run(process.execPath, [executable, "--profile", "emulator", ...words], {
      env: { RCWH_CONFIG_DIR: warmConfig(kept) },
    });
  const urls = Array.from({ length: processCount(3) }, (_, index) => `${endpoint.url}/${index}`);

  await Promise.all(urls.map((url) => rcwh("create", "--filter", "posts", "--url", url)));

  const { stdout } = await rcwh("list");
  const listed = stdout.split("\n").flatMap((line) => line.split("\t")[4] ?? []);
  expect(listed.toSorted()).toEqual(urls);
  // The built program may also keep its compiled code there.
  const files = (await readdir(kept)).filter((name) => name !== "compiled");
  expect(files).toEqual(["config.json", "emulator.json", "quota"]);
});
