import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const source = join(root, "src");

/** The rows of ARCHITECTURE.md's table from the top, such as `main.ts`, `emulator/` and `emulator/gateway/`. */
const rows = [
  ...readFileSync(join(root, "ARCHITECTURE.md"), "utf8").matchAll(/^\| `src\/([^`]+)` +\|/gm),
].map(([, path = ""]) => path);

const entries = readdirSync(source, { recursive: true, encoding: "utf8" }).map((path) =>
  statSync(join(source, path)).isDirectory()
    ? `${path.replaceAll(sep, "/")}/`
    : path.replaceAll(sep, "/"),
);
const files = entries.filter((path) => /\.tsx?$/.test(path));

/** Each file with the files that it imports, types and `import()` included. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(source, file), "utf8");
    const targets = [...text.matchAll(/(?:\bfrom|\bimport)[\s(]*"(\.[^"]+\.tsx?)"/g)];
    return [file, targets.map(([, path = ""]) => join(dirname(file), path).replaceAll(sep, "/"))];
  }),
);

test("The source follows the rule of ARCHITECTURE.md", () => {
  const violations = [...findUnlisted(), ...findUpwardImports(), ...findCircles()];

  expect(violations.join("\n")).toBe("");
});

test("The lifecycle does without terminal, configuration and context", () => {
  const forbidden = /^(?:io|config|operations|commands|program)\/|^(?:context|runtime|main)\.ts$/;
  const offences = [...imports]
    .filter(([file]) => file.startsWith("lifecycle/"))
    .flatMap(([file, targets]) => targets.map((target) => [file, target] as const))
    .filter(([, target]) => forbidden.test(target));

  expect(offences).toEqual([]);
});

function findUnlisted(): string[] {
  // A file in a folder is covered by the folder's row.
  const listable = entries.filter((path) => path.endsWith("/") || !path.includes("/"));
  const missing = listable.filter((path) => !rows.includes(path));
  const stale = rows.filter((path) => !listable.includes(path));
  return [
    ...missing.map((path) => `src/${path} has no row in the table of ARCHITECTURE.md.`),
    ...stale.map((path) => `src/${path} has a row in ARCHITECTURE.md, but does not exist.`),
  ];
}

/** Inside a folder and its subfolders, only import circles are forbidden. */
function findUpwardImports(): string[] {
  const place = (path: string) => path.replace(/\/.*/, "/");
  const rank = (path: string) => rows.indexOf(place(path));
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => rank(target) >= 0 && rank(target) < rank(file))
      .map(
        (target) =>
          `src/${file} imports src/${target}, but src/${place(target)} is above src/${place(file)}.`,
      ),
  );
}

function findCircles(): string[] {
  const seen = new Set<string>();
  return files.flatMap((file) => {
    const circle = seen.has(file) ? undefined : findPath(file, file);
    for (const each of circle ?? []) seen.add(each);
    return circle ? [`These files import each other: ${circle.join(" → ")}`] : [];
  });
}

/** The shortest path by imports. */
function findPath(start: string, end: string): string[] | undefined {
  const paths = [[start]];
  const visited = new Set<string>();
  for (const path of paths) {
    for (const target of imports.get(path.at(-1) ?? "") ?? []) {
      if (target === end) return [...path, target];
      if (!visited.has(target)) paths.push([...path, target]);
      visited.add(target);
    }
  }
  return undefined;
}
