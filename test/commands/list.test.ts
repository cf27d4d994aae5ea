import { writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, vi } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import type { View } from "../../src/io/io.ts";
import { timeOf } from "../../src/subscriptions/time.ts";
import { type Fixtures, now, type RunOptions, test } from "../support/rcwh.ts";
import { share } from "../support/share.ts";
import {
  answerList,
  ownFilters,
  subscribe,
  subscription,
  takeRequests,
  withoutProgress,
} from "../support/subscriptions.ts";

const platform = "GET /restapi/v1.0/subscription";
const webinar = "GET /webinar/notifications/v1/subscriptions";

const healthy = subscription("3f2a91bc", {
  hours: 20,
  eventFilters: [ownFilters.sms, ownFilters.presence],
  deliveryMode: {
    transportType: "WebHook",
    encryption: false,
    address: "https://hooks.example.com/ringcentral/production/eu-west?token=s3cr3t",
  },
});
const blacklisted = subscription("91bc3f2a", {
  hours: 50,
  status: "Blacklisted",
  blacklistedData: { blacklistedAt: "2026-11-21T03:04:05.000Z", reason: "Read timed out" },
});
const partlyDisabled = subscription("a0b1c2d3", {
  hours: 87_600,
  disabledFilters: [
    {
      filter: ownFilters.voicemail,
      reason: "SUB-412",
      message: "Extension permission [Voicemail] is missing",
    },
  ],
});
const three = [partlyDisabled, healthy, blacklisted];

describe("rcwh list", () => {
  test("shows a table at 200 columns, soonest to expire first", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, three);
    expect(await rcwh("list", { tty: true, columns: 200 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 delivers nothing: fix the endpoint, then run \`rcwh recover 91bc3f2a-1111-4111-8111-111111111111\`.
      1 has disabled filters: see what is missing with \`rcwh show a0b1c2d3-1111-4111-8111-111111111111\`.
      ! 1 is due for renewal: run \`rcwh renew\`.
      ",
        "stdout": "ID                                    STATUS       EXPIRES     URL                                                         FILTERS
      3f2a91bc-1111-4111-8111-111111111111  Active       in 20 h !   https://hooks.example.com/ringcentral/production/eu-west?…  account/~/extension/~/message-store/instant?type=SMS
                                                                                                                                 account/~/extension/~/presence
      91bc3f2a-1111-4111-8111-111111111111  Blacklisted  in 2 d 2 h  https://example.com/ringcentral                             /team-messaging/v1/posts
      a0b1c2d3-1111-4111-8111-111111111111  Active       in 10 y     https://example.com/ringcentral                             /team-messaging/v1/posts
                                                                                                                                 account/~/extension/~/voicemail (disabled)
      ",
      }
    `);
  });

  test("wraps filters and addresses at 120 columns", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, three);
    expect(await rcwh("list", { tty: true, columns: 120 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 delivers nothing: fix the endpoint, then run \`rcwh recover 91bc3f2a-1111-4111-8111-111111111111\`.
      1 has disabled filters: see what is missing with \`rcwh show a0b1c2d3-1111-4111-8111-111111111111\`.
      ! 1 is due for renewal: run \`rcwh renew\`.
      ",
        "stdout": "ID                                    STATUS       EXPIRES     URL                          FILTERS
      3f2a91bc-1111-4111-8111-111111111111  Active       in 20 h !   https://hooks.example.com/   account/~/extension/~/
                                                                     ringcentral/production/      message-store/instant
                                                                     eu-west?…                    ?type=SMS
                                                                                                  account/~/extension/~/
                                                                                                  presence
      91bc3f2a-1111-4111-8111-111111111111  Blacklisted  in 2 d 2 h  https://example.com/         /team-messaging/v1/posts
                                                                     ringcentral
      a0b1c2d3-1111-4111-8111-111111111111  Active       in 10 y     https://example.com/         /team-messaging/v1/posts
                                                                     ringcentral                  account/~/extension/~/
                                                                                                  voicemail (disabled)
      ",
      }
    `);
  });

  test("puts addresses and filters below their row at 80 columns", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, three);
    expect(await rcwh("list", { tty: true, columns: 80 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 delivers nothing: fix the endpoint, then run
      \`rcwh recover 91bc3f2a-1111-4111-8111-111111111111\`.
      1 has disabled filters: see what is missing with
      \`rcwh show a0b1c2d3-1111-4111-8111-111111111111\`.
      ! 1 is due for renewal: run \`rcwh renew\`.
      ",
        "stdout": "ID                                    STATUS       EXPIRES
      3f2a91bc-1111-4111-8111-111111111111  Active       in 20 h !
        https://hooks.example.com/ringcentral/production/eu-west?…
        account/~/extension/~/message-store/instant?type=SMS
        account/~/extension/~/presence
      91bc3f2a-1111-4111-8111-111111111111  Blacklisted  in 2 d 2 h
        https://example.com/ringcentral
        /team-messaging/v1/posts
      a0b1c2d3-1111-4111-8111-111111111111  Active       in 10 y
        https://example.com/ringcentral
        /team-messaging/v1/posts
        account/~/extension/~/voicemail (disabled)
      ",
      }
    `);
  });

  test("shows a card for each subscription at 60 columns", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, three);
    expect(await rcwh("list", { tty: true, columns: 60 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 delivers nothing: fix the endpoint, then run
      \`rcwh recover 91bc3f2a-1111-4111-8111-111111111111\`.
      1 has disabled filters: see what is missing with
      \`rcwh show a0b1c2d3-1111-4111-8111-111111111111\`.
      ! 1 is due for renewal: run \`rcwh renew\`.
      ",
        "stdout": "id:      3f2a91bc-1111-4111-8111-111111111111
      status:  Active
      expires: in 20 h !
      url:     https://hooks.example.com/ringcentral/production/
               eu-west?…
      filters: account/~/extension/~/message-store/instant
               ?type=SMS
               account/~/extension/~/presence

      id:      91bc3f2a-1111-4111-8111-111111111111
      status:  Blacklisted
      expires: in 2 d 2 h
      url:     https://example.com/ringcentral
      filters: /team-messaging/v1/posts

      id:      a0b1c2d3-1111-4111-8111-111111111111
      status:  Active
      expires: in 10 y
      url:     https://example.com/ringcentral
      filters: /team-messaging/v1/posts
               account/~/extension/~/voicemail (disabled)
      ",
      }
    `);
  });

  test("fits narrow and wide terminals and never cuts an id", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const other = { transportType: "WebSocket", encryption: false };
    answerList(emulator, [...three, subscription("beef", { deliveryMode: other })]);
    for (const columns of [60, 79, 80, 121, 200]) {
      const { stdout } = await rcwh("list", { tty: true, columns });
      const widest = Math.max(...stdout.split("\n").map((line) => line.length));
      expect(widest).toBeLessThanOrEqual(columns);
      for (const { id } of three) expect(stdout).toContain(id);
      expect(stdout).not.toMatch(/[ \t]$/m);
    }
  });

  test("takes a terminal's width from COLUMNS", async ({ emulator, signedIn, rcwh, expect }) => {
    answerList(emulator, [blacklisted]);
    const env = { ...signedIn, COLUMNS: "60" };
    expect(await rcwh("list", { tty: true, columns: 200, env })).toEqual({
      exitCode: ExitCode.ok,
      stdout:
        "id:      91bc3f2a-1111-4111-8111-111111111111\n" +
        "status:  Blacklisted\n" +
        "expires: in 2 d 2 h\n" +
        "url:     https://example.com/ringcentral\n" +
        "filters: /team-messaging/v1/posts\n",
      stderr: `1 delivers nothing: fix the endpoint, then run\n\`rcwh recover ${blacklisted.id}\`.\n`,
    });
  });

  test("prints TSV without a heading in a pipe", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, three);
    expect(await rcwh("list")).toEqual({
      exitCode: ExitCode.ok,
      stdout: [
        [
          healthy.id,
          "Active",
          "2026-11-23T08:00:00.000Z",
          "WebHook",
          "https://hooks.example.com/ringcentral/production/eu-west?…",
          `${ownFilters.sms},${ownFilters.presence}`,
          "environment",
          "platform",
        ],
        [
          blacklisted.id,
          "Blacklisted",
          "2026-11-24T14:00:00.000Z",
          "WebHook",
          "https://example.com/ringcentral",
          ownFilters.posts,
          "environment",
          "platform",
        ],
        [
          partlyDisabled.id,
          "Active",
          "2036-11-19T12:00:00.000Z",
          "WebHook",
          "https://example.com/ringcentral",
          ownFilters.posts,
          "environment",
          "platform",
        ],
      ]
        .map((cells) => `${cells.join("\t")}\n`)
        .join(""),
      stderr: "",
    });
  });

  test("prints CSV with a heading", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [healthy]);
    expect(await rcwh("list -o csv", { tty: true })).toEqual({
      exitCode: ExitCode.ok,
      stdout:
        "id,status,expirationTime,transportType,address,eventFilters,profile,api\n" +
        `${healthy.id},Active,2026-11-23T08:00:00.000Z,WebHook,https://hooks.example.com/ringcentral/production/eu-west?…,"${ownFilters.sms},${ownFilters.presence}",environment,platform\n`,
      stderr: "",
    });
  });

  test("prints one JSON object with the server's own keys and whole addresses", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, three);
    const { stdout, ...rest } = await rcwh("list --json", { tty: true });
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      subscriptions: [healthy, blacklisted, partlyDisabled].map((each) => ({
        ...each,
        profile: "environment",
        api: "platform",
      })),
    });
  });

  test("prints one JSON object per line for ndjson", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, three);
    const { stdout, ...rest } = await rcwh("list -o ndjson");
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [healthy, blacklisted, partlyDisabled].map((each) => ({
        ...each,
        profile: "environment",
        api: "platform",
      })),
    );
  });

  test("prints YAML", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [healthy]);
    expect(await rcwh("list -o yaml")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "schemaVersion: 1
      subscriptions:
        - id: 3f2a91bc-1111-4111-8111-111111111111
          uri: https://platform.ringcentral.com/restapi/v1.0/subscription/3f2a91bc
          eventFilters:
            - /restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS
            - /restapi/v1.0/account/4000000001/extension/7000000001/presence
          creationTime: "2026-11-21T12:00:00.000Z"
          expirationTime: "2026-11-23T08:00:00.000Z"
          expiresIn: 72000
          status: Active
          deliveryMode:
            transportType: WebHook
            encryption: false
            address: https://hooks.example.com/ringcentral/production/eu-west?token=s3cr3t
          profile: environment
          api: platform
      ",
      }
    `);
  });

  test("takes the format from -o, then from RCWH_OUTPUT", async ({
    emulator,
    signedIn,
    rcwh,
    expect,
  }) => {
    answerList(emulator, []);
    const env = { ...signedIn, RCWH_OUTPUT: "json" };
    const json = '{\n  "schemaVersion": 1,\n  "subscriptions": []\n}\n';
    expect(await rcwh("list", { env })).toEqual({ exitCode: 0, stdout: json, stderr: "" });
    expect(await rcwh("list -o csv", { env })).toEqual({
      exitCode: ExitCode.ok,
      stdout: "id,status,expirationTime,transportType,address,eventFilters,profile,api\n",
      stderr: "No subscriptions. Create one with `rcwh create --filter posts --url https://…`.\n",
    });
  });

  test("refuses an unknown format before any request", async ({ emulator, rcwh, expect }) => {
    expect(await rcwh("list -o xml")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        'error: Invalid --output value "xml": use table, tsv, json, ndjson, csv or yaml.\n' +
        "hint: See `rcwh help output`.\n",
    });
    expect(emulator.requests).toEqual([]);
  });

  test("colours healthy and failing statuses when colours are on", async ({
    emulator,
    signedIn,
    rcwh,
    expect,
  }) => {
    answerList(emulator, three);
    const coloured = { ...signedIn, NO_COLOR: "" };
    const forced = { ...signedIn, NO_COLOR: "1", FORCE_COLOR: "1" };
    const { stdout } = await rcwh("list", { tty: true, columns: 120, env: coloured });
    expect(stdout).toContain("\u001b[32mActive\u001b[39m");
    expect(stdout).toContain("\u001b[31mBlacklisted\u001b[39m");
    expect(stdout).toContain("\u001b[33mvoicemail (disabled)\u001b[39m");
    expect(stdout).toContain("\u001b[33min 20 h !\u001b[39m");
    expect((await rcwh("list -o table", { env: forced })).stdout).toContain("\u001b[31m");
    expect((await rcwh("list", { tty: true })).stdout).not.toContain("\u001b");
    expect((await rcwh("list --no-color", { tty: true, env: forced })).stdout).not.toContain(
      "\u001b",
    );
    expect((await rcwh("list", { env: coloured })).stdout).not.toContain("\u001b");
  });

  test("marks what renew would find due, by its recorded lifetime, for people only", async ({
    clock,
    endpoint,
    signedIn,
    elsewhere,
    rcwh,
    expect,
  }) => {
    const create = (filter: string, lifetime: string, env: Readonly<Record<string, string>>) =>
      rcwh(`create --filter ${filter} --url ${endpoint.url} --expires-in ${lifetime}`, { env });
    await create("posts", "7d", signedIn);
    await create("sms", "7d", elsewhere);
    await create("voicemail", "6d", signedIn);
    const expiries = async () =>
      (await rcwh("list", { tty: true, columns: 200 })).stdout.match(/(?:in|expired) .*?(?= {2})/g);
    const advance = (hours: number) => clock.advance(hours * 3_600_000);

    // A third of seven days is 56 h, of six 48 h; what is not on record is due 48 h before its end.
    advance(95);
    expect(await expiries()).toEqual(["in 2 d 1 h", "in 3 d 1 h", "in 3 d 1 h"]);
    advance(2);
    expect(await expiries()).toEqual(["in 1 d 23 h !", "in 2 d 23 h", "in 2 d 23 h"]);
    advance(16);
    const { stdout, stderr } = await rcwh("list", { tty: true });
    expect(stdout.match(/!$/gm)).toHaveLength(2);
    expect(stderr).toBe("! 2 are due for renewal: run `rcwh renew`.\n");
    const documents = await rcwh("list --json");
    expect(documents.stderr).toBe("");
    expect(documents.stdout).not.toMatch(/due/i);
    expect((await rcwh("renew")).stdout.match(/\trenewed\t/g)).toHaveLength(2);
    expect((await rcwh("list", { tty: true })).stderr).toBe("");
  });

  test("marks nothing that others keep alive", async ({ emulator, rcwh, expect }) => {
    const marker = "0123456789abcdef01234567";
    const address = `https://example.com/hook?rcwh-listen=${marker}`;
    answerList(emulator, [
      subscription("3f2a", { hours: 1, deliveryMode: { transportType: "WebHook", address } }),
      subscription("91bc", { hours: 1, deliveryMode: { transportType: "WebSocket" } }),
    ]);
    const { stdout, stderr } = await rcwh("list", { tty: true });
    expect(stdout).not.toContain("!");
    expect(stderr).toBe("");
  });

  test("reports an empty list and how to create a subscription", async ({ rcwh, expect }) => {
    const stderr =
      "No subscriptions. Create one with `rcwh create --filter posts --url https://…`.\n";
    const guided = "No subscriptions. Create one with `rcwh create`.\n";
    expect(await rcwh("list", { tty: true })).toEqual({ exitCode: 0, stdout: "", stderr: guided });
    expect(await rcwh("list --no-input", { tty: true })).toMatchObject({ stderr });
    expect(await rcwh("list")).toEqual({ exitCode: 0, stdout: "", stderr });
    expect(await rcwh("list -q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(await rcwh("ls")).toEqual({ exitCode: 0, stdout: "", stderr });
  });

  test("hides an address's secrets in tables unless --show-secrets is given", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const address = "https://user:pass@example.com/hook?token=s3cr3t#s3cr3t";
    const deliveryMode = { transportType: "WebHook", address };
    answerList(emulator, [subscription("3f2a", { deliveryMode })]);
    for (const command of [
      "list",
      "list -o csv",
      "list -o table",
      "show 3f2a",
      "show 3f2a -o table",
    ]) {
      const { stdout } = await rcwh(command);
      expect(stdout).toContain("https://…@example.com/hook?…#…");
      expect((await rcwh(`${command} --show-secrets`)).stdout).toContain(address);
    }
    for (const format of ["json", "ndjson", "yaml"]) {
      expect((await rcwh(`list -o ${format}`)).stdout).toContain(address);
    }
  });

  test("removes control characters from the server's text", async ({ emulator, rcwh, expect }) => {
    const hostile = subscription("3f2a", {
      status: "Active\u001b[2J\u001b]0;title\u0007",
      eventFilters: ["=cmd()\tX\nY"],
      deliveryMode: { transportType: "WebHook\u202e", address: "=HYPERLINK(\u009b31m)" },
    });
    answerList(emulator, [hostile]);
    const { id } = hostile;
    expect(await rcwh("list")).toEqual({
      exitCode: ExitCode.ok,
      stdout: `${id}\tActive\t2026-11-28T12:00:00.000Z\tWebHook \t=HYPERLINK()\t=cmd() X Y\tenvironment\tplatform\n`,
      stderr: "",
    });
    expect((await rcwh("list -o csv")).stdout).toContain(
      `${id},Active,2026-11-28T12:00:00.000Z,"WebHook ",'=HYPERLINK(),'=cmd() X Y,environment,platform\n`,
    );
    expect((await rcwh("list", { tty: true })).stdout).toBe(
      "ID                                    STATUS  EXPIRES  TRANSPORT\n" +
        `${id}  Active  in 6 d   WebHook\n` +
        "  =HYPERLINK()\n" +
        "  =cmd() X Y\n",
    );
    for (const format of ["json", "ndjson", "yaml"]) {
      const { stdout } = await rcwh(`list -o ${format}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(stdout).toContain("\\u001b[2J");
    }
  });

  test("uses the server's clock instead of the local one", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    emulator.clock.advance(6 * 86_400_000);
    const { stdout, ...rest } = await rcwh("list", { tty: true });
    const stderr = "! 1 is due for renewal: run `rcwh renew`.\n";
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr });
    expect(stdout).toContain("  in 1 d !\n");
    expect((await rcwh("list --expiring-within 25h")).stdout).not.toBe("");
    expect((await rcwh("list --expiring-within 23h", { tty: true })).stdout).toBe("");
  });

  test("shows the transport and the API when they differ", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, {
      api: "webinar",
      eventFilters: ["/webinar/runtime/v1/company/sessions/state"],
    });
    const { stdout } = await rcwh("list --api all", { tty: true, columns: 200 });
    expect(stdout).toMatchInlineSnapshot(`
      "ID                                    STATUS  EXPIRES  URL                          FILTERS                                     API
      00000004-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts                    platform
      00000008-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  /webinar/runtime/v1/company/sessions/state  webinar
      "
    `);
  });
});

describe("rcwh list selects", () => {
  const cases: readonly (readonly [flags: string, found: readonly string[]])[] = [
    ["--status active", ["3f2a91bc", "a0b1c2d3"]],
    ["--status unhealthy", ["91bc3f2a"]],
    ["--status blacklisted", ["91bc3f2a"]],
    ["--expiring-within 48h", ["3f2a91bc"]],
    ["--url https://example.com/*", ["91bc3f2a", "a0b1c2d3"]],
    ["--url https://hooks.example.com/ringcentral/production/eu-west?…", ["3f2a91bc"]],
    ["--filter account/~/presence", []],
    ["--filter account/~/extension/~/presence", ["3f2a91bc"]],
    ["--filter team-messaging/*", ["91bc3f2a", "a0b1c2d3"]],
    ["--filter *voicemail", ["a0b1c2d3"]],
    ["--filter posts", ["91bc3f2a", "a0b1c2d3"]],
    ["--filter voicemail", ["a0b1c2d3"]],
    ["--filter a2p-batch", []],
    ["--transport webhook", ["3f2a91bc", "91bc3f2a", "a0b1c2d3"]],
    ["--transport WebSocket", []],
    ["--status active --filter team-messaging/v1/posts", ["a0b1c2d3"]],
  ];
  for (const [flags, found] of cases) {
    test(`by ${flags}`, async ({ emulator, rcwh, expect }) => {
      answerList(emulator, three);
      const { stdout, stderr, exitCode } = await rcwh(`list ${flags}`);
      expect(stdout.split("\n").flatMap((line) => line.slice(0, 8) || [])).toEqual(found);
      expect(stderr).toBe(found.length === 0 ? "No subscription matches.\n" : "");
      expect(exitCode).toBe(ExitCode.ok);
    });
  }

  test("nothing for an invalid duration, and sends no request", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    expect(await rcwh("list --expiring-within soon")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        'error: Invalid --expiring-within value "soon": must be a duration.\n' +
        "hint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y.\n",
    });
    expect(emulator.requests).toEqual([]);
  });
});

describe("rcwh list queries", () => {
  test("the platform API alone", async ({ emulator, rcwh, expect }) => {
    await rcwh("list");
    expect(takeRequests(emulator)).toEqual([platform]);
  });

  test("the APIs given with --api", async ({ emulator, rcwh, expect }) => {
    await rcwh("list --api webinar");
    expect(takeRequests(emulator)).toEqual([webinar]);
    await rcwh("list --api all");
    expect(takeRequests(emulator)).toEqual([platform, webinar]);
    await rcwh("list --api platform");
    expect(takeRequests(emulator)).toEqual([platform]);
  });

  test("the webinar API too if a webinar subscription is on record", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter webinar-state --url ${endpoint.url}`);
    takeRequests(emulator);
    const { stdout } = await rcwh("list");
    expect(takeRequests(emulator)).toEqual([platform, webinar]);
    expect(stdout).toMatch(/\twebinar\n$/);
  });

  test("no API that is unknown", async ({ emulator, rcwh, expect }) => {
    expect(await rcwh("list --api all,of-them")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        'error: Invalid --api value "all,of-them": use platform, webinar or all.\nhint: See `rcwh --help`.\n',
    });
    expect(emulator.requests).toEqual([]);
  });
});

describe("rcwh list --watch", () => {
  test("redraws the table on a terminal until interrupted", async ({
    emulator,
    clock,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [healthy]);
    const { result } = watchScreen(rcwh, "list --watch", { until: (frames) => frames === 2 });
    const { exitCode, stdout, stderr } = await result;
    const table =
      "\u001b[KID                                    STATUS  EXPIRES\n" +
      `\u001b[K${healthy.id}  Active  in 20 h !\n` +
      "\u001b[K  https://hooks.example.com/ringcentral/production/eu-west?…\n" +
      "\u001b[K  account/~/extension/~/message-store/instant?type=SMS\n" +
      "\u001b[K  account/~/extension/~/presence\n" +
      "\u001b[J! 1 is due for renewal: run `rcwh renew`.\u001b[?7h\n";
    // What was on the screen goes into the scrollback.
    expect(stdout).toBe(
      "\n".repeat(23) +
        `\u001b[H\u001b[?7l\u001b[K${timeOf(now)}, every 30 s. Press Ctrl-C to stop.\n${table}` +
        `\u001b[H\u001b[?7l\u001b[K${timeOf(now + 30_000)}, every 30 s. Press Ctrl-C to stop.\n${table}`,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: ExitCode.interrupted, stderr: "" });
    expect(clock.sleeps).toEqual([30_000]);
  });

  test("has the time of the user's zone in its heading", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, []);
    vi.stubEnv("TZ", "Asia/Kolkata");
    try {
      const { frames, result } = watchScreen(rcwh, "list --watch 1m");
      await result;
      expect(frames[0]).toEqual([
        "17:30:00, every 1 min. Press Ctrl-C to stop.",
        "No subscriptions. Create one with `rcwh create`.",
      ]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("fits the terminal, soonest to expire first, and says how many more there are", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [
      subscription("91bc3f2a", { hours: 900, status: "Blacklisted" }),
      ...many(26),
    ]);
    const { frames, result } = watchScreen(rcwh, "list --watch", { columns: 80, rows: 24 });
    await result;
    expect(frames[0]?.slice(1).join("\n")).toMatchInlineSnapshot(`
      "ID                                    STATUS  EXPIRES
      00000001-1111-4111-8111-111111111111  Active  in 4 d 4 h
        https://example.com/ringcentral
        /team-messaging/v1/posts
      00000002-1111-4111-8111-111111111111  Active  in 4 d 5 h
        https://example.com/ringcentral
        /team-messaging/v1/posts
      00000003-1111-4111-8111-111111111111  Active  in 4 d 6 h
        https://example.com/ringcentral
        /team-messaging/v1/posts
      00000004-1111-4111-8111-111111111111  Active  in 4 d 7 h
        https://example.com/ringcentral
        /team-messaging/v1/posts
      00000005-1111-4111-8111-111111111111  Active  in 4 d 8 h
        https://example.com/ringcentral
        /team-messaging/v1/posts
      00000006-1111-4111-8111-111111111111  Active  in 4 d 9 h
        https://example.com/ringcentral
        /team-messaging/v1/posts
      +21 more (1 Blacklisted)
      1 delivers nothing: fix the endpoint, then run
      \`rcwh recover 91bc3f2a-1111-4111-8111-111111111111\`."
    `);
  });

  test("fits every terminal, and counts what it leaves out", async ({ emulator, rcwh, expect }) => {
    const manyFilters = Array.from({ length: 90 }, (_, n) => `${ownFilters.sms}&direction=${n}`);
    const [first, ...others] = many(27);
    if (!first) throw new Error("There are 27.");
    answerList(emulator, [{ ...first, eventFilters: manyFilters }, ...others]);
    const sizes = share(
      [60, 80, 200].flatMap((columns) =>
        Array.from({ length: 70 }, (_, index) => [columns, index + 1] as const),
      ),
      3,
    );
    const { frames, result } = watchScreen(rcwh, "list --watch", {
      async resized(view, resize) {
        for (const [columns, rows] of sizes) {
          resize(columns, rows);
          await view.redraw();
        }
      },
    });
    await result;

    expect(frames).toHaveLength(1 + sizes.length);
    for (const [index, [columns, rows]] of sizes.entries()) {
      const frame = frames[index + 1] ?? [];
      const size = `${columns} × ${rows}`;
      expect(frame.length, size).toBeLessThanOrEqual(Math.max(1, rows - 1));
      for (const line of frame) expect(line.length, size).toBeLessThanOrEqual(columns);
      const shown = frame.filter((line) => /^(?:id: +)?[0-9a-f]{8}-1111/.test(line)).length;
      const [, more = "0"] = /^\+(\d+) more$/m.exec(frame.join("\n")) ?? [];
      if (rows > 3) expect(shown + Number(more), size).toBe(27);
      // The one with 90 filters leaves room for others.
      if (rows > 20) expect(shown, size).toBeGreaterThan(1);
    }
  });

  test("comes back after Ctrl-Z and fits a resized terminal", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, many(27));
    const { frames, result } = watchScreen(rcwh, "list --watch", {
      columns: 80,
      rows: 24,
      async resized(view, resize) {
        resize(200, 10);
        await view.redraw();
        view.stop?.();
        await view.redraw();
      },
    });
    const { stdout } = await result;
    const [tall, wide, resumed] = frames;
    expect(tall?.at(-1)).toBe("+21 more");
    expect(wide).toHaveLength(9);
    expect(wide?.at(-1)).toBe("+21 more");
    expect(resumed).toEqual(wide);
    // The shell's lines are kept.
    expect(stdout.split(home)[2]?.endsWith(`\u001b[?7h\n${"\n".repeat(9)}`)).toBe(true);
  });

  test("shows an outage until it is over, and what was listed before", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const { frames, result } = watchScreen(rcwh, "list --watch", {
      rows: 24,
      until(count) {
        const refuse = () => new Response("", { status: 503 });
        if (count === 1) emulator.intercept(refuse, 6);
        return count === 4;
      },
    });
    const { stderr } = withoutProgress(await result);
    const [first, second, third, fourth] = frames;
    const message = "RingCentral could not list the subscriptions: Service Unavailable (HTTP 503);";
    expect(second?.slice(0, 3).join(" ")).toContain(
      `warning: ${message} trying again in 30 s. The list is from ${timeOf(now)}.`,
    );
    expect(second?.slice(-3)).toEqual(first?.slice(-3));
    expect(third?.slice(0, 3).join(" ")).toContain(`warning: ${message}`);
    expect(third?.join("\n").match(/warning:/g)).toHaveLength(1);
    expect(fourth?.join("\n")).not.toContain("warning:");
    expect(fourth).toHaveLength(first?.length ?? 0);
    expect(stderr).toBe("");
  });

  test("shows the accounts that can be listed, and all of before while none can", async ({
    emulator,
    endpoint,
    server,
    directory,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const path = join(directory, "accounts.ndjson");
    const line = (user: number, clientSecret = "emulator-secret") =>
      `${JSON.stringify({ profile: `acme-${user}`, server, clientId: "emulator-client", clientSecret, jwt: `user-${user}` })}\n`;
    await writeFile(path, line(1) + line(2));
    const { frames, result } = watchScreen(rcwh, `list --watch --profiles-from ${path}`, {
      columns: 200,
      rows: 24,
      env: {},
      until(count) {
        if (count === 1) writeFileSync(path, line(1) + line(3, "wrong"));
        const refuse = () => new Response("", { status: 503 });
        if (count === 2) emulator.intercept(refuse, Number.POSITIVE_INFINITY);
        return count === 3;
      },
    });
    await result;
    const [all, some, none] = frames.map((frame) => frame.join("\n"));
    expect(all).not.toContain("warning:");
    expect(some).toContain(
      "warning: 1 of 2 accounts was not listed:\n  acme-3: RingCentral refused",
    );
    expect(some).not.toContain("The list is from");
    expect(none).toContain("warning: 2 of 2 accounts were not listed");
    expect(none).toContain("The list is from");
    for (const frame of [all, some, none]) expect(frame).toContain(id);
  });

  test("leaves room for rows below an outage of many accounts", async ({
    emulator,
    endpoint,
    server,
    directory,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const path = join(directory, "accounts.ndjson");
    const credentials = { server, clientId: "emulator-client", clientSecret: "wrong" };
    const wrong = Array.from({ length: 40 }, (_, user) => ({
      ...credentials,
      profile: `acme-${user + 2}`,
      jwt: `user-${user + 2}`,
    }));
    const right = {
      ...credentials,
      profile: "acme-1",
      clientSecret: "emulator-secret",
      jwt: "user-1",
    };
    const lines = [right, ...wrong].map((account) => `${JSON.stringify(account)}\n`);
    await writeFile(path, lines.join(""));
    const { frames, result } = watchScreen(rcwh, `list --watch --profiles-from ${path}`, {
      columns: 120,
      rows: 12,
      env: {},
    });
    await result;
    expect(frames[0]?.join("\n")).toContain("warning: 40 of 41 accounts were not listed");
    expect(frames[0]?.join("\n")).toContain(id);
  });

  test("shows what can be done about the rows where there is room", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    answerList(emulator, [{ ...healthy, eventFilters: [ownFilters.posts] }, ...many(20)]);
    const { frames, result } = watchScreen(rcwh, "list --watch", {
      async resized(view, resize) {
        for (const rows of [7, 6]) {
          resize(80, rows);
          await view.redraw();
        }
      },
    });
    await result;
    const note = "! 1 is due for renewal: run `rcwh renew`.";
    expect(frames.map((frame) => frame.at(-1))).toEqual([note, note, "+20 more"]);
  });

  test("shows an outage on the screen also where stderr goes elsewhere", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    emulator.intercept(() => new Response("", { status: 503 }), Number.POSITIVE_INFINITY);
    const { frames, result } = watchScreen(rcwh, "list --watch", { stderrIsFile: true });
    const { stderr } = await result;
    expect(frames[0]?.join(" ")).toContain("warning: RingCentral could not sign in");
    expect(stderr).toMatch(/^warning: .*; trying again in 30 s\.\n$/);
  });

  test("keeps warnings on the screen, with their time", async ({
    emulator,
    endpoint,
    directory,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    await rcwh("list -q");
    const path = join(directory, "config/config.json");
    await writeFile(path, "not JSON");
    const { frames, result } = watchScreen(rcwh, "list --watch", {
      columns: 200,
      until: (count) => count === 3,
    });
    const { stderr } = await result;
    expect(stderr).toBe("");
    expect(frames).toHaveLength(3);
    for (const frame of frames) {
      expect(frame[1]).toMatch(`${timeOf(now)} warning: `);
      expect(frame[1]).toContain("config.json");
    }
  });

  test("prints below the screen what it could not show there", async ({
    emulator,
    endpoint,
    directory,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    await rcwh("list -q");
    await writeFile(join(directory, "config/config.json"), "not JSON");
    const { frames, result } = watchScreen(rcwh, "list --watch", { columns: 80, rows: 3 });
    const { stderr } = await result;
    expect(frames[0]?.join("\n")).not.toContain("warning:");
    expect(stderr).toMatch(/^warning: .*config\.json/);
  });

  test.for([
    ["without TERM", "list --watch", { TERM: "" }],
    ["with a trace of every request", "list --watch --debug", {}],
  ] as const)("appends %s", async ([, command, env], { emulator, signedIn, rcwh, expect }) => {
    answerList(emulator, [healthy]);
    const stop = new AbortController();
    const { stdout } = await rcwh(command, {
      tty: true,
      env: { ...signedIn, ...env },
      signal: stop.signal,
      onOutput: (text) => text.startsWith("ID") && stop.abort(new Interruption()),
    });
    expect(stdout).toMatch(`${timeOf(now)}, every 30 s. Press Ctrl-C to stop.\nID  `);
    expect(stdout).not.toContain("\u001b");
  });

  test("appends in a pipe and on a dumb terminal", async ({ emulator, signedIn, rcwh, expect }) => {
    answerList(emulator, [blacklisted]);
    const row = `${blacklisted.id}\tBlacklisted\t2026-11-24T14:00:00.000Z\tWebHook\thttps://example.com/ringcentral\t/team-messaging/v1/posts\tenvironment\tplatform\n`;
    let stop = new AbortController();
    let rows = 0;
    const onOutput = () => {
      rows += 1;
      if (rows === 3) stop.abort(new Interruption());
    };
    expect(await rcwh("list --watch 5s", { signal: stop.signal, onOutput })).toEqual({
      exitCode: ExitCode.interrupted,
      stdout: row.repeat(3),
      stderr: "",
    });

    stop = new AbortController();
    const env = { ...signedIn, TERM: "dumb" };
    const dumb = { tty: true, env, signal: stop.signal, onOutput: () => stop.abort() };
    expect((await rcwh("list --watch", dumb)).stdout).not.toContain("\u001b");
  });

  test("runs longer than the default deadline", async ({ emulator, clock, rcwh, expect }) => {
    answerList(emulator, [blacklisted]);
    const stop = new AbortController();
    const onOutput = () => {
      if (clock.now() - now >= 3_600_000) stop.abort(new Interruption());
    };
    const result = await rcwh("list --watch 5m -o ndjson", { signal: stop.signal, onOutput });
    expect(result.exitCode).toBe(ExitCode.interrupted);
    expect(JSON.parse(result.stderr).error.code).toBe("INTERRUPTED");
    expect(result.stdout.trimEnd().split("\n")).toHaveLength(13);
  });

  test("ends by --deadline", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, []);
    expect(await rcwh("list --watch 10s --deadline 25s -q")).toEqual({
      exitCode: ExitCode.unavailable,
      stdout: "",
      stderr:
        "error: Could not list the subscriptions: the run's deadline has passed.\n" +
        "hint: Allow the run more time, such as `--deadline 5m`.\n",
    });
  });

  test("reports temporary errors and lists again", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    const stop = new AbortController();
    let rows = 0;
    const onOutput = () => {
      rows += 1;
      if (rows === 1) {
        emulator.intercept(
          ({ method }) => (method === "GET" ? new Response("", { status: 503 }) : undefined),
          3,
        );
      }
      if (rows === 2) stop.abort(new Interruption());
    };
    const { stdout, stderr, exitCode } = await rcwh("list --watch", {
      signal: stop.signal,
      onOutput,
    });
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(stderr).toMatchInlineSnapshot(`
      "warning: RingCentral could not list the subscriptions: Service Unavailable (HTTP 503); trying again in 30 s.
      "
    `);
    expect(exitCode).toBe(ExitCode.interrupted);
  });

  test("ends when access is refused", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    const onOutput = () => {
      const refuse = () =>
        Response.json({ errorCode: "OAU-140", message: "Invalid resource owner" }, { status: 401 });
      emulator.intercept(refuse, Number.POSITIVE_INFINITY);
      emulator.reset();
    };
    const { stdout, stderr, exitCode } = await rcwh("list --watch", { onOutput });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatchInlineSnapshot(`
      "error: RingCentral refused to sign in: Invalid resource owner (OAU-140)
      hint: Create a JWT credential in the Developer Console that permits this app, then correct RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.
      "
    `);
    expect(exitCode).toBe(ExitCode.auth);
  });

  test("leaves the screen as it is if nothing can ever be listed", async ({
    signedIn,
    rcwh,
    expect,
  }) => {
    const env = { ...signedIn, RCWH_CLIENT_SECRET: "wrong" };
    const { stdout, stderr, exitCode } = await rcwh("list --watch", { tty: true, env });
    expect(stdout).toBe("");
    expect(stderr).toContain("error: RingCentral refused to sign in");
    expect(exitCode).toBe(ExitCode.auth);
  });

  test("refuses an interval that would use up the quota", async ({ emulator, rcwh, expect }) => {
    expect(await rcwh("list --watch 1s")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        'error: Invalid --watch value "1s": it would use up RingCentral\'s quota of 50 lists a minute.\n' +
        "hint: Use 2 s or more.\n",
    });
    expect(emulator.requests).toEqual([]);
  });
});

const home = "\u001b[H";

interface WatchOptions extends Pick<RunOptions, "columns" | "rows" | "env"> {
  readonly stderrIsFile?: boolean;
  /** Whether to interrupt the watch, by the number of frames so far; after the first one by default. */
  readonly until?: (frames: number) => boolean;
  /** What happens to the terminal after the first frame; the watch ends with it. */
  readonly resized?: (view: View, resize: (columns: number, rows: number) => void) => Promise<void>;
}

/** Runs a watch on a terminal. Each frame is what is on the screen, line by line. */
function watchScreen(
  rcwh: Fixtures["rcwh"],
  command: string,
  { until = (count) => count === 1, resized, stderrIsFile, ...size }: WatchOptions = {},
) {
  const stop = new AbortController();
  const frames: (readonly string[])[] = [];
  let terminal: Parameters<NonNullable<RunOptions["onView"]>> | undefined;
  let hasBegun = false;
  const result = rcwh(command, {
    tty: true,
    ...size,
    ...(stderrIsFile && { stderrIsFile }),
    signal: stop.signal,
    onView: (...given) => {
      terminal = given;
    },
    onOutput(text) {
      const [, frame] = text.split(home);
      if (frame === undefined) return;
      frames.push(stripVTControlCharacters(frame).trimEnd().split("\n"));
      if (resized && terminal && !hasBegun) {
        hasBegun = true;
        const [view, resize] = terminal;
        void resized(view, resize).finally(() => stop.abort(new Interruption()));
      } else if (!resized && until(frames.length)) stop.abort(new Interruption());
    },
  });
  return { frames, result };
}

/** Subscriptions that expire one hour after the other. */
function many(count: number) {
  return Array.from({ length: count }, (_, index) =>
    subscription((index + 1).toString(16).padStart(8, "0"), { hours: 100 + index }),
  );
}
