import { describe } from "vitest";
import { Interruption } from "../src/errors.ts";
import { test } from "./support/rcwh.ts";

/** No credentials, and a terminal without a status line. */
const noCredentials = { TERM: "dumb" };

describe("rcwh refuses", () => {
  test("an unknown command and suggests a similar one", async ({ rcwh, expect }) => {
    expect(await rcwh("lst")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unknown command "lst".
      hint: Try list or ls, or see \`rcwh --help\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("frobnicate --all")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unknown command "frobnicate".
      hint: See \`rcwh --help\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("an unknown flag and suggests a similar one", async ({ rcwh, expect }) => {
    expect(await rcwh("list --jsno")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unknown flag --jsno.
      hint: Try --json, or see \`rcwh list --help\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("list --frobnicate")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unknown flag --frobnicate.
      hint: See \`rcwh list --help\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("--profil acme list")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unknown flag --profil.
      hint: Try --profile, or see \`rcwh --help\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("an unknown output format and lists the known ones", async ({ rcwh, expect }) => {
    expect(await rcwh("list -o xml")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid --output value "xml": use table, tsv, json, ndjson, csv or yaml.
      hint: See \`rcwh help output\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("list", { env: { RCWH_OUTPUT: "xml" } })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid RCWH_OUTPUT value "xml": use table, tsv, json, ndjson, csv or yaml.
      hint: See \`rcwh help output\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("a flag without its value, and too few or too many arguments", async ({ rcwh, expect }) => {
    expect(await rcwh("list --timeout")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Missing value for --timeout <duration>.
      hint: See \`rcwh list --help\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("show")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Missing argument <selector>.
      hint: See \`rcwh show --help\`.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("list 3f2a")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Too many arguments for "list". Expected 0 arguments but got 1.
      hint: See \`rcwh list --help\`.
      ",
        "stdout": "",
      }
    `);
  });

  test("invalid values of global flags", async ({ rcwh, emulator, expect }) => {
    expect(await rcwh("list --timeout 0")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid --timeout value "0": must be at least 1s.
      hint: Use a duration such as 90s, 15m, 36h, 7d, 2w or 10y.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("list --deadline soon")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid --deadline value "soon": must be a duration.
      hint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("list --api phone")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Invalid --api value "phone": use platform, webinar or all.
      hint: See \`rcwh --help\`.
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toEqual([]);
  });

  test("everything with one object on stderr under --json", async ({ rcwh, expect }) => {
    for (const command of [
      "lst --json",
      "--json list --frobnicate",
      "list --json --timeout",
      "list -o json --timeout",
      "list -ojson --timeout soon",
      "list --output=ndjson --api phone",
      "show --json",
      "profile --json",
      "help nothing --json",
    ]) {
      const { exitCode, stdout, stderr } = await rcwh(command);

      expect(JSON.parse(stderr), command).toEqual({
        schemaVersion: 1,
        error: {
          code: "USAGE",
          message: expect.stringMatching(/^[^\n]+\.$/),
          hint: expect.stringMatching(/^[^\n]+\.$/),
          exitCode: 2,
        },
      });
      expect({ exitCode, stdout }, command).toEqual({ exitCode: 2, stdout: "" });
    }
    const { stderr } = await rcwh("list --timeout", { env: { RCWH_OUTPUT: "json" } });
    expect(JSON.parse(stderr)).toMatchObject({ error: { exitCode: 2 } });
  });

  test("an ambiguous command after a flag's value", async ({ rcwh, expect }) => {
    expect(await rcwh("--profile list whoami --frobnicate")).toMatchObject({
      stderr: "error: Unknown flag --frobnicate.\nhint: See `rcwh whoami --help`.\n",
      exitCode: 2,
    });
  });

  test("a request without credentials", async ({ rcwh, expect }) => {
    expect(await rcwh("list --json", { env: noCredentials })).toEqual({
      exitCode: 4,
      stdout: "",
      stderr: `${JSON.stringify({
        schemaVersion: 1,
        error: {
          code: "NOT_SIGNED_IN",
          message: "You are not signed in.",
          hint: "Sign in with `rcwh login`, or try rcwh without an account with `--profile emulator`.",
          exitCode: 4,
        },
      })}\n`,
    });
  });

  test("to run without a home directory", async ({ rcwh, expect }) => {
    expect(await rcwh("list", { env: { RCWH_CONFIG_DIR: "" } })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Cannot find the configuration directory: HOME is not set.
      hint: Set RCWH_CONFIG_DIR to a directory of your own.
      ",
        "stdout": "",
      }
    `);
  });
});

describe("rcwh ends", () => {
  const defect = {
    onOutput() {
      throw new TypeError("the output is upside down");
    },
  };

  test("with the stack and how to report it after a bug", async ({ rcwh, expect }) => {
    const words = ["filters", "sms", "-v", "--timeout=9s", "-otsv", "--profile", "s3cret"];
    const { exitCode, stderr } = await rcwh(words, defect);

    expect(stderr.replaceAll(/(\n +at .*)+/g, "\n    at …")).toMatchInlineSnapshot(`
      "error: rcwh 0.1.0 hit a bug. Please report it with this text, which has no secrets:
      command: rcwh filters … -v --timeout=… … --profile …
      system: Node 20.19.0 on linux
      TypeError: the output is upside down
          at …
      "
    `);
    expect(exitCode).toBe(1);
  });

  test("with one object under --json after a bug", async ({ rcwh, expect }) => {
    const { exitCode, stderr } = await rcwh("filters sms --json", defect);

    const { schemaVersion, error } = JSON.parse(stderr);
    expect({
      schemaVersion,
      ...error,
      message: error.message.split("\n")[0],
    }).toMatchInlineSnapshot(`
      {
        "code": "BUG",
        "command": "rcwh filters … --json",
        "exitCode": 1,
        "message": "rcwh 0.1.0 hit a bug. Please report it with this text, which has no secrets: TypeError: the output is upside down",
        "schemaVersion": 1,
        "system": "Node 20.19.0 on linux",
      }
    `);
    expect(exitCode).toBe(1);
  });

  test("with what caused a bug, whatever the cause is", async ({ rcwh, expect }) => {
    const { stderr } = await rcwh("filters sms", {
      onOutput() {
        throw new TypeError("upside down", {
          cause: new RangeError("no up", { cause: "gravity" }),
        });
      },
    });

    expect(
      stderr
        .replaceAll(/(\n +at .*)+/g, "")
        .split("\n")
        .slice(3),
    ).toEqual(["TypeError: upside down", "Caused by: RangeError: no up", "Caused by: gravity", ""]);
  });

  test("without the value of a misspelled flag", async ({ rcwh, expect }) => {
    for (const words of [
      ["login", "--client-secrett=s3cret's"],
      ["list", "s3cret", "s3cret"],
    ]) {
      const { exitCode, stderr } = await rcwh(words);
      expect(stderr).not.toContain("s3cret");
      expect(exitCode).toBe(2);
    }
  });

  test("with lines that fit the terminal", async ({ rcwh, expect }) => {
    const words = ["list", "--output", "a-format-that-does-not-exist-and-never-will"];
    const { stderr } = await rcwh(words, { tty: true, columns: 50 });

    expect(stderr).toMatchInlineSnapshot(`
      "error: Invalid --output value
      "a-format-that-does-not-exist-and-never-will": use
      table, tsv, json, ndjson, csv or yaml.
      hint: See \`rcwh help output\`.
      "
    `);
    expect((await rcwh(words)).stderr.split("\n")).toHaveLength(3);
  });

  test("with the signal's exit code and no message", async ({ rcwh, expect }) => {
    for (const [exitCode, expected] of [
      [130, 130],
      [143, 143],
      [129, 129],
      [0, 0],
    ] as const) {
      const stop = new AbortController();
      stop.abort(new Interruption(exitCode));

      expect(await rcwh("whoami", { signal: stop.signal })).toEqual({
        exitCode: expected,
        stdout: "",
        stderr: "",
      });
    }
  });

  test("with INTERRUPTED under --json", async ({ rcwh, expect }) => {
    const stop = new AbortController();
    stop.abort();

    expect(await rcwh("whoami --json", { signal: stop.signal })).toEqual({
      exitCode: 130,
      stdout: "",
      stderr:
        '{"schemaVersion":1,"error":{"code":"INTERRUPTED","message":"Interrupted.","exitCode":130}}\n',
    });
  });

  test("with RingCentral's error under --json, request id included", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    emulator.intercept(() =>
      Response.json({ errorCode: "CMN-301", message: "Slow\u001b[2J down" }, { status: 429 }),
    );
    const { exitCode, stdout, stderr } = await rcwh("whoami --json --deadline 5s");

    expect(JSON.parse(stderr)).toEqual({
      schemaVersion: 1,
      error: {
        code: "CMN-301",
        message: expect.stringMatching(/^RingCentral refused to sign in: Slow.* down \(CMN-301\)$/),
        hint: expect.any(String),
        exitCode: 5,
        status: 429,
        requestId: "00000001-0000-4000-8000-000000000000",
        retryAfter: 60,
      },
    });
    expect(stdout).toBe("");
    expect(exitCode).toBe(5);
  });

  test.for([
    [
      "CMN-302",
      "Unknown application. Rate limits undefined",
      "Compare the server and the client id of `rcwh profile list`, or those in the environment, with the app in the Developer Console.",
    ],
    [
      "CMN-303",
      "Can not resolve API plan. Rate limits undefined",
      "Look at the app's API plan in the Developer Console, then give RingCentral support the request id that `--debug` shows.",
    ],
  ] as const)(
    "with what to do about %s, which waiting does not help",
    async ([code, message, hint], { rcwh, emulator, expect }) => {
      emulator.faults.add({ match: { path: "/restapi/v1.0/subscription" }, code, times: 9 });
      expect(await rcwh("list --deadline 5s")).toEqual({
        exitCode: 5,
        stdout: "",
        stderr: `error: RingCentral refused to list the subscriptions: ${message} (${code})\nhint: ${hint}\n`,
      });
    },
  );

  test("with the stack of a refusal only under --debug", async ({ rcwh, expect }) => {
    const { stderr } = await rcwh("whoami --profile acme --debug");

    expect(stderr.replaceAll(/(\n +at .*)+/g, "\n    at …")).toMatchInlineSnapshot(`
      "error: There is no profile "acme".
      hint: Sign in with \`rcwh login --profile acme\`.
      CliError: There is no profile "acme".
          at …
      "
    `);
  });
});

describe("rcwh accepts", () => {
  test("global flags before and after the command", async ({ rcwh, expect }) => {
    const after = await rcwh("whoami -o csv");

    expect(await rcwh("-o csv whoami")).toEqual(after);
    expect(await rcwh("--output=csv whoami")).toEqual(after);
    expect(await rcwh("whoami -ocsv")).toEqual(after);
  });

  test("--json before -o, and -o before RCWH_OUTPUT", async ({ rcwh, signedIn, expect }) => {
    const run = (command: string) => rcwh(command, { env: { ...signedIn, RCWH_OUTPUT: "csv" } });

    expect((await run("whoami")).stdout).toMatch(/^profile,server/);
    expect((await run("whoami -o tsv")).stdout).toMatch(/^environment\t/);
    expect((await run("whoami -o tsv --json")).stdout).toMatch(/^\{/);
  });

  test("an empty variable as unset", async ({ rcwh, signedIn, expect }) => {
    const { exitCode, stdout } = await rcwh("whoami", {
      env: { ...signedIn, RCWH_OUTPUT: "", RCWH_PROFILE: "", RCWH_ACCESS_TOKEN: "" },
    });

    expect(stdout).toMatch(/^environment\t/);
    expect(exitCode).toBe(0);
  });
});

describe("rcwh colours", () => {
  test("errors, on a terminal only", async ({ rcwh, expect }) => {
    const env = { NO_COLOR: "", TERM: "xterm" };
    const red = "\u001b[31merror:\u001b[39m";

    expect((await rcwh("lst", { tty: true, env })).stderr).toContain(red);
    expect((await rcwh("lst", { env })).stderr).not.toContain("\u001b");
    expect((await rcwh("lst --no-color", { tty: true, env })).stderr).not.toContain("\u001b");
    expect((await rcwh("list --timeout --no-color", { tty: true, env })).stderr).not.toContain(
      "\u001b",
    );
  });
});

describe("warnings under --json", () => {
  const login = (jwt: string) =>
    `login --client-id emulator-client --client-secret emulator-secret --jwt ${jwt} --json`;
  const ofSecrets = [
    "--client-secret shows the secret to everybody who can run `ps`. Use --client-secret-file instead.",
    "--jwt shows the secret to everybody who can run `ps`. Use --jwt-file or --jwt-stdin instead.",
  ];

  test("are printed as one object if the run succeeds", async ({ rcwh, server, expect }) => {
    const { exitCode, stderr } = await rcwh(`${login("user-1")} --server ${server}`, { env: {} });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stderr)).toEqual({ schemaVersion: 1, warnings: ofSecrets });
  });

  test("are printed next to the error if the run fails", async ({ rcwh, server, expect }) => {
    const { exitCode, stderr } = await rcwh(`${login("nobody")} --server ${server}`, { env: {} });
    expect(exitCode).toBe(4);
    expect(JSON.parse(stderr)).toEqual({
      schemaVersion: 1,
      error: expect.objectContaining({ code: "OAU-140", exitCode: 4 }),
      warnings: ofSecrets,
    });
  });
});
