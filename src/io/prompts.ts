import type { Rewind } from "./rewinder.ts";

export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
  /** Shown once it is chosen; the name unless given. */
  readonly short?: string;
  /** Shown while the choice is the one under the cursor. */
  readonly description?: string;
  /** The heading that it stands below; choices of one group stand together. */
  readonly group?: string;
  /** Why it cannot be chosen, such as `(webinar API)`: it stays in the list. */
  readonly disabled?: string;
}

/** Returns true, or a message for an invalid answer. */
export type Validate<Answer = string> = (answer: Answer) => Verdict | Promise<Verdict>;
export type Verdict = true | string;

/** Finds the choices that match what was typed, best first. */
export type Find<Value> = (term: string) => readonly Choice<Value>[];

/** Prompts on a terminal. Each rejects with an `Interruption` on Ctrl-C. */
export interface Prompter extends Prompts {
  /** The same prompts where Escape goes back: it erases the prompt, which rejects with `WentBack`. */
  readonly withBack: Prompts;
}

export interface Prompts {
  /** `default` is false unless given. */
  confirm(message: string, options?: { readonly default?: boolean }): Promise<boolean>;
  input(
    message: string,
    options?: { readonly default?: string; readonly validate?: Validate },
  ): Promise<string>;
  /** Shows of the input only how long it is. */
  secret(message: string, options?: { readonly validate?: Validate }): Promise<string>;
  /** `default` is the value under the cursor at first. */
  select<Value>(
    message: string,
    choices: readonly Choice<Value>[],
    options?: { readonly default?: Value },
  ): Promise<Value>;
  /** Like `select`, for long lists: typing narrows the choices, in their names and descriptions. */
  search<Value>(
    message: string,
    choices: readonly Choice<Value>[],
    options?: { readonly find?: Find<Value> | undefined; readonly term?: string | undefined },
  ): Promise<Value>;
  /**
   * Like `search`, for one or more. Tab chooses, and Enter takes what is chosen; if nothing is, or while something is
   * typed, also the choice under the cursor.
   */
  searchMany<Value>(
    message: string,
    choices: readonly Choice<Value>[],
    options?: {
      readonly find?: Find<Value>;
      /** What is typed at first. */
      readonly term?: string | undefined;
      /** What several are called, such as `subscriptions`. */
      readonly plural?: string;
      /** Chosen at first. */
      readonly chosen?: readonly Value[];
      /** Called with what is chosen so far, whenever that changes. */
      readonly keep?: ((chosen: readonly Value[]) => void) | undefined;
      readonly validate?: Validate<readonly Value[]>;
    },
  ): Promise<readonly Value[]>;
  /** Remembers what is on the screen. The function that it returns erases what was written since, in other prompts too. */
  mark(): Rewind;
  /** Shows the message until a key is pressed. */
  pause(message: string): Promise<void>;
  /**
   * Calls `press` with the name of each key that is pressed, until it resolves to false: `left`, `pagedown`, `escape`, or the
   * letter in lower case; and with the text that the key types, which is empty for `left` and with Ctrl. Where the terminal
   * marks what is pasted, that comes between the keys `paste-start` and `paste-end`.
   */
  keys(press: (key: string, typed: string) => Promise<boolean>): Promise<void>;
}
