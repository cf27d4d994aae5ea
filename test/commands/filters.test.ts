import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { test } from "../support/rcwh.ts";

function firstCells(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t")[0] ?? "");
}

describe("rcwh filters", () => {
  test("lists entries that contain a word, best match first", async ({ rcwh, expect }) => {
    expect(await rcwh("filters voicemail", { tty: true, columns: 120 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "ALIAS      FILTER                           SCOPE         SUMMARY

      Messages
      voicemail  account/~/extension/~/voicemail  ReadMessages  Somebody left the extension a voicemail
      ",
      }
    `);
  });

  test("puts paths and summaries below at 80 columns", async ({ rcwh, expect }) => {
    expect(await rcwh("filters telephony", { tty: true, columns: 80 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "ALIAS                        SCOPE

      Telephony
      telephony                    CallControl
        account/~/extension/~/telephony/sessions
        A call of the extension changed state
      account-telephony            CallControl
        account/~/telephony/sessions
        A call of any user of the account changed state
      answered-elsewhere           CallControl
        account/~/extension/~/telephony?action=call-answered-elsewhere
        A call to the extension was answered on another device (observed)
      -                            ReadPresence
        account/~/extension/~/missed-calls
        The extension missed a call (legacy)
      -                            ReadPresence
        account/~/extension/~/start-ring
        The extension began to ring (legacy)
      -                            ReadPresence
        account/~/extension/~/stop-ring
        The extension no longer rings (legacy)
      -                            ReadPresence
        account/~/extension/~/incoming-call-pickup
        Somebody else picked up a call ringing at the extension (legacy)

      Presence
      presence-detailed            ReadPresence
        account/~/extension/~/presence?detailedTelephonyState=true
        The extension's presence changed; with its calls in progress
      presence-sip                 ReadPresence
        account/~/extension/~/presence?detailedTelephonyState=true&sipData=true
        The extension's presence changed; with its calls in progress and their SIP
        data
      monitored-presence-detailed  ReadPresence
        account/~/extension/~/presence/line/presence?detailedTelephonyState=true
        The presence of a monitored extension changed; with its calls in progress
      monitored-presence-sip       ReadPresence
        account/~/extension/~/presence/line/presence?detailedTelephonyState=true&
        sipData=true
        The presence of a monitored extension changed; with its calls and their SIP
        data
      favorites-presence-detailed  ReadPresence
        account/~/extension/~/favorite/presence?detailedTelephonyState=true
        The presence of a favorite changed; with the calls in progress
      favorites-presence-sip       ReadPresence
        account/~/extension/~/favorite/presence?detailedTelephonyState=true&
        sipData=true
        The presence of a favorite changed; with the calls and their SIP data
      presence-totals              ReadPresence
        account/~/extension/~/presence?detailedTelephonyState=true&sipData=true&
        totalActiveCalls
        The extension's presence changed; includes its calls, SIP data and call count
        (observed)
      account-presence-sip         ReadAccounts
        account/~/presence?detailedTelephonyState=true&sipData=true
        The presence of any user of the account changed; includes calls and SIP data
        (observed)
      ",
      }
    `);
  });

  test("groups by category on a terminal, in the order of the catalogue", async ({
    rcwh,
    expect,
  }) => {
    for (const columns of [200, 80, 30]) {
      const { stdout } = await rcwh("filters", { tty: true, columns });
      const headings = stdout
        .split("\n")
        .filter((line) => /^(?:SMS|[A-Z][A-Za-z]+( [a-z]+)?)$/.test(line));
      expect(headings).toEqual([
        "SMS",
        "Messages",
        "Contact center",
        "Telephony",
        "Presence",
        "Team messaging",
        "Account",
        "Webinar",
        "RingSense",
        "Subscription",
      ]);
    }
    const { stdout } = await rcwh("filters", { tty: true, columns: 200 });
    const [, group = ""] = /^Team messaging\n(.*?)^$/ms.exec(stdout) ?? [];
    const inCatalogue = catalogue.filter(({ category }) => category === "team-messaging");
    expect(
      group
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0])
        .filter((alias) => alias !== ""),
    ).toEqual(inCatalogue.map(({ aliases }) => aliases[0] ?? "-"));
  });

  test("calls a scope so for people, and permission as ever for programs", async ({
    rcwh,
    expect,
  }) => {
    const table = await rcwh("filters", { tty: true, columns: 200 });
    expect(table.stdout).toMatch(/^ALIAS +FILTER +SCOPE +SUMMARY\n/);
    expect(table.stdout).not.toMatch(/permission\b/i);
    expect((await rcwh("filters sms -o csv")).stdout).toMatch(
      /^filter,name,category,permission,api,aliases,status,summary\n/,
    );
    expect((await rcwh("filters sms --json")).stdout).toContain('"permission": "ReadMessages"');
  });

  test("prints a table that fits every width from 60 to 200 columns", async ({ rcwh, expect }) => {
    for (let columns = 60; columns <= 200; columns += 20) {
      const { stdout } = await rcwh("filters", { tty: true, columns });
      const widest = Math.max(...stdout.split("\n").map((line) => line.length));
      expect(widest).toBeLessThanOrEqual(columns);
    }
  });

  test("lists the whole catalogue as tab-separated rows in a pipe", async ({ rcwh, expect }) => {
    const { stdout, ...rest } = await rcwh("filters");
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(firstCells(stdout)).toEqual(catalogue.map(({ filter }) => filter));
    expect(stdout).toContain(
      "/restapi/v1.0/account/{accountId}/extension/{extensionId}/voicemail\tVoicemail Message Event\tmessages\tReadMessages\tplatform\tvoicemail\tdocumented\tSomebody left the extension a voicemail\n",
    );
  });

  test("lists whole entries as JSON", async ({ rcwh, expect }) => {
    const { stdout, ...rest } = await rcwh("filters --json", { tty: true });
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, filters: catalogue });
  });

  for (const [query, first] of [
    ["sms", "instant?type=SMS"],
    ["team-messaging/v1/posts", "/team-messaging/v1/posts"],
    ["glip/posts", "/restapi/v1.0/glip/posts"],
    ["account/~/presence", "/restapi/v1.0/account/{accountId}/presence"],
    ["RingSense", "/ai/ringsense/v1/public/accounts/{accountId}/domains/pbx/insights"],
    ["somebody left voicemail", "/voicemail"],
    ["EXTENSION PRESENCE dnd", "/presence/dnd"],
  ] as const) {
    test(`finds ${query}`, async ({ rcwh, expect }) => {
      const { stdout, ...rest } = await rcwh(["filters", ...query.split(" ")]);
      expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
      expect(firstCells(stdout)[0]).toMatch(new RegExp(`${first.replace(/[?{}]/g, "\\$&")}$`));
    });
  }

  test("finds filters by scope", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("filters ReadWebinars -o ndjson");
    const found = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).permission);
    expect(found).toEqual(["ReadWebinars", "ReadWebinars", "ReadWebinars", "ReadWebinars"]);
  });

  test("reports that nothing matches", async ({ rcwh, expect }) => {
    expect(await rcwh("filters no such thing")).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: 'No event filter matches "no such thing". See all with `rcwh filters`.\n',
    });
    expect(await rcwh("filters new-post")).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr:
        'No event filter matches "new-post". Did you mean posts? See all with `rcwh filters`.\n',
    });
    expect(await rcwh("filters xyzzy --json")).toEqual({
      exitCode: ExitCode.ok,
      stdout: '{\n  "schemaVersion": 1,\n  "filters": []\n}\n',
      stderr: "",
    });
  });

  test("needs neither an account nor a configuration", async ({ rcwh, expect }) => {
    const env = { RCWH_CONFIG_DIR: "/nonexistent/rcwh", HOME: undefined };
    expect((await rcwh("filters sms", { env })).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("filters show sms", { env })).exitCode).toBe(ExitCode.ok);
  });
});

describe("rcwh filters show", () => {
  test("shows a filter in full, with a sample event", async ({ rcwh, expect }) => {
    expect(await rcwh("filters show posts", { tty: true })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "
      Subscribe with \`rcwh create --filter posts --url https://…\`.
      ",
        "stdout": "filter:          /team-messaging/v1/posts
      name:            Team Messaging Post Event
      summary:         A post that the user can see was written, edited or deleted
      aliases:         posts, msgposts
      scope:           TeamMessaging (some sources say UnifiedAppDesktop), besides
                       SubscriptionWebhook
      api:             platform
      status:          documented
      since:           1.0.32
      notes:           Delivered under this very path, without an account or
                       extension.

      Sample body of an event:
      {
        "id": "270463296008",
        "groupId": "597240962008",
        "type": "TextMessage",
        "text": "The compressor is repaired, go ahead.",
        "creatorId": "40013142600812",
        "addedPersonIds": null,
        "creationTime": "2026-03-02T09:29:08.429Z",
        "lastModifiedTime": "2026-03-02T09:29:08.429Z",
        "attachments": null,
        "activity": null,
        "title": null,
        "iconUri": null,
        "iconEmoji": null,
        "mentions": null,
        "eventType": "PostAdded"
      }
      ",
      }
    `);
  });

  test("shows parameters and disputed scopes", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("filters show a2p-messages", { tty: true });
    expect(stdout.slice(0, stdout.indexOf("Sample"))).toMatchInlineSnapshot(`
      "filter:          /restapi/v1.0/account/{accountId}/a2p-sms/messages
      name:            Batch Messages Event
      summary:         A single high-volume message was sent, delivered, refused or
                       received
      aliases:         a2p-messages, a2p-inbound, a2p-outbound, a2psmsinbound
      scope:           ReadAccounts (some sources say A2PSMS), besides
                       SubscriptionWebhook
      query:           direction=Inbound|Outbound
                       batchId=string
                       from=string: sender, E.164; described for outbound messages
                       to=string: recipient, E.164; described for inbound messages
      api:             platform
      status:          documented
      since:           1.0.45

      "
    `);
  });

  test("shows the replacement of a deprecated filter", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("filters show glip/posts", { tty: true });
    expect(stdout).toMatch(/^status: +deprecated: use \/team-messaging\/v1\/posts$/m);
  });

  for (const text of [
    "voicemail",
    "account/~/extension/~/voicemail",
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/voicemail",
    "/restapi/v1.0/account/4000000001/extension/7000000001/voicemail",
    "Voicemail Message Event",
  ]) {
    test(`finds ${text}`, async ({ rcwh, expect }) => {
      const { stdout, ...rest } = await rcwh(["filters", "show", text]);
      expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
      expect(firstCells(stdout)).toEqual([
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/voicemail",
      ]);
    });
  }

  test("prints the sample as JSON", async ({ rcwh, expect }) => {
    const { stdout, ...rest } = await rcwh("filters show sms --json");
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      filters: [{ aliases: expect.arrayContaining(["sms"]), sample: { type: "SMS" } }],
    });
  });

  test("suggests the nearest filters for an unknown one", async ({ rcwh, expect }) => {
    expect(await rcwh("filters show voicmail")).toEqual({
      exitCode: ExitCode.notFound,
      stdout: "",
      stderr:
        'error: Unknown event filter "voicmail".\n' +
        "hint: Did you mean voicemail? See `rcwh filters show voicemail`.\n",
    });
    expect(await rcwh("filters show xyzzyxyzzy")).toEqual({
      exitCode: ExitCode.notFound,
      stdout: "",
      stderr:
        'error: Unknown event filter "xyzzyxyzzy".\n' + "hint: See all with `rcwh filters`.\n",
    });
  });

  test("needs a filter", async ({ rcwh, expect }) => {
    expect(await rcwh("filters show")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr: "error: Missing argument <filter>.\nhint: See `rcwh filters show --help`.\n",
    });
  });
});
