import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Bundle {
  readonly [file: string]: { readonly moduleIds?: readonly string[] };
}

interface Lockfile {
  readonly packages: { readonly [place: string]: { readonly integrity?: string } };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * A plugin that lists all packages whose code went into any of the bundles: their licences, which most of them ask
 * for, and a software bill of materials. Fails the build where a package declares no licence.
 */
export function listPackages(files: { readonly licences: string; readonly materials: string }) {
  const directories = new Set<string>();
  return {
    name: "list-packages",
    /** Writes what is known so far: the last bundle makes it complete. */
    writeBundle(_options: unknown, bundle: Bundle): void {
      const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds);
      for (const id of modules) {
        const directory = packageDirectory(id);
        if (directory !== undefined) directories.add(directory);
      }
      const notices = createNotices([...directories]);
      mkdirSync(dirname(files.licences), { recursive: true });
      writeFileSync(files.licences, `${introduction}\n${notices.join("\n")}`);
      writeFileSync(files.materials, `${JSON.stringify(createMaterials([...directories]))}\n`);
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

/** Packages with the same text share one notice. The same version may be installed in several places. */
function createNotices(directories: readonly string[]): readonly string[] {
  const packages = new Map<string, Set<string>>();
  for (const directory of directories) {
    const { name, version, license } = readManifest(directory);
    const text = readLicence(directory);
    packages.set(text, (packages.get(text) ?? new Set()).add(`${name} ${version}: ${license}`));
  }
  return [...packages]
    .map(([text, names]) => `${line}\n${[...names].toSorted().join("\n")}\n\n${text}\n`)
    .toSorted();
}

function readLicence(directory: string): string {
  const texts = readdirSync(directory)
    .filter((entry) => /^(?:licen[cs]e|notice|copying)/i.test(entry))
    .map((entry) => readFileSync(join(directory, entry), "utf8").replaceAll("\r\n", "\n").trim());
  return texts.join("\n\n") || "The package comes without the text of its licence.";
}

/** In the form of https://cyclonedx.org/docs/1.6/json, without time and serial number: two builds are the same bytes. */
function createMaterials(directories: readonly string[]): object {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lockfile;
  const components = directories.map((directory) => {
    const { name, version, license } = readManifest(directory);
    const place = directory.slice(directory.indexOf("node_modules/"));
    const [algorithm = "", hash = ""] = packages[place]?.integrity?.split("-") ?? [];
    if (algorithm !== "sha512") throw new Error(`${place} has no SHA-512 in package-lock.json.`);
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return {
      type: "library",
      "bom-ref": purl,
      name,
      version,
      purl,
      licenses: [{ expression: license }],
      hashes: [{ alg: "SHA-512", content: Buffer.from(hash, "base64").toString("hex") }],
    };
  });
  const { name, version } = readManifest(".");
  const unique = new Map(components.map((component) => [component.purl, component]));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name, version } },
    components: [...unique.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1)),
  };
}

function readManifest(directory: string): Required<Manifest> {
  const text = readFileSync(join(directory, "package.json"), "utf8");
  const { name, version, license } = JSON.parse(text) as Manifest;
  if (!license) throw new Error(`${name} declares no licence.`);
  return { name, version, license };
}
