#!/usr/bin/env node
"use strict";

// `--version` and the root `--help` were rendered when rcwh was built: they answer before anything else is loaded.
const instant = require("../dist/instant.json");

const answer = instantAnswer(process.argv.slice(2));
if (answer === undefined) {
  require("node:module").enableCompileCache?.();
  require("../dist/cli.cjs");
} else {
  process.stdout.on("error", () => {}); // a reader that has left is no reason for a stack trace
  process.stdout.write(answer);
}

function instantAnswer([flag = "--help", ...rest]) {
  if (rest.length > 0) return undefined;
  if (flag === "--version" || flag === "-V") return instant.version;
  const asksForHelp = flag === "--help" || flag === "-h" || flag === "help";
  return asksForHelp && (process.stdout.columns ?? 80) >= 80 ? instant.help : undefined;
}
