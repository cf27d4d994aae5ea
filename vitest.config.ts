import { createHash } from "node:crypto";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** In memory, where there is room: hundreds of tests write a configuration, and wait until it is on disk. */
const memory = "/dev/shm";
const { bavail = 0, bsize = 0 } = existsSync(memory) ? statfsSync(memory) : {};
const temporary = bavail * bsize > 1e9 ? memory : tmpdir();

/** Tests that run what the build made: only they wait for a build. */
const testsOfTheBuild = [
  "test/{bundle,bundlers,completion-shells,dist,examples,fleet,library,many-processes,readme,terminal,testing-page}.test.ts",
  "test/clients/*.test.ts",
  "test/commands/{cron,cron-rehearsal,demo,doctor,emulator-exec,emulator-profile,listen-process,mcp-process}.test.ts",
  "test/emulator/state-file.test.ts",
  "test/trust/{other-owner,pseudo-terminal,uncaught-errors}.test.ts",
  "test/servers/{examples,fleet}.test.ts",
  "test/reliability/{killed,no-room,one-run-at-a-time,quota}.test.ts",
  "test/trust/{deadlines,silent-name-server,stuck-output}.test.ts",
];

/** A module names the files of the packages that it imports, so that others must not find it. */
const packages = readFileSync(join(import.meta.dirname, "package-lock.json"));
const modules = createHash("sha256").update(packages).digest("hex").slice(0, 16);

export default defineConfig({
  test: {
    globalSetup: ["test/support/conformance-summary.ts"],
    // What keeps a test waiting for as long as this hangs, also where other programs keep the cores busy.
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    maxConcurrency: 8,
    // More than there are cores, because tests wait for sockets and processes.
    maxWorkers: Math.ceil(availableParallelism() * 2),
    // Loading the modules takes most tests longer than running does, and none replaces one.
    isolate: false,
    // Both projects transform the same modules, and most are as they were at the last run.
    experimental: {
      fsModuleCache: true,
      fsModuleCachePath: join(import.meta.dirname, "node_modules/.vitest-modules", modules),
    },
    // What a developer's shell happens to hold must not decide how output looks.
    env: { NO_COLOR: "", FORCE_COLOR: "", CI: "", COLUMNS: "", TERM: "xterm-256color" },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: testsOfTheBuild,
          env: { TMPDIR: temporary },
        },
      },
      {
        extends: true,
        test: { name: "build", include: testsOfTheBuild, globalSetup: ["test/support/build.ts"] },
      },
    ],
  },
});
