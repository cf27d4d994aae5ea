import { outputSchema } from "../schemas/output-schema.ts";
import type { Schema } from "../schemas/schema.ts";
import { isWrite, type Tool } from "./tool.ts";

const text = { type: "string" } as const;

const error = {
  type: "object",
  description: "what is wrong, as rcwh's --json has it",
  properties: { code: text, message: text, hint: text, exitCode: { type: "integer" } },
  required: ["code", "message", "exitCode"],
} as const;

/** What a tool returns beside the output of its command. */
const common = {
  schemaVersion: { const: 1 },
  exitCode: {
    type: "integer",
    description: "rcwh's: 0 done, 7 partly done, 8 needs attention; any other is a failure",
  },
  error,
  warnings: { type: "array", items: text },
  _untrusted: {
    type: "object",
    properties: {
      notice: text,
      under: {
        type: "array",
        items: text,
        description: "JSON Pointers of the parts whose text others wrote",
      },
    },
    required: ["notice", "under"],
  },
} as const;

const ofWrites = {
  preview: {
    type: "object",
    description: "what would happen; nothing has changed",
    properties: {
      consequence: text,
      commandLine: { ...text, description: "does the same on a command line" },
      noCommandLine: { ...text, description: "why commandLine is missing" },
      account: { type: "object" },
    },
    required: ["consequence", "account"],
  },
  tokenFile: { ...text, description: "file of the user with a new verification token" },
  nextStep: { ...text, description: "what to do with it" },
  confirmation: {
    type: "object",
    properties: { token: text, expiresAt: text },
    required: ["token", "expiresAt"],
  },
} as const;

/** The JSON Schema of a tool's results: what its command prints, and what the tools have in common. */
export function outputSchemaOf(tool: Tool) {
  const { $defs, ...printed } = forEdited(outputSchema(tool.command) ?? {}) as Schema & {
    readonly $defs?: Readonly<Record<string, Schema>>;
  };
  return {
    type: "object" as const,
    properties: { ...membersOf(printed), ...common, ...(isWrite(tool) && ofWrites) },
    required: ["schemaVersion", "exitCode"],
    ...($defs !== undefined && { $defs }),
  };
}

/** The members of a document that may be one of several. */
function membersOf({ properties = {}, anyOf = [] }: Schema): Readonly<Record<string, Schema>> {
  const all = new Map(Object.entries(properties));
  for (const [name, schema] of anyOf.flatMap((each) => Object.entries(membersOf(each)))) {
    const other = all.get(name);
    const isSame = other !== undefined && JSON.stringify(other) === JSON.stringify(schema);
    all.set(name, other === undefined || isSame ? schema : { anyOf: [other, schema] });
  }
  return Object.fromEntries(all);
}

/** A URL without its query, and a text without what is invisible, may not have the form that it had. */
function forEdited(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    // A member of that name has a schema.
    const isForm = ([name, form]: readonly [string, unknown]) =>
      (name === "format" || name === "pattern") && typeof form === "string";
    return Object.fromEntries(Object.entries(value).filter((entry) => !isForm(entry)));
  });
}
