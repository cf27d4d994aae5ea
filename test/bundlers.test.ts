import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { describe } from "vitest";
import { emulatorApp } from "../src/emulator/settings.ts";
import { test as base } from "./support/rcwh.ts";

const root = join(import.meta.dirname, "..");

interface Fixtures {
  /** Bundles a program that imports from `rcwh/…`, and returns the bundle's path. */
  bundle(program: string, format: "esm" | "cjs" | "iife"): Promise<string>;
}

const test = base.extend<Fixtures>({
  async bundle({ directory }, use) {
    await use(async (program, format) => {
      const input = join(directory, "app.mjs");
      await writeFile(input, program);
      const build = await rolldown({
        input,
        platform: format === "iife" ? "browser" : "node",
        logLevel: "silent",
        // As a program that has rcwh installed finds it: by its own name, through its `exports`.
        plugins: [
          {
            name: "installed",
            resolveId: (id, _from, { kind }) =>
              id.startsWith("rcwh/")
                ? join(root, "dist", `${id.slice(5)}.${kind === "require-call" ? "cjs" : "mjs"}`)
                : undefined,
          },
        ],
        treeshake: { moduleSideEffects: false },
      });
      const file = join(directory, `bundle.${format === "esm" ? "mjs" : "cjs"}`);
      await build.write({ file, format, codeSplitting: false });
      await build.close();
      return file;
    });
  },
});

const event = '{ event: "/team-messaging/v1/posts", body: { text: "Hi" } }';
const receive = `
  import { createReceiver } from "rcwh/receiver";
  const receiver = createReceiver({ verificationToken: "s3cret", on: { posts: ({ body }) => console.log(body.text) } });
  const headers = { "Verification-Token": "s3cret" };
  const answered = receiver(new Request("http://localhost/", { method: "POST", headers, body: JSON.stringify(${event}) }))
    .then(async ({ status }) => { await receiver.idle(); console.log(status); });
`;

describe("A bundle", () => {
  for (const format of ["esm", "cjs"] as const) {
    test(`runs with both libraries: ${format}`, async ({ bundle, expect }) => {
      const file = await bundle(
        `${receive}
        import { startEmulator } from "rcwh/emulator";
        answered
          .then(() => startEmulator({ time: "2027-01-31T00:00:00Z", frozen: true }))
          .then(async ({ clock, close }) => {
            await clock.advance("1d");
            console.log(clock.now().toISOString());
            await close();
          });`,
        format,
      );

      expect(await promisify(execFile)(process.execPath, [file], { env: {} })).toEqual({
        stdout: "Hi\n200\n2027-02-01T00:00:00.000Z\n",
        stderr: "",
      });
    });
  }

  test("with nameOfEvent alone does not bring the catalogue", async ({ bundle, expect }) => {
    const file = await bundle(
      `import { nameOfEvent } from "rcwh/receiver"; console.log(nameOfEvent(${event}));`,
      "esm",
    );

    expect((await promisify(execFile)(process.execPath, [file], { env: {} })).stdout).toBe(
      "posts\n",
    );
    const text = await readFile(file, "utf8");
    expect(text).not.toContain("Instant Message Event");
    expect(text.length).toBeLessThan(12_000);
  });

  test("with the receiver runs where there is nothing but the web's own", async ({
    bundle,
    expect,
  }) => {
    const text = await readFile(await bundle(receive, "iife"), "utf8");
    const printed: unknown[] = [];
    await new Promise<void>((resolve) => {
      const log = (line: unknown) => {
        printed.push(line);
        if (line === 200) resolve();
      };
      const web = { Headers, Request, Response, TextDecoder, URL, setTimeout };
      runInContext(text, createContext({ ...web, console: { log, warn: log, error: log } }));
    });

    expect(printed).toEqual(["Hi", 200]);
  });

  test("with the client runs where there is nothing but the web's own", async ({
    bundle,
    server,
    endpoint,
    expect,
  }) => {
    const program = `
      import { createClient, memoryStore } from "rcwh/client";
      const { server, credentials, url } = given;
      const store = memoryStore();
      const ensure = (more) =>
        createClient({ server, credentials: { ...credentials, ...more }, store }).ensure({ filters: ["posts"], url });
      Promise.all([ensure(), ensure(), ensure()])
        .then(async (results) => {
          const { code } = await ensure({ jwt: "not-the-jwt-of-anybody" }).catch((error) => error);
          done([...results.map(({ outcome }) => outcome), code]);
        })
        .catch(done);
    `;
    const text = await readFile(await bundle(program, "iife"), "utf8");
    // Neither a module of Node nor the SDK is in it.
    expect(text).not.toMatch(/\brequire\(|\bnode:|RCSDK/);
    const { clientId, clientSecret } = emulatorApp;
    const given = {
      server,
      credentials: { clientId, clientSecret, jwt: "user-1" },
      url: endpoint.url,
    };
    const outcomes = await new Promise<unknown>((done) => {
      runInContext(text, createContext({ ...web(), given, done }));
    });

    expect(outcomes).toEqual(expect.arrayContaining(["created", "not-due", "not-due", "OAU-140"]));
  });
});

/** What runtimes without Node have, too. */
function web() {
  return {
    ...{ AbortController, AbortSignal, Headers, Request, Response, TextDecoder, TextEncoder, URL },
    ...{ URLSearchParams, atob, btoa, crypto, fetch, performance },
    ...{ setTimeout, clearTimeout, setInterval, clearInterval },
  };
}
