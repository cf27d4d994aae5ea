import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, onTestFinished } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { parseMetrics } from "../support/metrics.ts";
import { now, test } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";

/** A hook that saves its standard input and its arguments to files. */
function keep(path: string): string {
  return `/bin/sh -c 'cat > "$0.json"; echo $RCWH_COMMAND $RCWH_EXIT_CODE $RCWH_RENEWED $RCWH_FAILED $RCWH_PROFILE > "$0.txt"' ${path}`;
}

function read(path: string) {
  return {
    document: JSON.parse(readFileSync(`${path}.json`, "utf8")) as unknown,
    variables: readFileSync(`${path}.txt`, "utf8").trimEnd(),
  };
}

async function deadMansSwitch() {
  const pings: string[] = [];
  const endpoint = await httpEndpoint((request, response) => {
    pings.push(request.url ?? "");
    response.end();
  });
  onTestFinished(() => endpoint[Symbol.asyncDispose]());
  return { url: `http://127.0.0.1:${endpoint.port}/uuid`, pings };
}

describe("rcwh recover", () => {
  test("reports recovered subscriptions to hooks, metrics and the ping URL", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    emulator.blacklist(id);
    const [hook, metrics] = [join(directory, "renewed"), join(directory, "rcwh.prom")];
    const { url, pings } = await deadMansSwitch();
    const { exitCode, stderr } = await rcwh([
      ...["recover", "-q", "--yes", "--metrics-file", metrics, "--ping-url", url],
      ...["--on-renewed", keep(hook), "--on-failure", keep(join(directory, "failure"))],
    ]);

    const [made] = emulator.state().subscriptions;
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toMatch(/^warning: rcwh did not create [^\n]*\n$/);
    expect(read(hook)).toEqual({
      variables: "recover 0 1 0 environment",
      document: expect.objectContaining({
        command: "recover",
        exitCode: 0,
        outcomes: { recovered: 1 },
        results: [expect.objectContaining({ id, newId: made?.id, outcome: "recovered" })],
      }),
    });
    expect(existsSync(join(directory, "failure.txt"))).toBe(false);
    expect(pings).toEqual(["/uuid/start", "/uuid"]);
    const samples = parseMetrics(readFileSync(metrics, "utf8"));
    const active = samples.filter(({ name }) => name === "rcwh_subscription_active");
    expect(active.map(({ labels, value }) => [labels["id"], value])).toEqual([[made?.id, 1]]);
  });

  test("reports an endpoint that still fails, and a missing --yes", async ({
    directory,
    emulator,
    rcwh,
    expect,
  }) => {
    let status = 200;
    await using endpoint = await httpEndpoint((request, response) => {
      response.writeHead(status, {
        "Validation-Token": request.headers["validation-token"] ?? "",
        "Content-Type": "application/json",
      });
      response.end();
    });
    const id = await subscribe(emulator, `${endpoint.url}/hook`);
    emulator.blacklist(id);
    status = 500;
    const { url, pings } = await deadMansSwitch();
    const flags = ["-q", "--ping-url", url];
    const first = join(directory, "first");
    expect(await rcwh(["recover", "--yes", ...flags, "--on-failure", keep(first)])).toMatchObject({
      exitCode: ExitCode.endpoint,
    });
    expect(read(first)).toMatchObject({
      variables: "recover 6 0 1 environment",
      document: { results: [{ id, outcome: "refused" }] },
    });
    expect(pings).toEqual(["/uuid/start", "/uuid/fail"]);

    const second = join(directory, "second");
    expect(await rcwh(["recover", ...flags, "--on-failure", keep(second)])).toMatchObject({
      exitCode: ExitCode.declined,
    });
    expect(read(second)).toMatchObject({
      variables: "recover 9 0 0",
      document: { error: { code: "CONFIRMATION_NEEDED" } },
    });
    expect(pings.slice(2)).toEqual(["/uuid/fail"]);
  });

  test("reports nothing after a dry run or a no", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.blacklist(await subscribe(emulator, endpoint.url));
    const metrics = join(directory, "rcwh.prom");
    const { url, pings } = await deadMansSwitch();
    const flags = ["--metrics-file", metrics, "--ping-url", url];
    expect((await rcwh(["recover", "--dry-run", ...flags])).exitCode).toBe(ExitCode.ok);
    const asked = { tty: true, answers: [false] };
    expect((await rcwh(["recover", ...flags], asked)).exitCode).toBe(ExitCode.declined);
    expect(pings).toEqual([]);
    expect(existsSync(metrics)).toBe(false);
  });

  test("leaves the status and the last success to rcwh renew", async ({
    directory,
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    const metrics = join(directory, "rcwh.prom");
    await rcwh(["renew", "--metrics-file", metrics]);
    const before = await rcwh("status --json");
    clock.advance(60_000);
    await rcwh(["recover", "--yes", "--metrics-file", metrics]);
    expect(await rcwh("status --json")).toEqual(before);
    const value = (metric: string) =>
      parseMetrics(readFileSync(metrics, "utf8")).find(({ name }) => name === metric)?.value;
    expect(value("rcwh_last_success_timestamp_seconds")).toBe(now / 1000);
    expect(value("rcwh_last_run_timestamp_seconds")).toBe(now / 1000 + 60);
  });
});
