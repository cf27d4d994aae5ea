// Checks that each command of the registry has all required parts: "Adding a command" in ARCHITECTURE.md.
// Lists everything that is missing in one message. Reads the files as Biome formats them, which is faster than parsing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const read = (file) => readFileSync(join(root, file), "utf8");

const registry = "src/program/commands.ts";
const names = [...read(registry).matchAll(/^ {4}"?([a-z-]+)"?: "/gm)].map(([, name]) => name);
const readmeCells = read("README.md").match(/^\| `[a-z][^|]*/gm) ?? [];
/** By name. A command with a folder, such as emulator/, has its file in there. */
const files = new Map(
  readdirSync(join(root, "src/commands"), { withFileTypes: true })
    .map((entry) => [
      entry.name.replace(/\.ts$/, ""),
      `src/commands/${entry.name}${entry.isDirectory() ? `/${entry.name}.ts` : ""}`,
    ])
    .filter(([, file]) => existsSync(join(root, file))),
);

const missing = [
  ...names.flatMap((name) => findMissing(name).map((problem) => `${name}: ${problem}`)),
  ...[...files]
    .filter(([name, file]) => !names.includes(name) && exportsCommand(name, file))
    .map(([name, file]) => `${name}: ${file} has no entry in ${registry}`),
];
if (missing.length > 0) {
  const heading = 'Commands are incomplete (see "Adding a command" in ARCHITECTURE.md):';
  process.stderr.write(`${[heading, ...missing].join("\n  ")}\n`);
  process.exitCode = 1;
}

function findMissing(name) {
  const test = `test/commands/${name}.test.ts`;
  const file = files.get(name);
  return [
    ...(file ? findMissingIn(file, name) : [`src/commands/${name}.ts does not exist`]),
    ...(readmeCells.some((cell) => cell.includes(`\`${name}`))
      ? []
      : ["README.md has no row for it in the table of commands"]),
    ...(existsSync(join(root, test)) ? [] : [`${test} does not exist`]),
  ];
}

function findMissingIn(file, name) {
  const text = read(file);
  const helps = [
    ...text.matchAll(
      /(?:: Manual = |\bcreateCommand\(.*)\{\n([\s\S]*?\n *exitCodes: \{(?:\n[\s\S]*?\n *)?\}),\n *\}/g,
    ),
  ];
  const examples = helps.map(([, help]) => {
    const [, list = ""] = /^ *examples: \{\n([\s\S]*?)\n *\},\n/m.exec(help) ?? [];
    const [indent] = /^ */.exec(list);
    return list.match(new RegExp(`^${indent}\\S`, "gm"))?.length ?? 0;
  });
  return [
    ...(exportsCommand(name, file) ? [] : [`${file} does not export ${creatorOf(name)}`]),
    ...(helps.length > 0 ? [] : [`${file} has no manual with examples and exit codes`]),
    ...(examples.every((count) => count >= 3 && count <= 6)
      ? []
      : [`${file} needs three to six examples in its help, not ${examples.join(" and ")}`]),
    ...(helps.some(([, help]) => /exitCodes: \{\n[\s\S]*^ *\d+: /m.test(help))
      ? []
      : [`${file} does not say what its exit codes mean`]),
  ];
}

function exportsCommand(name, file) {
  return read(file).includes(`export function ${creatorOf(name)}(`);
}

/** `createRotateTokenCommand` for `rotate-token`. */
function creatorOf(name) {
  const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `create${words.join("")}Command`;
}
