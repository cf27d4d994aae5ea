// Packs rcwh and uses it in fresh projects, with bundlers and test runners from the registry: `npm run try-package`.
// Takes a few minutes. Prints a line for each; exits with 1 if one failed. `npm run try-package jest` tries those that match.
// The examples that renew need a PostgreSQL and a Redis: `node scripts/with-servers.js npm run try-package examples`.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..");
const wanted = new RegExp(process.argv[2] ?? "");
const run = promisify(execFile);
const directory = await mkdtemp(join(tmpdir(), "rcwh-try-"));

/** Uses both libraries, however they were loaded. */
const program = `
(async () => {
  const emulator = await startEmulator();
  const receiver = createReceiver({ on: { posts: () => {} } });
  const answer = await receiver(new Request("http://localhost/", { method: "POST", body: "{}" }));
  console.log(/^http:/.test(emulator.url), answer.status);
  await emulator.close();
})();
`;
const modules =
  'import { startEmulator } from "rcwh/emulator"; import { createReceiver } from "rcwh/receiver";';
const commonJs =
  'const { startEmulator } = require("rcwh/emulator"); const { createReceiver } = require("rcwh/receiver");';
const typed = `
import { startEmulator } from "rcwh/emulator";
import { createReceiver } from "rcwh/receiver";
test("starts", async () => {
  const emulator = await startEmulator();
  expect(emulator.url).toMatch(/^http:/);
  expect(typeof createReceiver({})).toBe("function");
  await emulator.close();
});
`;
const plain = typed.replace(/^import .*$/gm, "");
const expected = "true 200\n";

/** For each project: the packages besides rcwh, its files, and its commands; the last command must print `prints`. */
const projects = {
  "esbuild to a module": {
    installs: ["esbuild"],
    files: { "in.mjs": modules + program },
    commands: [
      "esbuild in.mjs --bundle --platform=node --format=esm --outfile=out.mjs --log-level=error",
      "node out.mjs",
    ],
    prints: expected,
  },
  "esbuild to CommonJS": {
    installs: ["esbuild"],
    files: { "in.cjs": commonJs + program },
    commands: [
      "esbuild in.cjs --bundle --platform=node --outfile=out.cjs --log-level=error",
      "node out.cjs",
    ],
    prints: expected,
  },
  rollup: {
    installs: ["rollup", "@rollup/plugin-node-resolve", "@rollup/plugin-commonjs"],
    files: { "in.mjs": modules + program },
    commands: [
      "rollup in.mjs --silent --format es --dir out --entryFileNames [name].mjs --chunkFileNames [name].mjs -p commonjs -p node-resolve={preferBuiltins:true}",
      "node out/in.mjs",
    ],
    prints: expected,
  },
  webpack: {
    installs: ["webpack", "webpack-cli"],
    files: { "in.mjs": modules + program },
    commands: [
      "webpack ./in.mjs --mode production --target node --output-path out --stats errors-only",
      "node out/main.js",
    ],
    prints: expected,
  },
  "Jest, CommonJS": {
    installs: ["jest"],
    files: { "a.test.js": commonJs + plain },
    commands: ["jest"],
  },
  "Jest, modules": {
    installs: ["jest"],
    files: { "a.test.mjs": typed, "jest.config.json": '{ "testMatch": ["**/*.test.mjs"] }' },
    commands: ["node --experimental-vm-modules node_modules/jest/bin/jest.js"],
  },
  "ts-jest": {
    installs: ["jest", "ts-jest", "typescript@5", "@types/jest"],
    files: {
      "a.test.ts": typed,
      "jest.config.json": '{ "preset": "ts-jest" }',
      "tsconfig.json":
        '{ "compilerOptions": { "module": "node16", "esModuleInterop": true, "strict": true, "isolatedModules": true } }',
    },
    commands: ["jest"],
  },
  mocha: {
    installs: ["mocha"],
    files: {
      "a.test.cjs": `${commonJs}
        it("starts", async () => {
          const emulator = await startEmulator();
          createReceiver({});
          await emulator.close();
        });`,
    },
    commands: ["mocha a.test.cjs"],
  },
  Vitest: {
    installs: ["vitest"],
    files: {
      "a.test.ts": `import { test } from "rcwh/emulator/vitest"; import { expect } from "vitest";
        test("starts", ({ emulator }) => expect(emulator.url).toMatch(/^http:/));`,
    },
    commands: ["vitest run"],
  },
  "node:test": {
    installs: [],
    files: {
      "a.test.mjs": `import { test } from "node:test"; ${modules}
        test("starts", async () => { const emulator = await startEmulator(); createReceiver({}); await emulator.close(); });`,
    },
    commands: ["node --test"],
  },
  // In the runtimes that they are for, whose programs are too large to be installed with rcwh.
  ...Object.fromEntries(
    Object.entries({
      ...{ "queue-pg-boss": [], "queue-bullmq": [], lambda: [] },
      ...{ supabase: ["deno"], "workers-cron": ["workerd"] },
    }).map(([example, installs]) => [
      `examples/${example}`,
      { example, installs, files: {}, commands: ["node --test --test-reporter=tap"] },
    ]),
  ),
};

const { stdout: packed } = await run("npm", ["pack", "--silent", "--pack-destination", directory], {
  cwd: root,
});
const tarball = join(directory, packed.trim().split("\n").at(-1));
for (const [name, project] of Object.entries(projects)) {
  if (wanted.test(name)) await attempt(name, project);
}
await rm(directory, { recursive: true });

async function attempt(name, { example, installs, files, commands, prints }) {
  const folder = join(directory, name.replaceAll(/\W+/g, "-"));
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  if (example) await copyExample(example, folder);
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  const env = {
    ...process.env,
    PATH: `${join(folder, "node_modules/.bin")}:${process.env.PATH}`,
    DATABASE_URL: process.env.RCWH_TEST_POSTGRES,
    REDIS_URL: process.env.RCWH_TEST_REDIS,
  };
  try {
    const words = ["install", "--silent", "--ignore-scripts", "--no-audit", tarball, ...installs];
    await run("npm", words, { cwd: folder, env });
    let output = "";
    for (const command of commands) {
      const [program, ...rest] = command.split(" ");
      ({ stdout: output } = await run(program, rest, { cwd: folder, env }));
    }
    if (prints !== undefined && output !== prints) throw new Error(`printed ${output}`);
    const [, skipped] = /^(?:ok|# Subtest) .*# SKIP (.*)$/m.exec(output) ?? [];
    process.stdout.write(skipped ? `skipped ${name}: ${skipped}\n` : `passed  ${name}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stdout.write(
      `FAILED  ${name}\n${error.message}\n${error.stdout ?? ""}\n${error.stderr ?? ""}\n`,
    );
  }
}

/** Follows its README, but with the packed rcwh. */
async function copyExample(example, folder) {
  await cp(join(root, "examples", example), folder, { recursive: true });
  const path = join(folder, "package.json");
  const manifest = JSON.parse(await readFile(path, "utf8"));
  manifest.dependencies.rcwh = `file:${tarball}`;
  await writeFile(path, JSON.stringify(manifest));
}
