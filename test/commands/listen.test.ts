import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { envelope, post, startTarget, test } from "../listener/kit.ts";
import { httpEndpoint } from "../support/endpoints.ts";

const webhook = "--filter posts --url http://127.0.0.1:{port}/hook";
const posts = "/team-messaging/v1/posts";

describe("rcwh listen --url", () => {
  test("creates a short-lived subscription, prints events and deletes it at the end", async ({
    emulator,
    listen,
    leases,
    expect,
  }) => {
    const listener = await listen(webhook);
    const [subscription] = emulator.snapshot().subscriptions;

    expect(subscription).toMatchObject({
      eventFilters: [posts],
      deliveryMode: {
        address: expect.stringMatching(
          new RegExp(`^${listener.url}/hook\\?rcwh-listen=[0-9a-f]{24}$`),
        ),
        verificationToken: expect.stringMatching(/^[\w-]{32}$/),
      },
    });
    expect(await leases()).toHaveLength(2);

    await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text: "Hello" } });
    await listener.untilPrinted(1);
    const { exitCode, stdout, stderr } = await listener.stop();

    expect(stdout).toBe(
      '2026-11-22T12:00:00.000Z\tposts\t7000000001\t/team-messaging/v1/posts\t"Hello"\t\t\t\n',
    );
    expect(stderr).toBe(
      `Accepting deliveries at ${listener.url}/hook.
Creating a webhook subscription for ${listener.url}/hook, which must lead to port ${listener.port} of this machine.
Answered a validation request with 200 and its Validation-Token.
Columns: time, event, user, filter, summary, forward status, milliseconds, problem.
Ready. Listening for ${posts}. Press Ctrl-C to stop and delete the subscription.
Deleted the subscription.
Received 1 event.
`,
    );
    expect(exitCode).toBe(ExitCode.interrupted);
    expect(emulator.snapshot().subscriptions).toEqual([]);
    expect(await leases()).toEqual([]);
  });

  test("forwards like RingCentral, with the given verification token", async ({
    emulator,
    listen,
    directory,
    expect,
  }) => {
    await using target = await startTarget();
    const file = join(directory, "token");
    await writeFile(file, "s3cret-token\n");
    const listener = await listen(
      `${webhook} --forward-to ${target.port}/in --verification-token-file ${file}`,
    );

    await emulator.sendEvent({ filter: posts, body: { eventType: "PostAdded", text: "Hello" } });
    await listener.untilPrinted(1);
    const { stdout, stderr } = await listener.stop();

    const [request] = target.requests;
    expect(JSON.parse(request?.body ?? "")).toMatchObject({
      event: posts,
      body: { text: "Hello" },
    });
    expect(request?.headers).toEqual(
      expect.arrayContaining([
        "User-Agent",
        "RingCentral-Webhook/8.3",
        "Verification-Token",
        "s3cret-token",
      ]),
    );
    expect(request?.headers).not.toContain("x-forwarded-for");
    expect(stdout.replace(/\t200\t\d+\t/, "\t200\t5\t")).toBe(
      '2026-11-22T12:00:00.000Z\tposts\t7000000001\t/team-messaging/v1/posts\t"Hello"\t200\t5\t\n',
    );
    expect(stderr).toContain(`Forwarding to http://localhost:${target.port}/in.\n`);
    expect(stderr).toContain("Received 1 event, forwarded 1.\n");
    expect(stdout + stderr).not.toContain("s3cret-token");
  });

  test("fails with 6 when the address leads elsewhere and leaves nothing", async ({
    emulator,
    begin,
    leases,
    expect,
  }) => {
    await using elsewhere = await httpEndpoint((_, response) => response.end());
    const listener = await begin(`--filter posts --url ${elsewhere.url}/hook`);
    const { exitCode, stdout, stderr } = await listener.ended;

    expect(exitCode).toBe(ExitCode.endpoint);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/SUB-52\d/);
    expect(stderr).not.toContain("Received");
    expect(emulator.snapshot().subscriptions).toEqual([]);
    expect(await leases()).toEqual([]);
  });

  test("fails with 4 when not signed in", async ({ rcwh, expect }) => {
    const { exitCode } = await rcwh("listen --filter posts --url https://example.com/x", {
      env: {},
    });
    expect(exitCode).toBe(ExitCode.auth);
  });

  test("prints one JSON object per event and nothing else on stdout", async ({
    emulator,
    listen,
    expect,
  }) => {
    await using target = await startTarget((_, response) => response.writeHead(503).end());
    const listener = await listen(`${webhook} --json --forward-to ${target.port}`);
    await emulator.sendEvent({ filter: posts, body: { text: "Hello" } });
    await listener.untilPrinted(1);
    const { stdout } = await listener.stop();

    expect(stdout.match(/\n/g)).toHaveLength(1);
    const line = JSON.parse(stdout);
    expect(Object.keys(line)).toEqual(["receivedAt", "transport", "headers", "event", "forward"]);
    expect(line).toMatchObject({
      receivedAt: "2026-11-22T12:00:00.000Z",
      transport: "WebHook",
      headers: { "User-Agent": "RingCentral-Webhook/8.3" },
      event: { event: posts, body: { text: "Hello" } },
      forward: {
        status: 503,
        problem: "Webhook responses with code: [503], reason: [Service Unavailable]",
      },
    });
    expect(line.headers).not.toHaveProperty("Verification-Token");
  });

  test("says nothing but errors on stderr with --json -q", async ({ emulator, begin, expect }) => {
    const listener = await begin(`${webhook} --json -q --exit-after 1h`);
    // It does not print that it is ready.
    await expect.poll(() => emulator.snapshot().subscriptions).toHaveLength(1);
    const { stderr } = await listener.stop();
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "INTERRUPTED", exitCode: 130 } });
  });

  test("ends with 0 after --exit-after events and takes no more", async ({
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(`${webhook} --exit-after 2`);
    for (const text of ["one", "two", "three"]) {
      await emulator.sendEvent({ filter: posts, body: { text } });
    }
    const { exitCode, stdout, stderr } = await listener.ended;

    expect(exitCode).toBe(ExitCode.ok);
    expect(stdout.match(/"\w+"/g)).toEqual(['"one"', '"two"']);
    expect(stderr).toContain("Received 2 events.\n");
    expect(emulator.snapshot().subscriptions).toEqual([]);
  });

  test("ends with 0 after the time of --exit-after", async ({
    clock,
    emulator,
    listen,
    expect,
  }) => {
    const listener = await listen(`${webhook} --exit-after 40s`);
    clock.advance(39_000);
    clock.advance(2_000);
    expect((await listener.ended).exitCode).toBe(ExitCode.ok);
    expect(emulator.snapshot().subscriptions).toEqual([]);
  });

  test("has no deadline unless --deadline is given", async ({ clock, listen, expect }) => {
    const listener = await listen(`${webhook} --deadline 10m`);
    for (let passed = 0; passed < 600; passed += 15) clock.advance(15_000);
    const { exitCode, stderr } = await listener.ended;

    expect(exitCode).toBe(ExitCode.unavailable);
    expect(stderr).toContain("The --deadline has passed.");
    expect(clock.now()).toBeGreaterThan(90_000);
  });

  test("records events in a private file and appends to an existing one", async ({
    emulator,
    listen,
    directory,
    expect,
  }) => {
    const file = join(directory, "events.ndjson");
    for (const text of ["one", "two"]) {
      const listener = await listen(`${webhook} --record ${file} --exit-after 1`);
      await emulator.sendEvent({ filter: posts, body: { text } });
      const { stderr } = await listener.ended;
      expect(stderr.includes("already contains a recording")).toBe(text === "two");
    }
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).event.body.text)).toEqual(["one", "two"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(lines.join()).not.toContain("Verification-Token");
  });
});

describe("rcwh listen --receive-only", () => {
  test("accepts events without an account", async ({ listen, expect }) => {
    const listener = await listen("--receive-only", { env: {} });
    expect((await post(`${listener.url}/`, envelope("Hello"))).status).toBe(200);
    await listener.untilPrinted(1);
    const { stdout, stderr, exitCode } = await listener.stop();

    expect(stdout).toContain("\tposts\t101\t");
    expect(stderr).toBe(
      `Accepting deliveries at ${listener.url}/.\nColumns: time, event, user, filter, summary, forward status, milliseconds, problem.\nReady. Press Ctrl-C to stop.\nReceived 1 event.\n`,
    );
    expect(exitCode).toBe(ExitCode.interrupted);
  });

  test("answers the handshake", async ({ listen, expect }) => {
    const listener = await listen("--receive-only --path in");
    const answer = await post(`${listener.url}/in`, "", { "Validation-Token": "abc" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("validation-token")).toBe("abc");
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  test("reports a wrong verification token, forwards nothing and answers 200", async ({
    directory,
    listen,
    expect,
  }) => {
    await using target = await startTarget();
    const file = join(directory, "token");
    await writeFile(file, "right");
    const flags = `--receive-only --verification-token-file ${file} --forward-to ${target.port}`;
    const listener = await listen(flags);

    for (const token of ["wrong", "wronger"]) {
      const answer = await post(`${listener.url}/`, envelope("no"), {
        "Verification-Token": token,
      });
      expect(answer.status).toBe(200);
    }
    await post(`${listener.url}/`, envelope("yes"), { "Verification-Token": "right" });
    await listener.untilPrinted(1);
    const { stdout, stderr } = await listener.stop();

    expect(stdout).toContain("yes");
    expect(stdout).not.toContain('"no"');
    expect(target.requests).toHaveLength(1);
    // Once, because anybody on the network could cause it at will.
    expect(
      stderr.match(/Ignored a delivery: the verification token does not match\./g),
    ).toHaveLength(1);
    expect(stderr).toContain("Received 1 event, forwarded 1, ignored 2 requests.\n");
  });

  test("answers a wrong verification token with --reject-status", async ({
    directory,
    listen,
    expect,
  }) => {
    const file = join(directory, "token");
    await writeFile(file, "right");
    const listener = await listen(
      `--receive-only --verification-token-file ${file} --reject-status 401`,
    );
    expect((await post(`${listener.url}/`, envelope("no"))).status).toBe(401);
  });

  test("warns about bad answers, once for each kind", async ({ listen, expect }) => {
    let status = 500;
    await using target = await startTarget((_, response) => response.writeHead(status).end());
    const listener = await listen(`--receive-only --forward-to ${target.port}`);
    const deliver = async (count: number) => {
      await post(`${listener.url}/`, envelope("Hello"));
      await listener.untilPrinted(count);
    };
    await deliver(1);
    await deliver(2);
    status = 404;
    await deliver(3);
    status = 200;
    await deliver(4);
    const { stderr } = await listener.stop();

    const name = `http://localhost:${target.port}/`;
    const after =
      "RingCentral blacklists a subscription after about 10 minutes of such answers, according to one of its engineers. Run `rcwh explain blacklisted-status` for details.";
    expect(stderr.split("\n").filter((line) => line.startsWith(name))).toEqual([
      `${name}: Webhook responses with code: [500], reason: [Internal Server Error]. ${after}`,
      `${name}: Webhook responses with code: [404], reason: [Not Found]. ${after}`,
      `${name} answers correctly again.`,
    ]);
    expect(stderr).toContain("Received 4 events, forwarded 4 (3 failed).\n");
  });

  test("drops events beyond the buffer of a slow target, counts them and says so at once", async ({
    listen,
    expect,
  }) => {
    const held: (() => void)[] = [];
    await using target = await startTarget((_, response) => void held.push(() => response.end()));
    const listener = await listen(`--receive-only --forward-to ${target.port} --buffer 3`);

    await post(`${listener.url}/`, envelope("a"));
    await target.until(1);
    for (let count = 0; count < 5; count += 1) await post(`${listener.url}/`, envelope("b"));
    await listener.until("too slow");
    await listener.untilPrinted(2);
    expect(listener.said()).toContain(
      `http://localhost:${target.port}/ is too slow: 3 events are waiting for it, and new ones are not forwarded.`,
    );
    for (let count = 1; count <= 4; count += 1) {
      await target.until(count);
      await expect.poll(() => held.length).toBeGreaterThan(0);
      for (const answer of held.splice(0)) answer();
    }
    await listener.untilPrinted(6);
    const { stderr } = await listener.stop();

    expect(target.requests).toHaveLength(4);
    expect(stderr).toContain(
      "Received 6 events, forwarded 4, dropped 2 (the forward target was too slow).\n",
    );
  });

  test("forwards events in order, however long each answer takes", async ({ listen, expect }) => {
    let count = 0;
    await using target = await startTarget((_, response) => {
      count += 1;
      setTimeout(() => response.end(), count % 3 === 0 ? 0 : 7);
    });
    const listener = await listen(`--receive-only --forward-to ${target.port}`);
    const sent = Array.from({ length: 30 }, (_, index) => `post ${index}`);
    for (const text of sent) await post(`${listener.url}/`, envelope(text));
    await listener.untilPrinted(30);
    expect(target.requests.map(({ body }) => JSON.parse(body).body.text)).toEqual(sent);
  });

  test("forwards several events at a time to a slow target", async ({ clock, listen, expect }) => {
    const held: (() => void)[] = [];
    await using target = await startTarget((_, response) => void held.push(() => response.end()));
    const listener = await listen(`--receive-only --forward-to ${target.port}`);
    for (let count = 0; count < 20; count += 1) await post(`${listener.url}/`, envelope("a"));
    await target.until(1);
    expect(target.requests).toHaveLength(1);
    clock.advance(1100);
    await post(`${listener.url}/`, envelope("b"));
    await target.until(16);
    await expect.poll(() => held.length).toBe(16);
    expect(target.requests).toHaveLength(16);
    // What took too long on a busy machine is printed too, and never answered.
    const answering = setInterval(() => {
      for (const answer of held.splice(0)) answer();
    }, 5);
    await listener.untilPrinted(21).finally(() => clearInterval(answering));
  });

  test("wraps its messages between words and starts with room for the widest alias", async ({
    begin,
    emulator,
    expect,
  }) => {
    const flags = webhook.replace("posts", "posts,presence-detailed");
    const listener = await begin(flags, { tty: true, columns: 80 });
    await listener.until("subscription.\n");
    for (const line of listener.said().split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(listener.said()).toMatch(
      /Press\s+Ctrl-C\s+to\s+stop\s+and\s+delete\s+the\s+subscription\./,
    );
    await emulator.sendEvent({ filter: "/team-messaging/v1/posts", body: { text: "Hello" } });
    await listener.untilPrinted(1);
    expect(listener.printed()).toMatch(/^TIME {6}EVENT {14}USER {8}SUMMARY\n\S+ {2}posts {14}\S/);
    await listener.stop();
  });

  test("prints one line per event, cut to the terminal's width", async ({ listen, expect }) => {
    await using target = await startTarget((_, response) => response.end());
    const listener = await listen(`--receive-only --forward-to ${target.port} --exit-after 2`, {
      tty: true,
      columns: 80,
    });
    await post(`${listener.url}/`, envelope("Hello"));
    await listener.untilPrinted(1);
    await post(`${listener.url}/`, envelope(`${"long ".repeat(30)}\u001b[2J`));
    const { stdout } = await listener.ended;

    const time = new Date(Date.UTC(2026, 10, 22, 12)).toTimeString().slice(0, 8);
    const [heading = "", ...lines] = stdout.trimEnd().split("\n");
    expect(heading).toMatch(/^TIME {6}EVENT {5}USER {2}SUMMARY {2,}ANSWER$/);
    expect(heading.indexOf("ANSWER")).toBe(lines[0]?.search(/200 +\d+ ms$/));
    expect(lines[0]?.replace(/ +\d+ ms$/, "")).toMatch(
      new RegExp(`^${time}  posts     101   .*200$`),
    );
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[1]).toContain("…");
    expect(stdout).not.toContain("\u001b[2J");
  });

  test("says what each column is once, also on a narrow terminal", async ({ listen, expect }) => {
    const listener = await listen("--receive-only --exit-after 2", { tty: true, columns: 60 });
    await post(`${listener.url}/`, envelope("Hello"));
    await post(`${listener.url}/`, envelope("long ".repeat(30)));
    const { stdout, stderr } = await listener.ended;

    expect(stdout.match(/TIME {6}EVENT {5}USER {2}SUMMARY\n/g)).toHaveLength(1);
    for (const line of `${stdout}${stderr}`.split("\n")) {
      expect(line.length).toBeLessThanOrEqual(60);
    }
    const json = await listen("--receive-only --exit-after 1 --json");
    await post(`${json.url}/`, envelope("Hello"));
    const { stdout: events, stderr: said } = await json.ended;
    expect(events.trimEnd().split("\n")).toHaveLength(1);
    expect(said).not.toContain("Columns");
  });

  test("says that a handshake came and was answered, and only counts more of them", async ({
    listen,
    expect,
  }) => {
    const listener = await listen("--receive-only --exit-after 1");
    for (let number = 0; number < 3; number += 1) {
      const headers = { "Validation-Token": "token" };
      const answer = await fetch(`${listener.url}/`, { method: "POST", headers });
      expect(answer.headers.get("Validation-Token")).toBe("token");
    }
    await post(`${listener.url}/`, envelope("Hello"));
    const { stderr } = await listener.ended;
    expect(stderr.match(/^Answered a validation request.*$/gm)).toEqual([
      "Answered a validation request with 200 and its Validation-Token.",
    ]);
  });

  test("prints the whole payload with -v", async ({ listen, expect }) => {
    const listener = await listen("--receive-only -v --exit-after 1", { tty: true });
    await post(`${listener.url}/`, envelope("Hello"));
    const { stdout } = await listener.ended;
    expect(stdout).toContain('\n    "event": "/team-messaging/v1/posts",\n');
    expect(stdout).toContain('\n      "text": "Hello",\n');
  });

  test("answers other paths 404 and other methods 405, and counts what it ignores", async ({
    clock,
    listen,
    expect,
  }) => {
    const listener = await listen("--receive-only --path /in");
    expect((await post(`${listener.url}/..%2f..%2fetc/passwd`, "x")).status).toBe(404);
    expect((await fetch(`${listener.url}/in`)).status).toBe(405);
    expect((await post(`${listener.url}/in`, "{")).status).toBe(200);
    expect((await post(`${listener.url}/in?rcwh-listen=1`, envelope("x"))).status).toBe(200);
    expect((await post(`${listener.url}/in/`, envelope("y"))).status).toBe(200);
    expect((await post(`${listener.url}/`, envelope("z"))).status).toBe(404);
    clock.advance(11_000);
    expect((await post(`${listener.url}/x`, envelope("z"))).status).toBe(404);
    await listener.untilPrinted(2);
    const { stderr } = await listener.stop();
    expect(stderr.match(/Ignored a request for .*\n/g)).toEqual([
      "Ignored a request for /..%2f..%2fetc/passwd (404, expected /in).\n",
      "Ignored a request for /x (404, expected /in); 3 so far.\n",
    ]);
    expect(stderr).toContain("Ignored a delivery: the body is not JSON.\n");
  });
});

describe("rcwh listen refuses", () => {
  const refusals: readonly (readonly [string, string])[] = [
    ["", "Which events? Add --filter."],
    ["--filter nonsense", "nonsense"],
    ["--filter posts --receive-only", "--receive-only creates no subscription"],
    ["--receive-only --url ftp://example.com", "must be an http or https URL"],
    ["--filter posts --url http://example.com/hook", "only to https"],
    ["--filter webinar-sessions", "RingCentral sends no webinar events over a WebSocket"],
    [
      "--receive-only --port 70000",
      'Invalid --port value "70000": must be a whole number from 0 to 65535.',
    ],
    [
      "--receive-only --reject-status 99",
      'Invalid --reject-status value "99": must be a whole number from 200 to 599.',
    ],
    [
      "--receive-only --buffer 0",
      'Invalid --buffer value "0": must be a whole number from 1 to 1000000.',
    ],
    ["--receive-only --forward-to localhost:3000/in?…", "localhost:3000/in?… is not a whole URL"],
    ["--receive-only --forward-to ftp://x", "must be a port or an http or https URL"],
    ["--receive-only --exit-after 0", "must be more than 0"],
    ["--receive-only --exit-after soon", "--exit-after"],
    ["--receive-only --path /a?b", "must be the path of a URL"],
    ["--receive-only -o csv", "`rcwh listen` cannot print csv"],
    [
      "--receive-only --port 0 --record /nowhere/at/all",
      "Cannot write to the --record file /nowhere/at/all",
    ],
  ];
  for (const [flags, message] of refusals) {
    test(flags || "no flags", async ({ emulator, rcwh, expect }) => {
      const { exitCode, stdout, stderr } = await rcwh(`listen ${flags}`.trim());
      expect(stderr).toContain(message);
      expect(stdout).toBe("");
      expect(exitCode).toBe(ExitCode.usage);
      expect(emulator.requests).toEqual([]);
    });
  }

  test("to forward to itself", async ({ begin, expect }) => {
    const listener = await begin("--receive-only --forward-to {port}");
    const { exitCode, stderr } = await listener.ended;
    expect(stderr).toContain("it is this listener's own address");
    expect(exitCode).toBe(ExitCode.usage);
  });

  test("a host that is not this machine", async ({ rcwh, expect }) => {
    const { exitCode, stderr } = await rcwh("listen --receive-only --host 192.0.2.1");
    expect(stderr).toContain(
      "error: 192.0.2.1 is not an address of this machine (EADDRNOTAVAIL).\nhint: Use another one, such as --host 127.0.0.1",
    );
    expect(exitCode).toBe(ExitCode.failure);
  });

  test("an empty verification token, without naming flags of other commands", async ({
    rcwh,
    expect,
  }) => {
    for (const command of ["listen --receive-only", "trigger sms --to http://127.0.0.1:9/"]) {
      const words = [...command.split(" "), "--verification-token", ""];
      const { exitCode, stderr } = await rcwh(words);
      expect(stderr).toContain(
        "error: The verification token is empty.\nhint: Use visible ASCII characters without spaces.\n",
      );
      expect(exitCode).toBe(ExitCode.usage);
    }
  });

  test("a port that is in use", async ({ listen, rcwh, expect }) => {
    const { port } = await listen("--receive-only");
    const { exitCode, stderr } = await rcwh(`listen --receive-only --port ${port}`);
    expect(stderr).toContain(
      `error: Port ${port} is already in use.\nhint: Process ${process.pid} holds it. Use another port, or --port 0 to pick a free one.\n`,
    );
    expect(exitCode).toBe(ExitCode.unavailable);
  });
});
