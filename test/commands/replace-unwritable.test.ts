import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { collection, loseAnswers } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { subscribe, takeRequests } from "../support/subscriptions.ts";

/** The user's file becomes read-only. */
async function fill(directory: string): Promise<void> {
  await mkdir(join(directory, "config", "config.json.previous"), { recursive: true });
}

const hint =
  "hint: Make rcwh's configuration directory writable and free some space, or set RCWH_CONFIG_DIR to another one.\n";

describe("a replacement that cannot be recorded", () => {
  test("does not begin if it must delete first", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    emulator.configure({ subscriptionLimit: 1 });
    await rcwh("list");
    await fill(directory);
    takeRequests(emulator);
    const { exitCode, stderr } = await rcwh("recover --yes -q --break-before-make");
    expect(exitCode).toBe(ExitCode.failure);
    expect(stderr).toContain(
      `error: ${id} (http://127.0.0.1:50100/hook) was not replaced, because rcwh cannot save its progress: a crash after the deletion would lose it. Nothing was changed.\n${hint}`,
    );
    expect(emulator.state().subscriptions).toMatchObject([{ id }]);
    expect(takeRequests(emulator).filter((each) => each.startsWith("DELETE"))).toEqual([]);
  });

  test("does not begin if the recorded token or lifetime would be lost", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    await rcwh(`create --filter sms --url ${endpoint.url} --expires-in 30d`);
    const before = emulator.state().subscriptions.map(({ id }) => id);
    for (const id of before) emulator.blacklist(id);
    await fill(directory);
    const { exitCode, stderr } = await rcwh("recover --yes -q");
    expect(exitCode).toBe(ExitCode.failure);
    expect(stderr).toContain("its recorded lifetime and verification token would be lost.");
    expect(emulator.state().subscriptions.map(({ id }) => id)).toEqual(before);
  });

  test("re-creates nothing if the recorded token or lifetime would be lost", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 30d --verification-token s3cret`,
    );
    const [id] = emulator.state().subscriptions.map((each) => each.id);
    clock.advance(31 * 86_400_000);
    await fill(directory);
    const { exitCode, stderr } = await rcwh("renew -q --recreate");
    expect(exitCode).toBe(ExitCode.failure);
    expect(stderr).toContain(
      `error: ${id} (http://127.0.0.1:50100/hook) was not re-created, because rcwh cannot save its progress: its recorded lifetime and verification token would be lost. Nothing was changed.\n${hint}`,
    );
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("continues if nothing can be lost and reports that the new token is not saved", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    await fill(directory);
    const { exitCode, stderr } = await rcwh("recover --yes -q --verification-token s3cret");
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toContain(
      "warning: The new verification token cannot be saved. Keep a copy: the next replacement will need it.",
    );
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
  });
});

describe("--break-before-make", () => {
  test("reports what is gone and how to restore it if it fails after the deletion", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    emulator.configure({ subscriptionLimit: 1 });
    const restore = emulator.intercept(
      ({ method, url }) =>
        method === "POST" && url.endsWith(collection) && emulator.state().subscriptions.length === 0
          ? new Response("{}", { status: 503 })
          : undefined,
      Number.POSITIVE_INFINITY,
    );
    const { exitCode, stderr } = await rcwh("recover --yes -q --break-before-make");
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(stderr).toMatch(
      new RegExp(
        `${id} \\(http://127.0.0.1:50100/hook\\) is deleted, and nothing replaces it yet\\.\nhint: Run \`rcwh renew\` as soon as RingCentral answers again, to finish this\\.\n$`,
      ),
    );
    restore();
    expect((await rcwh("renew -q")).exitCode).toBe(ExitCode.ok);
    expect(emulator.state().subscriptions).toMatchObject([{ status: "Active" }]);
  });

  test("reports a possible deletion if the answer is lost", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    emulator.configure({ subscriptionLimit: 1 });
    loseAnswers(emulator, `DELETE ${collection}/${id}`, {
      processed: false,
      answer: () => new Response("{}", { status: 502 }),
      times: 3,
    });
    const { exitCode, stderr } = await rcwh("recover --yes -q --break-before-make");
    expect(exitCode).toBe(ExitCode.unavailable);
    expect(stderr).toContain(
      `${id} (http://127.0.0.1:50100/hook) may be deleted, and nothing replaces it yet.`,
    );
  });
});
