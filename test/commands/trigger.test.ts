import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { Interruption } from "../../src/errors.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { splitUri } from "../../src/filters/uri.ts";
import { openLease } from "../../src/listener/leases.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { test as base } from "../support/rcwh.ts";

interface Fixtures {
  /** Makes `url` look like a running `rcwh listen` of this user. */
  readonly listening: (url: string, verificationToken?: string) => Promise<void>;
}

const test = base.extend<Fixtures>({
  listening: async ({ clock, directory }, use) => {
    const env = { RCWH_CONFIG_DIR: join(directory, "config") };
    const { signal } = new AbortController();
    const installation = { node: "", nodeVersion: "", script: "", host: "here", user: undefined };
    const { pid, platform } = process;
    const context = { env, platform, clock, signal, pid, installation };
    const ends: (() => Promise<void>)[] = [];
    await use(async (url, verificationToken) => {
      const token = verificationToken === undefined ? {} : { verificationToken };
      const terms = { transport: "none", lifetime: 3600, url, ...token } as const;
      const lease = await openLease(terms, context);
      ends.push(() => lease.end());
    });
    for (const end of ends) await end();
  },
});

/** Times differ from run to run, and so do their widths. */
function withSteadyTimes(text: string): string {
  return text
    .replaceAll(/\b\d+ ms {2,}/g, "7 ms     ")
    .replaceAll(/\b\d+ ms\b/g, "7 ms")
    .replaceAll(/\b\d+ B\b/g, "99 B");
}

const noCredentials = { RCWH_SERVER: "", RCWH_CLIENT_ID: "", RCWH_CLIENT_SECRET: "", RCWH_JWT: "" };

describe("rcwh trigger", () => {
  test("sends a sample event and prints the endpoint's answer", async ({
    rcwh,
    endpoint,
    expect,
  }) => {
    const result = await rcwh(`trigger sms --seed 7 --to ${endpoint.url}`, { tty: true });

    expect({ ...result, stdout: withSteadyTimes(result.stdout) }).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "STATUS  TIME     SIZE     EVENT
      200     7 ms     99 B    sms  Wei Zhang: "Do you have winter tyres in 28 inch?"
      ",
      }
    `);
    expect(endpoint.events).toMatchObject([
      {
        uuid: expect.stringMatching(/^[1-9]\d{16,18}$/),
        event:
          "/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS",
        timestamp: "2026-11-22T12:00:00.000Z",
        ownerId: "7000000001",
        body: { type: "SMS", direction: "Inbound" },
      },
    ]);
  });

  test("prints a row per delivery in machine formats", async ({ rcwh, endpoint, expect }) => {
    const tsv = await rcwh(`trigger dnd --seed 7 --to ${endpoint.url}`);
    expect(tsv).toMatchObject({ exitCode: 0, stderr: "" });
    expect(tsv.stdout.replace(/\n$/, "").split("\t")).toEqual([
      "/restapi/v1.0/account/4000000001/extension/7000000001/presence/dnd",
      expect.stringMatching(/^[1-9]\d{16,18}$/),
      "200",
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+$/),
      "true",
      "",
      "",
      "",
    ]);

    const json = await rcwh(`trigger dnd --count 2 --to ${endpoint.url} --json`);
    expect(json).toMatchObject({ exitCode: 0, stderr: "" });
    const row = {
      event: "/restapi/v1.0/account/4000000001/extension/7000000001/presence/dnd",
      uuid: expect.any(String),
      status: 200,
      milliseconds: expect.any(Number),
      bytes: expect.any(Number),
      accepted: true,
    };
    expect(JSON.parse(json.stdout)).toEqual({
      schemaVersion: 1,
      deliveries: [row, row],
      summary: { sent: 2, accepted: 2, p50: expect.any(Number), max: expect.any(Number) },
    });

    const ndjson = await rcwh(`trigger dnd --count 2 --to ${endpoint.url} -o ndjson`);
    expect(
      ndjson.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([row, row]);
    const csv = await rcwh(`trigger dnd --to ${endpoint.url} -o csv`);
    expect(csv.stdout).toMatch(/^event,uuid,status,milliseconds,bytes,accepted,problem,/);
  });

  test("generates the same events for the same seed", async ({ rcwh, endpoint, expect }) => {
    for (const seed of ["7", "7", "8"]) {
      await rcwh(`trigger posts --count 3 --seed ${seed} --to ${endpoint.url}`);
    }

    const [first, second, third] = [0, 3, 6].map((from) => endpoint.events.slice(from, from + 3));
    expect(first).toEqual(second);
    expect(first).not.toEqual(third);
    expect(new Set(first?.map((event) => JSON.stringify(event))).size).toBe(3);
  });

  test("sets values and adds missing members", async ({ rcwh, endpoint, expect }) => {
    const result = await rcwh([
      ...["trigger", "sms", "--to", endpoint.url],
      ...["--set", "body.subject=Hi=there", "--set", "body.to[1].name=Carol"],
      ...[
        "--set",
        "body.conversation.id=5",
        "--set",
        "ownerId=9",
        "--set",
        "body.new.deep[0]=null",
      ],
      ...["--set", "body.__proto__.polluted=yes"],
    ]);

    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(endpoint.events).toMatchObject([
      {
        ownerId: 9,
        body: {
          type: "SMS",
          subject: "Hi=there",
          to: [{ target: true }, { name: "Carol" }],
          conversation: { id: 5, uri: expect.any(String) },
          new: { deep: [null] },
        },
      },
    ]);
    expect(JSON.stringify(endpoint.events)).toContain('"__proto__":{"polluted":"yes"}');
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  test("sends the given event data", async ({ rcwh, endpoint, directory, expect }) => {
    const path = join(directory, "body.json");
    await writeFile(path, '{"from":"file"}');

    await rcwh(["trigger", "posts", "--to", endpoint.url, "--body", '{"text":"Hi"}']);
    await rcwh(["trigger", "posts", "--to", endpoint.url, "--body", `@${path}`]);
    await rcwh(["trigger", "posts", "--to", endpoint.url, "--body", "@-"], { stdin: "[1]" });
    // An unknown filter needs data.
    await rcwh(["trigger", "account/~/extension/~/tea", "--to", endpoint.url, "--body", "{}"]);

    expect(endpoint.events).toMatchObject([
      { event: "/team-messaging/v1/posts", body: { text: "Hi" } },
      { body: { from: "file" } },
      { body: [1] },
      { event: "/restapi/v1.0/account/4000000001/extension/7000000001/tea", body: {} },
    ]);
  });

  test("keeps the given rate and prints a summary", async ({ rcwh, endpoint, clock, expect }) => {
    const result = await rcwh(`trigger dnd --count 5 --rate 2/s --to ${endpoint.url}`);

    expect(clock.sleeps).toEqual([500, 500, 500, 500]);
    expect(endpoint.events).toHaveLength(5);
    expect(withSteadyTimes(result.stderr)).toBe("5 deliveries, 5 accepted; p50 7 ms, max 7 ms.\n");
  });

  test("does not wait for answers with --rate", async ({ rcwh, expect }) => {
    let [underWay, most] = [0, 0];
    await using endpoint = await httpEndpoint((_, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        response.end();
      }, 50);
    });

    await rcwh(`trigger dnd --count 10 --to ${endpoint.url}`);
    expect(most).toBe(1);
    await rcwh(`trigger dnd --count 10 --rate 1000/s --to ${endpoint.url}`);
    expect(most).toBe(10);
  });

  test("sends the verification token and prints it nowhere", async ({ rcwh, expect }) => {
    const tokens: unknown[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      tokens.push(request.headers["verification-token"]);
      response.end();
    });
    const to = `--to ${endpoint.url}`;

    const sent = await rcwh(`trigger dnd ${to} --verification-token-file -`, { stdin: "s3cret\n" });
    const planned = await rcwh(`trigger dnd ${to} --dry-run --verification-token s3cret`);

    expect(tokens).toEqual(["s3cret"]);
    expect(sent).toMatchObject({ exitCode: 0, stderr: "" });
    expect(planned.stdout).toContain("\nVerification-Token: …\n");
    expect(JSON.stringify([sent, planned])).not.toContain("s3cret");
  });

  test("ends with 6 and the reason when RingCentral would not accept the answer", async ({
    rcwh,
    expect,
  }) => {
    await using endpoint = await httpEndpoint((_, response) => response.writeHead(404).end());

    const shown = await rcwh(`trigger dnd --seed 7 --to ${endpoint.url}/hook?key=1`, { tty: true });
    const steady = (text: string) =>
      withSteadyTimes(text).replaceAll(endpoint.url, "http://endpoint");
    expect({
      exitCode: shown.exitCode,
      stdout: steady(shown.stdout),
      stderr: steady(shown.stderr),
    }).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "error: RingCentral would not accept the answer from
      http://endpoint/hook?…: Webhook responses with code: [404], reason: [Not
      Found].
      hint: Answer 200 within 3 s and 1024 bytes; check all rules with
      \`rcwh check 'http://endpoint/hook?…'\`.
      ",
        "stdout": "STATUS  TIME     SIZE     EVENT
      404     7 ms     99 B    dnd  DoNotAcceptAnyCalls
        ✗ Webhook responses with code: [404], reason: [Not Found]
      ",
      }
    `);

    const json = await rcwh(`trigger dnd --to ${endpoint.url} --json`);
    expect(JSON.parse(json.stdout).deliveries).toMatchObject([
      {
        status: 404,
        accepted: false,
        problem: "Webhook responses with code: [404], reason: [Not Found]",
      },
    ]);
    expect(JSON.parse(json.stderr).error).toMatchObject({ code: "DELIVERY_FAILED", exitCode: 6 });
  });

  test("ends with 7 when RingCentral would not accept some answers", async ({ rcwh, expect }) => {
    let count = 0;
    await using endpoint = await httpEndpoint((_, response) => {
      count += 1;
      response.writeHead(count === 2 ? 500 : 200).end();
    });

    const { exitCode, stderr } = await rcwh(`trigger dnd --count 3 --to ${endpoint.url} --json`);
    expect(exitCode).toBe(7);
    expect(JSON.parse(stderr).error.message).toBe(
      `RingCentral would not accept 1 of 3 answers from ${endpoint.url}. The last one: Webhook responses with code: [500], reason: [Internal Server Error].`,
    );
  });

  test("reports what it has sent when interrupted", async ({ rcwh, expect }) => {
    const stop = new AbortController();
    let count = 0;
    await using endpoint = await httpEndpoint((_, response) => {
      count += 1;
      if (count < 3) response.end();
      else stop.abort(new Interruption());
    });

    const { signal } = stop;
    const result = await rcwh(`trigger dnd --count 9 --to ${endpoint.url} --json`, { signal });
    expect(result.exitCode).toBe(130);
    expect(JSON.parse(result.stdout)).toMatchObject({ summary: { sent: 2, accepted: 2 } });
  });

  test("does the handshake first with --handshake", async ({ rcwh, endpoint, expect }) => {
    const good = await rcwh(`trigger dnd --handshake --to ${endpoint.url}`);
    expect(good).toMatchObject({ exitCode: 0, stderr: "" });
    expect(endpoint.handshakes()).toBeGreaterThan(0);
    expect(endpoint.events).toHaveLength(1);

    const events: unknown[] = [];
    await using bad = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"] === undefined) events.push(request.url);
      response.end();
    });
    const refused = await rcwh(`trigger dnd --handshake --to ${bad.url}`);
    expect(refused).toMatchObject({ exitCode: 6, stdout: "" });
    expect(refused.stderr).toMatch(/fails RingCentral's handshake: .*Nothing was sent\./);
    expect(events).toEqual([]);
  });

  test("prints the requests with --dry-run", async ({ rcwh, endpoint, expect }) => {
    const to = ["--to", `${endpoint.url}?key=1`];
    const body = ["--body", '{"dndStatus":"TakeAllCalls"}'];
    const text = await rcwh(["trigger", "dnd", "--dry-run", "--seed", "7", ...body, ...to]);
    const { host } = new URL(endpoint.url);
    const stdout = text.stdout.replace(`Host: ${host}`, "Host: 127.0.0.1:50100");
    expect({ ...text, stdout }).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing was sent (--dry-run).
      ",
        "stdout": "POST http://127.0.0.1:50100/hook?…
      Host: 127.0.0.1:50100
      Accept: application/json
      Accept-Encoding: UTF-8
      User-Agent: RingCentral-Webhook/8.3
      Content-Type: application/json; charset=UTF-8
      Content-Length: 261

      {
        "uuid": "5377567283086228008",
        "event": "/restapi/v1.0/account/4000000001/extension/7000000001/presence/dnd",
        "timestamp": "2026-11-22T12:00:00.000Z",
        "subscriptionId": "9b871015-1718-4196-b761-b92395cd811f",
        "ownerId": "7000000001",
        "body": {
          "dndStatus": "TakeAllCalls"
        }
      }
      ",
      }
    `);

    const json = await rcwh(["trigger", "dnd", "--dry-run", "--json", "--count", "2", ...body]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      requests: [{ method: "POST", body: { body: { dndStatus: "TakeAllCalls" } } }, {}],
    });
    expect(endpoint.events).toEqual([]);
  });
});

describe("rcwh trigger without --to", () => {
  test("sends to the running listener, with the token that it expects", async ({
    rcwh,
    listening,
    expect,
  }) => {
    const tokens: unknown[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      tokens.push(request.headers["verification-token"]);
      response.end();
    });
    await listening(`${endpoint.url}/hook`, "s3cret");

    expect(await rcwh("trigger dnd")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await rcwh("trigger dnd --to listen")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(tokens).toEqual(["s3cret", "s3cret"]);
  });

  test("refuses to choose between several listeners", async ({ rcwh, listening, expect }) => {
    await listening("http://127.0.0.1:1/a");
    await listening("http://127.0.0.1:2/b");

    const { exitCode, stderr } = await rcwh("trigger dnd");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: More than one `rcwh listen` is running: http:.* and http:.*\.\nhint: Choose one, such as --to http:/,
    );
  });

  test("sends through the emulator when the profile's server is one", async ({
    emulator,
    rcwh,
    endpoint,
    expect,
  }) => {
    const none = await rcwh("trigger posts");
    expect(none).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No subscription in the emulator matches /team-messaging/v1/posts.\n",
    });

    await rcwh(`create --filter posts --url ${endpoint.url}/lost`);
    const [lost] = emulator.state().subscriptions;
    emulator.blacklist(lost?.id ?? "");
    for (const command of ["trigger posts", "emulator event posts"]) {
      expect((await rcwh(command)).stderr).toBe(
        "No active subscription in the emulator matches /team-messaging/v1/posts; 1 delivers nothing: see `rcwh emulator state`.\n",
      );
    }
    await rcwh(`delete ${lost?.id} --yes`);

    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const words = ["trigger", "posts", "--set", "body.text=Hello", "--json"];
    const { exitCode, stdout, stderr } = await rcwh(words);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(JSON.parse(stdout).deliveries).toEqual([
      {
        event: "/team-messaging/v1/posts",
        uuid: expect.any(String),
        subscriptionId: expect.any(String),
        address: "http://127.0.0.1:50100/hook",
        status: 200,
        accepted: true,
      },
    ]);
    expect(endpoint.events).toMatchObject([{ body: { text: "Hello" } }]);
  });

  test("works with the profile emulator, which needs no server", async ({
    rcwh,
    endpoint,
    expect,
  }) => {
    const env = { ...noCredentials, RCWH_PROFILE: "emulator" };
    await rcwh(`create --filter sms --url ${endpoint.url}`, { env });

    const { exitCode, stdout, stderr } = await rcwh("trigger sms --count 2", { env });
    expect({ exitCode, lines: stdout.trimEnd().split("\n").length }).toEqual({
      exitCode: 0,
      lines: 2,
    });
    expect(stderr).toBe("2 deliveries, 2 accepted.\n");
    expect(endpoint.events).toHaveLength(2);
  });

  test("says what to do when there is nowhere to send to", async ({ rcwh, expect }) => {
    expect(await rcwh("trigger sms", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: No target for the events: no \`rcwh listen\` is running, and this profile's server is not an emulator.
      hint: Name an endpoint, such as --to http://127.0.0.1:8080/hook, start \`rcwh listen --receive-only\`, or use --to emulator.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("trigger sms --to listen", { env: noCredentials })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: No \`rcwh listen\` of this user is running.
      hint: Start \`rcwh listen --receive-only\`, or name an endpoint, such as --to http://127.0.0.1:8080/hook.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh trigger to another machine", () => {
  // A reserved name: it never resolves (RFC 6761).
  const to = "--to https://hook.invalid/a?key=1";

  test("asks for confirmation first", async ({ rcwh, expect }) => {
    expect(await rcwh(`trigger sms --count 3 ${to}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Send 3 events to https://hook.invalid/a?…, which is not on this machine? Cannot prompt for confirmation here. Nothing was sent.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh(`trigger sms ${to}`, { tty: true, answers: [false] })).toMatchObject({
      exitCode: 9,
      stdout: "",
    });
  });

  test("respects the maximum rate", async ({ rcwh, clock, expect }) => {
    expect(await rcwh(`trigger sms --rate 11/s ${to} --yes`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --rate 11/s is above the limit of 10/s for https://hook.invalid/a?….
      hint: Lower --rate, or raise the limit with --max-rate 11/s.
      ",
        "stdout": "",
      }
    `);
    expect(clock.sleeps).toEqual([]);

    const { exitCode } = await rcwh(`trigger sms --count 3 ${to} --yes --json`);
    expect(exitCode).toBe(6);
    expect(clock.sleeps).toEqual([100, 100]);
  });

  test("refuses http", async ({ rcwh, expect }) => {
    expect(await rcwh("trigger sms --to http://example.com/hook --yes")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid --to value "http://example.com/hook": RingCentral delivers over https; http works on this machine only.
      hint: Use the endpoint's https address.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh trigger refuses", () => {
  for (const [words, message] of [
    [["smss"], 'Unknown event filter "smss".'],
    [
      ["sms", "--to", "elsewhere"],
      'Invalid --to value "elsewhere": must be a URL or a target that --help lists.',
    ],
    [
      ["sms", "--count", "0"],
      'Invalid --count value "0": must be a whole number from 1 to 9999999.',
    ],
    [
      ["sms", "--rate", "5", "--to", "http://127.0.0.1:1"],
      'Invalid --rate value "5": must be a number per unit of time.',
    ],
    [
      ["sms", "--rate", "0/s", "--to", "http://127.0.0.1:1"],
      'Invalid --rate value "0/s": must be a number per unit of time.',
    ],
    [
      ["sms", "--max-rate", "x", "--to", "http://127.0.0.1:1"],
      'Invalid --max-rate value "x": must be a number per unit of time.',
    ],
    [["sms", "--set", "body"], 'Invalid --set value "body": must be path=value.'],
    [["sms", "--set", "body..a=1"], 'Invalid --set value "body..a=1": "body..a" is not a path.'],
    [
      ["sms", "--set", "body[1000]=1"],
      'Invalid --set value "body[1000]=1": array indexes must be below 1000.',
    ],
    [
      ["sms", "--set", `${"a.".repeat(100)}a=1`],
      `Invalid --set value "${"a.".repeat(100)}a=1": a path may have 100 steps.`,
    ],
    [["sms", "--body", "{"], "The --body value is not JSON: "],
    [
      ["sms", "--body", "@missing.json"],
      "--body: cannot read missing.json: no such file or directory.",
    ],
    [
      ["sms", "--handshake"],
      "--handshake cannot be used with an emulator, which has its own envelopes",
    ],
    [
      ["sms", "--set", "uuid=1"],
      "--set uuid cannot be used with an emulator, which has its own envelopes",
    ],
  ] as const) {
    test(words.join(" "), async ({ rcwh, endpoint, expect }) => {
      const { exitCode, stdout, stderr } = await rcwh(["trigger", ...words]);

      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr).toContain(`error: ${message}`);
      expect(endpoint.events).toEqual([]);
    });
  }
});

describe("rcwh trigger --dry-run", () => {
  for (const { aliases, filter } of catalogue) {
    const spelling = aliases[0] ?? splitUri(filter).path;
    const name = spelling === "sms-v2-messages" ? `${spelling}?direction=Inbound` : spelling;
    const placeholder = /\{(?!accountId|extensionId)\w+\}/g;
    const isOpen = placeholder.test(filter) && name !== "reminder";
    const wanted =
      name === "reminder"
        ? "reminder:3d/12h"
        : isOpen
          ? filter.replaceAll(placeholder, "123")
          : name;
    test(`generates an event of ${wanted}`, async ({ rcwh, expect }) => {
      const { exitCode, stderr } = await rcwh(["trigger", wanted, "--dry-run", "-q"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    });
  }

  test("offers --body for an unknown filter", async ({ rcwh, expect }) => {
    const { exitCode, stderr } = await rcwh("trigger /restapi/v1.0/nothing --dry-run");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("or give the event data with --body <json>.");
    expect(stderr).not.toContain("--allow-unknown-filter");
    const own = await rcwh(["trigger", "/restapi/v1.0/nothing", "--dry-run", "--body", "{}"]);
    expect(own.exitCode).toBe(0);
  });

  for (const [words, number] of [
    [["--set", "body.id=12345678901234567890"], "--set body.id: the number 12345678901234567890"],
    [["--set", 'body.x=["1",-9007199254740993]'], "--set body.x: the number -9007199254740993"],
    [["--set", "body.id=1e400"], "--set body.id: the number 1e400"],
    [["--body", '{"id":12345678901234567890}'], "--body: the number 12345678901234567890"],
    [["--body", `[${"9".repeat(400)}]`], `--body: the number ${"9".repeat(40)}…`],
  ] as const) {
    test(`refuses ${words[0]} with ${number}`, async ({ rcwh, expect }) => {
      const { exitCode, stdout, stderr } = await rcwh(["trigger", "sms", "--dry-run", ...words]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr).toContain(`error: ${number} is too large to send exactly.`);
    });
  }

  test("accepts exact numbers and digits in strings", async ({ rcwh, expect }) => {
    for (const value of ["9007199254740991", "1e20", "-0.5", '"12345678901234567890"', "12:345"]) {
      const { exitCode } = await rcwh(["trigger", "sms", "--dry-run", "--set", `body.x=${value}`]);
      expect([value, exitCode]).toEqual([value, 0]);
    }
  });
});
