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
  readonly author?: string | { readonly name: string };
}

/**
 * A plugin that lists all packages whose code went into any of the bundles: their licences, which most of them ask
 * for, and a software bill of materials. Fails the build where a package declares no licence.
 */
export function listPackages(files: { readonly licences: string; readonly materials: string }) {
  const directories = new Set<string>();
  return {
    name: "list-packages",
    /** Writes the packages found so far; the list is complete after the last bundle. */
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

/** Undefined for rcwh's own modules, and for those that a plugin or the bundler generates. */
function packageDirectory(id: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/@]+(?=\/)/.exec(id.replaceAll("\\", "/"))?.[0];
}

/** Packages whose texts differ in who has the copyright share one notice. The same version may be installed in several places. */
function createNotices(directories: readonly string[]): readonly string[] {
  const terms = new Map<string, { readonly text: string; readonly holders: Set<string> }>();
  for (const directory of directories) {
    const { name, version, license } = readManifest(directory);
    const { copyright, text } = splitLicence(readLicence(directory));
    // Licences that differ only in quotes or list markers are the same.
    const key = text
      .toLowerCase()
      .replaceAll(/[^a-z]+/g, " ")
      .trim();
    const notice = terms.get(key) ?? { text, holders: new Set() };
    terms.set(key, notice);
    notice.holders.add([`${name} ${version}: ${license}`, ...copyright].join("\n  "));
  }
  return [...terms.values()]
    .map(({ text, holders }) => `${line}\n${[...holders].toSorted().join("\n")}\n\n${text}\n`)
    .toSorted();
}

/** The lines about copyright at the beginning of a licence, and its terms. Titles are in neither: the terms follow from them. */
function splitLicence(licence: string) {
  const copyright: string[] = [];
  let text = licence;
  for (;;) {
    const [line = "", rest] = splitAtLineFeed(text);
    const isTitle = /^\W*(?:the )?(?:MIT|ISC) licen[cs]e\b[^a-z]*$|^\W*$/i.test(line);
    const isCopyright = /^\W*copyright\b/i.test(line);
    if (rest === undefined || (!isTitle && !isCopyright)) return { copyright, text };
    if (isCopyright) copyright.push(line.trim());
    text = rest;
  }
}

function splitAtLineFeed(text: string): readonly [string, string?] {
  const end = text.indexOf("\n");
  return end < 0 ? [text] : [text.slice(0, end), text.slice(end + 1)];
}

function readLicence(directory: string): string {
  const texts = readdirSync(directory)
    .filter((entry) => /^(?:licen[cs]e|notice|copying)/i.test(entry))
    .map((entry) => readFileSync(join(directory, entry), "utf8").replaceAll("\r\n", "\n").trim());
  if (texts.length > 0) return texts.join("\n\n");
  const { license, author } = readManifest(directory);
  const holder = typeof author === "object" ? author.name : author;
  if (license !== "MIT" || !holder) return "The package comes without the text of its licence.";
  // It has the same terms as rcwh.
  return `Copyright (c) ${holder}\n\n${splitLicence(readFileSync("LICENSE", "utf8").trim()).text}`;
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

function readManifest(directory: string) {
  const text = readFileSync(join(directory, "package.json"), "utf8");
  const { name, version, license, author } = JSON.parse(text) as Manifest;
  if (!license) throw new Error(`${name} declares no licence.`);
  return { name, version, license, author };
}
