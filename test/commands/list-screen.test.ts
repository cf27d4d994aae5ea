import { setTimeout as pause } from "node:timers/promises";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { ExitCode } from "../../src/errors.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";
import { keys, test } from "../support/live-screen.ts";
import { now } from "../support/rcwh.ts";
import {
  answerList,
  ownFilters,
  subscribe,
  subscription,
  takeRequests,
} from "../support/subscriptions.ts";

/** The server has the WebSocket gateway, too. */
const withGateway = test.extend<{ readonly server: string }>({
  server: async ({ emulator }, use) => {
    await using running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    await use(running.url);
  },
});

const webhook = (address: string) => ({ transportType: "WebHook", address });

const five = [
  subscription("a1", { hours: 3, creationTime: new Date(now - 3_600_000).toISOString() }),
  subscription("b2", {
    hours: 30,
    status: "Blacklisted",
    blacklistedData: { reason: "SUB-521", blacklistedAt: new Date(now - 7_200_000).toISOString() },
    deliveryMode: webhook("https://dead.example.com/hook?key=s3cr3tKey"),
  }),
  subscription("c3", { eventFilters: [ownFilters.sms, ownFilters.voicemail] }),
  subscription("d4", { hours: 160, deliveryMode: webhook("https://example.com/呼叫/📞/hook") }),
  subscription("e5", { hours: 80_000, eventFilters: [ownFilters.presence] }),
];

const many = Array.from({ length: 200 }, (_, index) =>
  subscription(index.toString(16).padStart(8, "0"), { hours: index + 1 }),
);

/** Answers lists with these, or with an error, until the function that it returns is called with others. */
function answers(emulator: Emulator, first: readonly Subscription[]) {
  let answer: readonly Subscription[] | object = first;
  emulator.intercept(
    ({ method, url }) =>
      method === "GET" && new URL(url).pathname === "/restapi/v1.0/subscription"
        ? Array.isArray(answer)
          ? Response.json({ uri: url, records: answer })
          : Response.json(answer, { status: 400 })
        : undefined,
    Number.POSITIVE_INFINITY,
  );
  return (next: readonly Subscription[] | object) => {
    answer = next;
  };
}

describe("rcwh list -i", () => {
  test("counts disabled filters beside what is due", async ({ emulator, open, expect }) => {
    const [due, , other] = five;
    const disabledFilters = [{ filter: ownFilters.voicemail, reason: "SUB-412" }];
    answerList(emulator, [due, { ...other, disabledFilters }] as Subscription[]);
    const screen = open("list -i");
    expect((await screen.see("q quit")).split("\n")[0]).toMatch(
      /^2 subscriptions · 1 due · 1 with disabled filters {2}/,
    );
    screen.press("f");
    expect(await screen.see("only due")).toMatch(/^1 of 2 · only due · /);
  });

  test("fills 80x24", async ({ emulator, open, expect }) => {
    answerList(emulator, five);
    const screen = open("list -i");
    expect(await screen.see("q quit")).toMatchInlineSnapshot(`
      "5 subscriptions · 1 failing · 1 due                         12:00:00, every 30 s
          STATUS                 EXPIRES      ID        URL             FILTERS
      › ! Active       ━·······  in 3 h       a1000000  example…entral  posts
        ✗ Blacklisted  ━·······  in 1 d 6 h   b2000000  dead.ex…hook?…  posts
        ✓ Active       ━━━━━━━·  in 6 d       c3000000  example…entral  sms, voicemail
        ✓ Active       ━━━━━━━━  in 6 d 16 h  d4000000  exampl…📞/hook  posts
        ✓ Active       ━━━━━━━━  in 9 y 48 d  e5000000  example…entral  presence




      ────────────────────────────────────────────────────────────────────────────────
      id       a1000000-1111-4111-8111-111111111111
      status   Active, due for renewal
      expires  in 3 h, 2026-11-22T15:00:00Z
      url      https://example.com/ringcentral
      filters  /team-messaging/v1/posts
      lifetime not on record, 4 h at most: the bar is for 7 d
      created  1 h ago, 2026-11-22T11:00:00Z
      token    not on record
      api      platform
      profile  environment
      Enter show  r renew  / search  d delete  u update  R recover  s sort  f filter
      g refresh  c check  e events  t token  y copy id  Y copy URL  ? keys  q quit"
    `);
  });

  test("fills 60x15", async ({ emulator, open, expect }) => {
    answerList(emulator, five);
    const screen = open("list -i", { columns: 60, rows: 15 });
    await screen.see("q quit");
    await screen.press("j");
    expect(await screen.see("SUB-521")).toMatchInlineSnapshot(`
      "5 subscriptions · 1 failing · 1 due     12:00:00, every 30 s
                    EXPIRES      ID        URL           FILTERS
        ! ━·······  in 3 h       a1000000  exampl…ntral  posts
      › ✗ ━·······  in 1 d 6 h   b2000000  dead.e…ook?…  posts
        ✓ ━━━━━━━·  in 6 d       c3000000  exampl…ntral  sms,…mail
        ✓ ━━━━━━━━  in 6 d 16 h  d4000000  exampl…/hook  posts
        ✓ ━━━━━━━━  in 9 y 48 d  e5000000  exampl…ntral  presence
      ────────────────────────────────────────────────────────────
      id       b2000000-1111-4111-8111-111111111111
      status   Blacklisted since 2026-11-22T10:00:00Z, due for
               renewal
               SUB-521
      expires  in 1 d 6 h, 2026-11-23T18:00:00Z
      … Enter shows all
      Enter show  r renew  / search  d delete  ? keys  q quit"
    `);
    await screen.press("?");
    expect(await screen.see("Esc back")).toMatchInlineSnapshot(`
      "5 subscriptions · 1 failing · 1 due     12:00:00, every 30 s
      ↑↓ j k     move
      PgUp PgDn  move by a page
      Home End   first, last
      /          search ids, URLs, filters and statuses
      s          sort by expiry, status, address or age
      f          show one status, or what is due
      g          list again now
      Esc        show everything again
      Enter      show it in full
      r          renew it now
      n          re-create it from its record
      x          drop its record
      d          delete it, after a confirmation
      ↑↓ move  Esc back"
    `);
    await screen.press(keys.end);
    await screen.see("draw the screen again");
    await screen.press("q");
    await screen.see("q quit");
  });

  test("fills 200x50, with the details beside", async ({ emulator, open, expect }) => {
    answerList(emulator, five);
    const screen = open("list -i", { columns: 200, rows: 50 });
    const shown = await screen.see("q quit");
    expect(shown.split("\n").slice(0, 13).join("\n")).toMatchInlineSnapshot(`
      "5 subscriptions · 1 failing · 1 due                                                                                                                                                 12:00:00, every 30 s
          STATUS                         EXPIRES      ID        URL                       FILTERS                               │ id       a1000000-1111-4111-8111-111111111111
      › ! Active       ━···············  in 3 h       a1000000  example.com/ringcentral   posts                                 │ status   Active, due for renewal
        ✗ Blacklisted  ━━━·············  in 1 d 6 h   b2000000  dead.example.com/hook?…   posts                                 │ expires  in 3 h, 2026-11-22T15:00:00Z
        ✓ Active       ━━━━━━━━━━━━━━··  in 6 d       c3000000  example.com/ringcentral   sms, voicemail                        │ url      https://example.com/ringcentral
        ✓ Active       ━━━━━━━━━━━━━━━·  in 6 d 16 h  d4000000  example.com/呼叫/📞/hook  posts                                 │ filters  /team-messaging/v1/posts
        ✓ Active       ━━━━━━━━━━━━━━━━  in 9 y 48 d  e5000000  example.com/ringcentral   presence                              │ lifetime not on record, 4 h at most: the bar is for 7 d
                                                                                                                                │ created  1 h ago, 2026-11-22T11:00:00Z
                                                                                                                                │ token    not on record
                                                                                                                                │ api      platform
                                                                                                                                │ profile  environment
                                                                                                                                │
                                                                                                                                │"
    `);
    expect(shown.split("\n")).toHaveLength(50);
  });

  test("tells URLs apart that differ where they would be cut", async ({
    emulator,
    open,
    expect,
  }) => {
    const team = (index: number) =>
      subscription(`a${index}`, {
        deliveryMode: webhook(`https://events.example.com/teams/${index}/hooks/ringcentral?key=k`),
      });
    answerList(emulator, [team(1), team(2), team(13)]);
    const screen = open("list -i", { columns: 60, rows: 15 });
    const shown = await screen.see("q quit");
    expect(shown.match(/(?<=[1-9a-f]0+ {2})\S+/g)).toEqual([
      "…/1/hook…ntral?…",
      "…/13/hoo…ntral?…",
      "…/2/hook…ntral?…",
    ]);
    await screen.resize(200, 50);
    expect(await screen.see("FILTERS")).toContain(
      "events.example.com/teams/13/hooks/ringcentral?…",
    );
  });

  test("tells a hundred URLs apart that begin and end alike, beside one of another host", async ({
    emulator,
    open,
    expect,
  }) => {
    const tenant = (index: number) =>
      subscription(`a${String(index).padStart(3, "0")}`, {
        deliveryMode: webhook(
          `https://hooks.example.com/webhooks-for-tenant-${index}-in-production/events/inbound`,
        ),
      });
    const tenants = Array.from({ length: 100 }, (_, index) => tenant(index + 1));
    answerList(emulator, [
      ...tenants,
      subscription("b1", { deliveryMode: webhook("https://b.example/hook") }),
    ]);
    const screen = open("list -i", { columns: 60, rows: 15 });
    expect(await screen.see("q quit")).toContain("…-1-in-producti…");
    await screen.resize(80, 24);
    await screen.press("/");
    for (const key of "tenant-42") await screen.press(key);
    expect(await screen.see("1 of 101")).toContain("…-42-in-production/eve…");
  });

  test("draws with ASCII where the locale has no more, and tells states apart without colors", async ({
    emulator,
    open,
    signedIn,
    expect,
  }) => {
    answerList(emulator, five);
    const screen = open("list -i", { columns: 60, rows: 10, env: { ...signedIn, LC_ALL: "C" } });
    const shown = await screen.see("q quit");
    expect(shown).toMatch(/^[\n -~]*$/);
    expect(shown).toMatchInlineSnapshot(`
      "5 subscriptions - 1 failing - 1 due     12:00:00, every 30 s
                    EXPIRES      ID        URL           FILTERS
      > ! =.......  in 3 h       a1000000  exampl~ntral  posts
        x =.......  in 1 d 6 h   b2000000  dead.e~ook?~  posts
        + =======.  in 6 d       c3000000  exampl~ntral  sms,~mail
        + ========  in 6 d 16 h  d4000000  exampl~/hook  posts
        + ========  in 9 y 48 d  e5000000  exampl~ntral  presence


      Enter show  r renew  / search  d delete  ? keys  q quit"
    `);
  });

  test("is usable while it is resized, however small", async ({ emulator, open, expect }) => {
    answerList(emulator, [...five, ...many]);
    const screen = open("list -i");
    await screen.see("q quit");
    for (const [columns, rows] of [
      [20, 5],
      [1, 1],
      [300, 3],
      [7, 100],
      [2, 2],
      [119, 9],
      [121, 8],
    ] as const) {
      await screen.resize(columns, rows);
      const lines = await screen.lines();
      expect(lines).toHaveLength(rows);
      await screen.press("j", "?", "j", "?", "/", "x", "\u0015", keys.enter);
    }
    await screen.resize(20, 5);
    await screen.press(keys.home);
    expect(await screen.see("q quit")).toMatchInlineSnapshot(`
      "205 subscr… · 49 due
      › ! 00000000
        ! 00000001
        ! 00000002
      ? keys  q quit"
    `);
    await screen.press("q");
    expect((await screen.result).exitCode).toBe(ExitCode.ok);
  });

  test("searches as one types, and Escape shows everything again", async ({
    emulator,
    open,
    expect,
  }) => {
    answerList(emulator, five);
    const screen = open("list -i");
    await screen.see("5 subscriptions");
    await screen.press("/", "v", "o", "i");
    const shown = await screen.see("1 of 5");
    expect(shown).toContain("› ✓ Active  ");
    expect(shown.split("\n").at(-1)).toBe("/voi");
    // What narrows is a text, and no key: neither quits nor deletes.
    await screen.press("q", "d");
    await screen.see("Nothing matches. Escape shows everything.");
    await screen.press(keys.backspace, keys.backspace, keys.enter);
    await screen.see('1 of 5 · "voi"');
    await screen.press(keys.escape);
    await screen.see("5 subscriptions");
    // The query of a URL may be a secret: it is not searched.
    await screen.press("/", ..."s3cr3tkey");
    await screen.see("Nothing matches");
    await screen.press("\u0015", ..."dead blacklisted");
    await screen.see("› ✗ Blacklisted");
    await screen.press(keys.interrupt);
    expect((await screen.result).exitCode).toBe(ExitCode.interrupted);
  });

  test("takes what is pasted for text, never for keys", async ({ emulator, open, expect }) => {
    answerList(emulator, five);
    const screen = open("list -i");
    await screen.see("5 subscriptions");
    expect(screen.modes().bracketedPasteMode).toBe(true);
    await screen.press(keys.paste("dq\r"));
    await screen.see("5 subscriptions");
    await screen.press("/", keys.paste("c3000000"));
    await screen.see("1 of 5");
    await screen.press(keys.enter, "q");
    expect((await screen.result).exitCode).toBe(ExitCode.ok);
    expect(screen.modes().bracketedPasteMode).toBe(false);
  });

  test("sorts and filters", async ({ emulator, open, expect }) => {
    answerList(emulator, five);
    const screen = open("list -i", { columns: 60 });
    await screen.see("5 subscriptions");
    const ids = async () =>
      (await screen.lines()).flatMap((line) => /[a-e]\d0{6}(?!-)/.exec(line)?.[0] ?? []).join(" ");
    expect(await ids()).toBe("a1000000 b2000000 c3000000 d4000000 e5000000");
    await screen.press("s");
    expect(await ids()).toBe("b2000000 a1000000 c3000000 d4000000 e5000000");
    await screen.press("s");
    expect(await ids()).toBe("b2000000 a1000000 c3000000 e5000000 d4000000");
    await screen.press("s", "s", "f");
    await screen.see("1 of 5 · only due");
    expect(await ids()).toBe("a1000000");
    await screen.press("f", "f");
    await screen.see("1 of 5 · only Blacklisted");
    await screen.press("f");
    await screen.see("5 subscriptions");
  });

  test("scrolls through 200 by line, page, and to the ends", async ({ emulator, open, expect }) => {
    answerList(emulator, many);
    const screen = open("list -i", { columns: 60, rows: 15 });
    await screen.see("200 subscriptions");
    const at = async () => /› . \S+ .*?([0-9a-f]{8}) /.exec((await screen.lines()).join("\n"))?.[1];
    await screen.press(keys.pageDown, keys.down, "j");
    expect(await at()).toBe("00000009");
    await screen.press("k", keys.up, keys.pageUp);
    expect(await at()).toBe("00000000");
    await screen.press(keys.end);
    expect(await at()).toBe("000000c7");
    await screen.press(keys.home, keys.up);
    expect(await at()).toBe("00000000");
  });

  test("moves the bars with time, and lists again every 30 seconds", async ({
    emulator,
    clock,
    open,
    expect,
  }) => {
    const hook = webhook("https://example.com/hook");
    const week = subscription("a1", {
      ...{ hours: 168, creationTime: new Date(now).toISOString(), deliveryMode: hook },
    });
    const answer = answers(emulator, [week]);
    const screen = open("list -i --watch 2d");
    await screen.see(/━{8} {2}in 7 d/);
    takeRequests(emulator);
    clock.advance(21 * 3_600_000);
    await screen.see(/━{7}· {2}in 6 d 3 h/);
    expect(takeRequests(emulator)).toEqual([]);
    answer([{ ...week, expiresIn: 302_400, status: "Suspended" }]);
    clock.advance(27 * 3_600_000);
    expect(await screen.see("Suspended")).toMatch(/━{4}·{4} {2}in 3 d 12 h/);
    expect(takeRequests(emulator)).toEqual(["GET /restapi/v1.0/subscription"]);
    await screen.press("g");
    await screen.see("The list is from just now.");
    clock.advance(5000);
    await screen.press("g");
    await screen.see("12:00:05");
  });

  test("keeps the list where it cannot be listed again, and says why", async ({
    emulator,
    clock,
    open,
    expect,
  }) => {
    const answer = answers(emulator, five);
    const screen = open("list -i");
    await screen.see("5 subscriptions");
    answer({ errorCode: "CMN-211", message: "No\u001b[31m." });
    clock.advance(30_000);
    const shown = await screen.see("press g to try");
    expect(shown).toContain("The list is from 12:00:00.");
    expect(shown).toContain("› ! Active");
    clock.advance(60_000);
    answer(five);
    await screen.press("g");
    expect(await screen.see("12:01:30")).not.toContain("press g");
  });

  test("copies an id, and a whole URL, through the terminal", async ({
    emulator,
    open,
    expect,
  }) => {
    answerList(emulator, five);
    const screen = open("list -i");
    await screen.see("5 subscriptions");
    const copied = () => {
      const texts = screen.raw().split("\u001b]52;c;").slice(1);
      return texts.map((text) => Buffer.from(text.split("\u0007")[0] ?? "", "base64").toString());
    };
    await screen.press("j", "y");
    await screen.see("The id b2000000-1111-4111-8111-111111111111 is on the clipboard");
    await screen.press("Y");
    await screen.see("The whole URL, with its query, is on the clipboard");
    expect(copied()).toEqual([five[1]?.id, five[1]?.deliveryMode.address]);
    await screen.press("k");
    expect((await screen.lines()).join("\n")).not.toContain("clipboard");
  });

  test("shows a stranger's text as text", async ({ emulator, open, expect }) => {
    const hostile = subscription("a1", {
      status: "Bad\nnews\u001b[31m\u009b2J",
      deliveryMode: webhook("https://example.com/\u001b]0;title\u0007\u202eevil"),
    });
    answerList(emulator, [hostile]);
    const screen = open("list -i");
    const shown = await screen.see("Bad news");
    expect(shown).toContain("https://example.com/");
    for (const raw of ["\u001b]0", "\u009b", "\u202e", "\u001b[31m"]) {
      expect(screen.raw()).not.toContain(raw);
    }
  });

  test("leaves the shell's screen as it was, with a visible cursor", async ({
    emulator,
    open,
    expect,
  }) => {
    answerList(emulator, five);
    const screen = open("list -i");
    await screen.see("q quit");
    expect(await screen.buffer()).toBe("alternate");
    expect((await screen.suspend()).join("").trim()).toBe("");
    await screen.see("q quit");
    expect(await screen.buffer()).toBe("alternate");
    await screen.press("q");
    expect((await screen.result).exitCode).toBe(ExitCode.ok);
    expect(await screen.buffer()).toBe("normal");
    expect((await screen.lines()).join("").trim()).toBe("");
    expect(screen.raw()).not.toContain("\u001b[?25l");
  });

  test("ends with the code of what ends it", async ({ emulator, open, expect }) => {
    answerList(emulator, five);
    const stop = new AbortController();
    const screen = open("list -i", { signal: stop.signal });
    await screen.see("q quit");
    const { Interruption } = await import("../../src/errors.ts");
    stop.abort(new Interruption(ExitCode.terminated));
    expect((await screen.result).exitCode).toBe(ExitCode.terminated);
    expect(await screen.buffer()).toBe("normal");
  });

  test("says that there is nothing, and ends", async ({ rcwh, expect }) => {
    expect(await rcwh("list -i", { tty: true })).toMatchObject({
      exitCode: ExitCode.ok,
      stderr: expect.stringContaining("No subscriptions. Create one with `rcwh create`.\n"),
    });
    expect(await rcwh("list -i --status unhealthy", { tty: true })).toMatchObject({
      exitCode: ExitCode.ok,
      stderr: expect.stringContaining("No subscription matches.\n"),
    });
  });

  test("refuses before any request where it cannot draw", async ({
    emulator,
    signedIn,
    rcwh,
    expect,
  }) => {
    const refusal = {
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        "error: `rcwh list -i` needs a terminal.\n" +
        "hint: Use `rcwh list`, then `rcwh show`, `renew`, `update` or `delete` with an id.\n",
    };
    const wide = { tty: true, columns: 100 };
    expect(await rcwh("list -i")).toEqual(refusal);
    expect(await rcwh("list -i", { ...wide, env: { ...signedIn, CI: "true" } })).toEqual(refusal);
    expect(await rcwh("list -i", { ...wide, env: { ...signedIn, TERM: "dumb" } })).toEqual(refusal);
    expect(await rcwh("list -i --no-input", wide)).toEqual(refusal);
    for (const [source, again] of [
      [
        "accounts.ndjson",
        "Watch these with `rcwh list --watch --status active --profiles-from accounts.ndjson`",
      ],
      ["-", "List these with `rcwh list --status active --profiles-from -`"],
    ]) {
      expect(
        await rcwh(`list -i --status active --profiles-from ${source}`, { ...wide, columns: 200 }),
      ).toEqual({
        stdout: "",
        stderr: `error: \`rcwh list -i\` cannot be used with --profiles-from: its keys act on saved profiles.
hint: ${again}, or use -i with --all-profiles.
`,
        exitCode: ExitCode.usage,
      });
    }
    expect(emulator.requests).toEqual([]);
  });
});

describe("rcwh list -i with several profiles", () => {
  test("groups them, acts for the right one, and keeps the rows of one that fails", async ({
    emulator,
    clock,
    endpoint,
    open,
    rcwh,
    signedIn,
    expect,
  }) => {
    for (const [user, profile] of ["acme-a", "acme-b"].entries()) {
      const env = { ...signedIn, RCWH_JWT: `user-${user + 2}` };
      await rcwh(`login --profile ${profile} --no-input`, { env });
      await rcwh(`-p ${profile} create --filter posts --url ${endpoint.url}`, { env });
    }
    const env = { RCWH_SERVER: signedIn["RCWH_SERVER"] };
    const screen = open(["list", "-i", "-p", "acme-*"], { env, columns: 120 });
    const shown = await screen.see("2 subscriptions");
    expect(shown).toMatch(/acme-a \(1\).*› ✓ Active.*acme-b \(1\).*✓ Active/s);
    await screen.press("j", "r");
    const done = await screen.see("Press any key");
    const second = emulator.state().subscriptions[1]?.id;
    expect(done).toContain(`rcwh --profile acme-b renew ${second}`);
    await screen.press(" ");
    await screen.see(`id       ${second}`);
    let failing = 1;
    emulator.intercept(({ method, url }) => {
      if (method !== "GET" || !url.endsWith("/subscription") || failing-- < 1) return undefined;
      return Response.json({ errorCode: "CMN-211", message: "No." }, { status: 400 });
    }, Number.POSITIVE_INFINITY);
    clock.advance(30_000);
    const kept = await screen.see(/acme-. \(1\): RingCentral refused/);
    expect(kept.match(/[›✓] .*in 7 d|✓ Active/g)).toHaveLength(2);
  });
});

describe("an action of rcwh list -i", () => {
  test("is a command, with its own output, and comes back to a fresh list", async ({
    emulator,
    endpoint,
    open,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const other = await subscribe(emulator, `${endpoint.url}?other`);
    const screen = open("list -i", { columns: 120, rows: 24 });
    await screen.see("2 subscriptions");
    await screen.press("j", "r");
    expect(await screen.see("Press any key")).toMatchInlineSnapshot(`
      "  rcwh renew 00000008-0000-4000-8000-000000000000
      ID                                    OUTCOME  EXPIRES  URL                            FILTERS
      00000008-0000-4000-8000-000000000000  renewed  in 7 d   http://127.0.0.1:50100/hook?…  /team-messaging/v1/posts
      1 renewed.

      Press any key to return to the list.

















      "
    `);
    expect(await screen.buffer()).toBe("normal");
    await screen.press("x");
    await screen.see("q quit");
    expect(await screen.buffer()).toBe("alternate");
    expect((await screen.lines()).join("\n")).toContain(`│ id       ${other}`);
    expect(takeRequests(emulator)).toContain(`POST /restapi/v1.0/subscription/${other}/renew`);
    expect(id).not.toBe(other);
  });

  test("deletes only what is confirmed", async ({ emulator, endpoint, open, expect }) => {
    const first = await subscribe(emulator, endpoint.url);
    const second = await subscribe(emulator, `${endpoint.url}?other`);
    const screen = open("list -i", { columns: 120 });
    await screen.see("2 subscriptions");
    // What comes with the key is for nobody.
    await screen.press("dy\r");
    await screen.see("(y/N)");
    await screen.press("n", keys.enter);
    await screen.see("Press any key");
    await screen.press(" ");
    await screen.see("2 subscriptions");
    expect(emulator.state().subscriptions).toHaveLength(2);
    await screen.press("d");
    await screen.see("(y/N)");
    await screen.press("y", keys.enter);
    await screen.see("Press any key");
    await screen.press(" ");
    expect(await screen.see("1 subscription ")).toContain(`id       ${second}`);
    expect(emulator.state().subscriptions.map(({ id }) => id)).not.toContain(first);
  });

  test("goes on with what replaced the selected one", async ({
    emulator,
    endpoint,
    open,
    rcwh,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    const screen = open("list -i", { columns: 120 });
    await screen.see("2 subscriptions");
    await screen.press("j", "t");
    await screen.see("(y/N)");
    await screen.press("y", keys.enter);
    await screen.see("Press any key");
    await screen.press(" ");
    await screen.see("2 subscriptions");
    const replacement = emulator.state().subscriptions.find(({ eventFilters }) => {
      return eventFilters.some((filter) => filter.includes("SMS"));
    });
    await screen.see(`id       ${replacement?.id}`);
  });

  test("fails with its own message, and comes back", async ({ emulator, open, expect }) => {
    answerList(emulator, five);
    const screen = open("list -i", { columns: 100 });
    await screen.see("5 subscriptions");
    await screen.press("c");
    const shown = await screen.see("Press any key");
    expect(shown).toContain("rcwh check https://example.com/ringcentral");
    expect(shown).toContain("error:");
    await screen.press(" ");
    await screen.see("5 subscriptions");
  });

  test("comes back after Ctrl-C in a question, and Ctrl-C in the list ends it", async ({
    emulator,
    endpoint,
    open,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const screen = open("list -i");
    await screen.see("1 subscription");
    await screen.press("d");
    await screen.see("(y/N)");
    await screen.press(keys.interrupt);
    await screen.see("q quit");
    expect(await screen.buffer()).toBe("alternate");
    await screen.press(keys.interrupt);
    expect((await screen.result).exitCode).toBe(ExitCode.interrupted);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  withGateway(
    "watches events, and waits for the listener's end however slow the server is",
    async ({ emulator, endpoint, open, expect }) => {
      await subscribe(emulator, endpoint.url);
      // Less than the gateway takes: only the process's own end is short.
      const screen = open("list -i", { lastMoments: 1 });
      await screen.see("1 subscription");
      await screen.press("e");
      await screen.see("Ready.");
      emulator.intercept(async ({ method }) => {
        if (method === "DELETE") await pause(100);
        return undefined;
      });
      await screen.press("q");
      await screen.see("q quit");
      const [, , ended = ""] = screen.raw().split("[?1049");
      expect(ended).toMatch(/Stopping….*Deleted the subscription\..*Received 0 events\./s);
      expect(emulator.state().subscriptions).toHaveLength(1);
    },
  );

  test("offers for what is only on record to re-create it and to drop the record", async ({
    emulator,
    endpoint,
    elsewhere,
    open,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    await rcwh("delete --all --yes", { env: elsewhere });
    const screen = open("list -i");
    await screen.see("n re-create");
    await screen.press("r");
    await screen.see("Only its record is left");
    await screen.press("x");
    await screen.see("(y/N)");
    await screen.press("y", keys.enter);
    await screen.see("Press any key");
    await screen.press(" ");
    await screen.see("1 subscription ");
    await screen.press("n");
    await screen.see("Press any key");
    await screen.press(" ");
    await screen.see("✓ Active");
    expect(emulator.state().subscriptions).toHaveLength(1);
  });
});
