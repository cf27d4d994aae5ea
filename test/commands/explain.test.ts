import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { explanations } from "../../src/explanations/find.ts";
import { findCommand } from "../../src/program/commands.ts";
import { test } from "../support/rcwh.ts";

const root = join(import.meta.dirname, "../..");
const codesOf = (stdout: string) =>
  (JSON.parse(stdout) as { explanations: { code: string }[] }).explanations.map(({ code }) => code);

describe("rcwh explain", () => {
  test("explains a code: its meaning, its causes and the fix", async ({ rcwh, expect }) => {
    expect(await rcwh("explain SUB-524", { tty: true, columns: 100 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "SUB-524
      The endpoint's certificate has expired, is for another name, or lacks its chain.
      (HTTP 400; rcwh exits with 6: the endpoint breaks one of RingCentral's rules)

      Causes:
        - The server sends its certificate without the intermediate ones. Browsers
          often tolerate that.
        - The certificate is self-signed, or from a private authority.
        - The certificate does not include the name in the URL.

      What to do:
        - Install a certificate from a public authority for this name, with its
          intermediate certificates; \`rcwh check <url>\` shows what is served.
      ",
      }
    `);
  });

  test("explains an exit code without saying twice what it means", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("explain 8", { tty: true });

    expect(stdout.split("\n\n")[0]).toBe(
      "exit-8\nThe run worked, but something needs your attention.",
    );
    expect(stdout).toContain("See the status of each subscription with `rcwh list`.");
  });

  test("marks what public sources leave open and fits a narrow terminal", async ({
    rcwh,
    expect,
  }) => {
    expect(await rcwh("explain CMN-310", { tty: true, columns: 40 })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "CMN-310
      A limit on all requests to RingCentral
      was reached.
      (HTTP 429; rcwh exits with 5: try again
      later: network, timeout, 5xx, 429, or
      another run has the lock)

      Causes:
        - There are other limits besides the
          one per user and app: per account,
          per IP address, per service.

      What to do:
        - Wait a minute, or let the run wait
          with \`--deadline 5m\`, and stop other
          programs from using up the quota of
          this user and app.

      Unclear from public sources:
        - This limit is not published.
      ",
      }
    `);
  });

  test("fits every text into 40 columns", async ({ rcwh, expect }) => {
    const all = explanations.map(({ code }) => code);
    const { stdout } = await rcwh(["explain", ...all], { tty: true, columns: 40 });
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(40);
    expect(stdout.match(/^What to do:$/gm)).toHaveLength(all.length);
  });

  test("prints the whole explanation as JSON", async ({ rcwh, expect }) => {
    const { stdout, ...rest } = await rcwh("explain SUB-412 --json");
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      explanations: [
        {
          code: "SUB-412",
          kind: "ringcentral",
          exitCode: 8,
          meaning: "The filter is disabled, because the user lacks a permission that it needs.",
          causes: [
            "The user's role does not have the permission that the message names. The subscription still delivers its other filters.",
          ],
          remedies: [
            "Have the permission added to the user's role, then run `rcwh update <id> --add-filter <filter>`.",
            "See what is disabled with `rcwh show <id>`.",
          ],
          open: "Whether a disabled filter starts to work once the permission is granted is not documented.",
        },
      ],
    });
  });

  test("prints one row of tab-separated values in a pipe", async ({ rcwh, expect }) => {
    expect(await rcwh("explain SUB-523")).toEqual({
      exitCode: ExitCode.ok,
      stdout: `${[
        "SUB-523",
        "400",
        "The endpoint's address is not https.",
        "ringcentral",
        "6",
        "The URL begins with http://, which only the emulator accepts, on loopback.",
        "Serve the endpoint over https, and give that URL with `--url`.",
        "",
      ].join("\t")}\n`,
      stderr: "",
    });
  });

  test.for([
    ["SUB-525", ["SUB-525"]],
    ["sub-525", ["SUB-525"]],
    ["sub525", ["SUB-525"]],
    ["SUB 525", ["SUB-525"]],
    ["525", ["SUB-525"]],
    ["8", ["exit-8"]],
    ["exit 130", ["exit-130"]],
    ["rcwh exited with code 5", ["exit-5"]],
    ["You are not signed in.", ["NOT_SIGNED_IN"]],
    ["401", ["SUB-401", "CMN-401", "AGW-401", "WSG-401", "HTTP_401"]],
    ["HTTP 404", ["HTTP_404"]],
    ["invalidparameter", ["InvalidParameter"]],
    ["TokenInvalid", ["TokenInvalid"]],
    ["invalid_grant", ["invalid_grant"]],
    ["network", ["NETWORK"]],
    ["not-signed-in", ["NOT_SIGNED_IN"]],
    ["SUB-520 oau251", ["SUB-520", "OAU-251"]],
    ["SUB-520,SUB-520", ["SUB-520"]],
    ["blacklisted", ["blacklisted"]],
    ["I/O operation is failed. Details: [Read timed out]", ["blacklisted-timeout"]],
    ["Webhook responses with code: [404], reason: [Not Found]", ["blacklisted-status"]],
    ["Webhook response exceeds max size. Read bytes count: [1024]", ["blacklisted-size"]],
    [
      "error: RingCentral refused to create the subscription: WebHook is not reachable (SUB-521)",
      ["SUB-521"],
    ],
    ["\u001b[31merror:\u001b[39m refused (\u001b[1mSUB-521\u001b[22m)", ["SUB-521"]],
    ["\u001b[1mSUB-521\u001b[22m", ["SUB-521"]],
    ["HTTP 403: Subscriptions limit exceeded", ["SUB-505"]],
    ["Unknown application. Rate limits undefined", ["CMN-302"]],
    ["Can not resolve API plan. Rate limits undefined", ["CMN-303"]],
    ["WebHook is not reachable", ["SUB-521"]],
    ["To call this API, application needs to have [ReadMessages] permission", ["CMN-401"]],
    ["To call this API, user needs to have [EditUserInfo] permission", ["CMN-408"]],
    ["HTTP 502 Bad Gateway", ["HTTP_502"]],
    ["HTTP/1.1 502", ["HTTP_502"]],
    ["connect ECONNREFUSED 127.0.0.1:4010", ["NETWORK"]],
    ["WSG-429", ["WSG-429"]],
    ['{"errorCode":"InvalidParameter","errors":[{"errorCode":"CMN-101"}]}', ["CMN-101"]],
  ] as const)("understands %s", async ([text, codes], { rcwh, expect }) => {
    const { stdout, ...rest } = await rcwh(["explain", text, "--json"]);
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(codesOf(stdout)).toEqual(codes);
  });

  test.for([
    ["SUB-532", "Did you mean SUB-531, SUB-530, SUB-522? "],
    ["OUA-251", "Did you mean OAU-251, OAU-250, OAU-151? "],
    ["networks", "Did you mean NETWORK? "],
    ["there is no code in this", ""],
  ] as const)(
    "refuses %s and suggests similar codes",
    async ([text, suggestion], { rcwh, expect }) => {
      const { stderr, ...rest } = await rcwh(["explain", text]);
      expect(rest).toEqual({ exitCode: ExitCode.usage, stdout: "" });
      expect(stderr).toContain(`hint: ${suggestion}See every code with \`rcwh explain --list\`.\n`);
      expect(stderr).not.toContain("\u001b");
    },
  );

  test("explains the codes it knows and reports the unknown ones", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("explain SUB-525 NOPE-1 --json");
    expect({ exitCode, codes: codesOf(stdout) }).toEqual({
      exitCode: ExitCode.usage,
      codes: ["SUB-525"],
    });
    expect(JSON.parse(stderr).error).toMatchObject({
      message: 'Unknown code or message "NOPE-1".',
      exitCode: ExitCode.usage,
    });
    expect(await rcwh("explain NOPE-1")).toMatchObject({ exitCode: ExitCode.usage, stdout: "" });
  });

  test("reads a message from standard input", async ({ rcwh, expect }) => {
    const stdin = "error: RingCentral refused to list: Invalid URI (CMN-120)\n";
    const { stdout, ...rest } = await rcwh("explain - --json", { stdin });
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    expect(codesOf(stdout)).toEqual(["CMN-120"]);
  });

  test("explains each code in the whole output of a run once", async ({ rcwh, expect }) => {
    const output = [
      "ID  STATUS  RESULT",
      "a   Active  renewed for 7 d",
      "error: RingCentral refused to create the subscription: no (SUB-521)",
      "error: RingCentral refused to create the subscription: no (SUB-521)",
      "Webhook responses with code: [404], reason: [Not Found]",
      '{ "error": { "code": "NETWORK", "exitCode": 5 } }',
      "attention: b is blacklisted.",
      "connect ECONNREFUSED 127.0.0.1:4010",
      "",
    ].join("\n");
    const codes = ["SUB-521", "blacklisted-status", "NETWORK", "blacklisted"];
    const asArgument = await rcwh(["explain", output, "--json"]);
    for (const { stdout, ...rest } of [
      asArgument,
      await rcwh("explain --json", { stdin: output }),
      await rcwh("explain - --json", { stdin: output }),
    ]) {
      expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
      expect(codesOf(stdout)).toEqual(codes);
    }
  });

  test("says so where it knows nothing of an output", async ({ rcwh, expect }) => {
    expect(await rcwh("explain", { stdin: "all is well\nand quiet\n" })).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        "error: None of these 2 lines has a code or message that rcwh can explain.\n" +
        "hint: See every code with `rcwh explain --list`.\n",
    });
  });

  test("needs either a code or --list, not both", async ({ rcwh, expect }) => {
    expect(await rcwh("explain")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr:
        "error: No code given.\nhint: Give a code, as in `rcwh explain SUB-525`; see all with `rcwh explain --list`.\n",
    });
    expect(await rcwh("explain --list SUB-525")).toEqual({
      exitCode: ExitCode.usage,
      stdout: "",
      stderr: "error: --list takes no code.\nhint: Remove the code, or --list.\n",
    });
  });
});

describe("rcwh explain --list", () => {
  test("lists code, status and meaning as tab-separated rows", async ({ rcwh, expect }) => {
    const { stdout, ...rest } = await rcwh("explain --list");
    expect(rest).toEqual({ exitCode: ExitCode.ok, stderr: "" });
    const rows = stdout.trimEnd().split("\n");
    expect(rows).toHaveLength(explanations.length);
    expect(rows[0]).toBe("SUB-401\t-\tRingCentral has this code, but does not document it.");
    expect(rows).toContain("SUB-523\t400\tThe endpoint's address is not https.");
  });

  test("prints a table on a terminal", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("explain --list", { tty: true, columns: 80 });
    const lines = stdout.split("\n");
    expect(lines.slice(0, 3)).toEqual(
      [
        "CODE                     STATUS  MEANING",
        "SUB-401                  -       RingCentral has this code, but does not",
        "                                 document it.",
      ].map((line) => line.trimEnd()),
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("lists everything as JSON", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("explain --list --json");
    expect(codesOf(stdout)).toEqual(explanations.map(({ code }) => code));
  });
});

describe("every explanation", () => {
  test.for(explanations)("of $code is made of whole sentences", (explanation, { expect }) => {
    const { meaning, causes, remedies, open } = explanation;
    expect(causes.length).toBeGreaterThan(0);
    expect(remedies.length).toBeGreaterThan(0);
    for (const text of [meaning, ...causes, ...remedies, ...(open === undefined ? [] : [open])]) {
      expect(text).toMatch(/^(?:[A-Z0-9`“]|rcwh).*\.$/);
    }
  });

  test("names only commands that exist", ({ expect }) => {
    const texts = explanations.flatMap(({ causes, remedies }) => [...causes, ...remedies]);
    for (const [, name] of texts.join("\n").matchAll(/`rcwh ([a-z][a-z-]*)/g)) {
      expect(name === "help" || findCommand(name), name).toBeTruthy();
    }
  });

  test("has a code of its own", ({ expect }) => {
    const codes = explanations.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("an explanation exists", () => {
  const known = new Set(explanations.map(({ code }) => code));

  test("for every code and every blacklist reason of the reference", async ({
    rcwh,
    expect,
    skip,
  }) => {
    const file = new URL("../../../shared/reference/ringcentral-api.md", import.meta.url);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) return skip("the reference is not at hand");
    const section = (number: number) =>
      text.slice(text.indexOf(`\n## ${number}. `), text.indexOf(`\n## ${number + 1}. `));

    const codes = [...section(5).matchAll(codeLists)].flatMap(([, series, numbers = ""]) =>
      (numbers.match(/\d{3}/g) ?? []).map((number) => `${series}-${number}`),
    );
    expect(codes.length).toBeGreaterThan(80);
    expect([...new Set(codes)].filter((code) => !known.has(code))).toEqual([]);

    const [, reasons = ""] = /`blacklistedData\.reason` strings seen: (.*)/.exec(section(8)) ?? [];
    const strings = [...reasons.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    expect(strings.length).toBeGreaterThan(2);
    for (const reason of strings) {
      const { stdout } = await rcwh(["explain", reason, "--json"]);
      expect(codesOf(stdout), reason).toEqual([expect.stringMatching(/^blacklisted-/)]);
    }
  });

  test("for every code that the emulator can answer", async ({ expect }) => {
    const { problemCodes } = await import("../../src/emulator/problem-codes.ts");
    expect(Object.keys(problemCodes).filter((code) => !known.has(code))).toEqual([]);
  });

  test("for every error code of rcwh itself", async ({ expect }) => {
    const files = await readdir(join(root, "src"), { recursive: true });
    const sources = files.filter(
      (file) => file.endsWith(".ts") && !/^(?:emulator|events|filters)/.test(file),
    );
    const texts = await Promise.all(
      sources.map((file) => readFile(join(root, "src", file), "utf8")),
    );
    const used = [
      ...texts.join("\n").matchAll(/\bcode: [^,\n]*?"([A-Z][A-Z_]+)"(?: : "([A-Z_]+)")?/g),
    ];
    const codes = new Set(used.flatMap(([, ...each]) => each.filter((code) => code !== undefined)));
    expect(codes.size).toBeGreaterThan(20);
    // Error codes of the operating system, which no error of rcwh has.
    const foreign = new Set(["ENOSPC", "ELOCKED", "EFTYPE"]);
    expect([...codes].filter((code) => !known.has(code) && !foreign.has(code))).toEqual([]);
  });
});

/** `CMN-301`, and also `OAU-128 / 129` and `CMN-301, 302 (duplicate), 310`. */
const codeLists = /\b(SUB|CMN|OAU|AGW)-(\d{3}(?:(?: \([^)]*\))?(?: ?\/ ?|, )\d{3}(?!\d))*)/g;
