import { canonicalFilter } from "../../filters/compare.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import { once } from "../../machine/promises.ts";
import type { Manifest, ManifestWebhook } from "../manifest.ts";
import { checkShape } from "./check-shape.ts";
import type { Problem } from "./problems.ts";
import { type ManifestReader, type Remark, readWebhook } from "./read-webhook.ts";
import { type ManifestFile, manifestSchema } from "./schema.ts";
import { fillVariables, type Variables } from "./variables.ts";
import { parseYaml, type YamlDocument } from "./yaml-document.ts";

export type ReadManifest =
  | { readonly manifest: Manifest; readonly remarks: readonly Remark[] }
  | { readonly problems: readonly Problem[] };

/**
 * Reads `rcwh.yaml`: a manifest, or everything that is wrong with it, in the order of the file. `file` is for messages.
 */
export async function readManifest(
  text: string,
  file: string,
  reader: ManifestReader,
): Promise<ReadManifest> {
  const document = await parseYaml(text.replace(/^\uFEFF/, ""), file);
  if (document.problems.length > 0) return { problems: document.problems };
  const unreadable = await findUnreadable(document);
  if (unreadable) return { problems: [unreadable] };
  const shaped = await checkShape(document, manifestSchema, reader.variables);
  if (!shaped.isWhole) return { problems: inOrder(shaped.problems) };
  const {
    name = "default",
    profile,
    webhooks: entries = {},
  } = shaped.value as Partial<ManifestFile>;
  const problems = [...shaped.problems];
  const remarks: Remark[] = [];
  const server = once(() => reader.server(profile));
  const webhooks: ManifestWebhook[] = [];
  for (const [key, entry] of Object.entries(entries)) {
    const webhook = await readWebhook(key, entry, { shaped, problems, remarks, server, reader });
    if (webhook) webhooks.push(webhook);
  }
  // An object has keys that are numbers first.
  webhooks.sort(({ place: a }, { place: b }) => a.line - b.line || a.column - b.column);
  problems.push(...findDuplicates(webhooks));
  if (problems.length > 0) return { problems: inOrder(problems) };
  return { manifest: { name, profile, webhooks }, remarks };
}

/**
 * The profile that a text names, found without reading all of it; undefined without one, and where that cannot be read
 * before the rest.
 */
export async function findProfile(text: string, variables: Variables): Promise<string | undefined> {
  const isFlow = /^\s*\{/.test(text);
  const line = isFlow ? text : /^profile[ \t]*:.*$/m.exec(text)?.[0];
  if (line === undefined) return undefined;
  const { root, problems } = await parseYaml(line, "");
  const { isMap } = await import("yaml");
  const value: unknown = problems.length === 0 && isMap(root) ? root.get("profile") : undefined;
  if (typeof value !== "string") return undefined;
  const filled = fillVariables(value, variables);
  return filled.problems.length === 0 && filled.text !== "" ? filled.text : undefined;
}

/** Why nothing else about the file is worth telling. */
async function findUnreadable({ root, placeAt }: YamlDocument): Promise<Problem | undefined> {
  const { isMap, isScalar } = await import("yaml");
  if (!root || (isScalar(root) && root.value === null)) {
    return {
      ...placeAt(0),
      message: "The file is empty.",
      hint: "Begin with version: 1 and webhooks:, or write what exists with `rcwh export`.",
    };
  }
  if (!isMap(root)) {
    const message = "The file must have keys with values.";
    return { ...placeAt(root.range[0]), message, hint: "Begin with version: 1 and webhooks:" };
  }
  const version = root.items.find(({ key }) => isScalar(key) && key.value === "version")?.value;
  if (!isScalar(version) || typeof version.value !== "number" || version.value === 1) {
    return undefined;
  }
  return {
    ...placeAt(version.range[0]),
    message: `This file has version ${version.value}, and this rcwh reads version 1.`,
    hint: "Write version: 1, or update rcwh with `npm install --global rcwh@latest`.",
  };
}

/** Webhooks with the URL and the events of one before them. */
function findDuplicates(webhooks: readonly ManifestWebhook[]): readonly Problem[] {
  const first = new Map<string, ManifestWebhook>();
  return webhooks.flatMap((webhook) => {
    const { name, place, address, eventFilters, extensions = [] } = webhook;
    const events = eventFilters.map((filter) => canonicalFilter(filter)).toSorted();
    const key = JSON.stringify([parseUrl(address)?.href, events, extensions.toSorted()]);
    const earlier = first.get(key);
    if (!earlier) {
      first.set(key, webhook);
      return [];
    }
    const message = `webhooks.${name} has the URL and the filters of webhooks.${earlier.name} (line ${earlier.place.line}).`;
    return [{ ...place, message, hint: "Remove one: every event would arrive twice." }];
  });
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems
    .toSorted((one, other) => one.line - other.line || one.column - other.column)
    .filter(({ line, column, message }) => {
      const key = `${line}:${column} ${message}`;
      return !seen.has(key) && seen.add(key);
    });
}
