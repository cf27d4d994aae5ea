import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { test as base } from "./support/rcwh.ts";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

interface Installed {
  /** Only what the tests put there. */
  readonly directory: string;
  /** The files in the package. */
  readonly files: readonly string[];
  /** Of all files, in bytes. */
  readonly size: number;
  /** Runs the executable that npm linked, from an empty folder; `TMPDIR` and `HOME` are empty too. */
  rcwh(...words: string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
}

const test = base.extend<{ readonly installed: Installed }>({
  installed: [
    async ({}, use) => {
      const directory = await mkdtemp(join(tmpdir(), "rcwh-install-"));
      const [project, home, empty, clone] = ["project", "home", "empty", "clone"].map((each) =>
        join(directory, each),
      );
      if (!project || !home || !empty || !clone) throw new Error("unreachable");
      await copyClone(clone);
      for (const each of [project, home, empty]) await mkdir(each);
      const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: empty };
      // Without scripts, because the global setup has already built the package. Of a copy, beside what must stay out of it.
      const packed = await run(
        "npm",
        ["pack", "--ignore-scripts", "--json", "--pack-destination", directory],
        { cwd: clone, env },
      );
      const [{ filename, files, unpackedSize }] = JSON.parse(packed.stdout);
      await run(
        "npm",
        ["install", "--offline", "--no-audit", "--no-fund", join(directory, filename)],
        { cwd: project, env },
      );
      await rm(home, { recursive: true });
      await mkdir(home);
      await use({
        directory,
        files: files.map(({ path }: { readonly path: string }) => path),
        size: unpackedSize,
        rcwh: (...words) =>
          run(join(project, "node_modules/.bin/rcwh"), words, { cwd: empty, env }),
      });
      await rm(directory, { recursive: true });
    },
    { scope: "file" },
  ],
});

/** What a clone has that is not for the package. */
const leftovers = [
  "examples/webhook-app/node_modules/rcwh/index.js",
  "examples/receiver/node_modules/express/package.json",
  "examples/receiver/node_modules/express/README.md",
  "examples/receiver/package-lock.json",
  "examples/receiver/pnpm-lock.yaml",
  "examples/receiver/.env",
  "examples/receiver/.npmrc",
  "examples/webhook-app/token",
  "examples/webhook-app/token.json",
  "examples/webhook-app/jwt.txt",
  "examples/.env.js/secret.txt",
  "docs/.env",
  "docs/state.json",
  "dist/cli.cjs.map",
  "bin/rcwh.log",
  "src/cli.ts",
  "test/dist.test.ts",
  ".env",
  "config.json",
];

/** Copies what a package is made of, with leftovers, into a directory. */
async function copyClone(directory: string): Promise<void> {
  const names = ["bin", "docs", "examples", "dist", "skills", "package.json"];
  const always = (await readdir(root)).filter((name) => /^[A-Z]+(?:\.md)?$/.test(name));
  for (const name of [...names, ...always]) {
    await cp(join(root, name), join(directory, name), {
      recursive: true,
      filter: (source) => !source.includes("node_modules"),
    });
  }
  for (const path of leftovers) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), "{}");
  }
}

/** The part of an app that a sample needs: it signs in and subscribes. */
const startApp = `
  import { createServer } from "node:http";
  const startApp = async ({ server, clientId, clientSecret, jwt }) => {
    const hook = createServer((request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
      response.end();
    });
    await new Promise((resolve) => hook.listen(0, "127.0.0.1", resolve));
    hook.unref();
    const post = async (path, authorization, body, headers) =>
      (await fetch(server + path, { method: "POST", headers: { authorization, ...headers }, body })).json();
    const { access_token } = await post(
      "/restapi/oauth/token",
      "Basic " + btoa(clientId + ":" + clientSecret),
      new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: jwt }),
    );
    const address = "http://127.0.0.1:" + hook.address().port;
    const subscription = {
      eventFilters: ["/team-messaging/v1/posts"],
      deliveryMode: { transportType: "WebHook", address },
    };
    await post("/restapi/v1.0/subscription", "Bearer " + access_token, JSON.stringify(subscription), {
      "Content-Type": "application/json",
    });
  };
`;

describe("The package", () => {
  test("contains the executable, the bundle and the documentation", async ({
    installed,
    expect,
  }) => {
    const expected =
      /^(?:examples\/(?:receiver|webhook-app)\/[\w.-]+|bin\/(?:rcwh\.js|package\.json)|dist\/(?:[\w-]+\.(?:cjs|mjs|d\.[cm]ts|txt)|(?:commands|docs|help|page|program)\.br|instant\.json|rcwh\.schema\.json|sbom\.cdx\.json)|package\.json|skills\/rcwh\/SKILL\.md|[A-Z]+(?:\.md)?)$/;

    expect(installed.files.filter((path) => !expected.test(path))).toEqual([]);
    expect(installed.files).toEqual(
      expect.arrayContaining([
        "bin/rcwh.js",
        "dist/cli.cjs",
        "dist/emulator.cjs",
        "dist/emulator.d.cts",
        "dist/emulator.d.mts",
        "dist/emulator-vitest.d.mts",
        "dist/emulator-vitest.mjs",
        "dist/emulator.mjs",
        "dist/docs.br",
        "dist/help.br",
        "dist/instant.json",
        "dist/page.br",
        "dist/receiver.cjs",
        "dist/receiver.d.cts",
        "dist/receiver.d.mts",
        "dist/receiver.mjs",
        "LICENSE",
      ]),
    );
  });

  test("is small", async ({ installed, expect }) => {
    const { package: budget } = JSON.parse(
      await readFile(join(root, "bench/budgets.json"), "utf8"),
    );
    expect(installed.size).toBeLessThan(budget.bytes);
    expect(installed.files.length).toBeLessThan(budget.files);
  });

  test("contains nothing that running the examples leaves behind", ({ installed, expect }) => {
    expect(installed.files.filter((path) => leftovers.includes(path))).toEqual([]);
    expect(installed.files).toEqual(
      expect.arrayContaining(["dist/docs.br", "examples/receiver/package.json"]),
    );
    // The declarations say the same.
    expect(installed.files.filter((path) => path.startsWith("docs/"))).toEqual([]);
  });

  test("names nothing in its manifest that only a clone can run", async ({ directory, expect }) => {
    const manifest = join(directory, "package.json");
    const text = await readFile(join(root, "package.json"), "utf8");
    await writeFile(manifest, text);
    const step = (name: string) =>
      run(process.execPath, [join(root, "scripts/package-manifest.js"), name], { cwd: directory });

    await step("strip");
    const { scripts, devDependencies, overrides, ...rest } = JSON.parse(text);
    const stripped = JSON.parse(await readFile(manifest, "utf8"));
    expect(stripped).toEqual({ ...rest, scripts: { demo: scripts.demo } });

    // A second time, after an interruption: the clone's own manifest is not lost.
    await step("strip");
    await step("restore");
    await step("restore");
    expect(await readFile(manifest, "utf8")).toBe(text);
  });

  test("contains every file that its pages link to", async ({ installed, expect }) => {
    const folder = join(installed.directory, "project/node_modules/rcwh");
    const listed = await run(process.execPath, [join(folder, "bin/rcwh.js"), "help", "docs"]);
    const packed = listed.stdout.matchAll(/^(\S+)\t/gm);
    const inProgram = Array.from(packed, ([, name]) => `docs/${name}.md`);
    expect(inProgram).toContain("docs/emulator.md");
    for (const page of installed.files.filter((path) => path.endsWith(".md"))) {
      const text = await readFile(join(folder, page), "utf8");
      // Where pictures are shown, they come from the repository.
      const links = text.matchAll(/(?<!!\[[^\]]*)\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g);
      for (const [, target = ""] of links) {
        expect([...installed.files, ...inProgram], page).toContain(join(dirname(page), target));
      }
    }
  });

  test("shows the documentation", async ({ installed, expect }) => {
    const rcwh = join(installed.directory, "project/node_modules/rcwh/bin/rcwh.js");
    const { stdout } = await run(process.execPath, [rcwh, "help", "docs", "docs/cron.md"]);
    expect(stdout).toBe(await readFile(join(root, "docs/cron.md"), "utf8"));
    const unknown = run(process.execPath, [rcwh, "help", "docs", "crn"]);
    await expect(unknown).rejects.toMatchObject({
      code: 2,
      stderr:
        'error: There is no page "crn".\nhint: Did you mean cron? List all with `rcwh help docs`.\n',
    });
  });

  test("contains nothing about the machine that built it", async ({ installed, expect }) => {
    for (const path of installed.files) {
      const text = await readFile(
        join(installed.directory, "project/node_modules/rcwh", path),
        "utf8",
      );
      expect(text.includes(root), path).toBe(false);
      expect(text.includes("sourceMappingURL"), path).toBe(false);
    }
  });

  test("installs no dependencies", async ({ installed, expect }) => {
    const modules = await readdir(join(installed.directory, "project/node_modules"));

    expect(modules.filter((name) => !name.startsWith("."))).toEqual(["rcwh"]);
  });
});

describe("The installed rcwh", () => {
  test("prints its version and its help", async ({ installed, expect }) => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

    expect(await installed.rcwh("--version")).toEqual({ stdout: `${version}\n`, stderr: "" });
    const { stdout, stderr } = await installed.rcwh("--help");
    expect(stdout).toMatch(/^Usage: rcwh <command> \[flags\]\n/);
    expect(stderr).toBe("");
  });

  test("searches the catalogue", async ({ installed, expect }) => {
    const { stdout, stderr } = await installed.rcwh("filters", "voicemail");

    expect(stdout).toMatch(/\/voicemail\t/);
    expect(stderr).toBe("");
  });

  test("plays the demo and leaves nothing behind", async ({ installed, expect }) => {
    const { stdout } = await installed.rcwh("demo");

    expect(stdout).toContain("received an event");
    expect(stdout).toContain("Next, try your own account");
    expect(await readdir(join(installed.directory, "home"))).toEqual([]);
    expect(await readdir(join(installed.directory, "empty"))).toEqual([]);
  });

  test("reports that nobody is signed in and writes nothing", async ({ installed, expect }) => {
    await expect(installed.rcwh("list")).rejects.toMatchObject({
      code: 4,
      stdout: "",
      stderr:
        "error: You are not signed in.\nhint: Sign in with `rcwh login`, or try rcwh without an account with `--profile emulator`.\n",
    });
    expect(await readdir(join(installed.directory, "home"))).toEqual([]);
  });
});

describe("A program that uses an installed library", () => {
  const consumers = {
    emulator: {
      printed: "2027-02-03T00:00:00.000Z user-2 2\n",
      program: `
    import {
      startEmulator,
      type AppSettings,
      type EmulatorSettings,
      type ProblemCode,
      type RunningEmulator,
      type SettingsChanges,
    } from "rcwh/emulator";

    async function main(): Promise<void> {
      const settings: Partial<EmulatorSettings> = { subscriptionLimit: 2 };
      const emulator: RunningEmulator = await startEmulator({ time: "2027-01-31T00:00:00Z", frozen: true, settings });
      await emulator.clock.advance("3d");
      const code: ProblemCode = "CMN-301";
      emulator.faults.add({ code, times: "always" });
      const app: AppSettings = { clientId: "mine", clientSecret: "secret" };
      const changes: SettingsChanges = { apps: [app], rateLimits: { light: 3 }, users: { 2: null }, sessionLimit: null };
      emulator.configure(changes);
      console.log(emulator.clock.now().toISOString(), emulator.jwt(2), emulator.settings.subscriptionLimit);
      await emulator[Symbol.asyncDispose]();
    }
    void main();
    `,
    },
    client: {
      printed: "RcwhError NETWORK false\n",
      program: `
    import {
      type Client,
      type ClientOptions,
      createClient,
      memoryStore,
      RcwhError,
      seal,
      withRetries,
    } from "rcwh/client";

    declare const process: { readonly env: Readonly<Record<string, string | undefined>> };

    async function expiry(client: Client): Promise<string> {
      const url = "https://example.com/hook";
      const definition = { filters: ["sms"], url, expiresIn: undefined, verificationToken: process.env.TOKEN };
      const { subscription } = await client.ensure(definition, { within: process.env.WITHIN });
      const changed = await client.update(subscription.id, { expiresIn: process.env.LIFETIME });
      const moved = await client.replace(changed.subscription.id, { url: process.env.NEXT });
      return (await client.create(definition)).subscription.expirationTime + moved.subscription.id;
    }
    async function main(): Promise<void> {
      const key = "00".repeat(32);
      const options: ClientOptions = {
        server: process.env.SERVER ?? "http://127.0.0.1:1",
        credentials: { clientId: "a", clientSecret: process.env.SECRET, jwt: "b" },
        store: seal(withRetries(memoryStore(), { deadline: undefined }), key, { acceptPlain: undefined }),
        account: undefined,
        deadline: 600,
        signal: undefined,
      };
      await expiry(createClient(options)).catch((error: unknown) => {
        if (error instanceof RcwhError) console.log(error.name, error.code, error.permanent);
      });
    }
    void main();
    `,
    },
    receiver: {
      printed: "200 function,function,function\nHi,7,Setup\n",
      program: `
    import {
      createReceiver,
      type EventBodies,
      isEvent,
      type Receiver,
      type ReceiverOptions,
      type RingCentralEvent,
      toExpressHandler,
      toFastifyPlugin,
      toNodeHandler,
    } from "rcwh/receiver";

    const seen: (string | number | undefined)[] = [];
    const options: ReceiverOptions = {
      verificationToken: ["old", "new"],
      on: {
        posts: ({ body }: RingCentralEvent<EventBodies["posts"]>) => seen.push(body.text ?? undefined),
        telephony: async ({ body }) => seen.push(body.parties?.[0]?.status?.code),
      },
      onEvent: (event) => {
        if (isEvent(event, "telephony")) seen.push(event.body.sequence);
      },
    };
    const receiver: Receiver = createReceiver(options);
    const post: EventBodies["posts"] = { text: "Hi" };
    const deliver = (event: string, body: unknown) =>
      receiver(
        new Request("http://localhost/", {
          method: "POST",
          headers: { "Verification-Token": "new" },
          body: JSON.stringify({ event, body }),
        }),
        { waitUntil: (work) => void work.then(() => seen.length === 3 && console.log(seen.join())) },
      );
    async function main(): Promise<void> {
      await deliver("/team-messaging/v1/posts", post);
      const sessions = "/restapi/v1.0/account/1/extension/2/telephony/sessions";
      const answer = await deliver(sessions, { sequence: 7, parties: [{ status: { code: "Setup" } }] });
      console.log(answer.status, [toExpressHandler, toFastifyPlugin, toNodeHandler].map((each) => typeof each(receiver)).join());
    }
    void main();
    `,
    },
  };

  test("compiles and runs with import and with require", async ({ installed, expect }) => {
    const folder = join(installed.directory, "project/consumers");
    await mkdir(folder);
    for (const [name, { program }] of Object.entries(consumers)) {
      for (const type of ["mts", "cts", "ts"]) {
        await writeFile(join(folder, `${name}.${type}`), program);
      }
    }
    const strict = {
      target: "es2022",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      skipDefaultLibCheck: true,
      types: [],
    };
    // Older projects have the resolution of Node 10, which knows nothing of `exports`.
    const node10 = { moduleResolution: "node10", ignoreDeprecations: "6.0", outDir: "node10" };
    const projects = {
      "today.json": { include: ["*.?ts"], options: { module: "nodenext" } },
      "node10.json": { include: ["*.ts"], options: { module: "commonjs", ...node10 } },
    };
    for (const [file, { include, options }] of Object.entries(projects)) {
      const compilerOptions = { ...strict, ...options };
      await writeFile(join(folder, file), JSON.stringify({ include, compilerOptions }));
    }
    // One process for both, which reads the declarations once.
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [tsc, "--build", ...Object.keys(projects)], { cwd: folder }).catch(
      ({ stdout }) => expect(stdout).toBe(""),
    );

    const env = { PATH: process.env["PATH"] };
    for (const [name, { printed }] of Object.entries(consumers)) {
      for (const file of [`${name}.mjs`, `${name}.cjs`, `node10/${name}.js`]) {
        const result = await run(process.execPath, [join(folder, file)], { env });
        expect(result, file).toEqual({ stdout: printed, stderr: "" });
      }
    }
  });
});

describe("The installed rcwh/emulator", () => {
  test("runs the samples of docs/emulator.md", async ({ installed, expect }) => {
    const folder = join(installed.directory, "project/samples");
    await mkdir(join(folder, "node_modules"), { recursive: true });
    for (const modules of [join(folder, "node_modules"), join(folder, "../node_modules")]) {
      await symlink(join(root, "node_modules/vitest"), join(modules, "vitest"));
    }
    const page = await readFile(join(root, "docs/emulator.md"), "utf8");
    const samples = [...page.matchAll(/^```js\n(.*?)^```$/gms)]
      .map(([, code = ""]) => code)
      // The others are a part of a test.
      .filter((code) => /"rcwh\/emulator(?:\/vitest)?"/.test(code) && !code.includes("connect"));
    expect(samples).toHaveLength(3);
    const [program = "", fixtures = "", hooks = ""] = samples;
    const withEnvironment = startApp.replace(
      "{ server, clientId, clientSecret, jwt }",
      "{ RCWH_SERVER: server, RCWH_CLIENT_ID: clientId, RCWH_CLIENT_SECRET: clientSecret, RCWH_JWT: jwt }",
    );
    const used = 'test("is there", () => { if (!emulator.url) throw new Error(); });';
    const files = {
      "program.mjs": `${startApp}${program}`,
      "fixtures.test.js": `${withEnvironment}${fixtures}`,
      "hooks.cjs": `const { before: beforeAll, after: afterAll, afterEach, test } = require("node:test");\n${hooks}${used}`,
      "package.json": '{ "type": "module" }',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);

    const env = { PATH: process.env["PATH"] };
    const node = (...words: string[]) => run(process.execPath, words, { cwd: folder, env });
    expect(await node("program.mjs")).toEqual({ stdout: "", stderr: "" });
    expect((await node("--test", "--test-reporter=tap", "hooks.cjs")).stdout).toContain("# pass 1");
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const { stdout } = await node(vitest, "run", "--root", folder, "--reporter=json");
    expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 1, success: true });
  });

  test("tests the app in examples", async ({ installed, expect }) => {
    const project = join(installed.directory, "project");
    const app = join(project, "webhook-app");
    await cp(join(root, "examples/webhook-app"), app, {
      recursive: true,
      filter: (source) => !source.includes("node_modules"),
    });

    const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap"], {
      cwd: app,
      env: { PATH: process.env["PATH"] },
    });

    expect(stdout).toContain("# pass 7\n# fail 0\n");
  });

  test("loads nothing of the command line", async ({ installed, expect }) => {
    const program = await readBundle(installed, "cli.cjs");
    const emulator = await readBundle(installed, "emulator.cjs");

    expect([...emulator.keys()].filter((name) => /^(?:cli\.|program)/.test(name))).toEqual([]);
    expect([...program.keys()].filter((name) => /^(?:cli\.|program)/.test(name))).toHaveLength(2);
    // What only commander, the SDK and the prompts say.
    for (const word of ["commander.invalidArgument", "loginSuccess", "ExitPromptError"]) {
      expect([...program.values()].some((text) => text.includes(word))).toBe(true);
      expect([...emulator.values()].filter((text) => text.includes(word))).toEqual([]);
    }
  });

  test("has no import() where Jest would refuse it, and no require() in the module", async ({
    installed,
    expect,
  }) => {
    for (const name of ["emulator", "receiver"]) {
      const bundle = await readBundle(installed, `${name}.cjs`);
      expect([...bundle.values()].filter((text) => /\bimport\(/.test(text))).toEqual([]);
      // esbuild would make an exception of it.
      expect([...bundle.values()].filter((text) => /require\([`"'](?!\.\/)/.test(text))).toEqual(
        [],
      );
      const path = join(installed.directory, `project/node_modules/rcwh/dist/${name}.mjs`);
      expect(await readFile(path, "utf8")).not.toMatch(/createRequire|__require\b/);
    }
  });

  test("is one, whether it is imported or required", async ({ installed, expect }) => {
    const program = `
      import { createRequire } from "node:module";
      import * as imported from "rcwh/emulator";
      const required = createRequire(import.meta.url)("rcwh/emulator");
      const names = Object.keys(required).filter((name) => required[name] === imported[name]);
      console.log(names.join(), Object.keys(imported).length === names.length);
    `;
    const project = join(installed.directory, "project");
    await writeFile(join(project, "both.mjs"), program);

    const { stdout } = await run(process.execPath, ["both.mjs"], {
      cwd: project,
      env: { PATH: process.env["PATH"] },
    });
    expect(stdout).toBe("connectEmulator,startEmulator true\n");
  });

  test("shows a program that uses it wrongly where, in a few lines", async ({
    installed,
    expect,
  }) => {
    const program = 'require("rcwh/emulator").startEmulator({ port: -1 });';
    const env = { PATH: process.env["PATH"] };
    const cwd = join(installed.directory, "project");

    const failure = run(process.execPath, ["--eval", program], { cwd, env });
    await expect(failure).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /\nRuleError \[RangeError\]: .*port(?:.*\n)+ +at \S+ \(.*:\d+:\d+\)\n/,
      ),
    });
    await expect(failure).rejects.toSatisfy(({ stderr }) => stderr.length < 2_000);
  });
});

describe("The installed rcwh/receiver", () => {
  test("loads nothing of Node and nothing of the program", async ({ installed, expect }) => {
    const bundle = await readBundle(installed, "receiver.cjs");

    const text = [...bundle.values()].join("\n");
    expect(text).toContain("Instant Message Event");
    expect([...text.matchAll(/require\([`"'](?!\.\/)[^)]*/g)]).toEqual([]);
    expect(text.length).toBeLessThan(100_000);
  });
});

/** A file in `dist`, and all others that it loads at once or later. */
async function readBundle(
  { directory }: Installed,
  entry: string,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map([[entry, ""]]);
  for (const name of texts.keys()) {
    const path = join(directory, "project/node_modules/rcwh/dist", name);
    const text = await readFile(path, "utf8");
    texts.set(name, text);
    for (const [, next = ""] of text.matchAll(/require\([`"']\.\/([^`"']+)/g)) {
      if (!texts.has(next)) texts.set(next, "");
    }
  }
  return texts;
}
