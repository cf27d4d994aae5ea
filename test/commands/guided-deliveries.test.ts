import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { findRecordings } from "../../src/deliveries/find-recordings.ts";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { WentBack } from "../../src/io/went-back.ts";
import { now, test } from "../support/rcwh.ts";
import { ownFilters, subscribe } from "../support/subscriptions.ts";

const nowhere = { RCWH_SERVER: undefined };

describe("rcwh check on a terminal", () => {
  test("offers each endpoint once, by id where its URL may hold a secret", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const sms = { eventFilters: [ownFilters.sms] };
    const first = await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, sms);
    const secret = await subscribe(emulator, `${endpoint.url}?key=s3cr3t-key`, sms);
    const plain = await rcwh("check --no-event", { tty: true, answers: [endpoint.url] });
    expect(plain.stderr).toContain("  rcwh check http://127.0.0.1:50100/hook --no-event\n");
    const picked = await rcwh("check", {
      tty: true,
      columns: 120,
      answers: [`${endpoint.url}?…`],
    });
    expect(picked.stderr).toContain(`  rcwh check ${secret}\n`);
    expect(picked.stdout + picked.stderr).not.toContain("s3cr3t");
    // The command line that was shown does the same.
    const typed = await rcwh(`check ${secret}`, { tty: true, columns: 120 });
    const steady = (text: string) => text.replaceAll(/\d+/g, "<n>");
    expect(steady(typed.stdout)).toBe(steady(picked.stdout));
    expect(typed.exitCode).toBe(picked.exitCode);
    expect(endpoint.handshakes()).toBeGreaterThan(3);
    const none = await rcwh("check", { tty: true, columns: 900, answers: ["none"] });
    expect(none.stderr).toContain(
      "among http://127.0.0.1:50100/hook http://127.0.0.1:50100/hook?… Type a URL\n",
    );
    expect(first).not.toBe(secret);
  });

  test("lets one type a URL, also without an account", async ({ endpoint, rcwh, expect }) => {
    const answers = ["example.com/hook", endpoint.url];
    const { exitCode, stderr } = await rcwh("check", { tty: true, env: nowhere, answers });
    expect(stderr).toContain("  rcwh check http://127.0.0.1:50100/hook\n");
    expect(exitCode).toBe(ExitCode.ok);
  });

  test("offers what is on record where the server is out of reach", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    emulator.intercept(() => new Response("{}", { status: 503 }), Number.POSITIVE_INFINITY);
    const { exitCode, stderr } = await rcwh("check", { tty: true, answers: [endpoint.url] });
    expect(stderr).toContain("warning: Your subscriptions could not be listed:");
    expect(exitCode).toBe(ExitCode.ok);
  });

  test("refuses the id of what does not exist, and of what has no endpoint", async ({
    rcwh,
    expect,
  }) => {
    const { exitCode } = await rcwh("check 00000099-0000-4000-8000-000000000000");
    expect(exitCode).toBe(ExitCode.notFound);
    expect(await rcwh("check")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Which endpoint? The URL is missing.
      hint: Add its URL: \`rcwh check https://example.com/hook\`.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh trigger on a terminal", () => {
  test("asks for the filter and for the endpoint", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, `${endpoint.url}?key=s3cr3t-key`);
    const back = new WentBack();
    const answers = ["fax", back, "sms", "Type a URL", back, `${endpoint.url}?…`];
    const asked = await rcwh("trigger --seed 7", { tty: true, columns: 120, answers });
    expect(asked.stderr).toContain(`  rcwh trigger sms --seed 7 --to ${id}\n`);
    expect(asked.exitCode).toBe(ExitCode.ok);
    const typed = await rcwh(`trigger sms --seed 7 --to ${id}`, { tty: true, columns: 120 });
    expect(typed.exitCode).toBe(ExitCode.ok);
    const [one, other] = endpoint.events;
    expect(one).toMatchObject({ event: expect.stringContaining("message-store/instant") });
    expect({ ...Object(one), timestamp: 0 }).toEqual({ ...Object(other), timestamp: 0 });
  });

  test("asks for the ID that a filter leaves open, and takes a path", async ({ rcwh, expect }) => {
    const back = new WentBack();
    const path = "account/~/extension/~/message-store?type=Fax";
    for (const [filter, answers] of [
      ["a2p-batch:1234", ["a2p-batch ", back, "a2p-batch ", "no id", "1234"]],
      [path, ["Another filter", "nonsense/path", path]],
    ] as const) {
      const asked = await rcwh("trigger --seed 7 --dry-run", { tty: true, columns: 120, answers });
      const { stdout } = await rcwh(["trigger", filter, "--seed", "7", "--dry-run"]);
      expect(asked).toMatchObject({ exitCode: ExitCode.ok, stdout });
    }
  });

  test("asks only for the endpoint where there is no other place", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    const answers = ["Type a URL", "http://example.com/hook", endpoint.url];
    const run = { tty: true, columns: 120, env: nowhere };
    const { stderr } = await rcwh("trigger posts", { ...run, answers });
    expect(stderr).toContain("  rcwh trigger posts --to http://127.0.0.1:50100/hook\n");
    expect(endpoint.events).toHaveLength(1);
    // What is wrong in the command line is no question.
    expect((await rcwh("trigger pots", run)).exitCode).toBe(ExitCode.usage);
    expect((await rcwh("trigger posts --dry-run", run)).exitCode).toBe(ExitCode.ok);
    expect(await rcwh("trigger posts", { env: nowhere })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: No target for the events: no \`rcwh listen\` is running, and this profile's server is not an emulator.
      hint: Name an endpoint, such as --to http://127.0.0.1:8080/hook, start \`rcwh listen --receive-only\`, or use --to emulator.
      ",
        "stdout": "",
      }
    `);
  });

  test("goes back from the confirmation, and sends nothing on Ctrl-C", async ({ rcwh, expect }) => {
    const url = "https://endpoint.invalid/hook";
    const answers = ["Type a URL", url, new WentBack(), new Interruption()];
    const run = { tty: true, columns: 120, env: nowhere, answers };
    expect(await rcwh("trigger posts", run)).toEqual({
      exitCode: ExitCode.interrupted,
      stdout: "",
      stderr: `  rcwh trigger posts --to ${url}\nNothing was sent.\n`,
    });
  });
});

describe("rcwh replay on a terminal", () => {
  test("asks for a path and for the endpoint", async ({ directory, endpoint, rcwh, expect }) => {
    const path = join(directory, "events.ndjson");
    await writeFile(path, event("a"));
    const answers = [join(directory, "none"), directory, path, "Type a URL", endpoint.url];
    const run = { tty: true, columns: 120, env: nowhere };
    const { exitCode, stderr } = await rcwh("replay", { ...run, answers });
    expect(stderr).toContain(
      "  rcwh replay /tmp/rcwh-test/events.ndjson --to http://127.0.0.1:50100/hook\n",
    );
    expect(exitCode).toBe(ExitCode.ok);
    expect(endpoint.events).toHaveLength(1);
    expect(await rcwh("replay", { env: nowhere })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Missing argument <file>.
      hint: See \`rcwh replay --help\`.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("findRecordings", () => {
  test("finds recordings by what is in them, newest first, with their events", async ({
    directory,
    expect,
  }) => {
    const gap =
      '{"gap":{"since":"2026-11-22T12:00:00Z","until":"2026-11-22T12:00:05Z","reason":"x"}}\n';
    const files = {
      "old.ndjson": event("a"),
      "new.log": `\uFEFF\n${gap}${event("a")}${event("b")}${gap}`,
      "only-gaps.ndjson": gap,
      "package.json": '{\n  "name": "x"\n}\n',
      "other.ndjson": '{"level":"info"}\n',
      "text.txt": "event\n",
      "empty.ndjson": "",
      "cut.ndjson": event("a").slice(0, 40),
    };
    for (const [index, [name, text]] of Object.entries(files).entries()) {
      const path = join(directory, name);
      await writeFile(path, text);
      await utimes(path, now / 1000, now / 1000 + index);
    }
    await mkdir(join(directory, "folder.ndjson"));
    const found = await findRecordings(directory, new AbortController().signal);
    expect(found).toEqual([
      { name: "new.log", events: 2, hasMore: false, changedAt: now + 1000 },
      { name: "old.ndjson", events: 1, hasMore: false, changedAt: now },
    ]);
    expect(await findRecordings(join(directory, "none"), new AbortController().signal)).toEqual([]);
  });
});

/** A line of a recording. */
function event(uuid: string): string {
  const envelope = { uuid, event: "/team-messaging/v1/posts", timestamp: "x", body: {} };
  const receivedAt = "2026-11-22T12:00:00.000Z";
  return `${JSON.stringify({ receivedAt, transport: "WebHook", headers: {}, event: envelope })}\n`;
}
