import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import { answerList, ownFilters, subscription } from "../support/subscriptions.ts";

const disabledFilters = [{ filter: ownFilters.sms, reason: "SUB-402", message: "No." }];
const healthy = subscription("a");
const expiring = subscription("b", { hours: 5 });
const bad = subscription("c", { status: "Blacklisted" });
const partlyDisabled = subscription("d", { disabledFilters });

describe("rcwh list --fail-on", () => {
  test("ends with 0 if no condition is met", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [healthy, bad, partlyDisabled]);
    const plain = await rcwh("list");
    expect(await rcwh("list --fail-on expiring=24h")).toEqual(plain);
    expect(plain.exitCode).toBe(ExitCode.ok);
  });

  test("prints the list and reports what is wrong", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [healthy, expiring]);
    const plain = await rcwh("list");
    expect(await rcwh("list --fail-on expiring=5h")).toEqual({
      exitCode: ExitCode.attention,
      stdout: plain.stdout,
      stderr: `attention: ${expiring.id} (https://example.com/ringcentral) expires in 5 h.\nhint: Renew it with \`rcwh renew ${expiring.id}\`.\n`,
    });
    expect(await rcwh("list --fail-on expiring=4h")).toEqual(plain);
  });

  test("names each subscription and condition", async ({ emulator, rcwh, expect }) => {
    const both = subscription("e", { hours: -1, status: "Suspended", expiresIn: -3600 });
    answerList(emulator, [both, healthy, expiring, bad, partlyDisabled]);
    const { exitCode, stderr } = await rcwh(
      "list --fail-on expiring=24h,blacklisted,disabled-filters",
    );
    expect(exitCode).toBe(ExitCode.attention);
    expect(stderr).toBe(
      [
        "attention: 4 of 5 need attention:",
        `  ${both.id} (https://example.com/ringcentral) expired 1 h ago.`,
        `  ${both.id} (https://example.com/ringcentral) is Suspended: no events are delivered.`,
        `  ${expiring.id} (https://example.com/ringcentral) expires in 5 h.`,
        `  ${bad.id} (https://example.com/ringcentral) is Blacklisted: no events are delivered.`,
        `  ${partlyDisabled.id} (https://example.com/ringcentral) has disabled filters: ${ownFilters.sms}.`,
        "hint: Renew them with `rcwh renew e0000000-1111-4111-8111-111111111111 b0000000-1111-4111-8111-111111111111`.",
        "hint: Fix the endpoints, then bring the subscriptions back with `rcwh recover e0000000-1111-4111-8111-111111111111 c0000000-1111-4111-8111-111111111111`.",
        "hint: Give the app the permission ReadMessages, and the user's role the permission that RingCentral names; then run `rcwh update d0000000-1111-4111-8111-111111111111 --add-filter 'account/~/extension/~/message-store/instant?type=SMS'`.",
        "",
      ].join("\n"),
    );
  });

  test("prints only the list on stdout in JSON", async ({ emulator, rcwh, expect }) => {
    answerList(emulator, [bad, healthy]);
    const { exitCode, stdout, stderr } = await rcwh("list --json --fail-on blacklisted");
    expect(exitCode).toBe(ExitCode.attention);
    expect(JSON.parse(stdout).subscriptions).toHaveLength(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "UNHEALTHY", exitCode: 8 } });
    expect(JSON.parse((await rcwh("list --json --fail-on expiring=10y")).stderr)).toMatchObject({
      error: { code: "EXPIRING", exitCode: 8 },
    });
  });

  test("checks only selected subscriptions and ignores WebSocket expiry", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const deliveryMode = { transportType: "WebSocket", encryption: false } as const;
    const socket = subscription("f", { hours: 1, deliveryMode });
    answerList(emulator, [bad, socket]);
    expect((await rcwh("list --fail-on expiring=24h")).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("list --status active --fail-on blacklisted")).exitCode).toBe(ExitCode.ok);
  });

  test("refuses an unknown condition", async ({ emulator, rcwh, expect }) => {
    const forms =
      "hint: Use one or more of expiring=24h, blacklisted, disabled-filters and gone, separated by commas.\n";
    for (const [conditions, message] of [
      ["expired", 'Invalid --fail-on condition "expired".'],
      ["blacklisted,", 'Invalid --fail-on condition "".'],
      ["blacklisted=1", 'Invalid --fail-on condition "blacklisted=1".'],
      ["expiring", "--fail-on expiring needs a duration."],
      ["expiring=", "--fail-on expiring needs a duration."],
    ]) {
      expect(await rcwh(`list --fail-on ${conditions}`)).toEqual({
        exitCode: ExitCode.usage,
        stdout: "",
        stderr: `error: ${message}\n${forms}`,
      });
    }
    expect((await rcwh("list --fail-on expiring=soon")).stderr).toMatch(
      /^error: Invalid --fail-on expiring= value "soon": must be a duration\.\n/,
    );
    for (const flag of ["--watch", "--interactive"]) {
      expect(await rcwh(`list --fail-on blacklisted ${flag}`)).toEqual({
        exitCode: ExitCode.usage,
        stdout: "",
        stderr: `error: --fail-on and ${flag} cannot be used together.\nhint: Use one of them.\n`,
      });
    }
    expect(emulator.requests).toEqual([]);
  });
});
