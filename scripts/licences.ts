import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Bundle {
  readonly [file: string]: { readonly moduleIds?: readonly string[] };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * A plugin that writes the licences of all packages whose code went into the bundle to one file: most of
 * them ask for it. Fails the build where a package declares no licence.
 */
export function collectLicences(file: string) {
  return {
    name: "collect-licences",
    writeBundle(_options: unknown, bundle: Bundle): void {
      const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds);
      const directories = new Set(modules.flatMap((id) => packageDirectory(id) ?? []));
      // The same version may be installed in several places.
      const notices = [...new Set([...directories].map(createNotice))].toSorted();
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${introduction}\n${notices.join("\n")}`);
    },
  };
}

const introduction =
  "rcwh's bundle contains code of the packages below, each under the licence that stands with it.\n";

const line = "-".repeat(80);

/** Undefined for rcwh's own modules, and for those that a plugin or the bundler made up. */
function packageDirectory(id: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/@]+(?=\/)/.exec(id.replaceAll("\\", "/"))?.[0];
}

function createNotice(directory: string): string {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
  const { name, version, license } = manifest;
  if (!license) throw new Error(`${name} declares no licence.`);
  const texts = readdirSync(directory)
    .filter((entry) => /^(?:licen[cs]e|notice|copying)/i.test(entry))
    .map((entry) => readFileSync(join(directory, entry), "utf8").trim());
  const text = texts.join("\n\n") || "The package comes without the text of its licence.";
  return `${line}\n${name} ${version}: ${license}\n\n${text}\n`;
}
