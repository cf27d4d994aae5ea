import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { keys, test } from "../support/live-screen.ts";

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
});
