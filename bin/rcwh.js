#!/usr/bin/env node
"use strict";

// `--version` and the root `--help` were rendered when rcwh was built: they answer before anything else is loaded.
const answer = instantAnswer(process.argv.slice(2));
if (answer === undefined) {
  // Where Node has it. A module's constructor is what `node:module` exports, and is loaded already.
  module.constructor.enableCompileCache?.();
  require("../dist/cli.cjs");
} else {
  process.stdout.on("error", () => {}); // a reader that has left is no reason for a stack trace
  process.stdout.write(answer);
}

function instantAnswer([flag = "--help", ...rest]) {
  if (rest.length > 0) return undefined;
  if (flag === "--version" || flag === "-V") return require("../dist/instant.json").version;
  const asksForHelp = flag === "--help" || flag === "-h" || flag === "help";
  const fits = (process.stdout.columns ?? 80) >= 80;
  return asksForHelp && fits ? require("../dist/instant.json").help : undefined;
}
