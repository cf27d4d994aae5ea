import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { selectRecorded } from "../../src/deliveries/recorded-events.ts";
import { Interruption } from "../../src/errors.ts";
import { toRecordingLine } from "../../src/listener/recording.ts";
import type { ReceivedEvent } from "../../src/listener/source.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { now, test } from "../support/rcwh.ts";

const extension = "/restapi/v1.0/account/1/extension/2";

/** An event received `at` milliseconds after the first one. */
function received(number: number, event: string, at: number, body: unknown = {}): ReceivedEvent {
  const envelope = {
    uuid: `00000000-0000-4000-8000-00000000000${number}`,
    event,
    timestamp: new Date(now + at).toISOString(),
    subscriptionId: "b",
    ownerId: "2",
    body,
  };
  return {
    receivedAt: now - 3_600_000 + at,
    transport: "WebHook",
    headers: { "user-agent": "RingCentral-Webhook/8.4", "x-request-id": `${number}` },
    text: JSON.stringify(envelope),
    event: envelope,
  };
}

const recorded = [
  received(1, `${extension}/message-store/instant?type=SMS`, 0, { subject: "One" }),
  received(2, `${extension}/presence?detailedTelephonyState=true`, 4000),
  received(3, `${extension}/voicemail`, 4500),
  received(4, "/team-messaging/v1/posts", 64_500, { text: "Four" }),
];

const recording = `${recorded.map((event) => toRecordingLine(event)).join("\n")}\n`;

async function writeRecording(directory: string, text = recording): Promise<string> {
  const path = join(directory, "events.ndjson");
  await writeFile(path, text);
  return path;
}

describe("rcwh replay", () => {
  test("sends recorded events again, in order and with their gaps", async ({
    rcwh,
    endpoint,
    clock,
    directory,
    expect,
  }) => {
    const path = await writeRecording(directory);
    const result = await rcwh(`replay ${path} --to ${endpoint.url}`);

    expect(result.exitCode).toBe(0);
    expect(result.stdout.split("\n").map((line) => line.split("\t")[1])).toEqual([
      "00000000-0000-4000-8000-000000000001",
      "00000000-0000-4000-8000-000000000002",
      "00000000-0000-4000-8000-000000000003",
      "00000000-0000-4000-8000-000000000004",
      undefined,
    ]);
    expect(result.stderr).toMatch(/^4 deliveries, 4 accepted; p50 \d+ ms, max \d+ ms\.\n$/);
    expect(endpoint.events).toEqual(recorded.map(({ event }) => event));
    expect(clock.sleeps).toEqual([4000, 500, 60_000]);
  });

  for (const [speed, sleeps] of [
    ["10x", [400, 50, 6000]],
    ["0.5x", [8000, 1000, 120_000]],
    ["max", []],
  ] as const) {
    test(`keeps to --speed ${speed}`, async ({ rcwh, endpoint, clock, directory, expect }) => {
      const path = await writeRecording(directory);
      await rcwh(`replay ${path} --speed ${speed} --to ${endpoint.url}`);

      expect(endpoint.events).toHaveLength(4);
      expect(clock.sleeps).toEqual(sleeps);
    });
  }

  test("copes with times that go back and with events without a time", async ({
    rcwh,
    endpoint,
    clock,
    expect,
  }) => {
    const filter = "/team-messaging/v1/posts";
    const lines = [0, 4000, 1000, 5000].map((at, number) =>
      toRecordingLine(received(number, filter, at)),
    );
    const [first = "", second = "", ...others] = lines;
    const stdin = [first, second, JSON.stringify({ event: filter, body: {} }), ...others].join(
      "\n",
    );

    await rcwh(`replay - --to ${endpoint.url}`, { stdin });
    expect(endpoint.events).toHaveLength(5);
    expect(clock.sleeps).toEqual([4000, 1000]);
  });

  test("sends headers and text unchanged", async ({ rcwh, directory, expect }) => {
    const requests: unknown[] = [];
    await using endpoint = await httpEndpoint(async (request, response) => {
      const { headers } = request;
      requests.push({ headers, text: (await request.toArray()).join("") });
      response.end();
    });
    const path = await writeRecording(directory);
    await rcwh(`replay ${path} --filter sms --to ${endpoint.url}`);

    expect(requests).toMatchObject([
      {
        text: recorded[0]?.text,
        headers: {
          "user-agent": "RingCentral-Webhook/8.4",
          "x-request-id": "1",
          "content-type": "application/json; charset=UTF-8",
        },
      },
    ]);
  });

  for (const [flags, numbers] of [
    ["--filter sms,voicemail", ["1", "3"]],
    ["--filter */presence* --filter posts", ["2", "4"]],
    ["--filter account/~/extension/~/voicemail", ["3"]],
    ["--filter presence", ["2"]],
    ["--filter presence-sip", []],
    ["--filter glip/posts", ["4"]],
    ["--filter fax", []],
    ["--since 2026-11-22T11:00:04Z", ["2", "3", "4"]],
    ["--since 59m --filter posts", ["4"]],
    ["--until 2026-11-22T11:00:04Z", ["1", "2"]],
    ["--since 1m", []],
  ] as const) {
    test(`selects with ${flags}`, async ({ rcwh, endpoint, directory, expect }) => {
      const path = await writeRecording(directory);
      const command = `replay ${path} --speed max --to ${endpoint.url} -o ndjson ${flags}`;
      const { exitCode, stdout, stderr } = await rcwh(command);

      const uuids = stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).uuid);
      expect(uuids.map((uuid) => uuid.slice(-1))).toEqual(numbers);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    });
  }

  test("says that no event matches", async ({ rcwh, endpoint, directory, expect }) => {
    const path = await writeRecording(directory);

    expect(await rcwh(`replay ${path} --filter fax --to ${endpoint.url}`)).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No event in the recording matches.\n",
    });
  });

  test("reads bare envelopes from a pipe", async ({ rcwh, endpoint, clock, expect }) => {
    const stdin = recorded.map(({ text }) => text).join("\n");

    const result = await rcwh(`replay - --speed 10x --to ${endpoint.url}`, { stdin });
    expect(result.exitCode).toBe(0);
    expect(endpoint.events).toHaveLength(4);
    expect(clock.sleeps).toEqual([400, 50, 6000]);
  });

  test("stops at a line that it cannot read and reports how many events it sent", async ({
    rcwh,
    endpoint,
    directory,
    expect,
  }) => {
    const [first, second] = recorded.map((event) => toRecordingLine(event));
    const path = await writeRecording(directory, `${first}\n\n${second}\n{"half\n${first}\n`);

    const { exitCode, stderr } = await rcwh(`replay ${path} --speed max --to ${endpoint.url} -q`);
    expect({ exitCode, stderr }).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Cannot read line 4 of /tmp/rcwh-test/events.ndjson: it is not JSON. The 2 events before it were sent.
      hint: Use a file that \`rcwh listen --record events.ndjson\` wrote, or skip such lines with \`rcwh replay --skip-bad-lines\`.
      ",
      }
    `);
    expect(endpoint.events).toHaveLength(2);

    const dry = await rcwh(`replay ${path} --dry-run`);
    expect(dry).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(/^POST\n/) });
  });

  test("skips lines that are not events with --skip-bad-lines, and warns", async ({
    rcwh,
    endpoint,
    directory,
    expect,
  }) => {
    const [first, second] = recorded.map((event) => toRecordingLine(event));
    const odd = '{"receivedAt":"2026-11-22T12:00:00.000Z","event":{"noevent":1}}';
    const path = await writeRecording(directory, `${first}\n${odd}\n{"half\n${second}\n`);

    const strict = await rcwh(`replay ${path} --speed max --to ${endpoint.url} -q`);
    expect(strict).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        "Cannot read line 2 of /tmp/rcwh-test/events.ndjson: it is not a recorded event. The event before it was sent.",
      ),
    });
    const { exitCode, stderr } = await rcwh(
      `replay ${path} --speed max --to ${endpoint.url} --skip-bad-lines`,
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      "warning: Cannot read line 2 of /tmp/rcwh-test/events.ndjson: it is not a recorded event. Skipped.\nwarning: Cannot read line 3 of /tmp/rcwh-test/events.ndjson: it is not JSON. Skipped.\n",
    );
    expect(endpoint.events).toHaveLength(3);
  });

  test("continues after an answer that RingCentral would not accept and ends with 7", async ({
    rcwh,
    directory,
    expect,
  }) => {
    let count = 0;
    await using endpoint = await httpEndpoint((_, response) => {
      count += 1;
      response.writeHead(count === 1 ? 503 : 200).end();
    });
    const path = await writeRecording(directory);

    const { exitCode, stdout } = await rcwh(
      `replay ${path} --speed max --to ${endpoint.url} --json`,
    );
    expect(exitCode).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({
      deliveries: [{ status: 503, accepted: false }, {}, {}, { accepted: true }],
      summary: { sent: 4, accepted: 3 },
    });
  });

  test("can be interrupted between two events", async ({ rcwh, endpoint, directory, expect }) => {
    const stop = new AbortController();
    const path = await writeRecording(directory);
    const onOutput = () => stop.abort(new Interruption());

    const { exitCode, stdout } = await rcwh(`replay ${path} --to ${endpoint.url}`, {
      signal: stop.signal,
      onOutput,
    });
    expect(exitCode).toBe(130);
    expect(stdout.match(/\n/g)).toHaveLength(1);
    expect(endpoint.events).toHaveLength(1);
  });

  test("asks before it sends to another machine and respects the maximum rate", async ({
    rcwh,
    clock,
    directory,
    expect,
  }) => {
    const path = await writeRecording(directory);
    const to = "--speed max --to https://hook.invalid/a?key=1";

    expect(await rcwh(`replay ${path} ${to}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Send the events of /tmp/rcwh-test/events.ndjson to https://hook.invalid/a?…, which is not on this machine? Cannot prompt for confirmation here. Nothing was sent.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    const { exitCode } = await rcwh(`replay ${path} ${to} --yes --max-rate 4/s -q`);
    expect(exitCode).toBe(6);
    expect(clock.sleeps).toEqual([250, 250, 250]);
  });

  test("prints the requests with --dry-run", async ({ rcwh, endpoint, directory, expect }) => {
    const path = await writeRecording(directory);

    expect(await rcwh(`replay ${path} --filter posts --dry-run`)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Nothing was sent (--dry-run).
      ",
        "stdout": "POST
      Accept: application/json
      Accept-Encoding: UTF-8
      Content-Type: application/json; charset=UTF-8
      user-agent: RingCentral-Webhook/8.4
      x-request-id: 4
      Content-Length: 179

      {
        "uuid": "00000000-0000-4000-8000-000000000004",
        "event": "/team-messaging/v1/posts",
        "timestamp": "2026-11-22T12:01:04.500Z",
        "subscriptionId": "b",
        "ownerId": "2",
        "body": {
          "text": "Four"
        }
      }
      ",
      }
    `);
    expect(endpoint.events).toEqual([]);
  });

  test("reads no more of a recording than it needs", async ({ clock, expect }) => {
    const line = toRecordingLine(received(1, "/team-messaging/v1/posts", 0));
    let chunks = 0;
    async function* endless() {
      for (;;) {
        chunks += 1;
        yield `${line}\n`;
      }
    }
    const { signal } = new AbortController();

    const events = selectRecorded(
      "-",
      {},
      { clock, signal, io: { stdin: endless(), warn: () => {} } },
    );
    for (let count = 0; count < 3; count++) await events.next();
    expect(chunks).toBe(3);
  });

  for (const [words, message] of [
    [["--speed", "fast"], 'Invalid --speed value "fast": must be max or a multiple of 1x.'],
    [["--speed", "0x"], 'Invalid --speed value "0x": must be max or a multiple of 1x.'],
    [
      ["--since", "yesterday"],
      'Invalid --since value "yesterday": must be a date and time, or a duration before now.',
    ],
    [["--filter", "smss"], 'Unknown event filter "smss".'],
    [["--max-rate", "5"], 'Invalid --max-rate value "5": must be a number per unit of time.'],
    [
      ["--to", "emulator"],
      'Invalid --to value "emulator": must be a URL or a target that --help lists.',
    ],
  ] as const) {
    test(`refuses ${words.join(" ")}`, async ({ rcwh, endpoint, directory, expect }) => {
      const path = await writeRecording(directory);
      const to = words[0] === "--to" ? [] : ["--to", endpoint.url];
      const { exitCode, stdout, stderr } = await rcwh(["replay", path, ...to, ...words]);

      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr).toContain(`error: ${message}`);
      expect(endpoint.events).toEqual([]);
    });
  }

  test("refuses a missing file", async ({ rcwh, endpoint, expect }) => {
    expect(await rcwh(`replay missing.ndjson --to ${endpoint.url}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Cannot read missing.ndjson: no such file or directory.
      hint: Name a recording, or use - for standard input.
      ",
        "stdout": "",
      }
    `);
  });
});
