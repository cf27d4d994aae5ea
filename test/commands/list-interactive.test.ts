import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import {
  answerList,
  ownFilters,
  subscribe,
  subscription,
  takeRequests,
  withoutProgress,
} from "../support/subscriptions.ts";

const list = "GET /restapi/v1.0/subscription";

describe("rcwh list -i", () => {
  test("shows the chosen subscription", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const answers = [id, "Show"];
    const { exitCode, stdout, stderr } = await rcwh("list -i", { tty: true, answers });
    expect(stdout).toMatch(new RegExp(`^id: +${id}\n`));
    expect(stderr).toBe("");
    expect(exitCode).toBe(ExitCode.ok);
  });

  test("renews the chosen subscription, due or not", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    takeRequests(emulator);
    const answers = [id, "Renew"];
    const result = await rcwh("list -i", { tty: true, columns: 120, answers });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 renewed.
      ",
        "stdout": "ID                                    OUTCOME  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  renewed  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(takeRequests(emulator)).toEqual([list, list, `POST ${list.slice(4)}/${id}/renew`, list]);
  });

  test("deletes the chosen subscription after a confirmation", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const answers = [id, "Delete", true];
    const result = await rcwh("list -i", { tty: true, columns: 120, answers });
    expect(withoutProgress(result)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "ID                                    STATUS  EXPIRES  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
        "stdout": "ID                                    OUTCOME  URL                          FILTERS
      00000004-0000-4000-8000-000000000000  deleted  http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      ",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("deletes nothing after a no", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const answers = [id, "Delete", false];
    const { exitCode, stdout } = await rcwh("list -i", { tty: true, answers });
    expect(stdout).toBe("");
    expect(exitCode).toBe(ExitCode.declined);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  for (const [change, answer, body] of [
    ["Add", "sms", [ownFilters.posts, ownFilters.sms]],
    ["Remove", "account/~/extension/~/presence", [ownFilters.posts]],
    ["Lifetime", "30d", [ownFilters.presence, ownFilters.posts]],
  ] as const) {
    test(`updates the chosen subscription: ${change}`, async ({
      emulator,
      endpoint,
      rcwh,
      expect,
    }) => {
      const eventFilters =
        change === "Add" ? [ownFilters.posts] : [ownFilters.posts, ownFilters.presence];
      const id = await subscribe(emulator, endpoint.url, { eventFilters });
      const answers = [id, "Update", change, answer];
      const { exitCode } = await rcwh("list -i", { tty: true, answers });
      expect(exitCode).toBe(ExitCode.ok);
      const [updated] = emulator.state().subscriptions;
      expect([...(updated?.eventFilters ?? [])].sort()).toEqual([...body].sort());
    });
  }

  for (const [change, wrong, right] of [
    ["Add", ["pots", "/webinar/notifications/v1/webinars"], "sms"],
    ["Lifetime", ["soon", "-1d"], "30d"],
    ["URL", ["nonsense", "http://example.com/hook"], "endpoint"],
  ] as const) {
    test(`asks again after a wrong answer: ${change}`, async ({
      emulator,
      endpoint,
      rcwh,
      expect,
    }) => {
      const id = await subscribe(emulator, endpoint.url);
      const url = `${endpoint.url}?new`;
      const last = right === "endpoint" ? [url, true] : [right];
      const answers = [id, "Update", change, ...wrong, ...last];
      const { exitCode, stderr } = await rcwh("list -i", { tty: true, answers });
      expect(stderr).not.toContain("error:");
      expect(exitCode).toBe(ExitCode.ok);
    });
  }

  test("offers to remove only what may go", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const answers = [id, "Update", "Remove"];
    const { stderr } = await rcwh("list -i", { tty: true, answers });
    expect(stderr).toContain("What do you want to change? has no choice Remove");
  });

  test("changes nothing if no change is chosen", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    const answers = [id, "Update", "URL", "  "];
    expect(await rcwh("list -i", { tty: true, answers })).toEqual({
      exitCode: ExitCode.declined,
      stdout: "",
      stderr: "Nothing was changed.\n",
    });
    expect(takeRequests(emulator)).toEqual([list]);
  });

  test("returns to the list and quits", async ({ emulator, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const nothing = { exitCode: ExitCode.ok, stdout: "", stderr: "" };
    const back = { tty: true, answers: [id, "Pick another", id, "Quit"] };
    expect(await rcwh("list -i", back)).toEqual(nothing);
    expect(await rcwh("list -i", { tty: true, answers: ["Quit"] })).toEqual(nothing);
  });

  test("offers the subscriptions that flags select", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const sms = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    // An empty answer picks the first choice.
    const { stdout } = await rcwh("list -i --filter */instant*", {
      tty: true,
      answers: ["", "Show"],
    });
    expect(stdout).toContain(sms);
  });

  test("gives the user unlimited time", async ({ emulator, clock, endpoint, rcwh, expect }) => {
    const id = await subscribe(emulator, endpoint.url);
    const afterLunch = {
      toString() {
        clock.advance(45 * 60_000);
        return "Renew";
      },
    };
    const result = await rcwh("list -i", { tty: true, answers: [id, afterLunch] });
    expect(withoutProgress(result)).toEqual({
      exitCode: ExitCode.ok,
      stdout: expect.stringContaining("renewed"),
      stderr: "1 renewed.\n",
    });
  });

  test("asks nothing if the list is empty", async ({ rcwh, expect }) => {
    expect(await rcwh("list -i", { tty: true })).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: "No subscriptions. Create one with `rcwh create --filter posts --url https://…`.\n",
    });
    expect(await rcwh("list -i --status unhealthy", { tty: true })).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: "No subscription matches.\n",
    });
  });

  test("refuses before any request if it cannot ask", async ({
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
    expect(await rcwh("list -i")).toEqual(refusal);
    const wide = { tty: true, columns: 100 };
    expect(await rcwh("list -i", { ...wide, env: { ...signedIn, CI: "true" } })).toEqual(refusal);
    expect(await rcwh("list -i --no-input", wide)).toEqual(refusal);
    expect(emulator.requests).toEqual([]);
  });

  test("keeps each choice on one line and hides its secrets", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    const address = `https://example.com/${"long/".repeat(30)}?token=s3cr3t`;
    const hostile = subscription("3f2a", {
      status: "Bad\nnews\u001b[31m",
      deliveryMode: { transportType: "WebHook", address },
    });
    answerList(emulator, [hostile]);
    const wrong = rcwh("list -i", { tty: true, columns: 80, answers: ["no such choice"] });
    expect((await wrong).exitCode).toBe(ExitCode.failure);
    const line = "3f2a0000  Bad news  in 6 d  https://example.com/long/";
    const right = await rcwh("list -i", { tty: true, columns: 80, answers: [line, "Quit"] });
    expect(right).toEqual({ exitCode: ExitCode.ok, stdout: "", stderr: "" });
  });
});
