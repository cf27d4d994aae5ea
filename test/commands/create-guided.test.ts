import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { Interruption } from "../../src/errors.ts";
import { reminderFilter } from "../../src/filters/reminder.ts";
import { WentBack } from "../../src/io/went-back.ts";
import { filterChoices, isCurrent } from "../../src/operations/guide/filter-choices.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { collection } from "../support/faults.ts";
import { type RunResult, test } from "../support/rcwh.ts";
import { subscribe, withoutProgress } from "../support/subscriptions.ts";

/** The bodies of all requests to create. */
function created({ requests }: Emulator): readonly unknown[] {
  return requests
    .filter(({ method, path }) => method === "POST" && path === collection)
    .map(({ body }) => body);
}

const words = (line: string) =>
  [...line.replaceAll(/ \\\n +/g, " ").matchAll(/'([^']*)'|([^ ]+)/g)].map(
    ([, quoted, plain = ""]) => quoted ?? plain,
  );

/** Without the rows that change while an endpoint is tried. */
function settled(result: RunResult) {
  const stderr = result.stderr
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this is about
    .replace(/\u001b\[\?7l.*\u001b\[\d+A\u001b\[J/s, "")
    .replace(/\d+ ms/g, "<n> ms")
    .replace(/127\.0\.0\.1:\d+ in/g, "127.0.0.1:50100 in");
  return withoutProgress({ ...result, stderr });
}

/** The command line that a guide has shown. */
function shown(stderr: string): readonly string[] {
  const [, line = ""] =
    /The same without questions:\n {2}rcwh ((?:.+ \\\n)*.+)\n/.exec(stderr) ?? [];
  return words(line);
}

describe("rcwh create on a terminal", () => {
  test("asks for everything, and says how to do the same without questions", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const answers = [
      ["posts", "voicemail"],
      `${endpoint.url}?a=1&b=2`,
      "30 days",
      false,
      "None",
      true,
    ];
    const result = await rcwh("create", { tty: true, columns: 120, answers });
    expect(settled(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Esc goes back one question, Ctrl-C leaves. Nothing is created before you confirm.

      [J  ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✓ time      <n> ms, first byte after <n> ms
        ✓ size      182 bytes
        It passes RingCentral's handshake from here.
        events        posts, voicemail
        URL           http://127.0.0.1:50100/hook?a=1&b=2
        lifetime      30d
        token         none
      The same without questions:
        rcwh create posts,voicemail 'http://127.0.0.1:50100/hook?a=1&b=2' --expires-in 30d
      ",
        "stdout": "ID                                    STATUS  EXPIRES  URL                            FILTERS
      00000007-0000-4000-8000-000000000000  Active  in 30 d  http://127.0.0.1:50100/hook?…  account/~/extension/~/voicemail
                                                                                            /team-messaging/v1/posts
      ",
      }
    `);
    const [first] = created(emulator);

    await rcwh("delete --all --yes");
    const line = shown(result.stderr).map((word) =>
      word.replace("http://127.0.0.1:50100/hook", endpoint.url),
    );
    expect(line.slice(0, 2)).toEqual(["create", "posts,voicemail"]);
    expect(await rcwh(line)).toMatchObject({ exitCode: 0 });
    expect(created(emulator)).toEqual([first, first]);
  });

  test("asks only for what no flag says", async ({ emulator, endpoint, rcwh, expect }) => {
    const flags = "--expires-in 10y --generate-verification-token --if-exists new --remind 3d";
    const result = await rcwh(`create sms ${flags}`, {
      tty: true,
      columns: 120,
      answers: [endpoint.url, true],
    });
    expect(result.exitCode).toBe(0);
    expect(created(emulator)).toMatchObject([{ expiresIn: 315_360_000 }]);
    expect(shown(result.stderr).join(" ")).toBe(
      "create sms http://127.0.0.1:50100/hook --expires-in 10y --generate-verification-token --if-exists new --remind 3d",
    );
  });

  test("goes back with Escape as far as to the first question", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const back = new WentBack();
    const answers = [
      ...[back, "sms", back, "posts", endpoint.url, "10 years", true, "Generate", back, back, back],
      ...["Something else", back, "Something else", "soon", "36h", "None", true],
    ];
    const result = await rcwh("create", { tty: true, answers });
    expect(result.exitCode).toBe(0);
    const [body] = created(emulator);
    expect(body).toMatchObject({
      eventFilters: ["/team-messaging/v1/posts"],
      expiresIn: 129_600,
    });
    expect(JSON.stringify(body)).not.toContain("verificationToken");
  });

  test("offers a reminder where one is of use, and goes back to the question", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const back = new WentBack();
    const create = (words: string, answers: readonly unknown[]) =>
      rcwh(`create ${words}`, { tty: true, columns: 120, answers: [endpoint.url, ...answers] });
    const ends = ["10 years", true, back, true, "None", true];
    const { stderr } = await create("posts", ends);
    expect(shown(stderr).slice(3)).toEqual(["--expires-in", "10y", "--remind", "3d/12h"]);
    expect(created(emulator)).toMatchObject([
      {
        eventFilters: [
          "/team-messaging/v1/posts",
          reminderFilter({ threshold: 259_200, interval: 43_200 }),
        ],
      },
    ]);

    const existing = await create("posts", ["10 years", true, "Keep"]);
    expect(existing.stderr).toContain("It already exists and is unchanged.");

    const unfit = ["Something else", "8d", true, back, back, "7 days", "None", true];
    expect(shown((await create("sms", unfit)).stderr)).not.toContain("--remind");
    for (const words of ["posts,reminder:3d/12h", "webinar-sessions", "posts --extensions all"]) {
      const { stderr } = await create(`${words} --dry-run`, ["10 years", "None"]);
      expect(stderr).toContain("--expires-in 10y");
    }
  });

  test("fills what a filter leaves open, and takes a path", async ({ endpoint, rcwh, expect }) => {
    const path = "account/~/extension/~/message-store?type=SMS";
    const answers = [
      ["a2p-batch ", "Another filter", "posts"],
      ...["no id", "1234", "message-store?messageType=SMS", path, endpoint.url, "7", "None", false],
    ];
    const { exitCode, stderr } = await rcwh("create", { tty: true, columns: 200, answers });
    expect(exitCode).toBe(9);
    expect(shown(stderr)).toEqual([
      "create",
      ...["--filter", "posts", "--filter", "a2p-batch:1234", "--filter", path],
      ...["--url", "http://127.0.0.1:50100/hook"],
    ]);
  });

  test("refuses filters that cannot be together, and asks again", async ({ rcwh, expect }) => {
    const answers = [
      ["posts", "webinar-state"],
      "posts",
      "http://127.0.0.1:1/x",
      "Change",
      new Interruption(),
    ];
    const { exitCode, stderr } = await rcwh("create", { tty: true, answers });
    expect(stderr).toContain(
      "✗ tcp-ipv4  connect ECONNREFUSED 127.0.0.1:1 (limit: a connection; SUB-521)",
    );
    expect(stderr.endsWith("Nothing was created.\n")).toBe(true);
    expect(exitCode).toBe(130);
  });

  test("tries the endpoint until it passes, or as one wants", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const bad = await httpEndpoint((_, response) => response.writeHead(500).end());
    const choices = ["Try", "Change", endpoint.url, "7", "None", true];
    const answers = ["posts", "http://example.com/hook", bad.url, ...choices];
    expect((await rcwh("create", { tty: true, answers })).exitCode).toBe(0);
    const goOn = ["sms", bad.url, "Go on", "7", "None", true];
    const leave = [...goOn, "Try", "Leave"];
    expect((await rcwh("create", { tty: true, answers: leave })).exitCode).toBe(6);
    expect(emulator.state().subscriptions).toHaveLength(1);
    const change = [...goOn, "Change", endpoint.url];
    expect((await rcwh("create", { tty: true, answers: change })).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toHaveLength(2);
  });

  test("says before any question that nobody can sign in", async ({ signedIn, rcwh, expect }) => {
    const wrong = { ...signedIn, RCWH_CLIENT_SECRET: "wrong" };
    const { exitCode, stderr } = await rcwh("create", { tty: true, env: wrong });
    expect(exitCode).toBe(4);
    expect(stderr).not.toContain("Esc goes back");
    await rcwh("list");
    const down = { ...signedIn, RCWH_SERVER: "http://127.0.0.1:1" };
    expect((await rcwh("create", { tty: true, env: down })).stderr).not.toContain("Esc goes back");
  });

  test("offers to keep one with the same URL and filters", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const answers = ["posts", endpoint.url, "Keep"];
    const result = await rcwh("create", { tty: true, columns: 120, answers });
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain("/team-messaging/v1/posts");
    expect(result.stderr).toContain("It already exists and is unchanged.");
    expect(result.stderr).not.toContain("The same without questions:");
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("takes a verification token, and shows it nowhere", async ({
    emulator,
    endpoint,
    directory,
    rcwh,
    expect,
  }) => {
    const file = join(directory, "token.txt");
    await writeFile(file, "from-the-file-1\n");
    const answers = [
      "posts",
      endpoint.url,
      "7",
      "Type",
      "two words",
      "typed-and-hidden-1",
      new WentBack(),
    ];
    const fromFile = ["Read", join(directory, "none.txt"), file, new WentBack()];
    const typed = ["Type", "typed-and-hidden-2", true];
    const result = await rcwh("create", {
      tty: true,
      columns: 120,
      answers: [...answers, ...fromFile, ...typed],
    });
    expect(result.exitCode).toBe(0);
    expect(result.stderr + result.stdout).not.toMatch(/typed-and-hidden|from-the-file/);
    expect(result.stderr).not.toContain("warning");
    expect(shown(result.stderr).slice(-2)).toEqual(["--verification-token-file", "-"]);
    expect(await readFile(join(directory, "config/config.json"), "utf8")).toContain(
      "typed-and-hidden-2",
    );
    expect(emulator.state().subscriptions).toMatchObject([{ hasVerificationToken: true }]);
  });

  test("with --dry-run prints the request, without an account", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const answers = ["posts", "https://example.com/hook", "7", "None"];
    const { exitCode, stdout, stderr } = await rcwh("create --dry-run", {
      tty: true,
      env: {},
      answers,
    });
    expect(JSON.parse(stdout.slice(stdout.indexOf("{")))).toMatchObject({
      eventFilters: ["/team-messaging/v1/posts"],
    });
    expect(shown(stderr)).toEqual(["create", "posts", "https://example.com/hook", "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(emulator.requests).toEqual([]);
  });

  test("asks for the profile where there are several", async ({
    endpoint,
    signedIn,
    rcwh,
    expect,
  }) => {
    for (const name of ["first", "second"]) {
      const env = { ...signedIn, RCWH_JWT: name === "first" ? "user-1" : "user-2" };
      await rcwh(`login --profile ${name}`, { env });
    }
    const answers = ["first", new WentBack(), "second", "posts", endpoint.url, "7", "None", true];
    const result = await rcwh("create", { tty: true, columns: 200, env: {}, answers });
    expect(result.exitCode).toBe(0);
    expect(shown(result.stderr).slice(0, 4)).toEqual(["--profile", "second", "create", "posts"]);
    const { stdout } = await rcwh("list --profile second", { env: {} });
    expect(stdout).toContain("/team-messaging/v1/posts");
    expect(result.stderr).toContain("`rcwh --profile second renew`");
    expect((await rcwh("list --profile first", { env: {} })).stdout).toBe("");
  });

  test("offers to sign in", async ({ server, endpoint, emulator, rcwh, expect }) => {
    const quit = await rcwh("create", { tty: true, env: {}, answers: ["Quit"] });
    expect(quit).toMatchObject({
      exitCode: 9,
      stderr: "You are not signed in.\nNothing was created.\n",
    });
    const login = ["Sign in", server, "emulator-client", "emulator-secret", "user-1"];
    const answers = [...login, "posts", endpoint.url, "7", "None", true];
    expect((await rcwh("create", { tty: true, env: {}, answers })).exitCode).toBe(0);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("offers the emulator to whoever has no account", async ({ endpoint, rcwh, expect }) => {
    const answers = ["Try it", "posts", endpoint.url, "7", "None", true];
    const { exitCode, stderr } = await rcwh("create", {
      tty: true,
      columns: 200,
      env: {},
      answers,
    });
    expect(exitCode).toBe(0);
    expect(shown(stderr).slice(0, 3)).toEqual(["--profile", "emulator", "create"]);
  });

  for (const flags of ["--no-input", "--json", "-o json"]) {
    test(`asks nothing with ${flags}`, async ({ rcwh, expect }) => {
      const { exitCode, stderr } = await rcwh(`create ${flags}`, { tty: true });
      expect(stderr).toContain("Which events? Add --filter.");
      expect(exitCode).toBe(2);
    });
  }

  test("ends at once for a mistake in a flag", async ({ rcwh, expect }) => {
    for (const flags of ["--expires-in soon", "--url nonsense", "--remind x"]) {
      expect((await rcwh(`create ${flags}`, { tty: true })).exitCode).toBe(2);
    }
  });
});

test("A scope counts as lacking only where the token names others", ({ expect }) => {
  const lacks = (scope: string, filter: string) => {
    const session = { accessToken: "", expiresAt: 0, scope };
    const { choices } = filterChoices(isCurrent, { session, width: 80 });
    const choice = choices.find(({ value }) => value === filter);
    if (!choice) throw new Error(`No filter ${filter}`);
    const isMarked = choice.name.includes(" ! ");
    expect(choice.description?.includes("your app's token does not have")).toBe(isMarked);
    return isMarked;
  };
  expect(lacks("SubscriptionWebhook ReadMessages", "posts")).toBe(true);
  expect(lacks("SubscriptionWebhook ReadMessages", "sms")).toBe(false);
  expect(lacks("SubscriptionWebhook unifiedappdesktop", "posts")).toBe(false);
  for (const unknown of ["", "webhooks messages"]) expect(lacks(unknown, "posts")).toBe(false);
});
