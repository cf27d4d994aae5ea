import { createServer, type IncomingMessage } from "node:http";
import { describe, onTestFinished } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { test } from "../support/rcwh.ts";
import { answerList, subscribe, subscription } from "../support/subscriptions.ts";

const list = { method: "GET", path: "/restapi/v1.0/subscription" } as const;

interface Switch {
  readonly url: string;
  /** `METHOD /path` of each request, in order. */
  readonly pings: string[];
  readonly bodies: string[];
}

/** A dead man's switch that answers with these statuses in turn, then with 200. */
async function deadMansSwitch(...statuses: number[]): Promise<Switch> {
  const pings: string[] = [];
  const bodies: string[] = [];
  const endpoint = await httpEndpoint(async (request, response) => {
    pings.push(`${request.method} ${request.url}`);
    bodies.push(await textOf(request));
    response.statusCode = statuses.shift() ?? 200;
    response.end("OK");
  });
  onTestFinished(() => endpoint[Symbol.asyncDispose]());
  return { url: `http://127.0.0.1:${endpoint.port}/secret-uuid`, pings, bodies };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

describe("rcwh renew --ping-url", () => {
  test("reports start and success", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, endpoint.url);
    const { url, pings, bodies } = await deadMansSwitch();
    expect(await rcwh(["renew", "-q", "--ping-url", url])).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: "",
    });
    expect(pings).toEqual(["POST /secret-uuid/start", "POST /secret-uuid"]);
    expect(bodies).toEqual(["", "rcwh renew: exit code 0\nnot-due: 1"]);
  });

  test("reports a failure and its reason", async ({ emulator, rcwh, expect }) => {
    const { url, pings, bodies } = await deadMansSwitch();
    const { id, ...bad } = subscription("b", { status: "Blacklisted" });
    answerList(emulator, [{ id, ...bad }]);
    const { exitCode } = await rcwh(["renew", "--ping-url", url]);
    expect(exitCode).toBe(ExitCode.attention);
    expect(pings).toEqual(["POST /secret-uuid/start", "POST /secret-uuid/fail"]);
    expect(bodies[1]).toContain("rcwh renew: exit code 8\nblacklisted: 1\n");
    expect(bodies[1]).toContain(`${id} (https://example.com/ringcentral) is Blacklisted`);
  });

  test("reads RCWH_PING_URL and keeps its query", async ({ emulator, rcwh, signedIn, expect }) => {
    const { url, pings } = await deadMansSwitch();
    emulator.faults.add({ match: list, status: 503, times: "always" });
    const env = { ...signedIn, RCWH_PING_URL: `${url}/?key=1` };
    expect((await rcwh("renew", { env })).exitCode).toBe(ExitCode.unavailable);
    expect(pings).toEqual(["POST /secret-uuid/start?key=1", "POST /secret-uuid/fail?key=1"]);
  });

  test("reports a run without credentials and a failed hook", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { url, pings } = await deadMansSwitch();
    expect((await rcwh(["renew", "--ping-url", url], { env: {} })).exitCode).toBe(ExitCode.auth);
    expect(pings.splice(0)).toEqual(["POST /secret-uuid/fail"]);
    const id = await subscribe(emulator, endpoint.url);
    await rcwh(["renew", id, "--ping-url", url, "--on-renewed", "/bin/false"]);
    expect(pings).toEqual(["POST /secret-uuid/start", "POST /secret-uuid/fail"]);
  });

  test("sends nothing for a dry run", async ({ rcwh, expect }) => {
    const { url, pings } = await deadMansSwitch();
    await rcwh(["renew", "--dry-run", "--ping-url", url]);
    expect(pings).toEqual([]);
  });

  test("tries twice, then continues with a warning that hides the secret", async ({
    rcwh,
    expect,
  }) => {
    const flaky = await deadMansSwitch(200, 503);
    expect(await rcwh(["renew", "-q", "--ping-url", flaky.url])).toMatchObject({
      exitCode: ExitCode.ok,
      stderr: "",
    });
    expect(flaky.pings).toHaveLength(3);

    const gone = await deadMansSwitch(404, 404, 404, 404);
    const { host } = new URL(gone.url);
    const warning = `warning: Could not ping ${host}: it answered HTTP 404.\n`;
    expect(await rcwh(["renew", "-q", "--ping-url", gone.url])).toEqual({
      exitCode: ExitCode.ok,
      stdout: "",
      stderr: warning,
    });
    const { stderr } = await rcwh(["renew", "--json", "--ping-url", gone.url]);
    expect(stderr).not.toContain("secret-uuid");
  });

  test("does not outlast the deadline if nothing answers, and warns once", async ({
    rcwh,
    expect,
  }) => {
    const pings: string[] = [];
    const silent = await httpEndpoint((request) => void pings.push(`${request.url}`));
    onTestFinished(() => silent[Symbol.asyncDispose]());
    const startedAt = performance.now();
    const address = `http://127.0.0.1:${silent.port}/x`;
    const words = ["renew", "-q", "--deadline", "1s", "--ping-url", address];
    const { exitCode, stderr } = await rcwh(words);
    expect(exitCode).toBe(ExitCode.ok);
    expect(stderr).toMatch(/^warning: Could not ping [\d.:]+: .*did not answer within .*\n$/);
    expect(performance.now() - startedAt).toBeLessThan(9000);
    expect(pings).toEqual(["/x/start", "/x"]);
  });

  test("tolerates a URL where nothing listens", async ({ rcwh, expect }) => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await new Promise((resolve) => server.close(resolve));
    const { exitCode, stderr } = await rcwh([
      "renew",
      "-q",
      "--ping-url",
      `http://127.0.0.1:${port}/x`,
    ]);
    expect(exitCode).toBe(ExitCode.ok);
    const line = `warning: Could not ping 127.0.0.1:${port}: nothing listens at 127.0.0.1:${port} (ECONNREFUSED).\n`;
    expect(stderr).toBe(line);
  });

  test("requires https or a local address and never repeats the URL in the error", async ({
    emulator,
    rcwh,
    signedIn,
    expect,
  }) => {
    const hint = "hint: Give the ping URL of a check, such as https://hc-ping.com/<uuid>.\n";
    for (const url of [
      "http://hc.example.com/secret",
      "secret",
      "https://me:secret@hc.example.com",
    ]) {
      expect(await rcwh(["renew", "--ping-url", url])).toEqual({
        exitCode: ExitCode.usage,
        stdout: "",
        stderr: `error: Invalid --ping-url value: must be an https URL without a user name.\n${hint}`,
      });
    }
    const env = { ...signedIn, RCWH_PING_URL: "secret" };
    expect((await rcwh("renew", { env })).stderr).toBe(
      `error: Invalid RCWH_PING_URL: must be an https URL without a user name.\n${hint}`,
    );
    expect(emulator.requests).toEqual([]);
  });
});
