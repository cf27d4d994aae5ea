/** The part of JSON Schema that `manifestSchema` is written in, and that `checkShape` knows. */
export interface Schema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly type?: "object" | "array" | "string" | "integer" | "boolean";
  readonly const?: number | boolean;
  /** Each of another type, so that the type of a value says which one it is to be. */
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly propertyNames?: { readonly pattern: string };
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const namePattern = "^[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,99}$";

const webhook = {
  type: "object",
  description: "A webhook. Its name is its identity: everything else about it may change.",
  required: ["url", "filters"],
  additionalProperties: false,
  properties: {
    url: {
      type: "string",
      description: "The https URL of your endpoint.",
      examples: ["https://example.com/hook", "${PUBLIC_URL}/hook"],
      minLength: 1,
    },
    filters: {
      description: "The events to deliver: aliases, short paths or whole URIs, as for --filter.",
      examples: [["sms", "voicemail"]],
      anyOf: [
        { type: "string", minLength: 1 },
        { type: "array", items: { type: "string", minLength: 1 }, minItems: 1 },
      ],
    },
    expiresIn: {
      type: "string",
      description:
        "Its lifetime: 7d, 36h, 10y, max, or an RFC 3339 time. RingCentral's default is 7 days.",
      examples: ["10y", "7d", "max"],
      minLength: 1,
    },
    remind: {
      type: "string",
      description: "A reminder before it expires: the threshold, and the interval if you like.",
      examples: ["3d/12h", "3d"],
      minLength: 1,
    },
    verificationToken: {
      description:
        "The secret that every delivery carries: from a variable, from a file, or generated when the webhook is created. Without this key, the token stays unchanged.",
      examples: [{ env: "ORDERS_TOKEN" }, { file: "orders.token" }, { generate: true }],
      anyOf: [
        {
          type: "object",
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          properties: {
            env: {
              type: "string",
              description: "The name of a variable.",
              examples: ["ORDERS_TOKEN"],
              pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
            },
            file: {
              type: "string",
              description: "The path of a file with only the token, from this file's directory.",
              examples: ["orders.token"],
              minLength: 1,
            },
            generate: {
              const: true,
              description: "rcwh generates it when it creates the webhook.",
            },
          },
        },
        { type: "string", description: "The token itself. Keep secrets out of files in git." },
      ],
    },
    extensions: {
      description:
        "Whose events it delivers instead of your own: all, extension numbers, extension ids, queue:<name>, site:<name> or department:<name>.",
      examples: ["all", [101, 102], "queue:Support"],
      anyOf: [
        { type: "string", minLength: 1 },
        { type: "integer", minimum: 1 },
        {
          type: "array",
          minItems: 1,
          items: {
            anyOf: [
              { type: "string", minLength: 1 },
              { type: "integer", minimum: 1 },
            ],
          },
        },
      ],
    },
    filtersPerSubscription: {
      type: "integer",
      description: "With extensions: how many filters one subscription gets at most.",
      default: 100,
      minimum: 1,
      maximum: 999_999,
    },
    allowUnknownFilter: {
      type: "boolean",
      description: "Accept filters that are not in the catalogue.",
      default: false,
    },
  },
} as const satisfies Schema;

/** What `rcwh.yaml` may have. Programs, editors and the types of this one go by it. */
export const manifestSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "rcwh.yaml",
  description: "RingCentral webhooks as code, for `rcwh plan`, `rcwh apply` and `rcwh ensure`.",
  type: "object",
  required: ["version", "webhooks"],
  additionalProperties: false,
  properties: {
    version: { const: 1, description: "The version of this format." },
    name: {
      type: "string",
      description:
        "Tells several files for one account apart: each file touches only its own webhooks.",
      examples: ["billing"],
      default: "default",
      pattern: namePattern,
    },
    profile: {
      type: "string",
      description:
        "The profile that this file is for. Flags and credentials in the environment win.",
      examples: ["production"],
      minLength: 1,
    },
    webhooks: {
      type: "object",
      description: "The webhooks, each under a name of your choice; {} for none.",
      examples: [{}],
      propertyNames: { pattern: namePattern },
      additionalProperties: webhook,
    },
    schemaVersion: {
      const: 1,
      description: "Written by `rcwh export --json`, as all JSON has it.",
    },
  },
} as const satisfies Schema;

/** The type of the values that a schema accepts. */
type ValueOf<S> = S extends { const: infer Value }
  ? Value
  : S extends { anyOf: readonly (infer Each)[] }
    ? ValueOf<Each>
    : S extends { type: infer Type }
      ? Type extends "string"
        ? string
        : Type extends "integer"
          ? number
          : Type extends "boolean"
            ? boolean
            : S extends { items: infer Item }
              ? readonly ValueOf<Item>[]
              : S extends { properties: infer Members }
                ? ObjectOf<Members, S extends { required: readonly (infer Name)[] } ? Name : never>
                : S extends { additionalProperties: infer Member }
                  ? Readonly<Record<string, ValueOf<Member>>>
                  : never
      : never;

type ObjectOf<Members, Required> = {
  readonly [Name in keyof Members as Name extends Required ? Name : never]: ValueOf<Members[Name]>;
} & {
  readonly [Name in keyof Members as Name extends Required ? never : Name]?: ValueOf<Members[Name]>;
};

/** `rcwh.yaml` as it is written. */
export type ManifestFile = ValueOf<typeof manifestSchema>;
export type WebhookEntry = ValueOf<typeof webhook>;
