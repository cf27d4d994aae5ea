import type { ManifestFile } from "../../manifest/reading/schema.ts";
import { anything, list, mapOf, open, optional, record, text, texts, uri } from "./schema.ts";

export const exported = open(
  record<ManifestFile>("What rcwh.yaml would have; `rcwh plan -f` reads it.", {
    schemaVersion: optional({ const: 1 }),
    version: { const: 1, description: "The version of that format." },
    name: optional(text("What the file calls itself; absent for default.")),
    profile: optional(text("The profile, where it was named.")),
    webhooks: mapOf(
      "The webhooks by their names, as `rcwh schema` describes them.",
      anything("A webhook."),
    ),
  }),
);

export const jsonSchema = open(
  record<{
    $schema: string;
    title: string;
    description?: string;
    type: "object";
    required?: object;
    properties?: object;
    anyOf?: object;
    $defs?: object;
  }>("A JSON Schema.", {
    $schema: uri("Its dialect."),
    title: text("What it describes."),
    description: optional(text("The same in a sentence.")),
    type: { const: "object", description: "What it describes is always an object." },
    required: optional(texts("The keys that are always there.")),
    properties: optional(mapOf("Its keys.", anything("A schema."))),
    anyOf: optional(list("Its forms.", anything("A schema."))),
    $defs: optional(mapOf("What it refers to.", anything("A schema."))),
  }),
);
