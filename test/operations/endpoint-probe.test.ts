import { describe } from "vitest";
import type { Check } from "../../src/check/check.ts";
import { Interruption } from "../../src/errors.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { test } from "../support/rcwh.ts";

const rows = `  ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
  ✗ status    404 Not Found (limit: exactly 200; SUB-522)
              → Correct the path of the URL, or add a route for it.
  ✓ time      <n> ms, first byte after <n> ms
`;

/** An endpoint that can be broken and counts its handshakes. */
async function breakable() {
  let works = true;
  let handshakes = 0;
  const endpoint = await httpEndpoint((request, response) => {
    handshakes += 1;
    if (works) goodHandshake(request, response);
    else response.writeHead(404).end();
  });
  return {
    url: `${endpoint.url}/hook`,
    handshakes: () => handshakes,
    break() {
      works = false;
      handshakes = 0;
    },
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

const failing: Partial<Check> = {
  rule: "status",
  status: "fail",
  measured: "404 Not Found",
  code: "SUB-522",
};

describe("an endpoint that RingCentral refuses is checked locally", () => {
  test("by rcwh create, which shows the rows", async ({ rcwh, expect }) => {
    await using endpoint = await breakable();
    endpoint.break();
    const { exitCode, stderr } = await rcwh(
      `create --filter posts --url ${endpoint.url}?key=s3cret`,
    );

    expect(stderr.replaceAll(endpoint.url, "<url>")).toBe(
      `Tried <url>?… from here:\n${rows}error: RingCentral refused to create the subscription: WebHook responds with incorrect HTTP status. HTTP status is 404 (SUB-522)\nhint: Make the endpoint answer the handshake with exactly 200, without a redirect or a login; \`rcwh check '<url>?…'\` shows what it answers.\n`,
    );
    expect(exitCode).toBe(6);
  });

  test("by rcwh update --url", async ({ emulator, endpoint, rcwh, expect }) => {
    await using wrong = await breakable();
    wrong.break();
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [{ id = "" } = {}] = emulator.state().subscriptions;
    const shown = await rcwh(`update ${id} --url ${wrong.url} --yes`);
    const json = await rcwh(`update ${id} --url ${wrong.url} --yes --json`);

    expect(shown.stderr).toMatch(`Tried ${wrong.url} from here:\n${rows}error: `);
    expect(shown.exitCode).toBe(6);
    expect(JSON.parse(json.stderr).error.checks).toContainEqual(expect.objectContaining(failing));
    expect(json).toMatchObject({ exitCode: 6, stdout: "" });
  });

  test("by rcwh recover, once for each address", async ({ emulator, rcwh, expect }) => {
    await using endpoint = await breakable();
    for (const filter of ["posts", "voicemail"]) {
      await rcwh(`create --filter ${filter} --url ${endpoint.url}`);
    }
    for (const { id } of emulator.state().subscriptions) emulator.blacklist(id);
    endpoint.break();
    const shown = await rcwh("recover --yes");

    expect(shown.stderr.split(" from here:")).toHaveLength(2);
    expect(shown.stderr).toMatch(rows);
    expect(shown.exitCode).toBe(6);
    // Two from RingCentral and one from the local check.
    expect(endpoint.handshakes()).toBe(3);

    const { stdout } = await rcwh("recover --yes --json");
    const { results } = JSON.parse(stdout);
    expect(results).toHaveLength(2);
    for (const { error } of results) {
      expect(error.checks).toContainEqual(expect.objectContaining(failing));
    }
  });

  test("by rcwh renew --recover", async ({ emulator, rcwh, expect }) => {
    await using endpoint = await breakable();
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    for (const { id } of emulator.state().subscriptions) emulator.blacklist(id);
    endpoint.break();
    expect((await rcwh("renew --recover")).stderr).toMatch(rows);
  });

  test("by no command if nobody would see the result", async ({ rcwh, expect }) => {
    await using endpoint = await breakable();
    endpoint.break();
    const { exitCode, stderr } = await rcwh(`create --filter posts --url ${endpoint.url} -q`);

    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/^error: .*\nhint: .*\n$/);
    expect(endpoint.handshakes()).toBe(1);
  });

  test("until Ctrl-C, and the refusal is still reported", async ({ rcwh, expect }) => {
    const controller = new AbortController();
    let handshakes = 0;
    await using endpoint = await httpEndpoint((_, response) => {
      handshakes += 1;
      if (handshakes === 1) response.writeHead(404).end();
      else controller.abort(new Interruption());
    });
    const { exitCode, stderr } = await rcwh(`create --filter posts --url ${endpoint.url}`, {
      signal: controller.signal,
    });

    expect(handshakes).toBe(2);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/^error: .*\(SUB-522\)\nhint: .*\n$/);
  });

  test("unless the emulator refuses an address of another machine", async ({ rcwh, expect }) => {
    const { exitCode, stderr } = await rcwh("create --filter posts --url https://10.0.0.1/hook");
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/^error: .*\nhint: .*\n$/);
  });
});
