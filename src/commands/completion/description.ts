/** The whole program as data: what its help says. */
export interface ProgramDescription {
  /** Flags of every command, before or after its name. */
  readonly globalFlags: readonly FlagDescription[];
  /** In the order of the help, each followed by its subcommands. */
  readonly commands: readonly CommandDescription[];
  /** The pages of \`rcwh help <topic>\`. */
  readonly topics: readonly { readonly value: string; readonly description: string }[];
  /** Those of `rcwh help docs <page>`: only as the build has written it. */
  readonly pages?: readonly { readonly value: string; readonly description: string }[];
}

export interface CommandDescription {
  /** With those that it belongs to, such as `emulator fault list`. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** Such as `rcwh list|ls [flags]`. */
  readonly usage: string;
  readonly arguments: readonly ArgumentDescription[];
  readonly flags: readonly FlagDescription[];
  readonly examples: readonly { readonly command: string; readonly purpose: string }[];
  /** The shape of its JSON output, abridged; absent where it has none. */
  readonly json?: string;
  readonly exitCodes: readonly { readonly code: number; readonly meaning: string }[];
}

export interface ArgumentDescription {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Whether it may be given several times. */
  readonly repeatable: boolean;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** The value that holds without it, a number where its type is one. */
  readonly default?: string | number;
  /** The default in words, where it is not a value. */
  readonly defaultText?: string;
}

/** What a value is read as; `boolean` for a flag without one. */
export type ValueType =
  | "boolean"
  | "integer"
  | "number"
  | "duration"
  | "instant"
  | "url"
  | "path"
  | "glob"
  | "filter"
  | "json"
  | "string";

export interface FlagDescription {
  /** Such as `--filter`. */
  readonly name: string;
  /** Such as `-p`. */
  readonly short?: string;
  readonly description: string;
  /** What its value is called, such as `duration`; absent for a flag without one. */
  readonly value?: string;
  readonly type: ValueType;
  /** Whether the value may be left out. */
  readonly optional?: true;
  readonly repeatable?: true;
  /** Flags that exclude it, global ones included. */
  readonly conflictsWith?: readonly string[];
  /** It needs one of these flags, too. */
  readonly requires?: readonly string[];
  /** The heading that it has in the help. */
  readonly group?: string;
  /** The variable that sets it, too. */
  readonly env?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** The value that holds without it, a number where its type is one. */
  readonly default?: string | number;
  /** The default in words, where it is not a value. */
  readonly defaultText?: string;
}
