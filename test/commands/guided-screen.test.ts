import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { keys, test } from "../support/live-screen.ts";
import { subscribe } from "../support/subscriptions.ts";

describe("rcwh create on a screen", () => {
  test("searches for a word that is no filter, and keeps the filters that are", async ({
    endpoint,
    emulator,
    open,
    expect,
  }) => {
    const words = `create fax,pots ${endpoint.url} --expires-in 10y --if-exists new`;
    const screen = open(`${words} --generate-verification-token`, { columns: 100 });
    expect((await screen.see("esc back")).split("\n").slice(0, 10)).toMatchInlineSnapshot(`
      [
        "Esc goes back one question, Ctrl-C leaves. Nothing is created before you confirm.",
        "Unknown event filter "pots".",
        "? Which events? pots",
        "Team messaging",
        "❯ ◯ posts                       A post that the user can see was written, edited or deleted",
        "Others",
        "  ◯ Another filter, by its path",
        "",
        "A post that the user can see was written, edited or deleted. Needs the scope TeamMessaging or",
        "UnifiedAppDesktop.",
      ]
    `);
    await screen.press(keys.enter);
    expect(await screen.see("Create it?")).toContain("rcwh create fax,posts http");
    await screen.press(keys.enter);
    expect((await screen.result).exitCode).toBe(ExitCode.ok);
    const [created] = emulator.state().subscriptions;
    expect(created?.eventFilters).toEqual([
      "/team-messaging/v1/posts",
      expect.stringMatching(/fax\?direction=Inbound$/),
    ]);
  });

  test("lets one correct a path", async ({ endpoint, open, expect }) => {
    const path = "account/~/extension/~/message-store";
    const screen = open(["create", `sms,${path}?messageType=SMS`, endpoint.url]);
    expect(await screen.see("esc back")).toContain("Write type= instead");
    await screen.press(keys.enter);
    expect(await screen.see("? Filter")).toContain(`? Filter (${path}?messageType=SMS)`);
    await screen.press("\t", ..."\u007f".repeat(15), ..."type=SMS", keys.enter);
    expect(await screen.see("How long")).toContain("✔ Which events? sms, another one");
  });

  test("keeps what is chosen when Escape leaves the filters", async ({
    signedIn,
    rcwh,
    open,
    expect,
  }) => {
    for (const name of ["one", "two"]) await rcwh(`login --profile ${name}`, { env: signedIn });
    const screen = open("create", { env: {} });
    await screen.see("Which profile?");
    await screen.press(keys.enter);
    await screen.see("Which events?");
    await screen.press(..."a2p-batch", "\t", ..."fax", "\t");
    await screen.see("chosen: a2p-batch, fax");
    await screen.press(keys.escape);
    await screen.see("? Which profile?");
    await screen.press(keys.enter);
    await screen.see("chosen: a2p-batch, fax");
    await screen.press(keys.interrupt);
    expect((await screen.result).exitCode).toBe(ExitCode.interrupted);
  });

  test("shows only the answers that hold when one goes back", async ({
    endpoint,
    open,
    expect,
  }) => {
    const screen = open(`create --generate-verification-token --url ${endpoint.url}`, {
      columns: 60,
      rows: 15,
    });
    await screen.see("esc back");
    await screen.press(..."posts", keys.enter);
    await screen.see("How long");
    await screen.press(keys.down, keys.down, keys.enter);
    await screen.see("? Remind the endpoint");
    await screen.press("y", keys.enter);
    await screen.see("Create it?");
    await screen.press(keys.escape);
    await screen.see("expires? (Y/n)");
    await screen.press(keys.escape);
    expect((await screen.see("? How long")).trimEnd().split("\n").slice(-10)).toEqual([
      "✔ Which events? posts",
      "? How long should it live?",
      "  7 days, RingCentral's default",
      "  30 days",
      "❯ 10 years, the longest",
      "  Something else",
      "",
      "It still ends early if its endpoint fails: let `rcwh renew`",
      "look after it.",
      "↑↓ navigate • ⏎ select • esc back",
    ]);
    await screen.press(keys.up, keys.up, keys.enter);
    expect((await screen.see("Create it?")).match(/How long|lifetime/g)).toHaveLength(2);
    await screen.press(keys.escape, keys.escape);
    const filters = await screen.see("? Which events?");
    expect(filters).not.toMatch(/✔|How long/);
    expect(filters).toContain("chosen: posts");
    await screen.press(keys.interrupt);
    expect((await screen.result).exitCode).toBe(ExitCode.interrupted);
  });

  test("marks answers that it cannot erase, after Ctrl-Z or a resize", async ({
    endpoint,
    open,
    expect,
  }) => {
    for (const happen of ["suspend", "resize"] as const) {
      const screen = open("create posts");
      await screen.see("URL of");
      await screen.press(...endpoint.url, keys.enter);
      await screen.see("How long");
      await screen.press(keys.enter);
      await screen.see("? Which verification");
      if (happen === "suspend") await screen.suspend();
      else await screen.resize(70, 20);
      await screen.press(keys.escape);
      expect(await screen.see("(back)")).toMatch(
        /✔ How long .* 7 days\n(?:.*\n)*\(back\)\n\? How long/,
      );
      await screen.press(keys.interrupt);
      expect((await screen.result).exitCode).toBe(ExitCode.interrupted);
    }
  });

  test("keeps the report on an endpoint whose URL one changes", async ({
    endpoint,
    open,
    expect,
  }) => {
    const screen = open("create posts --expires-in 10y --generate-verification-token");
    await screen.see("URL of your endpoint");
    await screen.press(..."http://127.0.0.1:1", keys.enter);
    await screen.see("What next?");
    await screen.press(keys.down, keys.enter);
    expect(await screen.see("? URL of your endpoint (http://127.0.0.1:1)")).toContain("✗ tcp");
    await screen.press(keys.escape);
    const first = await screen.see(/^\? URL of your endpoint/m);
    expect(first).not.toContain("✗ tcp");
    await screen.press(..."\u007f", ...endpoint.url, keys.enter);
    await screen.see("Create it?");
    await screen.press("n", keys.enter);
    expect((await screen.result).exitCode).toBe(ExitCode.declined);
  });
});

test("rcwh update on a screen erases what Escape or an undo takes back", async ({
  emulator,
  endpoint,
  open,
  expect,
}) => {
  const id = await subscribe(emulator, endpoint.url);
  const screen = open(["update", id], { columns: 100 });
  const menu = await screen.see("navigate");
  await screen.press(keys.down, keys.down, keys.enter);
  await screen.see("New lifetime");
  await screen.press(keys.escape);
  expect(await screen.see("navigate")).toBe(menu);
  await screen.press(keys.down, keys.down, keys.enter);
  await screen.press(..."30d", keys.enter);
  expect(await screen.see("Undo these changes")).toContain("✔ New lifetime");
  await screen.press(keys.up, keys.enter);
  expect(await screen.see(/^\? What do you want to change\?\n❯ Add filters/)).toBe(menu);
  await screen.press(keys.interrupt);
  expect((await screen.result).exitCode).toBe(ExitCode.interrupted);
});

test("rcwh listen on a screen asks which events", async ({ open, expect }) => {
  const screen = open("--profile emulator listen --port 0", { columns: 130, rows: 30, env: {} });
  await screen.see("Receive which events?");
  await screen.press(keys.escape);
  const list = await screen.see("esc back");
  expect(list).toContain(`◯ fax${" ".repeat(40)}The extension received a fax\n`);
  expect(list).toContain("◯ account/~/extension/~/inbound-messages     A message arrived;");
  await screen.press(..."posts", keys.enter);
  const shown = await screen.see("Ready. Listening for /team-messaging/v1/posts.");
  expect(shown).toContain("This is the first question. Press Ctrl-C to leave.\n");
  expect(shown).toContain("  rcwh --profile emulator listen --filter posts --port 0\n");
});
