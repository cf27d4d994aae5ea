/** A JSON Schema of one argument: as much of it as `readArguments` checks. */
export type ArgumentSchema = { readonly description: string } & (
  | { readonly type: "boolean" }
  | {
      readonly type: "integer";
      readonly minimum: number;
      readonly maximum: number;
    }
  | TextSchema
  | { readonly type: "array"; readonly items: TextSchema; readonly maxItems: number }
);

export interface TextSchema {
  readonly type: "string";
  readonly enum?: readonly string[];
  readonly maxLength?: number;
}

/** The arguments of a call, checked: absent ones are undefined. */
export type Arguments = Readonly<Record<string, boolean | number | string | readonly string[]>>;

export interface Hints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  /** Whether it reaches more than this machine and RingCentral. */
  readonly openWorldHint: boolean;
}

/** Words of a command line, without the global flags. */
export interface CommandWords {
  /** The command and its flags. */
  readonly flags: readonly string[];
  readonly operands?: readonly string[];
}

interface AnyTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The command whose `--json` output it returns. */
  readonly command: string;
  readonly arguments: Readonly<Record<string, ArgumentSchema>>;
  readonly required?: readonly string[];
  readonly hints: Hints;
  /** JSON Pointers of the parts that others wrote. */
  readonly untrusted: readonly string[];
  /** Whether it works on an account, so that `profile` may name another one. */
  readonly needsAccount: boolean;
}

/** A tool that changes nothing. */
export interface ReadTool extends AnyTool {
  /** Whether its failures are what was asked for: then any exit code with an output is a result. */
  readonly reportsFailures?: true;
  words(values: Arguments, host: ToolHost): CommandWords | Promise<CommandWords>;
}

/** A tool that changes something: first its preview, then the same once more with the token of that preview. */
export interface WriteTool extends AnyTool {
  /** One sentence for whoever confirms it. */
  readonly consequence: string;
  /** The command line; `--dry-run` is added for the preview. */
  words(values: Arguments, host: ToolHost): CommandWords | Promise<CommandWords>;
  /** The command line that does what was previewed; undefined where there is nothing to do. */
  confirmed(
    words: CommandWords,
    preview: Readonly<Record<string, unknown>>,
  ): CommandWords | undefined;
}

export type Tool = ReadTool | WriteTool;

export function isWrite(tool: Tool): tool is WriteTool {
  return "confirmed" in tool;
}

/** What a tool may ask of the server that it runs in. */
export interface ToolHost {
  /** Whether `check` may connect to this machine and its network. */
  readonly allowPrivateAddresses: boolean;
  /** Where generated verification tokens go; undefined where none may be generated. */
  readonly tokenDirectory: string | undefined;
  /** Runs a command of the same account for its JSON. Throws CliError if it fails. */
  read(words: CommandWords): Promise<Readonly<Record<string, unknown>>>;
}

/** `--flag=value` for each value; nothing for undefined. */
export function flag(name: string, value: unknown): readonly string[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [name];
  if (Array.isArray(value)) return value.map((each) => `${name}=${each}`);
  return [`${name}=${value}`];
}

/** The flags of the arguments whose names are those flags in camel case. */
export function flagsOf(values: Arguments, ...names: readonly string[]): readonly string[] {
  return names.flatMap((name) =>
    flag(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, values[name]),
  );
}
