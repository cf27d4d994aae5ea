import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { deferred } from "../../src/machine/promises.ts";
import { test } from "../listener/kit.ts";
import { closedPort, goodHandshake, httpEndpoint } from "../support/endpoints.ts";

/** As in a terminal with RCWH_PROFILE=emulator. */
const env = { TERM: "dumb", RCWH_PROFILE: "emulator" };

describe("rcwh listen with the profile emulator", () => {
  test("receives what other commands send, over a gateway of its own", async ({
    listen,
    rcwh,
    directory,
    expect,
  }) => {
    const listener = await listen("--filter posts,sms", { env });
    const other = (command: string) => rcwh(command, { env });

    expect(await other("list")).toMatchObject({ stdout: expect.stringContaining("WebSocket") });
    expect(await other("emulator event posts")).toMatchObject({ exitCode: 0 });
    expect(await other("trigger sms")).toMatchObject({ exitCode: 0 });
    await listener.untilPrinted(2);
    expect(await other("emulator cut")).toMatchObject({ stderr: "Cut 1 WebSocket.\n" });
    const { exitCode, stdout } = await listener.stop();

    expect(stdout.split("\n").map((line) => line.split("\t")[1])).toEqual([
      "posts",
      "sms",
      undefined,
    ]);
    expect(exitCode).toBe(ExitCode.interrupted);
    // The subscription is gone, and the file is free again.
    expect(await other("list")).toMatchObject({ exitCode: 0, stdout: "" });
    const files = await readdir(join(directory, "config"));
    expect(files.filter((name) => name.startsWith("emulator"))).toEqual(["emulator.json"]);
  });

  test("shares the gateway of another listener, and keeps what is on record", async ({
    listen,
    rcwh,
    endpoint,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`, { env });
    const one = await listen("--filter posts", { env });
    const two = await listen("--filter posts", { env });

    await rcwh("emulator event posts", { env });
    await one.untilPrinted(1);
    await two.untilPrinted(1);
    await two.stop();
    await one.stop();

    expect(endpoint.events).toHaveLength(1);
    const { stdout } = await rcwh("list", { env });
    expect(stdout.trim().split("\n")).toHaveLength(1);
  });

  test("serves the emulator itself once the listener that did has ended", async ({
    listen,
    rcwh,
    clock,
    expect,
    onTestFinished,
  }) => {
    const one = await listen("--filter posts", { env });
    const two = await listen("--filter posts", { env });
    await one.stop();
    // It waits a second before it connects again, and that is all.
    await two.until("Reconnecting");
    const ticks = setInterval(() => clock.advance(10), 1);
    onTestFinished(() => clearInterval(ticks));
    const endedAt = clock.now();

    await two.until("may have been lost");

    expect(clock.now() - endedAt).toBeLessThan(15_000);
    await rcwh("emulator event posts", { env });
    await two.untilPrinted(1);
  });

  test("answers what others have asked before it ends", async ({
    listen,
    rcwh,
    clock,
    expect,
    onTestFinished,
  }) => {
    const listener = await listen("--filter posts", { env });
    // Those who wait for the file look again.
    const ticks = setInterval(() => clock.advance(50), 5);
    onTestFinished(() => clearInterval(ticks));
    let stopped: Promise<unknown> | undefined;
    await using slow = await httpEndpoint((request, response) => {
      stopped = listener.stop();
      setTimeout(() => goodHandshake(request, response), 200);
    });

    expect(await rcwh(`create --filter sms --url ${slow.url}`, { env })).toMatchObject({
      exitCode: 0,
    });
    await stopped;

    expect(await rcwh("list", { env })).toMatchObject({
      stdout: expect.stringContaining("message-store/instant?type=SMS"),
    });
  });

  test("leaves the emulator to the next command when it is killed", async ({
    rcwh,
    endpoint,
    directory,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`, { env });
    const lock = join(directory, "config", "emulator.json.lock");
    await writeFile(lock, `http://127.0.0.1:${await closedPort()}`);
    const killedAt = new Date(Date.now() - 60_000);
    await utimes(lock, killedAt, killedAt);

    expect(await rcwh("list", { env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("/hook\t/team-messaging/v1/posts"),
    });
  });

  test("says what to do about a damaged state", async ({ begin, rcwh, directory, expect }) => {
    await rcwh("list", { env });
    await writeFile(join(directory, "config", "emulator.json"), "{");
    const listener = await begin("--filter posts", { env });

    const { exitCode, stderr } = await listener.ended;

    expect(stderr).toContain("`rcwh --profile emulator emulator state --reset`");
    expect(exitCode).toBe(ExitCode.usage);
  });

  test("still refuses webinar events", async ({ begin, expect }) => {
    const listener = await begin("--filter webinar/creating", { env });

    expect(await listener.ended).toMatchObject({ exitCode: ExitCode.usage });
  });
});

describe("rcwh emulator --state with the file of the profile emulator", () => {
  test("serves the profile's other commands", async ({ rcwh, directory, expect }) => {
    const state = join(directory, "config", "emulator.json");
    await rcwh("list", { env });
    const stop = new AbortController();
    const started = deferred<void>();
    const server = rcwh(["emulator", "--port", "0", "--state", state], {
      env,
      signal: stop.signal,
      onOutput: () => started.resolve(),
    });
    await started.promise;

    expect(await rcwh("whoami", { env })).toMatchObject({ exitCode: 0 });
    expect(await rcwh("emulator clock --advance 1d", { env })).toMatchObject({
      stdout: expect.stringContaining("2026-11-23T12:00:00"),
    });
    stop.abort();
    await server;

    expect(await rcwh("emulator clock", { env })).toMatchObject({
      stdout: expect.stringContaining("2026-11-23T12:00:00"),
    });
  });
});
