import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { badFiles } from "../manifest/bad-files.ts";
import { test } from "../support/rcwh.ts";
import { share } from "../support/share.ts";

const file = `version: 1
webhooks:
  orders:
    url: http://example.com/\u001b[31mhook?key=\${KEY}
    fliters: [sms]
    verificationToken: my token
  chat:
    url: https://example.com/chat
    filters: [postss]
`;

describe("a file with mistakes", () => {
  test("has them all told, and nothing requested", async ({
    emulator,
    directory,
    rcwh,
    expect,
  }) => {
    const path = join(directory, "hooks.yaml");
    await writeFile(path, file);
    expect(await rcwh(`plan -f ${path}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: 4 problems in /tmp/rcwh-test/hooks.yaml.
        /tmp/rcwh-test/hooks.yaml:4:43: The variable KEY is not set. Set it, add --var KEY=…, or give a default: \${KEY:-…}.
        /tmp/rcwh-test/hooks.yaml:5:5: Unknown key "fliters" in webhooks.orders. Did you mean filters?
        /tmp/rcwh-test/hooks.yaml:6:24: The verification token cannot be sent as an HTTP header. Use visible ASCII characters without spaces.
        /tmp/rcwh-test/hooks.yaml:9:15: Unknown event filter "postss". Try posts or glip/posts, search with \`rcwh filters\`, or write out its whole URI.
      ",
        "stdout": "",
      }
    `);
    expect(await rcwh("apply --yes -f - --json", { stdin: file })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "{"schemaVersion":1,"error":{"code":"USAGE","message":"4 problems in standard input.\\n  standard input:4:43: The variable KEY is not set. Set it, add --var KEY=…, or give a default: \${KEY:-…}.\\n  standard input:5:5: Unknown key \\"fliters\\" in webhooks.orders. Did you mean filters?\\n  standard input:6:24: The verification token cannot be sent as an HTTP header. Use visible ASCII characters without spaces.\\n  standard input:9:15: Unknown event filter \\"postss\\". Try posts or glip/posts, search with \`rcwh filters\`, or write out its whole URI.","exitCode":2,"problems":[{"file":"standard input","line":4,"column":43,"message":"The variable KEY is not set.","hint":"Set it, add --var KEY=…, or give a default: \${KEY:-…}."},{"file":"standard input","line":5,"column":5,"message":"Unknown key \\"fliters\\" in webhooks.orders.","hint":"Did you mean filters?"},{"file":"standard input","line":6,"column":24,"message":"The verification token cannot be sent as an HTTP header.","hint":"Use visible ASCII characters without spaces."},{"file":"standard input","line":9,"column":15,"message":"Unknown event filter \\"postss\\".","hint":"Try posts or glip/posts, search with \`rcwh filters\`, or write out its whole URI."}]}}
      ",
        "stdout": "",
      }
    `);
    expect(emulator.requests).toEqual([]);
  });

  test("of one alone is an error with a hint, whoever is signed in", async ({ rcwh, expect }) => {
    const stdin =
      "version: 1\nwebhooks:\n  a: { url: http://127.0.0.1:8080/hook, filters: smss }\n";
    expect(await rcwh("plan -f -", { stdin, env: {} })).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: standard input:3:50: Unknown event filter "smss".
      hint: Try sms, search with \`rcwh filters\`, or write out its whole URI.
      ",
        "stdout": "",
      }
    `);
    const right = await rcwh("plan -f -", { stdin: stdin.replace("smss", "sms"), env: {} });
    expect(right.exitCode).toBe(ExitCode.auth);
    const profile = await rcwh("plan -f -", {
      stdin: `profile: nobody\n${stdin.replace("smss", "sms")}`,
      env: {},
    });
    expect(profile.exitCode).toBe(ExitCode.notFound);
  });

  test("that cannot be read is told apart", async ({ directory, rcwh, expect }) => {
    await mkdir(join(directory, "folder"));
    const errorOf = async (command: string | readonly string[]) => {
      const { stderr, exitCode } = await rcwh(command);
      expect(exitCode).toBe(ExitCode.usage);
      return stderr;
    };
    expect(await errorOf("plan")).toMatchInlineSnapshot(`
      "error: There is no rcwh.yaml in this directory.
      hint: Name another file with -f, or write what exists with \`rcwh export --out rcwh.yaml\`.
      "
    `);
    expect(await errorOf(`plan -f ${directory}/nowhere.yaml`)).toMatchInlineSnapshot(`
      "error: --file: cannot read /tmp/rcwh-test/nowhere.yaml: no such file or directory.
      hint: Give the path of a file, or - for standard input.
      "
    `);
    expect(await errorOf(`plan -f ${directory}/folder`)).toMatchInlineSnapshot(`
      "error: --file: cannot read /tmp/rcwh-test/folder: it is a directory.
      hint: Give the path of a file, or - for standard input.
      "
    `);
    expect(await errorOf("plan --var KEY=a --var KEY=b")).toMatchInlineSnapshot(`
      "error: --var KEY is given twice.
      hint: Give it once.
      "
    `);
    expect(await errorOf("plan --var s3cret")).toMatchInlineSnapshot(`
      "error: Invalid --var value: must be a name, = and a value.
      hint: Write it like --var PUBLIC_URL=https://example.com.
      "
    `);
    const huge = join(directory, "huge.yaml");
    await writeFile(huge, "#".repeat(4_000_001));
    expect(await errorOf(`plan -f ${huge}`)).toContain("larger than 4 MB");
    await writeFile(huge, "#".repeat(16_000_001));
    expect(await errorOf(`apply ${huge}`)).toBe(
      "error: Cannot read /tmp/rcwh-test/huge.yaml: it is larger than 16 MB.\nhint: Check that this is the right input.\n",
    );
    const noPath = "the path is empty.\nhint: Give the path of a file, or - for standard input.\n";
    expect(await errorOf(["plan", "-f", ""])).toBe(`error: --file: ${noPath}`);
    expect(await errorOf(["apply", ""])).toBe(`error: The plan: ${noPath}`);
    for (const command of ["ensure", "audit"]) {
      expect(await errorOf(`${command} -f - --profiles-from -`)).toBe(
        "error: -f - and --profiles-from - cannot both read standard input.\nhint: Give the path of a file to one of them.\n",
      );
    }
  });

  test("is for one account where plan or apply reads it", async ({ rcwh, expect }) => {
    expect((await rcwh("plan --profiles-from accounts.ndjson")).stderr).toBe(
      "error: `rcwh plan` works on one account only.\nhint: Use `rcwh ensure --dry-run` for several.\n",
    );
    expect(await rcwh("apply --all-profiles")).toMatchObject({
      exitCode: ExitCode.usage,
      stderr:
        "error: `rcwh apply` works on one account only.\nhint: Use `rcwh ensure` for several.\n",
    });
  });

  test("is exit 2 for each command that reads it", async ({ emulator, rcwh, expect }) => {
    for (const { text } of share(badFiles, 17)) {
      for (const command of ["plan", "apply --yes", "ensure"]) {
        const { exitCode } = await rcwh(`${command} -f -`, { stdin: text.replaceAll("‸", "") });
        expect(exitCode).toBe(ExitCode.usage);
      }
    }
    expect(emulator.requests).toEqual([]);
  });

  test("gets its variables from --var before the environment, and the profile of the file", async ({
    rcwh,
    expect,
  }) => {
    const stdin =
      "version: 1\nprofile: emulator\nwebhooks:\n  a: { url: 'http://127.0.0.1:8080/${HOOK}', filters: sms, verificationToken: { env: TOKEN } }\n";
    const env = { HOOK: "of-environment", TOKEN: "s3cret-of-environment" };
    const planned = await rcwh("plan -f - -o json", { stdin, env });
    expect(planned.stdout).toContain("http://127.0.0.1:8080/of-environment");
    expect(planned.stdout).toContain('"profile": "emulator"');
    expect(planned.stdout + planned.stderr).not.toContain("s3cret");
    const given = await rcwh("plan -f - --var HOOK=of-var --var TOKEN=s3cret-of-var", {
      stdin,
      env,
    });
    expect(given.stdout).toContain("http://127.0.0.1:8080/of-var");
    expect(given.stderr).toContain("warning: --var shows the secret to everybody who can run `ps`");
    expect(given.stdout + given.stderr).not.toContain("s3cret");
    expect(await rcwh("plan -f - --var HOK=x", { stdin, env })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "error: The file has no variable HOK.\nhint: Did you mean --var HOOK=…?\n",
    });
    const files = [
      stdin.replace("emulator", '"${WHO:-emulator}"'),
      '{ "profile": "emulator", "version": 1, "webhooks": {} }',
    ];
    for (const text of files) {
      const ensured = await rcwh("ensure -f - --dry-run", { stdin: text, env });
      expect(ensured.exitCode).toBe(ExitCode.ok);
    }
  });
});
