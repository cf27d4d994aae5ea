import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { describe } from "vitest";
import { test as base, type RunResult } from "../support/rcwh.ts";
import { executable } from "../support/terminal.ts";

const test = base.extend<{
  /** The built rcwh, with its own directory for temporary files; `onOutput` gets all of stdout at each chunk. */
  readonly demo: (
    onOutput: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void,
  ) => Promise<RunResult>;
}>({
  demo: async ({ directory }, use) => {
    await use(
      (onOutput) =>
        new Promise((resolve) => {
          const child = spawn(process.execPath, [executable, "demo"], {
            env: { TMPDIR: directory, HOME: directory, PATH: process.env["PATH"] },
            stdio: ["ignore", "pipe", "pipe"],
          });
          let stdout = "";
          let stderr = "";
          child.stdout.setEncoding("utf8").on("data", (text: string) => {
            stdout += text;
            onOutput(stdout, (signal) => child.kill(signal));
          });
          child.stderr.setEncoding("utf8").on("data", (text: string) => {
            stderr += text;
          });
          child.on("close", (exitCode) => {
            resolve({ exitCode: exitCode as RunResult["exitCode"], stdout, stderr });
          });
        }),
    );
  },
});

describe("rcwh demo", () => {
  test("shows the whole life of a webhook with the real commands", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("demo --fast", {
      env: { TERM: "dumb" },
      tty: true,
    });

    expect(steady(stdout)).toMatchInlineSnapshot(`
      "
      # An emulated RingCentral runs at http://127.0.0.1:40000. Sign in:
      $ rcwh login --server http://127.0.0.1:40000 --client-id emulator-client \\
          --client-secret-file /tmp/rcwh-demo/client-secret.txt --jwt-file \\
          /tmp/rcwh-demo/jwt.txt
      profile:   default
      server:    http://127.0.0.1:40000
      client id: emulator-client
      user:      User 1, extension 101 (extension id 7000000001, account id
                 4000000001)
      scopes:    ReadAccounts, ReadMessages, ReadPresence, ReadContacts, ReadWebinars,
                 SMS, A2PSMS, CallControl, TeamMessaging, RingSense,
                 SubscriptionWebhook, WebSocket
      source:    profile default
      session:   expires in 1 h, renewed automatically

      # Find an event filter:
      $ rcwh filters posts
      ALIAS  FILTER                    SCOPE          SUMMARY

      Team messaging
      posts  /team-messaging/v1/posts  TeamMessaging  A post that the user can see was
                                                      written, edited or deleted
      -      glip/posts                TeamMessaging  What posts was called before
                                                      2023 (deprecated)

      # Subscribe to new posts. RingCentral tries the endpoint first:
      $ rcwh create --filter posts --url http://127.0.0.1:40000/hook
        endpoint: received a Validation-Token, returned it with 200
      ID                                    STATUS  EXPIRES
      3f2a91bc-0000-4000-8000-000000000000  Active  in 7 d
        http://127.0.0.1:40000/hook
        /team-messaging/v1/posts

      # List subscriptions, and when they expire:
      $ rcwh list
      ID                                    STATUS  EXPIRES
      3f2a91bc-0000-4000-8000-000000000000  Active  in 7 d
        http://127.0.0.1:40000/hook
        /team-messaging/v1/posts

      # Someone writes a post:
        endpoint: received an event: /team-messaging/v1/posts, "Hello, webhook!"

      # Six days later it is about to expire. \`rcwh renew\`, run by cron, extends what
      # is due:
      $ rcwh renew
      ID                                    OUTCOME  EXPIRES
      3f2a91bc-0000-4000-8000-000000000000  renewed  in 7 d
        http://127.0.0.1:40000/hook
        /team-messaging/v1/posts

      # Add voicemails:
      $ rcwh update 3f2a91bc --add-filter voicemail
      ID                                    OUTCOME  EXPIRES
      3f2a91bc-0000-4000-8000-000000000000  updated  in 7 d
        http://127.0.0.1:40000/hook
        account/~/extension/~/voicemail
        /team-messaging/v1/posts

      # A deployment breaks the endpoint. Someone writes a post, and another one 15
      # minutes later:
        endpoint: answered 500
        endpoint: answered 500

      # RingCentral has blacklisted the subscription: it delivers nothing, and nobody
      # is told. Show it in full:
      $ rcwh show 3f2a91bc
      id:          3f2a91bc-0000-4000-8000-000000000000
      status:      Blacklisted
      blacklisted: 2026-11-28T12:30:00.000Z, Webhook responses with code: [500],
                   reason: [Internal Server Error]
      expires:     in 6 d 23 h (2026-12-05T12:00:00.000Z)
      created:     6 d ago (2026-11-22T12:00:00.000Z)
      url:         http://127.0.0.1:40000/hook
      filters:     account/~/extension/~/voicemail
                   /team-messaging/v1/posts
      transport:   WebHook
      api:         platform
      profile:     default
      recorded:    the default lifetime, no verification token

      # The endpoint is repaired. Three posts are written in the next two hours, and
      # none arrives:
        post: "It works again."
        post: "Hello?"
        post: "Is anybody there?"

      # But \`rcwh renew\`, run by cron, reports it, and exits with 8:
      $ rcwh renew
      ID                                    OUTCOME      EXPIRES
      3f2a91bc-0000-4000-8000-000000000000  blacklisted  in 6 d 21 h
        http://127.0.0.1:40000/hook
        account/~/extension/~/voicemail
        /team-messaging/v1/posts

      # Recover it. A new subscription takes its place, and RingCentral tries the
      # endpoint first:
      $ rcwh recover 3f2a91bc --yes
        endpoint: received a Validation-Token, returned it with 200
      ID                                      OUTCOME    EXPIRES
      3f2a91bc-0000-4000-8000-000000000000    recovered  in 7 d
      → 3f2a91bc-0000-4000-8000-000000000000
        http://127.0.0.1:40000/hook
        /team-messaging/v1/posts
        account/~/extension/~/voicemail

      # Posts arrive again:
        endpoint: received an event: /team-messaging/v1/posts, "Welcome back!"

      # The gap: 3 posts were written while it was blacklisted, and 2 while the
      # endpoint failed. RingCentral does not deliver them later; an app has to read
      # them with the API.

      # Delete it:
      $ rcwh delete 3f2a91bc --yes
      ID                                    OUTCOME
      3f2a91bc-0000-4000-8000-000000000000  deleted
        http://127.0.0.1:40000/hook
        /team-messaging/v1/posts
        account/~/extension/~/voicemail
      $ rcwh list

      # Next, try your own account: \`rcwh login\`.
      "
    `);
    expect(steady(stderr)).toMatchInlineSnapshot(`
      "Signed in. The credentials are saved in
      /tmp/rcwh-demo/config/config.json.
      Create a webhook with \`rcwh create\`, which asks for the rest, or list yours with
      \`rcwh list\`.
      It expires in 7 d, RingCentral's default. Keep it alive with \`rcwh renew\` from
      cron, or choose a longer --expires-in.
      1 renewed.

      No events are delivered while it is Blacklisted. Fix the endpoint, then bring
      the subscription back with \`rcwh recover 3f2a91bc-0000-4000-8000-000000000000\`.
      1 blacklisted.
      attention: 3f2a91bc-0000-4000-8000-000000000000 (http://127.0.0.1:40000/hook) is
      Blacklisted (Webhook responses with code: [500], reason: [Internal Server
      Error]): no events are delivered.
      hint: Fix the endpoint, then bring the subscription back with
      \`rcwh recover 3f2a91bc-0000-4000-8000-000000000000\`;
      \`--ignore 3f2a91bc-0000-4000-8000-000000000000\` silences this.
      3f2a91bc-0000-4000-8000-000000000000 (http://127.0.0.1:40000/hook) was
      blacklisted and is now 3f2a91bc-0000-4000-8000-000000000000: the events of 2 h
      are lost, from 2026-11-28T12:30:00Z to 2026-11-28T14:30:00Z.
      1 recovered.
      No subscriptions. Create one with \`rcwh create\`.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("keeps its lines within a narrow terminal, and clear of progress", async ({
    rcwh,
    expect,
  }) => {
    let screen = "";
    const collect = (text: string) => {
      screen += text;
    };
    const narrow = { env: {}, tty: true, columns: 60, onOutput: collect, onTalk: collect };
    await rcwh("demo --fast", narrow);

    const erase = "\r\u001b[K";
    const lines = screen
      .split("\n")
      .map((line) => stripVTControlCharacters(line.split(erase).at(-1) ?? ""));
    expect(lines.filter((line) => line.includes("endpoint: received"))).toEqual([
      "  endpoint: received a Validation-Token, returned it with",
      "  endpoint: received an event: /team-messaging/v1/posts,",
      "  endpoint: received a Validation-Token, returned it with",
      "  endpoint: received an event: /team-messaging/v1/posts,",
    ]);
  });

  test("waits for a key before each step on a terminal", async ({ rcwh, expect }) => {
    const keys = Array<string>(13).fill("a key");
    const { exitCode, stdout } = await rcwh("demo", { env: {}, tty: true, answers: keys });
    const { stdout: fast } = await rcwh("demo --fast", { env: {}, tty: true });

    expect(steady(stdout)).toBe(steady(fast));
    expect(exitCode).toBe(0);
  });

  test.for([
    ["--no-input --profile acme", {}],
    ["-o table", { CI: "1" }],
  ] as const)(
    "waits for nothing and touches no account and no configuration with %j and %j",
    async ([flags, env], { rcwh, emulator, directory, signedIn, expect }) => {
      const options = { env: { ...signedIn, ...env }, tty: true };
      expect(await rcwh(`demo ${flags}`, options)).toMatchObject({ exitCode: 0 });

      expect(emulator.requests).toEqual([]);
      expect(await readdir(directory)).toEqual([]);
    },
  );

  test.for(["--json", "-o json", "-o csv", "--output tsv"])(
    "refuses %s before it starts anything",
    async (flags, { rcwh, expect }) => {
      const { exitCode, stdout, stderr } = await rcwh(`demo ${flags}`, { env: {} });

      expect(stderr).toContain("`rcwh demo` has no ");
      expect(stdout).toBe("");
      expect(exitCode).toBe(2);
    },
  );

  test("prints no notes with --quiet, and ignores RCWH_OUTPUT", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("demo -q", { env: { RCWH_OUTPUT: "json" } });

    expect(stdout).toContain("ID  ");
    expect(stderr).toMatch(/^attention: .* is Blacklisted .*\nhint: .*\n$/i);
    expect(stdout).toContain("$ rcwh list");
    expect(exitCode).toBe(0);
  });

  test.for([
    ["SIGINT", 130, "# Find an event"],
    ["SIGTERM", 143, "$ rcwh list"],
    ["SIGHUP", 129, "received an event"],
  ] as const)(
    "cleans up on %s and exits with %i",
    async ([signal, code, moment], { demo, directory, expect }) => {
      let isKilled = false;
      const { exitCode, stdout, stderr } = await demo((text, kill) => {
        // The second signal would end it at once.
        if (!isKilled && text.includes(moment)) kill(signal);
        isKilled ||= text.includes(moment);
      });

      expect(stdout).not.toContain("Next, try your own account");
      expect(stderr).not.toMatch(/error|bug/);
      expect(await readdir(directory)).toEqual([]);
      expect(exitCode).toBe(code);
    },
  );

  test("shows requests with --debug and no colours with --no-color", async ({ rcwh, expect }) => {
    const plain = await rcwh("demo --fast --debug --no-color", {
      tty: true,
      env: { NO_COLOR: "" },
    });
    const colourful = await rcwh("demo --fast", { tty: true, env: { NO_COLOR: "" } });

    expect(plain.stderr).toContain("→ POST /restapi/oauth/token");
    expect(plain.stdout).not.toContain("\u001b");
    expect(colourful.stdout).toContain("\u001b[1m$ rcwh list\u001b[22m");
  });
});

/** Removes values that differ from run to run: ports, ids and the temporary directory. */
function steady(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:40000")
    .replaceAll(/\/\S*\/rcwh-demo-\w+/g, "/tmp/rcwh-demo")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "3f2a91bc-0000-4000-8000-000000000000")
    .replaceAll(/(rcwh (?:show|update|delete|recover) )[0-9a-f]{8}/g, "$13f2a91bc");
}
