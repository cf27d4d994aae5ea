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
      account: { type: "object" },
    },
    required: ["consequence", "account"],
  },
  confirmation: {
    type: "object",
    properties: { token: text, expiresAt: text },
    required: ["token", "expiresAt"],
  },
} as const;

/** The key of what a command prints. */
const recordsOf: Readonly<Record<string, string>> = {
  list: "subscriptions",
  show: "subscriptions",
  create: "subscriptions",
  filters: "filters",
  check: "checks",
  doctor: "checks",
  explain: "explanations",
  status: "runs",
  plan: "changes",
  apply: "changes",
};

/** The JSON Schema of a tool's results. */
export function outputSchemaOf(tool: Tool) {
  const key = recordsOf[tool.command] ?? "results";
  return {
    type: "object" as const,
    properties: {
      ...common,
      ...(isWrite(tool) && ofWrites),
      [key]: { type: "array", items: { type: "object" } },
    },
    required: ["schemaVersion", "exitCode"],
  };
}
