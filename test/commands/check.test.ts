import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Check } from "../../src/check/check.ts";
import { endpointRules } from "../../src/check/rules.ts";
import { Interruption } from "../../src/errors.ts";
import { goodHandshake, httpEndpoint, rawEndpoint } from "../support/endpoints.ts";
import { type RunResult, test } from "../support/rcwh.ts";

/** No credentials, and no server to use them on. */
const noCredentials = {};

/** The output without the varying port and times. */
function steady({ exitCode, stdout, stderr }: RunResult, { url }: { readonly url: string }) {
  const { port } = new URL(url);
  const replace = (text: string) =>
    text
      .replaceAll(port, "50200")
      .replace(/\b(?:in|after|max|p50) \d+ ms|(?<=\t| {2})\d+ ms/g, (part) =>
        part.replace(/\d+/, "<n>"),
      );
  return { exitCode, stdout: replace(stdout), stderr: replace(stderr) };
}

describe("rcwh check", () => {
  test("connects to nothing on this machine with --public-only", async ({ rcwh, expect }) => {
    let calls = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      calls += 1;
      return goodHandshake(request, response);
    });
    for (const host of ["127.0.0.1", "localhost", "[::1]", "2130706433"]) {
      const url = endpoint.url.replace("127.0.0.1", host);
      const { exitCode, stderr } = await rcwh(`check ${url}/hook --public-only`, {
        env: noCredentials,
      });
      expect({ host, exitCode }).toEqual({ host, exitCode: 6 });
      expect(stderr).toMatch(/not tried: .* \(loopback\)/);
    }
    expect(calls).toBe(0);
  });

  test("prints a row per rule in a pipe", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const result = await rcwh(`check ${endpoint.url}/hook`, { env: noCredentials });

    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "RingCentral would accept this endpoint and its answer to an event.
      The endpoint is on this machine, so its public address, TLS and certificate were not checked: check its public URL too.
      ",
        "stdout": "url	pass	http://127.0.0.1:50200/hook	https			
      dns	skip	not needed for an IP address	an address			
      public-address	skip	this machine: RingCentral itself cannot reach it	reachable from the internet			
      tcp-ipv4	pass	127.0.0.1:50200 in <n> ms	a connection			
      tcp-ipv6	skip	no IPv6 address	a connection			
      tls-version	skip	plain http, accepted on this machine only	1.2 or later			
      certificate-chain	skip	plain http, accepted on this machine only	complete, to a public authority			
      certificate-name	skip	plain http, accepted on this machine only	the address's host			
      certificate-days	skip	plain http, accepted on this machine only	valid for 14 days or more			
      http	pass	an answer in HTTP/1.1	an answer in HTTP/1.x			
      status	pass	200 OK	exactly 200			
      redirect	pass	none	none			
      validation-token	pass	returned exactly	returned exactly			
      time	pass	<n> ms, first byte after <n> ms	<n> ms			
      size	pass	182 bytes	1024 bytes			
      content-type	pass	application/json	application/json			
      content-encoding	pass	none	none			
      http-version	pass	HTTP/1.1	HTTP/1.x			
      keep-alive	pass	the connection stays open	not required			
      repeated-handshake	pass	a second one passed too	answered like the first			
      event-status	pass	200 OK	exactly 200			
      event-time	pass	<n> ms	<n> ms			
      event-size	pass	174 bytes	1024 bytes			
      ",
      }
    `);
  });

  test("prints a table and the next steps on a terminal", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint((_, response) => response.writeHead(404).end());
    const result = await rcwh(`check ${endpoint.url}/hook?key=s3cret`, {
      env: { CI: "1" },
      tty: true,
    });

    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "error: RingCentral would refuse this endpoint with SUB-522. status: 404 Not
      Found (limit: exactly 200).
      hint: Fix it, then check again; see \`rcwh explain SUB-522\`.
      ",
        "stdout": "   CHECK         STATUS  FOUND
      ✗  status        fail    404 Not Found (SUB-522)
                               → Correct the path of the URL, or add a route for it.
      ✓  url           pass    http://127.0.0.1:50200/hook?…
      ✓  tcp-ipv4      pass    127.0.0.1:50200 in <n> ms
      ✓  http          pass    an answer in HTTP/1.1
      ✓  redirect      pass    none
      ✓  time          pass    <n> ms, first byte after <n> ms
      ✓  http-version  pass    HTTP/1.1, chunked
      -  16 skipped (-v shows them)
      ",
      }
    `);
  });

  test("folds what passed where a failure would leave the screen", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) goodHandshake(request, response);
      else response.writeHead(500).end();
    });
    const check = (flags: string, rows: number) =>
      rcwh(`check ${endpoint.url}${flags}`, { env: { CI: "1" }, tty: true, rows });
    const { stdout, stderr } = await check("", 24);

    expect(stdout).toMatchInlineSnapshot(`
      "   CHECK         STATUS  FOUND
      ✗  event-status  fail    Webhook responses with code: [500], reason: [Internal
                               Server Error]
                               → Answer every event with 200, even one that you
                               ignore; \`rcwh explain blacklisted-status\` has details.
                               An endpoint that passes the handshake but fails on
                               events is blacklisted within hours, without notice.
      ✓  15 passed (-v shows them)
      -  7 skipped (-v shows them)
      "
    `);
    expect(stdout.split("\n").length + stderr.split("\n").length).toBeLessThan(24);

    const tall = await check("", 50);
    expect(tall.stdout).toMatch(/^✗ {2}event-status .*\n(?: .*\n)+✓ {2}url .*\n/m);
    expect(tall.stdout).toContain("✓  keep-alive ");
    expect(tall.stdout).toContain("\n-  7 skipped (-v shows them)\n");

    const whole = await check(" -v", 24);
    const marks = [...whole.stdout.matchAll(/^[✗!✓-](?= )/gm)].map(([mark]) => mark).join("");
    expect(marks).toMatch(/^✗✓+-+$/);
    expect(marks).toHaveLength(endpointRules.length);
  });

  for (const [type, found] of [
    [undefined, "none"],
    ["text/html", "text/html"],
  ] as const) {
    test(`warns about a content type of ${type}, and does not say that RingCentral refuses it`, async ({
      rcwh,
      expect,
    }) => {
      await using endpoint = await httpEndpoint((request, response) => {
        response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
        if (type) response.setHeader("Content-Type", type);
        response.end();
      });
      const { exitCode, stdout, stderr } = await rcwh(`check ${endpoint.url} --samples 3`, {
        env: noCredentials,
      });
      expect(stdout.match(/^.*\twarn\t.*$/gm)).toEqual([
        `content-type\twarn\t${found}\tapplication/json\tSUB-525\tSend Content-Type: application/json anyway, even without a body: RingCentral's troubleshooting note requires it, although its own samples do not send it.\t`,
      ]);
      expect(stderr).toMatch(
        /^RingCentral should accept this endpoint and its answer to an event, with 1 warning\.\n/,
      );
      expect(exitCode).toBe(0);
    });
  }

  test("shows warnings before what passed, and folds one", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      response.setHeader("content-encoding", "gzip");
      goodHandshake(request, response);
    });
    const { exitCode, stdout } = await rcwh(`check ${endpoint.url}`, {
      env: {},
      tty: true,
      rows: 9,
    });
    expect(stdout).toMatch(/FOUND\n!(?:.*\n)+?✓ {2}\d+ passed \(-v shows them\)\n- {2}7 skipped/);
    expect(exitCode).toBe(0);
  });

  test("prints the rows as JSON", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint((_, response) => response.writeHead(204).end());
    const { exitCode, stdout, stderr } = await rcwh(`check ${endpoint.url} --json`, {
      env: noCredentials,
    });
    const { schemaVersion, checks } = JSON.parse(stdout);

    expect(schemaVersion).toBe(1);
    expect(checks).toContainEqual({
      rule: "status",
      status: "fail",
      measured: "204 No Content",
      limit: "exactly 200",
      code: "SUB-522",
      hint: "Set the status to 200, the only one that RingCentral's guide names.",
      exitCode: 6,
    });
    expect(JSON.parse(stderr)).toEqual({
      schemaVersion: 1,
      error: {
        code: "SUB-522",
        message: expect.stringMatching(
          /^RingCentral would refuse this endpoint with SUB-522\. status: 204/,
        ),
        hint: "Fix it, then check again; see `rcwh explain SUB-522`.",
        exitCode: 6,
      },
    });
    expect(exitCode).toBe(6);
  });

  test("warns of blacklisting when events are not answered", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) goodHandshake(request, response);
      else response.writeHead(404).end();
    });
    const result = await rcwh(`check ${endpoint.url} -o csv`, { env: noCredentials });

    expect(steady(result, endpoint).stderr).toMatchInlineSnapshot(`
      "error: The endpoint passes the handshake, but its answer to an event is wrong. RingCentral would create the subscription, then blacklist it. event-status: Webhook responses with code: [404], reason: [Not Found] (limit: exactly 200).
      hint: Fix it, then check again; see \`rcwh explain blacklisted-status\`.
      "
    `);
    expect(result.stdout).toMatch(/^event-status,fail,/m);
    expect(result.exitCode).toBe(6);
  });

  test("prints nothing with -q when every rule passes", async ({ endpoint, rcwh, expect }) => {
    const { exitCode, stderr } = await rcwh(`check ${endpoint.url} -q`, { env: noCredentials });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });
});

describe("rcwh check shows the query of the URL", () => {
  test.for([
    ["", false],
    ["-o csv", false],
    ["--show-secrets", true],
    ["--json", true],
    ["-o ndjson", true],
    ["-o yaml", true],
  ] as const)('with "%s": %s', async ([flags, shown], { endpoint, rcwh, expect }) => {
    const { stdout, stderr } = await rcwh(`check ${endpoint.url}?key=s3cret ${flags}`.trim(), {
      env: noCredentials,
    });
    expect(stdout.includes("?key=s3cret")).toBe(shown);
    expect(stderr).not.toMatch("s3cret");
  });
});

test("shows and requests a non-ASCII host in its DNS form", async ({ rcwh, expect }) => {
  const { stdout } = await rcwh(["check", "https://exämple.invalid/ä?b=ü", "--show-secrets"], {
    env: noCredentials,
  });
  expect(stdout).toMatch("url\tpass\thttps://xn--exmple-cua.invalid/ä?b=ü\t");
});

describe("rcwh check delivers an event", () => {
  test("to this machine by default", async ({ endpoint, rcwh, expect }) => {
    await rcwh(`check ${endpoint.url} -q`, { env: noCredentials });
    expect(endpoint.events).toMatchObject([
      { event: "/team-messaging/v1/posts", body: { eventType: expect.stringMatching(/^Post/) } },
    ]);
  });

  test("that is an ordinary one: always a new post, each with an id of its own", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    const runs = 12;
    for (let run = 0; run < runs; run += 1) {
      await rcwh(`check ${endpoint.url} -q`, { env: noCredentials });
    }
    const events = endpoint.events as { uuid: string; body: { eventType: string; text: string } }[];
    expect(events.map(({ body }) => body.eventType)).toEqual(Array(runs).fill("PostAdded"));
    expect(new Set(events.map(({ body }) => body.text)).size).toBe(1);
    expect(new Set(events.map(({ uuid }) => uuid)).size).toBe(runs);
  });

  test("never with --no-event", async ({ endpoint, rcwh, expect }) => {
    const { stdout, stderr } = await rcwh(`check ${endpoint.url} --no-event`, {
      env: noCredentials,
    });
    expect(endpoint.events).toEqual([]);
    expect(stdout).toMatch("event-status\tskip\tnot requested\t");
    expect(stderr).toMatch("No event was delivered; add `--event` to try one.");
  });

  test("for the filter given with --event", async ({ endpoint, rcwh, expect }) => {
    await rcwh(["check", endpoint.url, "--event", "voicemail"], { env: noCredentials });
    expect(endpoint.events).toMatchObject([
      {
        event: expect.stringMatching(/^\/restapi\/v1\.0\/account\/\d+\/extension\/\d+\/voicemail$/),
      },
    ]);
  });

  test("when --event comes before the URL", async ({ endpoint, rcwh, expect }) => {
    const { exitCode } = await rcwh(["check", "--event", endpoint.url], { env: noCredentials });
    expect(exitCode).toBe(0);
    expect(endpoint.events).toHaveLength(1);
  });

  test("with the verification token", async ({ directory, rcwh, expect }) => {
    const tokens: unknown[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      tokens.push(request.headers["verification-token"]);
      goodHandshake(request, response);
    });
    const file = join(directory, "token");
    await writeFile(file, "s3cret\n", { mode: 0o600 });
    const result = await rcwh(["check", endpoint.url, "--verification-token-file", file], {
      env: noCredentials,
    });

    expect(result.exitCode).toBe(0);
    expect(tokens.length).toBeGreaterThan(1);
    expect(new Set(tokens)).toEqual(new Set(["s3cret"]));
    expect(result.stdout + result.stderr).not.toMatch("s3cret");
  });

  test("to another machine only after the handshake passes", async ({ rcwh, expect }) => {
    const words = "check https://no-such-host.invalid/hook --event";
    for (const options of [{}, { tty: true, answers: [] }]) {
      const { exitCode, stdout, stderr } = await rcwh(words, { env: { CI: "" }, ...options });
      expect(exitCode).toBe(6);
      expect(stdout).toMatch(/dns .*fail|dns\tfail/);
      expect(stderr).not.toMatch("Deliver");
    }
  });
});

describe("rcwh check --samples", () => {
  test("reports the median and the longest time", async ({ rcwh, expect }) => {
    let handshakes = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      handshakes += 1;
      goodHandshake(request, response);
    });
    const { stdout, exitCode } = await rcwh(`check ${endpoint.url} --samples 5 --no-event`, {
      env: noCredentials,
    });

    expect(stdout).toMatch(/^time\tpass\tp50 \d+ ms, max \d+ ms of 5/m);
    expect(handshakes).toBeGreaterThanOrEqual(5);
    expect(exitCode).toBe(0);
  });

  test.for(["0", "-1", "many", "1.5", "1001"])("refuses %s", async (count, { rcwh, expect }) => {
    const result = await rcwh(["check", "http://localhost:1", `--samples=${count}`], {
      env: noCredentials,
    });
    expect(result).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `error: Invalid --samples value "${count}": must be a whole number from 1 to 1000.\n`,
    });
  });
});

describe("rcwh check --timeout", () => {
  test("tightens RingCentral's limit and never relaxes it", async ({ rcwh, expect }) => {
    await using endpoint = await rawEndpoint("", { hangUp: false });
    const strict = await rcwh(`check ${endpoint.url} --timeout 1s`, { env: noCredentials });
    expect(strict.stdout).toMatch("time\tfail\tno answer within 1000 ms\t1000 ms\tSUB-521\t");
    const lax = await rcwh(`check ${endpoint.url} --timeout 1h`, { env: noCredentials });
    expect(lax.stdout).toMatch("time\tfail\tno answer within 3000 ms\t3000 ms\tSUB-521\t");
  });

  test("is not reported as RingCentral's own limit", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint((request, response) => {
      setTimeout(() => goodHandshake(request, response), 1300);
    });
    const { exitCode, stderr } = await rcwh(`check ${endpoint.url} --timeout 1s`, {
      env: noCredentials,
    });
    expect(exitCode).toBe(6);
    expect(stderr).toBe(
      "error: The endpoint is slower than --timeout; RingCentral allows 3000 ms. time: no answer within 1000 ms (limit: 1000 ms).\nhint: Make it faster, or check again without --timeout to see what RingCentral would answer.\n",
    );
  });

  test("does not outlast --deadline", async ({ rcwh, expect }) => {
    await using endpoint = await rawEndpoint("", { hangUp: false });
    const { exitCode, stdout, stderr } = await rcwh(`check ${endpoint.url} --deadline 1s`, {
      env: noCredentials,
    });
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^tcp-ipv4\tpass\t/m);
    expect(stdout).toMatch(/^time\tskip\tskipped: the run ended before\t/m);
    expect(stdout.trimEnd().split("\n")).toHaveLength(endpointRules.length);
    expect(stderr).toMatch("Could not check the endpoint: the run's deadline has passed.");
  });
});

describe("rcwh check refuses", () => {
  test.for([
    ["nothing", "", "Which endpoint? The URL is missing."],
    ["no scheme", "example.com/hook", "example.com/hook is not a full URL."],
    [
      "no scheme on this machine",
      "localhost:5000/webhook",
      "localhost:5000/webhook is not a full URL.",
    ],
    [
      "another scheme",
      "ftp://example.com/hook",
      "RingCentral delivers only to https, not to ftp://.",
    ],
    [
      "an incoming webhook",
      "https://hooks.ringcentral.com/webhook/v2/abc",
      "hooks.ringcentral.com is for incoming webhooks, which post messages into a chat.",
    ],
    [
      "a fragment",
      "https://example.com/hook#x",
      "https://example.com/hook#… has a fragment, which is never sent to a server.",
    ],
    [
      "a port that is none",
      "http://localhost:0/x",
      "http://localhost:0/x has port 0, which no server can listen on.",
    ],
    [
      "a port beyond the last one",
      "http://localhost:65536/x?key=s3cret",
      "http://localhost:65536/x?… has port 65536, but ports end at 65535.",
    ],
    ["a space", "https://example.com/a b", 'Invalid URL "https://example.com/a b".'],
    ["words", "https:// example", 'Invalid URL "https:// example".'],
  ])("%s", async ([, url = "", message], { rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh(["check", ...(url ? [url] : [])], {
      env: noCredentials,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(`error: ${message}\nhint: `);
  });

  test.for([
    ["example.com/hook?key=s3cret", "Try `rcwh check 'https://example.com/hook?…'`."],
    ["localhost:5000/webhook", "Try `rcwh check http://localhost:5000/webhook`."],
    ["127.0.0.1:5000", "Try `rcwh check http://127.0.0.1:5000`."],
    ["https://example.com/a b", "Use a full URL, such as https://example.com/hook."],
    ["https:// example", "Use a full URL, such as https://example.com/hook."],
  ])("%s and says what to use", async ([url = "", hint], { rcwh, expect }) => {
    const { stderr } = await rcwh(["check", url], { env: noCredentials });
    expect(stderr).toMatch(`hint: ${hint}\n`);
    expect(stderr).not.toMatch("s3cret");
  });

  test.for([
    [["--verification-token", "a", "--verification-token-file", "b"], "cannot be used together"],
    [["--verification-token", "a b"], "cannot be sent"],
  ] as const)(
    "a verification token together with conflicting flags",
    async ([flags, message], { rcwh, endpoint, expect }) => {
      const { exitCode, stderr } = await rcwh(["check", endpoint.url, ...flags], {
        env: noCredentials,
      });
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch("generate");
    },
  );

  test("more than one filter", async ({ endpoint, rcwh, expect }) => {
    const result = await rcwh(["check", endpoint.url, "--event", "sms,voicemail"], {
      env: noCredentials,
    });
    expect(result).toMatchObject({ exitCode: 2, stdout: "" });
    expect(result.stderr).toMatch(
      'Invalid --event value "sms,voicemail": must be one filter, not 2.',
    );
    expect(endpoint.handshakes()).toBe(0);
  });

  test("an unknown filter", async ({ endpoint, rcwh, expect }) => {
    const result = await rcwh(["check", endpoint.url, "--event", "nonsense"], {
      env: noCredentials,
    });
    expect(result).toMatchObject({ exitCode: 2, stdout: "" });
    expect(endpoint.handshakes()).toBe(0);
  });
});

describe("rcwh check in a terminal", () => {
  test("updates each row of a live list, then removes the list", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    const drawn = await rcwh(`check ${endpoint.url}`, {
      env: noCredentials,
      tty: true,
      columns: 60,
    });
    const list = drawn.stderr;

    // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's own
    const frames = list.split(/\r(?:\u001b\[\d+A)?\u001b\[J/);
    expect(frames[1]?.startsWith("\u001b[?7l· url\n· dns\n")).toBe(true);
    expect(list).toMatch("… http\n");
    expect(list).toMatch(/✓ status {14}200 OK\n/);
    // The last frame is the final message instead of a list.
    expect(frames.at(-1)).toMatch(/^RingCentral would accept this endpoint/);
    expect(drawn.stdout).toMatch(/^ +CHECK/);
    expect(drawn.exitCode).toBe(0);
  });

  test.for([
    ["in CI", { CI: "true" }, ""],
    ["in a dumb terminal", { TERM: "dumb" }, ""],
    ["with -q", {}, " -q"],
    ["with --json", {}, " --json"],
  ] as const)("draws no list %s", async ([, env, flag], { endpoint, rcwh, expect }) => {
    const { stderr } = await rcwh(`check ${endpoint.url}${flag}`, { env, tty: true });
    expect(stderr).not.toMatch("\u001b");
  });

  test("does not blame the endpoint for a Ctrl-C", async ({ rcwh, expect }) => {
    const controller = new AbortController();
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) goodHandshake(request, response);
      else controller.abort(new Interruption());
    });
    const { exitCode, stdout } = await rcwh(`check ${endpoint.url}`, {
      env: noCredentials,
      signal: controller.signal,
    });
    expect(exitCode).toBe(130);
    expect(stdout).not.toMatch("\tfail\t");
    expect(stdout).toMatch("event-status\tskip\tskipped: the run ended before\t");
  });

  test("leaves a clean terminal after Ctrl-C", async ({ rcwh, expect }) => {
    const controller = new AbortController();
    await using endpoint = await httpEndpoint(() => controller.abort(new Interruption()));
    const { exitCode, stdout, stderr } = await rcwh(`check ${endpoint.url}`, {
      env: noCredentials,
      tty: true,
      signal: controller.signal,
    });

    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/✓ {2}tcp-ipv4 +pass/);
    expect(stdout).toMatch(/^- {2}\d+ skipped \(-v shows them\)$/m);
    expect(stderr.endsWith("\u001b[22A\u001b[J")).toBe(true);
  });
});

test("docs/endpoints.md lists every rule of rcwh check with its limit", async ({
  endpoint,
  rcwh,
  expect,
}) => {
  const page = await readFile(join(import.meta.dirname, "../../docs/endpoints.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([\w-]+)` +\| (.*?) +\|/gm)];
  const { checks } = JSON.parse(
    (await rcwh(`check ${endpoint.url} --json`, { env: noCredentials })).stdout,
  );

  expect(rows.map(([, rule]) => rule)).toEqual(endpointRules);
  expect(rows.map(([, rule, limit]) => ({ rule, limit }))).toEqual(
    checks.map(({ rule, limit }: Check) => ({ rule, limit })),
  );
});
