import { writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { Interruption } from "../../src/errors.ts";
import {
  closedPort,
  goodHandshake,
  httpEndpoint,
  httpsEndpoint,
  rawEndpoint,
} from "../support/endpoints.ts";
import { asked, collection, loseAnswers, losses } from "../support/faults.ts";
import { type RunResult, test } from "../support/rcwh.ts";
import { stored } from "../support/subscriptions.ts";

/** The requests to create that the emulator received. */
function created(emulator: Emulator): unknown {
  return emulator.requests.findLast(({ method, path }) => method === "POST" && path === collection)
    ?.body;
}

/** The output about an endpoint, without its varying port. */
function steady({ stdout, stderr, exitCode }: RunResult, { url }: { readonly url: string }) {
  const { port } = new URL(url);
  return { exitCode, stdout, stderr: stderr.replaceAll(port, "50200") };
}

const remote = {
  RCWH_SERVER: "https://platform.ringcentral.com",
  RCWH_CLIENT_ID: "app",
  RCWH_CLIENT_SECRET: "app-secret",
  RCWH_JWT: "jwt-of-the-user",
};

describe("rcwh create", () => {
  test("creates a subscription if the endpoint answers the handshake", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const result = await rcwh(`create --filter glip/posts,voicemail --url ${endpoint.url}`, {
      tty: true,
      columns: 140,
    });

    expect(result.stdout).toMatchInlineSnapshot(`
      "ID                                    STATUS  EXPIRES  URL                          FILTERS
      00000005-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  account/~/extension/~/voicemail
                                                                                          glip/posts
      "
    `);
    expect(result.stderr).toMatchInlineSnapshot(`
      "glip/posts is the deprecated spelling of /team-messaging/v1/posts; it is sent as written.
      It expires in 7 d, RingCentral's default. Keep it alive with \`rcwh renew\` from cron, or choose a longer --expires-in.
      "
    `);
    expect(result.exitCode).toBe(0);
    expect(endpoint.handshakes()).toBe(1);
    expect(emulator.state().subscriptions).toHaveLength(1);
    expect(asked(emulator)).toEqual([`GET ${collection}`, `POST ${collection}`]);
  });

  for (const words of [
    "posts,sms URL",
    "-f posts -f sms -u URL",
    "URL --filter posts,sms",
    "URL posts,sms",
  ]) {
    test(`takes filters and URL as ${words}`, async ({ emulator, endpoint, rcwh, expect }) => {
      const { exitCode, stderr } = await rcwh(`create -q ${words.replace("URL", endpoint.url)}`);
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      expect(created(emulator)).toMatchObject({
        eventFilters: [
          "/team-messaging/v1/posts",
          "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
        ],
        deliveryMode: { address: endpoint.url },
      });
    });
  }

  test("prints one machine-readable line in a pipe", async ({ endpoint, rcwh, expect }) => {
    const { stdout, stderr, exitCode } = await rcwh(
      `create --filter posts --filter sms --url ${endpoint.url}?key=secret --expires-in 10y`,
    );

    expect(stdout.split("\t")).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      "Active",
      "2036-11-19T12:00:00.000Z",
      "WebHook",
      "http://127.0.0.1:50100/hook?…",
      "/restapi/v1.0/account/4000000001/extension/7000000001/message-store/instant?type=SMS,/team-messaging/v1/posts",
      "environment",
      "platform\n",
    ]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("prints one JSON object with the server's own keys and nothing else", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    const { stdout, stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url}?key=secret --json`,
      { tty: true },
    );

    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      subscriptions: [
        {
          uri: expect.stringMatching(
            /^http:\/\/127\.0\.0\.1:40100\/restapi\/v1\.0\/subscription\//,
          ),
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          eventFilters: ["/team-messaging/v1/posts"],
          creationTime: "2026-11-22T12:00:00.000Z",
          expirationTime: "2026-11-29T12:00:00.000Z",
          expiresIn: 604_799,
          status: "Active",
          deliveryMode: {
            transportType: "WebHook",
            encryption: false,
            address: "http://127.0.0.1:50100/hook?key=secret",
          },
          profile: "environment",
          api: "platform",
        },
      ],
    });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("uses the webinar API for a webinar filter", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const { stdout, stderr, exitCode } = await rcwh(
      `create --filter webinar-sessions --url ${endpoint.url} --expires-in 7d -q`,
    );

    expect(stdout.trim().split("\t").slice(5)).toEqual([
      "/webinar/configuration/v1/company/sessions",
      "environment",
      "webinar",
    ]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(asked(emulator)).toEqual([
      "GET /webinar/notifications/v1/subscriptions",
      "POST /webinar/notifications/v1/subscriptions",
    ]);
  });

  test("warns about the volume of an account-wide filter", async ({ endpoint, rcwh, expect }) => {
    const result = await rcwh(
      `create --filter account-telephony --url ${endpoint.url} --expires-in 30d`,
      { tty: true },
    );

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "account/~/telephony/sessions covers every user of the account: expect many
      events.
      ",
        "stdout": "ID                                    STATUS  EXPIRES
      00000005-0000-4000-8000-000000000000  Active  in 30 d
        http://127.0.0.1:50100/hook
        account/4000000001/telephony/sessions
      ",
      }
    `);
  });

  test.for([
    ["90s", 90],
    ["36h", 129_600],
    ["2w", 1_209_600],
    ["10y", 315_360_000],
    ["max", 315_360_000],
    ["2026-11-23T12:00:00Z", 86_400],
    ["2026-11-23T14:00:00+02:00", 86_400],
  ] as const)(
    "--expires-in %s requests %i s",
    async ([text, expiresIn], { emulator, endpoint, rcwh, expect }) => {
      const { stderr, exitCode } = await rcwh(
        `create --filter posts --url ${endpoint.url} --expires-in ${text}`,
      );

      expect(created(emulator)).toMatchObject({ expiresIn });
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
    },
  );

  test("uses the server's default lifetime without --expires-in and reports it", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({ defaultLifetime: 1_209_600 });

    const { stderr } = await rcwh(`create --filter posts --url ${endpoint.url}`);

    expect(created(emulator)).not.toHaveProperty("expiresIn");
    expect(stderr).toMatchInlineSnapshot(`
      "It expires in 14 d, RingCentral's default. Keep it alive with \`rcwh renew\` from cron, or choose a longer --expires-in.
      "
    `);
  });

  test("adds a reminder", async ({ emulator, endpoint, rcwh, expect }) => {
    const { stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 7d --remind 3d/12h`,
    );

    expect(created(emulator)).toMatchObject({
      eventFilters: [
        "/team-messaging/v1/posts",
        "/restapi/v1.0/subscription/~?threshold=259200&interval=43200",
      ],
    });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("records what the server does not return", async ({ directory, endpoint, rcwh, expect }) => {
    await writeFile(join(directory, "token"), "s3cret-token\n");
    await rcwh(
      `create --filter voicemail --url ${endpoint.url}?key=1 --expires-in 10y --verification-token-file ${directory}/token`,
    );

    expect(await stored(directory, "records")).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        api: "platform",
        eventFilters: ["/restapi/v1.0/account/~/extension/~/voicemail"],
        address: `${endpoint.url}?key=1`,
        expiresIn: 315_360_000,
        expirationTime: "2036-11-19T12:00:00.000Z",
        verificationToken: "s3cret-token",
      },
    ]);
  });
});

test("rcwh create says what a lifetime below a minute is good for", async ({ rcwh, expect }) => {
  const create = "create --filter posts --url http://127.0.0.1:1/hook --dry-run --expires-in";
  const { exitCode, stderr } = await rcwh(`${create} 1s`);
  expect(stderr).toContain(
    "warning: A lifetime of 1 s is over before most events can arrive. RingCentral's default is 7 d.\n",
  );
  expect(exitCode).toBe(0);
  expect((await rcwh(`${create} 1m`)).stderr).not.toContain("lifetime");
});

describe("rcwh create refuses, before any request,", () => {
  test.for([
    [
      "--expires-in 0",
      'error: Invalid --expires-in value "0": must be at least 1s.',
      "hint: Use a duration such as 90s, 15m, 36h, 7d, 2w or 10y.",
    ],
    [
      "--expires-in 11y",
      'error: Invalid --expires-in value "11y": RingCentral\'s maximum is 10 y.',
      "hint: Use max for the longest lifetime.",
    ],
    [
      "--expires-in abc",
      'error: Invalid --expires-in value "abc": must be a duration.',
      "hint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y; or use max, or a time such as 2027-01-31T00:00:00Z.",
    ],
    [
      "--expires-in 7",
      'error: Invalid --expires-in value "7": add a unit, for example 7d.',
      "hint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y; or use max, or a time such as 2027-01-31T00:00:00Z.",
    ],
    [
      "--expires-in 604800",
      'error: Invalid --expires-in value "604800": add a unit, for example 604800s.',
      "hint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y; or use max, or a time such as 2027-01-31T00:00:00Z.",
    ],
    [
      "--remind 4d",
      "error: A reminder 4 d before expiry needs a lifetime of at least 8 d, but it is 7 d.",
      "hint: Choose a shorter reminder, or a longer --expires-in.",
    ],
    [
      "--remind 2d/2d",
      "error: A reminder's interval must be at most half its threshold: 2 d is more than half of 2 d.",
      "hint: Make the interval shorter or the threshold longer.",
    ],
    [
      "--if-exists maybe",
      'error: Invalid --if-exists value "maybe": use error, reuse or new.',
      undefined,
    ],
    [
      "--filter voicemial",
      'error: Unknown event filter "voicemial".',
      "hint: Try voicemail, search with `rcwh filters`, or write out its whole URI.",
    ],
    [
      "--filter nopost",
      'error: Unknown event filter "nopost".',
      "hint: Try posts, search with `rcwh filters`, or write out its whole URI.",
    ],
    [
      "--filter glip/post",
      'error: Unknown event filter "glip/post".',
      "hint: Try glip/posts, search with `rcwh filters`, or send it unchecked with --allow-unknown-filter.",
    ],
    [
      "--filter account/~/extension/~/message-store?messageType=SMS",
      'error: account/~/extension/~/message-store: The filter has no parameter "messageType"; only the REST API has that name.',
      "hint: Write type= instead, as in message-store?type=SMS",
    ],
    [
      "--filter webinar-sessions",
      "error: One subscription cannot combine /webinar/configuration/v1/company/sessions (webinar API) and /team-messaging/v1/posts (platform API).",
      "hint: Create two subscriptions, one for the webinar filters and one for the others.",
    ],
    [
      "--url http://example.com/hook?key=secret",
      "error: RingCentral delivers only to https, not to http://.",
      "hint: Use https://example.com/hook.",
    ],
    [
      "--url example.com/hook?key=secret",
      'error: Invalid URL "example.com/hook?…".',
      "hint: Use a full URL, such as https://example.com/hook.",
    ],
    [
      "--url https://hooks.ringcentral.com/webhook/v2/abc",
      "error: hooks.ringcentral.com is for incoming webhooks, which post messages into a chat.",
      "hint: Use the URL of your own server, to which RingCentral will deliver events.",
    ],
    [
      "--url https://example.com/hook#secret",
      "error: https://example.com/hook#… has a fragment, which is never sent to a server.",
      "hint: Remove the # and everything after it.",
    ],
    [
      "--verification-token-file /nowhere/token",
      "error: --verification-token-file: cannot read /nowhere/token: no such file or directory.",
      "hint: Give the path of a file that holds only the secret, such as ./secret.txt.",
    ],
    [
      "--verification-token-file -",
      "error: --verification-token-file: standard input is empty.",
      "hint: Put only the secret there.",
    ],
    [
      "--generate-verification-token --verification-token abc",
      "error: --generate-verification-token and --verification-token cannot be used together.",
      "hint: Use one of them to give the verification token.",
    ],
  ] as const)("%s", async ([flags, error, hint], { emulator, endpoint, rcwh, expect }) => {
    const url = flags.includes("--url") ? "" : ` --url ${endpoint.url}`;

    expect(await rcwh(`create --filter posts${url} ${flags}`)).toEqual({
      stdout: "",
      stderr: hint === undefined ? `${error}\n` : `${error}\n${hint}\n`,
      exitCode: 2,
    });
    expect(emulator.requests).toEqual([]);
  });

  test("a missing --filter or --url", async ({ endpoint, rcwh, expect }) => {
    expect(await rcwh(`create --url ${endpoint.url}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Which events? Add --filter.
      hint: For example --filter posts. See all filters with \`rcwh filters\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("create --filter posts")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Where should events go? Add --url.
      hint: Give the public https URL of your endpoint, for example --url https://example.com/hook.
      ",
        "stdout": "",
      }
    `);
  });

  test("a filter or a URL as a word and as a flag", async ({ emulator, rcwh, expect }) => {
    const url = "https://example.com/hook?key=secret";
    expect(await rcwh(`create posts ${url} --filter sms`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Filters are given twice: "posts" and --filter.
      hint: Separate filters with commas, such as \`rcwh create posts,sms https://example.com/hook\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh(`create posts ${url} --url ${url}2`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: The URL is given twice: "https://example.com/hook?…" and --url https://example.com/hook?….
      hint: Give one URL; a subscription delivers to a single URL.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh(`create ${url} -u ${url}2`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: The URL is given twice: "https://example.com/hook?…" and --url https://example.com/hook?….
      hint: Give one URL; a subscription delivers to a single URL.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toEqual([]);
  });

  test("a token that is invalid in a header, without repeating it", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    const words = `create --filter posts --verification-token-file - --url ${endpoint.url}`;
    expect(await rcwh(words, { stdin: "two words" })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --verification-token-file: standard input contains spaces or other characters that a secret does not have.
      hint: Put only the secret there.
      ",
        "stdout": "",
      }
    `);
  });

  test("http to this machine when the server is remote", async ({ rcwh, expect }) => {
    const words = "create --filter posts --url http://localhost:8080/hook?key=secret";
    expect(await rcwh(words, { env: remote })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: RingCentral cannot reach localhost:8080: only this machine can.
      hint: Use the public https URL of a tunnel to it, or try it against \`rcwh emulator\`.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh create --dry-run", () => {
  const words = [
    ...["create", "--dry-run", "--filter", "sms", "--url", "https://example.com/hook?key=secret"],
    ...["--expires-in", "30d", "--generate-verification-token"],
  ];

  test("prints the request on a terminal, without its secrets", async ({ rcwh, expect }) => {
    const result = await rcwh(words, { env: remote, tty: true });

    expect(result.stdout).toMatchInlineSnapshot(`
      "POST https://platform.ringcentral.com/restapi/v1.0/subscription
      {
        "eventFilters": [
          "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"
        ],
        "deliveryMode": {
          "transportType": "WebHook",
          "address": "https://example.com/hook?…",
          "verificationToken": "…"
        },
        "expiresIn": 2592000
      }
      "
    `);
    expect(result.stderr).toMatchInlineSnapshot(`
      "Nothing was sent (--dry-run).
      "
    `);
    expect(result.exitCode).toBe(0);
  });

  test("prints the request in machine formats, with the whole URL", async ({ rcwh, expect }) => {
    const { stdout, stderr, exitCode } = await rcwh([...words, "--json"], { env: remote });
    const request = {
      method: "POST",
      url: "https://platform.ringcentral.com/restapi/v1.0/subscription",
      body: {
        eventFilters: ["/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"],
        deliveryMode: {
          transportType: "WebHook",
          address: "https://example.com/hook?key=secret",
          verificationToken: "…",
        },
        expiresIn: 2_592_000,
      },
    };

    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, requests: [request] });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const { stdout: line } = await rcwh([...words, "-o", "ndjson"], { env: remote });
    expect(JSON.parse(line)).toEqual(request);
  });

  test("needs no credentials", async ({ rcwh, expect }) => {
    const { stdout, exitCode } = await rcwh(words, { env: {} });

    expect(stdout).toMatch(/^POST https:\/\/platform\.ringcentral\.com\/restapi/);
    expect(exitCode).toBe(0);
  });

  test("sends and writes nothing", async ({ emulator, endpoint, rcwh, expect }) => {
    const { exitCode } = await rcwh(
      `create --filter webinar-sessions --url ${endpoint.url} --dry-run`,
    );

    expect(exitCode).toBe(0);
    expect(emulator.requests).toEqual([]);
    expect(endpoint.handshakes()).toBe(0);
  });
});

describe("rcwh create with a verification token", () => {
  const steady = (text: string) => text.replaceAll(/[\w-]{32}(?=\n|")/g, "<token>");

  test("generates a token, shows it once and sends it in deliveries", async ({
    directory,
    rcwh,
    expect,
  }) => {
    const received: unknown[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      received.push(request.headers["verification-token"]);
      goodHandshake(request, response);
    });
    const { stdout, stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 7d --generate-verification-token`,
      { tty: true },
    );
    const [token] = /[\w-]{32}(?=\n)/.exec(stderr) ?? [];

    expect(steady(stderr)).toMatchInlineSnapshot(`
      "Verification token (shown only once): <token>
      Every delivery has it in its Verification-Token header: let your endpoint
      compare it.
      "
    `);
    expect(stdout).not.toContain(token);
    expect(exitCode).toBe(0);
    expect(received).toEqual([token]);
    expect(await stored(directory, "records")).toMatchObject([{ verificationToken: token }]);
  });

  test("shows a generated token even with --quiet", async ({ endpoint, rcwh, expect }) => {
    const { stderr } = await rcwh(
      `create --filter posts --url ${endpoint.url} --generate-verification-token -q`,
    );
    expect(steady(stderr)).toContain("Verification token (shown only once): <token>");
  });

  test("prints the token as a key in JSON, YAML and NDJSON and nothing on stderr", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    const words = `create --filter posts --url ${endpoint.url} --expires-in 7d --if-exists new --generate-verification-token -q`;
    const json = await rcwh(`${words} --json`);
    const lines = await rcwh(`${words} -o ndjson`);
    const yaml = await rcwh(`${words} -o yaml`);

    expect(JSON.parse(json.stdout)).toEqual({
      schemaVersion: 1,
      subscriptions: [expect.not.objectContaining({ verificationToken: expect.anything() })],
      verificationToken: expect.stringMatching(/^[\w-]{32}$/),
    });
    expect(JSON.parse(lines.stdout)).toMatchObject({
      status: "Active",
      verificationToken: expect.stringMatching(/^[\w-]{32}$/),
    });
    expect(yaml.stdout).toMatch(/\nverificationToken: "?[\w-]{32}"?\n$/);
    expect([json.stderr, lines.stderr, yaml.stderr]).toEqual(["", "", ""]);
  });

  test("never shows the token in --debug", async ({ directory, endpoint, rcwh, expect }) => {
    const { stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --generate-verification-token --json --debug`,
    );
    const [record] = await stored(directory, "records");

    expect(exitCode).toBe(0);
    expect(record).toHaveProperty("verificationToken");
    expect(stderr).toContain("→ POST");
    expect(stderr).not.toContain(String({ verificationToken: "", ...record }.verificationToken));
  });

  test("reads the token from a file or standard input", async ({
    directory,
    endpoint,
    rcwh,
    expect,
  }) => {
    await writeFile(join(directory, "token"), "from-a-file\r\n");
    const words = `create --filter posts --url ${endpoint.url} --expires-in 7d --if-exists new --verification-token-file`;
    const results = [
      await rcwh(`${words} ${directory}/token`),
      await rcwh(`${words} -`, { stdin: "from-stdin\n" }),
    ];

    for (const { stdout, stderr, exitCode } of results) {
      expect(stdout).not.toContain("from-");
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
    }
    expect(await stored(directory, "records")).toMatchObject([
      { verificationToken: "from-a-file" },
      { verificationToken: "from-stdin" },
    ]);
  });

  test("warns when others can read the token", async ({ endpoint, rcwh, expect }) => {
    const { stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 7d --verification-token s3cret-token`,
    );

    expect(stderr).toMatchInlineSnapshot(`
      "warning: --verification-token shows the secret to everybody who can run \`ps\`. Use --verification-token-file instead.
      "
    `);
    expect(exitCode).toBe(0);
  });
});

describe("rcwh create when the endpoint breaks a rule", () => {
  const answers: Readonly<Record<string, RequestListener>> = {
    "no echo": (_, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end();
    },
    "a 404": (_, response) => {
      response.statusCode = 404;
      response.end();
    },
    "an answer that is too long": (request, response) => {
      response.setHeader("X-Padding", "x".repeat(1024));
      goodHandshake(request, response);
    },
  };

  test("SUB-520: the token is not returned", async ({ emulator, rcwh, expect }) => {
    await using endpoint = await httpEndpoint(answers["no echo"] ?? goodHandshake);
    const result = await rcwh(`create --filter posts --url ${endpoint.url}`);

    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "Tried http://127.0.0.1:50200 from here:
        ✓ tcp-ipv4          127.0.0.1:50100 in <n> ms
        ✗ validation-token  missing (limit: returned exactly; SUB-520)
                            → Copy the request's Validation-Token header to the answer, once and unchanged.
        ✓ time              <n> ms, first byte after <n> ms
        ✓ size              126 bytes
      error: RingCentral refused to create the subscription: Validation Token is not returned (SUB-520)
      hint: Make the endpoint copy the Validation-Token request header to its response; \`rcwh check http://127.0.0.1:50200\` shows what it answers.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("SUB-521: nothing listens", async ({ emulator, rcwh, expect }) => {
    const port = await closedPort();
    const result = await rcwh(`create --filter posts --url http://127.0.0.1:${port}`);

    expect(result.stderr.replaceAll(String(port), "50200")).toMatchInlineSnapshot(`
      "Tried http://127.0.0.1:50200 from here:
        ✗ tcp-ipv4  connect ECONNREFUSED 127.0.0.1:50200 (limit: a connection; SUB-521)
                    → Start the endpoint: nothing on this machine listens on port 50200.
      error: RingCentral refused to create the subscription: WebHook is not reachable: connect ECONNREFUSED 127.0.0.1:50200 (SUB-521)
      hint: Start the endpoint, such as \`rcwh listen --receive-only --port 50200 --path /\` in another terminal.
      "
    `);
    expect(result.exitCode).toBe(6);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("SUB-521: the answer is too late", async ({ emulator, rcwh, expect }) => {
    emulator.configure({ endpointDeadline: 50 });
    await using endpoint = await rawEndpoint("", { hangUp: false });
    const result = await rcwh(`create --filter posts --url ${endpoint.url} --timeout 1s`);

    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "Tried http://127.0.0.1:50200 from here:
        ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✗ time      no answer within <n> ms (limit: <n> ms; SUB-521)
                    → Answer first and process afterwards; wake up a serverless endpoint beforehand.
      error: RingCentral refused to create the subscription: WebHook is not reachable: no answer within 50 ms (SUB-521)
      hint: Make sure that the name resolves, the firewall admits RingCentral, and the answer takes less than 3 s; \`rcwh check http://127.0.0.1:50200\` shows what it answers.
      ",
        "stdout": "",
      }
    `);
  });

  test("SUB-522: the status is not 200", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint(answers["a 404"] ?? goodHandshake);
    const result = await rcwh(`create --filter posts --url ${endpoint.url}`);

    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "Tried http://127.0.0.1:50200 from here:
        ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✗ status    404 Not Found (limit: exactly 200; SUB-522)
                    → Correct the path of the URL, or add a route for it.
        ✓ time      <n> ms, first byte after <n> ms
      error: RingCentral refused to create the subscription: WebHook responds with incorrect HTTP status. HTTP status is 404 (SUB-522)
      hint: Make the endpoint answer the handshake with exactly 200, without a redirect or a login; \`rcwh check http://127.0.0.1:50200\` shows what it answers.
      ",
        "stdout": "",
      }
    `);
  });

  test("names the check as a command to paste, without the URL's query", async ({
    emulator,
    rcwh,
    expect,
  }) => {
    await using endpoint = await httpEndpoint(answers["no echo"] ?? goodHandshake);
    const url = `${endpoint.url}/it's$HOME?key=secret`;
    const { stderr } = await rcwh(["create", "--filter", "posts", "--url", url]);
    const [, command = ""] = /hint: .*`(rcwh check .*?)` shows/.exec(stderr) ?? [];
    expect(command).toBe(`rcwh check '${endpoint.url}/it'\\''s$HOME?…'`);
    expect(stderr).not.toContain("secret");
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("SUB-523: the URL is not https (checked by the server)", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const body = { errorCode: "SUB-523", message: "HTTPS is required", errors: [] };
    emulator.intercept((request) =>
      request.method === "POST" && request.url.endsWith(collection)
        ? Response.json(body, { status: 400 })
        : undefined,
    );
    const result = await rcwh(`create --filter posts --url ${endpoint.url}`);

    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "Tried http://127.0.0.1:50100/hook from here:
        ✓ tcp-ipv4  127.0.0.1:50100 in <n> ms
        ✓ time      <n> ms, first byte after <n> ms
        ✓ size      182 bytes
      It passes from here, so RingCentral probably reaches something else: check for a firewall that allows this machine, another region, DNS that has not propagated yet, or an endpoint that was asleep.
      error: RingCentral refused to create the subscription: HTTPS is required (SUB-523)
      hint: Serve the endpoint over https, and give that URL with \`--url\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("SUB-524: the certificate is not trusted", async ({ rcwh, expect }) => {
    await using endpoint = await httpsEndpoint(goodHandshake);
    const result = await rcwh(`create --filter posts --url https://localhost:${endpoint.port}`);

    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "Tried https://localhost:50200 from here:
        ✓ dns                127.0.0.1, ::1, this machine
        ✓ tcp-ipv4           127.0.0.1:50100 in <n> ms
        ✓ tls-version        TLSv1.3
        ✗ certificate-chain  self-signed (limit: complete, to a public authority; SUB-524)
                             → Install a certificate from a public authority, with the intermediate certificates.
      error: RingCentral refused to create the subscription: HTTPS certificate is not valid: self-signed certificate (SUB-524)
      hint: Install a certificate from a public authority for this name, with its intermediate certificates; \`rcwh check https://localhost:50200\` shows what is served.
      ",
        "stdout": "",
      }
    `);
  });

  test("SUB-525: the answer exceeds 1024 bytes", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint(
      answers["an answer that is too long"] ?? goodHandshake,
    );
    const result = await rcwh(`create --filter posts --url ${endpoint.url} --json`);

    expect(result.stdout).toBe("");
    expect(JSON.parse(result.stderr)).toEqual({
      schemaVersion: 1,
      error: {
        code: "SUB-525",
        message:
          "RingCentral refused to create the subscription: WebHook server response is invalid: more than 1024 bytes (SUB-525)",
        hint: expect.stringContaining("Content-Type: application/json"),
        exitCode: 6,
        status: 400,
        requestId: expect.any(String),
        checks: expect.arrayContaining([
          expect.objectContaining({ rule: "size", status: "fail", code: "SUB-525" }),
          expect.objectContaining({ rule: "status", status: "pass", measured: "200 OK" }),
        ]),
      },
    });
    expect(result.exitCode).toBe(6);
  });
});

describe("rcwh create, for an endpoint without JSON's content type,", () => {
  const untyped: RequestListener = (request, response) => {
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "").end();
  };

  test("creates the subscription", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint(untyped);
    expect(await rcwh(`create --filter posts --url ${endpoint.url} -q`)).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
  });

  test("names the type where the server refuses it", async ({ emulator, rcwh, expect }) => {
    emulator.configure({ handshakeContentType: "json" });
    await using endpoint = await httpEndpoint(untyped);
    const result = await rcwh(`create --filter posts --url ${endpoint.url}`);
    expect(steady(result, endpoint)).toMatchInlineSnapshot(`
      {
        "exitCode": 6,
        "stderr": "Tried http://127.0.0.1:50200 from here:
        ✓ tcp-ipv4      127.0.0.1:50100 in <n> ms
        ✓ time          <n> ms, first byte after <n> ms
        ✓ size          150 bytes
        ! content-type  none
                        → Send Content-Type: application/json anyway, even without a body: RingCentral's troubleshooting note requires it, although its own samples do not send it.
      error: RingCentral refused to create the subscription: WebHook server response is invalid: no JSON content type (SUB-525)
      hint: Answer with \`Content-Type: application/json\`, no body and few headers, at most 1024 bytes in total; \`rcwh check http://127.0.0.1:50200\` shows what it answers.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh create, when the server grants something else,", () => {
  test("names the limit of 30 subscriptions", async ({ emulator, endpoint, rcwh, expect }) => {
    emulator.configure({ subscriptionLimit: 0 });
    expect(await rcwh(`create --filter posts --url ${endpoint.url}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "error: RingCentral refused to create the subscription: Subscriptions limit exceeded (SUB-505)
      hint: Find an unused one with \`rcwh list\`, then run \`rcwh delete <id>\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("shows a disabled filter and ends with 8", async ({ emulator, endpoint, rcwh, expect }) => {
    emulator.configure({
      users: { 1: { disabledFilters: [{ filter: "*/presence*", permission: "HUD" }] } },
    });
    const result = await rcwh(
      `create --filter posts,presence --url ${endpoint.url} --expires-in 7d`,
      { tty: true, columns: 120 },
    );

    expect(result.stdout).toMatchInlineSnapshot(`
      "ID                                    STATUS  EXPIRES  URL                          FILTERS
      00000005-0000-4000-8000-000000000000  Active  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
                                                                                          account/~/extension/~/presence
                                                                                          (disabled)
      "
    `);
    expect(result.stderr).toMatchInlineSnapshot(`
      "attention: RingCentral disabled account/~/extension/~/presence: Extension permission [HUD] is missing, SUB-412.
      hint: Give the app the permission ReadPresence, and the user's role the permission that RingCentral names; then run
      \`rcwh update 00000005-0000-4000-8000-000000000000 --add-filter account/~/extension/~/presence\`.
      "
    `);
    expect(result.exitCode).toBe(8);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("shows a shortened lifetime and ends with 8", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({ maximumLifetime: 31_536_000 });
    const result = await rcwh(`create --filter posts --url ${endpoint.url} --expires-in max`);

    expect(result.stdout).toMatch(/\t2027-11-22T12:00:00.000Z\t/);
    expect(result.stderr).toMatchInlineSnapshot(`
      "attention: RingCentral granted 1 y instead of 10 y.
      hint: Run \`rcwh renew\` from cron to keep it alive; see \`rcwh help scheduling\`.
      "
    `);
    expect(result.exitCode).toBe(8);
  });

  test("prints the data on stdout and the error on stderr in JSON", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({ maximumLifetime: 31_536_000 });
    const { stdout, stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in max --json`,
    );

    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, subscriptions: [{}] });
    expect(JSON.parse(stderr)).toEqual({
      schemaVersion: 1,
      error: {
        code: "SHORTER_LIFETIME",
        message: "RingCentral granted 1 y instead of 10 y.",
        hint: expect.stringContaining("rcwh renew"),
        exitCode: 8,
      },
    });
    expect(exitCode).toBe(8);
  });

  test("tolerates a lifetime that is a minute short", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({ maximumLifetime: 315_360_000 - 60 });
    const { stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in max`,
    );

    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });
});

describe("rcwh create, when a matching subscription exists,", () => {
  test("refuses a second one with the same URL and filters", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter sms,posts --url ${endpoint.url}`);
    const result = await rcwh(`create --filter glip/posts --filter sms --url ${endpoint.url} -q`);

    expect(result).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "error: A subscription with the same URL and filters already exists: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook), Active. A second one would deliver every event twice.
      hint: Extend it with \`rcwh renew 00000005-0000-4000-8000-000000000000\`, keep it with --if-exists reuse, or add --if-exists new.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("tells its own ids from another extension's", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    emulator.configure({ unknownFilter: "accept" });
    await rcwh(`create --filter presence,sms --url ${endpoint.url} -q`);
    // The ids that the server filled in for ~, written out.
    const own = await rcwh(
      `create --url ${endpoint.url} -q --filter account/4000000001/extension/7000000001/presence,sms`,
    );
    const other = await rcwh(
      `create --url ${endpoint.url} -q --filter account/4000000001/extension/7000000002/presence,sms`,
    );

    expect(own.stderr).toContain("A subscription with the same URL and filters already exists");
    expect(own.exitCode).toBe(1);
    // The request was sent: the platform refuses it.
    expect(other.stderr).toContain("SUB-406");
    expect(other.exitCode).toBe(4);
  });

  test("creates another one for a different URL, different filters or --if-exists new", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const results = [
      await rcwh(`create --filter posts --url ${endpoint.url}?other -q`),
      await rcwh(`create --filter posts,sms --url ${endpoint.url} -q`),
      await rcwh(`create --filter posts --url ${endpoint.url} --if-exists new -q`),
    ];

    expect(results.map(({ stderr, exitCode }) => ({ stderr, exitCode }))).toEqual(
      Array(3).fill({ stderr: "", exitCode: 0 }),
    );
    expect(emulator.state().subscriptions).toHaveLength(4);
  });

  test("reuses it with --if-exists reuse and reports the differences", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const words = `create --filter posts --url ${endpoint.url} --if-exists reuse`;
    const first = await rcwh(`${words} -q`);
    const second = await rcwh(`${words} --expires-in 10y --verification-token-file -`, {
      stdin: "s3cret-token",
    });

    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toMatchInlineSnapshot(`
      "It already exists and is unchanged.
      warning: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) does not have the given verification token. Set it with \`rcwh update 00000005-0000-4000-8000-000000000000 --verification-token-file -\`.
      It expires in 7 d; \`rcwh renew 00000005-0000-4000-8000-000000000000 --expires-in 10y\` extends it.
      "
    `);
    expect(second.exitCode).toBe(0);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("prints no token in JSON when the reused token is unknown", async ({
    endpoint,
    rcwh,
    expect,
  }) => {
    const words = `create --filter posts --url ${endpoint.url} --if-exists reuse --json`;
    await rcwh(words);
    const { stdout, exitCode } = await rcwh(`${words} --generate-verification-token`);

    expect(Object.keys(JSON.parse(stdout))).toEqual(["schemaVersion", "subscriptions"]);
    expect(exitCode).toBe(0);
  });

  test("does not mention a known token", async ({ endpoint, rcwh, expect }) => {
    const words = `create --filter posts --url ${endpoint.url} --if-exists reuse -q --verification-token-file -`;
    await rcwh(words, { stdin: "s3cret-token" });
    const { stderr, exitCode } = await rcwh(words, { stdin: "s3cret-token" });

    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("ends with 8 when the reused subscription is blacklisted", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const words = `create --filter posts --url ${endpoint.url} --if-exists reuse`;
    await rcwh(words);
    const [subscription] = emulator.state().subscriptions;
    emulator.blacklist(subscription?.id ?? "");
    const result = await rcwh(words, { tty: true, columns: 140 });

    expect(result.stdout).toMatchInlineSnapshot(`
      "ID                                    STATUS       EXPIRES  URL                          FILTERS
      00000005-0000-4000-8000-000000000000  Blacklisted  in 7 d   http://127.0.0.1:50100/hook  /team-messaging/v1/posts
      "
    `);
    expect(result.stderr).toMatchInlineSnapshot(`
      "It already exists and is unchanged.
      attention: 00000005-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook) is Blacklisted (I/O operation is failed. Details: [Read timed
      out]): no events are delivered.
      hint: Fix the endpoint, then bring the subscription back with \`rcwh recover 00000005-0000-4000-8000-000000000000\`.
      "
    `);
    expect(result.exitCode).toBe(8);
  });

  test("prefers an active subscription", async ({ emulator, endpoint, rcwh, expect }) => {
    const words = `create --filter posts --url ${endpoint.url}`;
    await rcwh(words);
    emulator.blacklist(emulator.state().subscriptions[0]?.id ?? "");
    await rcwh(`${words} --if-exists new`);
    const { stdout, exitCode } = await rcwh(`${words} --if-exists reuse -q`);

    expect(stdout).toContain(emulator.state().subscriptions[1]?.id);
    expect(exitCode).toBe(0);
  });
});

describe("rcwh create, when the answer is lost,", () => {
  test.for(Object.entries(losses))(
    "finds the subscription after %s and creates no second one",
    async ([, answer], { emulator, endpoint, rcwh, expect }) => {
      await rcwh(`create --filter posts --url ${endpoint.url}/other`);
      loseAnswers(emulator, `POST ${collection}`, { processed: true, answer });
      const { stdout, stderr, exitCode } = await rcwh(
        `create --filter posts,voicemail --url ${endpoint.url} --expires-in 10y`,
      );

      const [, made, ...others] = emulator.state().subscriptions;
      expect(others).toEqual([]);
      expect(stdout).toContain(`${made?.id}\tActive\t2036-11-19`);
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
    },
  );

  test("tries again if nothing was created", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const answer = losses["a gateway's 502"];
    loseAnswers(emulator, `POST ${collection}`, { processed: false, answer, times: 2 });
    const { stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 7d`,
    );

    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toHaveLength(1);
    expect(asked(emulator)).toEqual([
      `GET ${collection}`,
      ...[`POST ${collection}`, `GET ${collection}`, `GET ${collection}`, `GET ${collection}`],
      ...[`POST ${collection}`, `GET ${collection}`, `GET ${collection}`, `GET ${collection}`],
      ...[`POST ${collection}`, `GET ${collection}`],
    ]);
    expect(clock.sleeps).toEqual([4000, 8000, 4000, 8000]);
  });

  test("does not mistake an older duplicate for the new subscription", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const words = `create --filter posts --url ${endpoint.url} --expires-in 7d --if-exists new`;
    await rcwh(words);
    const answer = losses["a gateway's 502"];
    loseAnswers(emulator, `POST ${collection}`, { processed: false, answer });
    const { stdout, stderr, exitCode } = await rcwh(words);

    expect(stdout).toContain(emulator.state().subscriptions[1]?.id);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("waits for a request that is still being processed", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const late: Request[] = [];
    let looks = 0;
    emulator.intercept(async (request) => {
      if (request.method !== "POST" || !request.url.endsWith(collection)) return undefined;
      late.push(request);
      return losses["a gateway's 502"]();
    });
    emulator.intercept(async (request) => {
      if (request.method === "GET" && late.length > 0 && ++looks === 2) {
        for (const each of late) await emulator.fetch(each);
      }
      return undefined;
    });
    const { stderr, exitCode } = await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 7d`,
    );

    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toHaveLength(1);
  });

  test("gives up after three tries", async ({ emulator, endpoint, rcwh, expect }) => {
    const answer = losses["a gateway's 502"];
    loseAnswers(emulator, `POST ${collection}`, { processed: false, answer, times: 3 });

    expect(await rcwh(`create --filter posts --url ${endpoint.url}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: RingCentral could not create the subscription: an HTML page titled "Bad Gateway" (HTTP 502)
      hint: Wait a minute and try again; \`--debug\` shows the request id for RingCentral support.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.state().subscriptions).toEqual([]);
  });

  test("does not search past the deadline", async ({ clock, emulator, endpoint, rcwh, expect }) => {
    const answer = losses["a gateway's 502"];
    loseAnswers(emulator, `POST ${collection}`, { processed: false, answer });

    const words = `create --filter posts --url ${endpoint.url} --deadline 2s`;
    expect(await rcwh(words)).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: RingCentral could not create the subscription: an HTML page titled "Bad Gateway" (HTTP 502). The subscription may have been created anyway.
      hint: Run \`rcwh renew\` to find out before you try again.
      ",
        "stdout": "",
      }
    `);
    expect(clock.sleeps).toEqual([]);
  });

  test("reports that it cannot search either", async ({ emulator, endpoint, rcwh, expect }) => {
    loseAnswers(emulator, `POST ${collection}`, {
      processed: true,
      answer() {
        const answer = losses["a gateway's 502"];
        loseAnswers(emulator, `GET ${collection}`, { processed: false, answer, times: 3 });
        return answer();
      },
    });

    expect(await rcwh(`create --filter posts --url ${endpoint.url}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 5,
        "stderr": "error: RingCentral could not create the subscription: an HTML page titled "Bad Gateway" (HTTP 502). The subscription may have been created anyway.
      hint: Run \`rcwh renew\` to find out before you try again.
      ",
        "stdout": "",
      }
    `);
  });

  test("reports the uncertain outcome when interrupted", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const stop = new AbortController();
    loseAnswers(emulator, `POST ${collection}`, {
      processed: true,
      answer() {
        stop.abort(new Interruption());
        return losses["a cut connection"]();
      },
    });
    const words = `create --filter posts --url ${endpoint.url}`;

    expect(await rcwh(words, { signal: stop.signal })).toMatchInlineSnapshot(`
      {
        "exitCode": 130,
        "stderr": "error: Interrupted while creating the subscription: it may exist.
      hint: Run \`rcwh renew\`, which finds and records it.
      ",
        "stdout": "",
      }
    `);
  });
});
