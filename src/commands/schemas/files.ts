import type { ManifestFile } from "../../manifest/reading/schema.ts";
import { anything, list, mapOf, open, optional, record, text, texts, uri } from "./schema.ts";

export const exported = open(
  record<ManifestFile>("The contents of rcwh.yaml; `rcwh plan -f` reads them.", {
    schemaVersion: optional({ const: 1 }),
    version: { const: 1, description: "The version of that format." },
    name: optional(text("The name of the file; absent if it is default.")),
    profile: optional(text("The profile, if one was named.")),
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
    description: optional(text("A description in a sentence.")),
    type: { const: "object", description: "What it describes is always an object." },
    required: optional(texts("The keys that are always there.")),
    properties: optional(mapOf("Its keys.", anything("A schema."))),
    anyOf: optional(list("Its alternatives.", anything("A schema."))),
    $defs: optional(mapOf("The definitions that it refers to.", anything("A schema."))),
  }),
);
