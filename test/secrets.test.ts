import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { emulatorApp } from "../src/emulator/settings.ts";
import { closedPort } from "./support/endpoints.ts";
import { test as base, type RunOptions, type RunResult } from "./support/rcwh.ts";
import { isWhole } from "./support/share.ts";

const clientSecret = "aX3+fQ9/Tz=Lw7%20m5Vd";
const jwt = "user-987654321";
const verificationToken = "q7Zp2~Vx9Lm4!Rt6Yw1";
const otherToken = "Kd83-Hs5q_Nb0w2Jx7Ge";
const urlSecret = "uR4k8Wc1Zy6Bn3";
const basic = Buffer.from(`emulator-client:${clientSecret}`).toString("base64");

/** The beginning of the JWT: its digits are in the user's ids and name too. */
const secrets = [clientSecret, jwt.slice(0, 8), verificationToken, otherToken, urlSecret, basic];
/** Programs need the whole URL of a webhook. */
const formatsWithWholeUrls = ["json", "ndjson", "yaml"];
const noCredentials = {};

interface Fixtures {
  /** Runs rcwh with `--debug -v` and fails if any output contains a secret. */
  readonly runWithoutLeaks: (words: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** Files that contain the secrets. */
  readonly files: Readonly<Record<"clientSecret" | "jwt" | "token" | "otherToken", string>>;
}

const test = base
  .extend("emulatorSettings", {
    apps: [{ ...emulatorApp, clientSecret, refreshTokens: true }],
  })
  .extend("signedIn", ({ server }) => ({
    RCWH_SERVER: server,
    RCWH_CLIENT_ID: "emulator-client",
    RCWH_CLIENT_SECRET: clientSecret,
    RCWH_JWT: jwt,
  }))
  .extend<Fixtures>({
    runWithoutLeaks: async ({ rcwh }, use) => {
      await use(async (words, options) => {
        const result = await rcwh([...words, "--debug", "-v"], options);
        const { stdout, stderr } = result;
        const whole = words.some((word) => formatsWithWholeUrls.includes(word));
        const found =
          findSecret(stdout.replaceAll(whole ? urlSecret : "\0", "…")) ?? findSecret(stderr);
        if (found) throw new Error(`rcwh ${words[0]} printed ${found}:\n${stdout}${stderr}`);
        return result;
      });
    },
    files: async ({ directory }, use) => {
      const write = async (name: string, content: string) => {
        const path = join(directory, name);
        await writeFile(path, `${content}\n`);
        return path;
      };
      await use({
        clientSecret: await write("client-secret.txt", clientSecret),
        jwt: await write("jwt.txt", jwt),
        token: await write("token.txt", verificationToken),
        otherToken: await write("other-token.txt", otherToken),
      });
    },
  });

/** The secret of which eight consecutive characters occur: an excerpt is a leak too. */
function findSecret(printed: string): string | undefined {
  const excerpts = (secret: string) =>
    Array.from({ length: secret.length - 7 }, (_, start) => secret.slice(start, start + 8));
  return (
    /EMU1[\w-]{4}/.exec(printed)?.[0] ??
    secrets.find((secret) => excerpts(secret).some((excerpt) => printed.includes(excerpt)))
  );
}

type EchoAnswer = (heard: string, status: number) => Response;

/** Answers with the content of the request. */
const echoes: Readonly<Record<string, EchoAnswer>> = {
  "an error": (heard, status) =>
    Response.json(
      {
        errorCode: "CMN-101",
        message: `Value [${heard}] is invalid`,
        errors: [{ errorCode: "CMN-101", message: heard, parameterName: heard }],
      },
      { status },
    ),
  "an OAuth error": (heard, status) =>
    Response.json({ error: heard, error_description: `No: ${heard}` }, { status }),
  "its code": (heard, status) => Response.json({ errorCode: heard, message: "No" }, { status }),
  "a page": (heard, status) =>
    new Response(`<html><title>${heard}</title><h1>No</h1>${heard}</html>`, {
      status,
      headers: { "Content-Type": "text/html" },
    }),
  text: (heard, status) => new Response(heard, { status }),
  headers: (heard, status) =>
    new Response(null, {
      status,
      statusText: oneHeader(heard),
      headers: { RCRequestId: oneHeader(heard), "X-Rate-Limit-Group": oneHeader(heard) },
    }),
  "subscriptions of another shape": (heard, status) =>
    Response.json({ access_token: [heard], id: heard, records: [heard] }, { status }),
};

function oneHeader(text: string): string {
  return text.replace(/[^ -~]/g, " ").slice(-1000);
}

describe("rcwh prints no secret", () => {
  for (const format of ["table", "tsv", "csv", ...formatsWithWholeUrls]) {
    test(`as ${format}, from login to logout`, async ({
      runWithoutLeaks,
      endpoint,
      files,
      server,
      emulator,
      expect,
    }) => {
      const run = (...words: string[]) =>
        runWithoutLeaks([...words, "-o", format], { env: noCredentials, tty: format === "table" });
      const exitCodes = [
        await run(
          ...["login", "--server", server, "--client-id", "emulator-client"],
          ...["--client-secret-file", files.clientSecret, "--jwt-file", files.jwt],
        ),
        await run("whoami"),
        await run("profile", "list"),
        await run(
          ...["create", "--filter", "posts", "--url", `${endpoint.url}?key=${urlSecret}`],
          ...["--verification-token-file", files.token],
        ),
        await run("list"),
      ].map(({ exitCode }) => exitCode);
      const id = emulator.state().subscriptions[0]?.id ?? "";
      for (const words of [
        ["show", id],
        ["renew", id],
        ["update", id, "--add-filter", "sms"],
        ["update", id, "--verification-token-file", files.otherToken, "--yes"],
        ["delete", "--all", "--yes"],
        ["logout"],
      ]) {
        exitCodes.push((await run(...words)).exitCode);
      }
      expect(exitCodes).toEqual(Array.from({ length: 11 }, () => 0));
      expect(endpoint.handshakes()).toBe(2);
      expect(emulator.state().subscriptions).toEqual([]);
    });
  }

  test("in whatever way it is given", async ({
    runWithoutLeaks,
    files,
    server,
    directory,
    signedIn,
    expect,
  }) => {
    const app = ["--server", server, "--client-id", "emulator-client"];
    const credentialsFile = join(directory, ".env");
    await writeFile(
      credentialsFile,
      `RC_SERVER_URL = '${server}'\nRC_APP_CLIENT_ID = 'emulator-client'\nRC_APP_CLIENT_SECRET = '${clientSecret}'\nRC_USER_JWT = '${jwt}'\n`,
    );
    const ways: readonly (readonly [readonly string[], RunOptions])[] = [
      [
        [...app, "--client-secret-file", files.clientSecret, "--jwt-stdin"],
        { env: noCredentials, stdin: `${jwt}\n` },
      ],
      [[...app, "--client-secret", clientSecret, "--jwt", jwt], { env: noCredentials }],
      [
        [],
        { env: noCredentials, tty: true, answers: [server, "emulator-client", clientSecret, jwt] },
      ],
      [["--credentials-file", credentialsFile], { env: noCredentials }],
      [[], { env: signedIn }],
      [["--no-token-cache"], { env: signedIn }],
    ];
    for (const [words, options] of ways) {
      expect((await runWithoutLeaks(["login", ...words], options)).exitCode).toBe(0);
    }
  });

  test("of somebody else's access token", async ({
    runWithoutLeaks,
    rcwh,
    directory,
    server,
    expect,
  }) => {
    await rcwh("list");
    const config = await readFile(join(directory, "config", "config.json"), "utf8");
    const [token = ""] = /EMU1[\w-]{40}/.exec(config) ?? [];
    const file = join(directory, "access-token.txt");
    await writeFile(file, token);
    const run = async (words: readonly string[], RCWH_ACCESS_TOKEN?: string) =>
      (await runWithoutLeaks(words, { env: { RCWH_SERVER: server, RCWH_ACCESS_TOKEN } })).exitCode;

    expect(await run(["whoami"], token)).toBe(0);
    expect(await run(["list", "--access-token-file", file])).toBe(0);
    expect(await run(["list"], token.replace(/.$/, "!"))).toBe(4);
    expect(await run(["list"], `${token}\u0100`)).toBe(2);
  });

  for (const [place, [kind, echo]] of Object.entries(echoes).entries()) {
    test(`that the server repeats in ${kind}`, async ({
      runWithoutLeaks,
      emulator,
      endpoint,
      files,
      rcwh,
      clock,
      expect,
    }) => {
      await rcwh("list");
      // One in five of the combinations, others for each place.
      let turn = place;
      for (const status of [200, 400, 401, 403, 404, 429, 500]) {
        const heard: string[] = [];
        const withdraw = emulator.intercept(async (request) => {
          heard.push(request.headers.get("authorization") ?? "", await request.text());
          return echo(heard.join(" "), status);
        }, Number.POSITIVE_INFINITY);
        for (const words of [
          ["list"],
          ["show", "00000000-0000-4000-8000-000000000000"],
          [
            ...["create", "--filter", "posts", "--url", `${endpoint.url}?key=${urlSecret}`],
            ...["--if-exists", "new", "--verification-token-file", files.token],
          ],
          ["login"],
          ["list", "--no-token-cache"],
          ["list", "--json"],
        ]) {
          if (turn++ % 5 !== 0 && !isWhole) continue;
          const { exitCode } = await runWithoutLeaks(words);
          expect(exitCode, `${words[0]} after ${status}`).toBeGreaterThan(0);
          expect(heard).not.toEqual([]);
        }
        withdraw();
        clock.advance(10 * 60_000);
      }
    });
  }

  test("of a proxy that is down", async ({ runWithoutLeaks, signedIn, expect }) => {
    const HTTPS_PROXY = `http://somebody:${otherToken}@127.0.0.1:${await closedPort()}`;
    const env = { ...signedIn, RCWH_SERVER: "https://platform.test", HTTPS_PROXY };
    expect((await runWithoutLeaks(["list"], { env })).exitCode).toBe(5);
  });

  test("of a malformed configuration", async ({ runWithoutLeaks, directory, server, expect }) => {
    const whole = JSON.stringify({
      version: 1,
      profiles: { default: { server, clientId: "emulator-client", clientSecret, jwt } },
    });
    await mkdir(join(directory, "config"), { mode: 0o700 });
    for (const broken of [
      whole.replace(jwt, `${jwt}"`),
      whole.replace(clientSecret, `${clientSecret}\\x`),
      whole.slice(0, whole.indexOf(jwt) + 8),
      whole.replace(`"${jwt}"`, jwt),
      whole.replace(`"${clientSecret}"`, `["${clientSecret}"]`),
    ]) {
      await writeFile(join(directory, "config", "config.json"), broken, { mode: 0o600 });
      expect((await runWithoutLeaks(["list"], { env: noCredentials })).exitCode, broken).toBe(4);
    }
  });

  test("of a malformed .env file", async ({ runWithoutLeaks, directory, expect }) => {
    const credentialsFile = join(directory, ".env");
    for (const line of [`RCWH_JWT ${jwt}`, `RCWH_JWT='${jwt}`, jwt, `RCWH_JWT="${jwt}" ${jwt}`]) {
      await writeFile(credentialsFile, `RCWH_CLIENT_SECRET='${clientSecret}'\n${line}\n`);
      const { exitCode } = await runWithoutLeaks(["list", "--credentials-file", credentialsFile], {
        env: noCredentials,
      });
      expect(exitCode, line).toBe(2);
    }
  });

  test("in the report of a bug", async ({ runWithoutLeaks, server, expect }) => {
    const words = ["login", "--client-secret", clientSecret, "--jwt", jwt, "--server", server];
    // The kit fails a prompt without a prepared answer, which rcwh reports as a bug.
    const { exitCode, stderr } = await runWithoutLeaks(words, { env: noCredentials, tty: true });
    expect(stderr).toContain("hit a bug");
    expect(exitCode).toBe(1);
  });
});
