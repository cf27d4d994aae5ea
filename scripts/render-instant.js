// A step of the build: renders what bin/rcwh.js prints without loading the program. Every run reads dist/instant.json.
// dist/help.br has the `--help` and the `-h` of each command, for a pipe, and for a terminal where that differs; dist/commands.br
// has what `rcwh completion` reads of them, dist/program.br what `rcwh commands` does; dist/docs.br the pages for
// `rcwh help docs`.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const dist = join(import.meta.dirname, "../dist");
const { main } = createRequire(import.meta.url)(join(dist, "cli.cjs"));

const pages = new Map();
await renderBelow([]);
const help = pages.get("");
const brief = pages.get(" -h");
pages.delete("");
pages.delete(" -h");
const texts = Array.from(pages, ([path, page]) => `\0\0${path}\0${page}`);
writeFileSync(join(dist, "help.br"), brotliCompressSync(`${texts.join("")}\0\0`));

// For editors and other programs that validate rcwh.yaml.
writeFileSync(join(dist, "rcwh.schema.json"), await render(["schema"]));
// Else it would be read instead of all commands.
rmSync(join(dist, "program.br"), { force: true });
const commands = await render(["commands", "--json"]);
// Schemas are code that others use, too.
const inCode = ["schemaVersion", "outputSchema", "lineSchema", "errorSchema", "$defs"];
const program = JSON.parse(commands, (name, value) => (inCode.includes(name) ? undefined : value));
writeFileSync(join(dist, "program.br"), brotliCompressSync(JSON.stringify(program)));
// Completion needs nothing else: the summary of a command and the name of an argument are enough.
const unread = [
  "examples",
  "exitCodes",
  "group",
  "usage",
  "type",
  "choices",
  "default",
  "defaultText",
  "env",
];
const described = JSON.parse(JSON.stringify(program), function (name, value) {
  const isLong = name === "description" && ("aliases" in this || "required" in this);
  // Only whether there is JSON.
  if (name === "json") return "";
  return isLong || unread.includes(name) ? undefined : value;
});
const docs = join(import.meta.dirname, "../docs");
// Pages about rcwh's own code are left out: they are for people with a clone.
const files = readdirSync(docs).filter((file) => /^(?!performance|reliability).+\.md$/.test(file));
const docPages = files
  .sort()
  .map((file) => ({ page: file.slice(0, -3), text: readFileSync(join(docs, file), "utf8") }));
const packed = docPages.map(({ page, text }) => `\0\0${page}\0${text}`);
writeFileSync(join(dist, "docs.br"), brotliCompressSync(packed.join("")));
described.pages = docPages.map(({ page, text }) => ({
  value: page,
  description: /^# (.*)$/m.exec(text)?.[1] ?? page,
}));
writeFileSync(join(dist, "commands.br"), brotliCompressSync(JSON.stringify(described)));

// What V8 has compiled of one build must never be used by another, nor what another executable has written.
const build = createHash("sha256");
for (const name of readdirSync(dist)
  .filter((file) => file.endsWith(".cjs"))
  .sort()) {
  build.update(readFileSync(join(dist, name)));
}
build.update(readFileSync(join(dist, "../bin/rcwh.js")));
const instant = {
  version: await render(["--version"]),
  help,
  brief,
  build: build.digest("hex").slice(0, 16),
  commands: [...pages.keys()].filter((path) => /^[a-z-]+$/.test(path)),
};
// The last file of a build.
writeFileSync(join(dist, "instant.json"), JSON.stringify(instant));

/** The help of a command and of all below it, under each of its names. */
async function renderBelow(path) {
  const page = await render([...path, "--help"]);
  const [, name = ""] = /^Usage: rcwh((?: [a-z|-]+)*)/.exec(page) ?? [];
  const [last, alias] = name.split(" ").at(-1).split("|");
  // Of a word that is no command, it is the help of the command before.
  if (last !== (path.at(-1) ?? "")) return;
  for (const [flag, suffix] of [
    ["--help", ""],
    ["-h", " -h"],
  ]) {
    const piped = await render([...path, flag]);
    const shown = await render([...path, flag], true);
    for (const each of alias ? [last, alias] : [last]) {
      const command = [...path.slice(0, -1), each].join(" ");
      pages.set(command + suffix, shown === piped ? piped : `${piped}\0${shown}`);
    }
  }
  for (const [, word] of page.matchAll(/^ {2}([a-z][a-z-]*)(?:\||\s)/gm)) {
    await renderBelow([...path, word]);
  }
}

/** The output of a command line at 80 columns. */
async function render(argv, isTTY = false) {
  let text = "";
  const stdout = {
    isTTY,
    columns: 80,
    write: (part) => {
      text += part;
    },
  };
  const exitCode = await main(argv, {
    stdout,
    stderr: { write() {} },
    env: {},
    clock: { now: Date.now },
    signal: new AbortController().signal,
  });
  return exitCode === 0 ? text : "";
}
