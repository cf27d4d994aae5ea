import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts", "test/support/conformance-summary.ts"],
    testTimeout: 20_000,
    // Left to itself vitest keeps a core for watching.
    maxWorkers: "100%",
    // What a developer's shell happens to hold must not decide how output looks.
    env: { NO_COLOR: "", FORCE_COLOR: "", CI: "", COLUMNS: "", TERM: "xterm-256color" },
  },
});
