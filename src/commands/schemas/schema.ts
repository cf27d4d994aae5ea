/** A JSON Schema (2020-12), as far as rcwh writes any. Further keys are always allowed: output only grows. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number)[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | true;
  readonly anyOf?: readonly Schema[];
}

interface Optional {
  readonly optional: Schema;
}

/** A schema for each key of a type, `optional` where the key may be absent: the compiler compares the two. */
export type Members<T> = {
  // biome-ignore lint/complexity/noBannedTypes: `{}` fits what needs no key at all.
  readonly [Key in keyof T]-?: {} extends Pick<T, Key> ? Optional : Schema;
};

export function optional(schema: Schema): Optional {
  return { optional: schema };
}

/** An object with the keys of `T`, at least. */
export function record<T extends object>(description: string, members: Members<T>): Schema {
  return objectOf(description, members);
}

function objectOf(
  description: string,
  members: Readonly<Record<string, Schema | Optional>>,
): Schema {
  const all = Object.entries(members);
  const required = all.filter(([, member]) => !("optional" in member)).map(([name]) => name);
  return {
    type: "object",
    ...(description !== "" && { description }),
    properties: Object.fromEntries(
      all.map(([name, member]) => [
        name,
        "optional" in member ? member.optional : (member as Schema),
      ]),
    ),
    ...(required.length > 0 && { required }),
  };
}

export function text(description: string, more: Pick<Schema, "format" | "pattern"> = {}): Schema {
  return { type: "string", description, ...more };
}

/** A point in time, RFC 3339. */
export function instant(description: string): Schema {
  return text(description, { format: "date-time" });
}

export function uri(description: string): Schema {
  return text(description, { format: "uri" });
}

export function integer(description: string, minimum?: number): Schema {
  return { type: "integer", description, ...(minimum !== undefined && { minimum }) };
}

export function number(description: string): Schema {
  return { type: "number", description };
}

export function yesOrNo(description: string): Schema {
  return { type: "boolean", description };
}

/** True, or absent. */
export function yes(description: string): Schema {
  return { const: true, description };
}

/** One of a few words; what each means where the word alone does not say it. */
export function choice<T extends string>(
  description: string,
  meanings: Readonly<Record<T, string>>,
): Schema {
  const entries = Object.entries<string>(meanings);
  const explained = entries.filter(([, meaning]) => meaning !== "");
  const glossary = explained.map(([word, meaning]) => `${word}: ${meaning}`).join("; ");
  const whole = [description, ...(glossary === "" ? [] : [`${glossary}.`])].join(" ");
  return { type: "string", description: whole, enum: entries.map(([word]) => word) };
}

export function list(description: string, items: Schema): Schema {
  return { type: "array", description, items };
}

export function texts(description: string): Schema {
  return list(description, { type: "string" });
}

/** An object with keys that are values. */
export function mapOf(description: string, values: Schema): Schema {
  return { type: "object", description, additionalProperties: values };
}

/** Whatever somebody else sent. */
export function anything(description: string): Schema {
  return { description };
}

/** The same with all that somebody else may add. */
export function open(schema: Schema): Schema {
  return { ...schema, additionalProperties: true };
}

/** What a command prints. */
export interface Output {
  /** The one object of -o json; absent where that prints lines, too. */
  readonly document?: Schema;
  /** A line of -o ndjson. */
  readonly line: Schema;
  /** Each line is one of the document's records. */
  readonly hasRecordLines?: boolean;
}

/** Records under a key, with other keys beside it. Each is a line of NDJSON. */
export function documentOf(
  key: string,
  description: string,
  items: Schema,
  others: Readonly<Record<string, Schema | Optional>> = {},
): Output {
  const members = { schemaVersion: version, [key]: list(description, items), ...others };
  return { document: objectOf("", members), line: items, hasRecordLines: true };
}

const version: Schema = { const: 1, description: "Keys are only ever added to it." };

/** One of several, whichever the flags ask for. */
export function either(...outputs: readonly Output[]): Output {
  const documents = outputs.flatMap(({ document }) => document ?? []);
  return {
    ...(documents.length > 0 && { document: { type: "object", anyOf: documents } }),
    line: { type: "object", anyOf: outputs.map(({ line }) => line) },
    hasRecordLines: outputs.every((each) => each.hasRecordLines),
  };
}
