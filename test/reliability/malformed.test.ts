import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import { answerRecords, onlyId, subscribe, takeRequests } from "../support/subscriptions.ts";
import { malformedRecords } from "./malformed-records.ts";

const records = malformedRecords();
const formats = ["table", "tsv", "json", "ndjson", "csv", "yaml"];

describe("a list with malformed records", () => {
  test.for(formats)(
    "is shown as %s, exit 8",
    async (format, { emulator, endpoint, rcwh, expect }) => {
      const id = await subscribe(emulator, endpoint.url);
      answerRecords(emulator).add(...records.map(([, record]) => record));
      const { exitCode, stdout, stderr } = await rcwh(["list", "-o", format]);
      expect(exitCode).toBe(ExitCode.attention);
      expect(stdout).toContain(id);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they would move the cursor
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\ufffd]/);
      const lines = stdout.trimEnd().split("\n");
      if (format === "tsv" || format === "ndjson") expect(lines).toHaveLength(records.length + 1);
      if (format === "csv") expect(lines).toHaveLength(records.length + 2);
    },
  );

  test("counts each that has no id", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    answerRecords(emulator).add("junk", null, { id: "" });
    expect((await rcwh("list")).stderr).toMatch(/^attention: 3 of 4 need attention:\n/);
  });

  test("has each of them in JSON as it came, with what is wrong", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    answerRecords(emulator).add(...records.map(([, record]) => record));
    const { stdout, stderr } = await rcwh("list --json");
    const [good, ...others] = JSON.parse(stdout).subscriptions;
    expect(good).not.toHaveProperty("malformed");
    expect(JSON.parse(stderr).error).toMatchObject({ code: "MALFORMED", exitCode: 8 });
    for (const [index, [name, record]] of records.entries()) {
      const { malformed, profile, api, ...shown } = others[index];
      expect([malformed, profile, api], name).toEqual([
        expect.any(String),
        "environment",
        "platform",
      ]);
      const isObject = typeof record === "object" && record !== null && !Array.isArray(record);
      expect(shown, name).toEqual(isObject ? record : { value: record });
    }
  });

  test("keeps no command from the others, and is never touched", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    answerRecords(emulator).add(...records.map(([, record]) => record));
    takeRequests(emulator);
    const exitCodes: Record<string, number> = {};
    for (const command of [
      ...[`show ${id}`, `renew ${id}`, "renew --recover --recreate --within 9d", "recover"],
      ...[
        "doctor",
        `update ${id} --expires-in 8d`,
        "delete --status unhealthy",
        "delete --all --yes",
      ],
    ]) {
      exitCodes[command.replace(id, "<id>")] = (await rcwh(command)).exitCode;
    }
    expect(exitCodes).toMatchInlineSnapshot(`
      {
        "delete --all --yes": 8,
        "delete --status unhealthy": 8,
        "doctor": 8,
        "recover": 8,
        "renew --recover --recreate --within 9d": 8,
        "renew <id>": 8,
        "show <id>": 8,
        "update <id> --expires-in 8d": 0,
      }
    `);
    const path = `/restapi/v1.0/subscription/${id}`;
    expect(takeRequests(emulator).filter((request) => !request.startsWith("GET"))).toEqual([
      ...[`POST ${path}/renew`, `POST ${path}/renew`, `PUT ${path}`, `DELETE ${path}`],
    ]);
    expect(emulator.state().subscriptions).toEqual([]);
  });
});

describe("a malformed subscription", () => {
  const id = "0dd0dd0d-1111-4111-8111-111111111111";
  const malformed = { id, status: "Active", deliveryMode: { address: "https://odd.example/" } };

  test("that is named is shown as it came, and refused by everything else", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    answerRecords(emulator).add(malformed);
    expect(await rcwh("list", { tty: true, columns: 100 })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: RingCentral's list has a malformed subscription, 0dd0dd0d-1111-4111-8111-111111111111
      (https://odd.example/): it has no valid \`creationTime\`. rcwh leaves it alone.
      hint: See it with \`rcwh show 0dd0dd0d-1111-4111-8111-111111111111\`.
      ",
        "stdout": "ID                                    STATUS  EXPIRES  TRANSPORT
      00000004-0000-4000-8000-000000000000  Active  in 7 d   WebHook
        http://127.0.0.1:50100/hook
        /team-messaging/v1/posts
      0dd0dd0d-1111-4111-8111-111111111111  Active
        https://odd.example/
      ",
      }
    `);
    expect(await rcwh("show 0dd0", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "attention: RingCentral's list has a malformed subscription,
      0dd0dd0d-1111-4111-8111-111111111111 (https://odd.example/): it has no valid
      \`creationTime\`. rcwh leaves it alone.
      ",
        "stdout": "id:           0dd0dd0d-1111-4111-8111-111111111111
      status:       Active
      deliveryMode: {"address":"https://odd.example/"}
      malformed:    it has no valid \`creationTime\`
      api:          platform
      profile:      environment
      ",
      }
    `);
    expect(await rcwh("show https://odd.example/ --json")).toMatchInlineSnapshot(`
      {
        "exitCode": 8,
        "stderr": "{"schemaVersion":1,"error":{"code":"MALFORMED","message":"RingCentral's list has a malformed subscription, 0dd0dd0d-1111-4111-8111-111111111111 (https://odd.example/): it has no valid \`creationTime\`. rcwh leaves it alone.","exitCode":8}}
      ",
        "stdout": "{
        "schemaVersion": 1,
        "subscriptions": [
          {
            "id": "0dd0dd0d-1111-4111-8111-111111111111",
            "status": "Active",
            "deliveryMode": {
              "address": "https://odd.example/"
            },
            "profile": "environment",
            "api": "platform",
            "malformed": "it has no valid \`creationTime\`"
          }
        ]
      }
      ",
      }
    `);
    takeRequests(emulator);
    for (const command of [
      ...["delete 0dd0 --yes", "renew 0dd0", "recover 0dd0", "update 0dd0 --expires-in 8d"],
    ]) {
      const { exitCode, stderr } = await rcwh(command);
      expect(exitCode, command).toBe(ExitCode.attention);
      expect(stderr, command).toContain(`hint: See it with \`rcwh show ${id}\`.\n`);
    }
    expect(takeRequests(emulator).filter((request) => !request.startsWith("GET"))).toEqual([]);
  });

  test("counts towards the limit", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    const one = onlyId(emulator);
    const list = answerRecords(emulator);
    list.add(...Array.from({ length: 29 }, (_, index) => ({ id: `0dd0dd-${index}` })));
    const { stderr } = await rcwh(`update ${one} --url ${endpoint.url}2 --yes`);
    expect(stderr).toContain("There are 30 subscriptions, and RingCentral allows 30");
    expect((await rcwh("doctor")).stdout).toContain("30 of 30");
  });

  test("is silenced by --ignore", async ({ emulator, rcwh, expect }) => {
    answerRecords(emulator).add(malformed);
    expect(await rcwh("renew -q --ignore 0dd0")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });
});
