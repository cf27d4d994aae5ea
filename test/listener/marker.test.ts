import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { withMarker } from "../../src/subscriptions/marker.ts";
import { test } from "../support/rcwh.ts";
import { answerList, subscription, takeRequests } from "../support/subscriptions.ts";

const list = "GET /restapi/v1.0/subscription";
const own = subscription("115e", { hours: 1, deliveryMode: hook("0a".repeat(12)) });
const blacklisted = { ...own, status: "Blacklisted" };

describe("the subscription of `rcwh listen`", () => {
  test("is renewed by other commands only when named", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [own]);
    for (const flags of [
      "--json",
      "--all",
      "--recover",
      "--within 2h",
      "--url https://example.com/*",
    ]) {
      expect((await rcwh(`renew ${flags}`)).stderr).not.toContain("renewed");
    }
    expect(takeRequests(emulator)).toEqual([list, list, list, list, list]);
    expect((await rcwh(`renew ${own.id} --dry-run`)).stderr).toBe("1 would be renewed.\n");
  });

  test("is recovered by other commands only when named", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [blacklisted]);
    expect((await rcwh("renew --recover")).stderr).toBe("1 skipped.\n");
    for (const flags of ["--json", "--status blacklisted"]) {
      expect((await rcwh(`recover --dry-run ${flags}`)).stderr).not.toContain("1 would");
    }
    expect((await rcwh(`recover ${own.id} --dry-run`)).stderr).toContain("1 would be recovered");
  });

  test("causes no warning", async ({ directory, emulator, rcwh, expect }) => {
    answerList(emulator, [own, { ...blacklisted, id: "9a7e0000-1111-4111-8111-111111111111" }]);
    const { exitCode } = await rcwh("list --fail-on expiring=24h,blacklisted");
    expect(exitCode).toBe(ExitCode.ok);
    const { stdout } = await rcwh("doctor -o ndjson");
    expect(stdout).not.toMatch(/"rule":"(?:status|expiry)"/);
    const path = join(directory, "rcwh.prom");
    await rcwh(["renew", "--metrics-file", path]);
    const metrics = await readFile(path, "utf8");
    expect(metrics).toMatch(/^rcwh_subscriptions\{.*\} 2$/m);
    expect(metrics).not.toMatch(/^rcwh_subscription_(?:active|expiration\w+)\{/m);
  });

  test("is recognized only by the complete marker", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [{ ...own, deliveryMode: hook("mine") }]);
    expect((await rcwh("renew --dry-run")).stderr).toBe("1 would be renewed.\n");
  });
});

function hook(marker: string) {
  const address = withMarker("https://example.com/hook?key=1", marker);
  return { transportType: "WebHook", encryption: false, address };
}
