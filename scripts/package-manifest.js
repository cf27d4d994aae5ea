/**
 * Runs before and after `npm pack` and `npm publish`: removes from the package's manifest what only a clone can use.
 *
 *   node scripts/package-manifest.js strip     before: keeps the manifest beside it, and writes the package's
 *   node scripts/package-manifest.js restore   after: puts the clone's manifest back, and does nothing the second time
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

const manifest = "package.json";
const original = "package.json.original";

/** What a user of the package can run. */
const runnable = ["demo"];

function strip() {
  // An interrupted `npm pack` left it.
  restore();
  const text = readFileSync(manifest, "utf8");
  const { scripts, devDependencies, overrides, ...rest } = JSON.parse(text);
  const kept = Object.entries(scripts).filter(([name]) => runnable.includes(name));
  writeFileSync(original, text);
  const stripped = { ...rest, scripts: Object.fromEntries(kept) };
  writeFileSync(`${manifest}.draft`, `${JSON.stringify(stripped, undefined, 2)}\n`);
  renameSync(`${manifest}.draft`, manifest);
}

function restore() {
  if (existsSync(original)) renameSync(original, manifest);
}

const [, , step] = process.argv;
if (step === "strip") strip();
else if (step === "restore") restore();
else throw new Error("Use strip or restore.");
