import { CliError, Interruption } from "../errors.ts";
import { oneLine } from "../one-line.ts";
import type { IO } from "./io.ts";
import { matching, withHeadings } from "./match-choices.ts";
import { pressedKey, pressedKeys } from "./pressed-keys.ts";
import { createScreen, isReadable, openKeyboard, watchInputEnd } from "./prompt-terminal.ts";
import { createTheme } from "./prompt-theme.ts";
import type { Choice, Find, Prompter, Prompts, Validate, Verdict } from "./prompts.ts";
import { createRewinder, type Rewinder } from "./rewinder.ts";
import type { Listed } from "./search-prompt.ts";
import { countColumns, truncateEnd } from "./text.ts";
import { WentBack } from "./went-back.ts";

type Terminal = Pick<
  IO,
  | "stdin"
  | "stderr"
  | "interactive"
  | "errorStyle"
  | "endProgress"
  | "followWrites"
  | "terminal"
  | "redactor"
>;

/**
 * Draws on stderr, because stdout is for data. Prompting while `io.interactive` is false is a bug: callers offer
 * a flag instead.
 */
export function createPrompter(io: Terminal, signal: AbortSignal): Prompter {
  const rewinder = createRewinder(io);
  return {
    ...createPrompts(io, signal, rewinder, false),
    withBack: createPrompts(io, signal, rewinder, true),
  };
}

function createPrompts(
  io: Terminal,
  signal: AbortSignal,
  rewinder: Rewinder,
  goesBack: boolean,
): Prompts {
  const theme = createTheme(io, goesBack);
  const shown = (text: string) => oneLine(io.redactor.message(text));
  /** Columns for a choice beside its marks. */
  const listRoom = () => (io.stderr.columns || 80) - 6;
  /** Its value is its position, because Inquirer copies values. */
  const withPosition = <Value>(
    { name, short, description, disabled }: Choice<Value>,
    value: number,
  ) => {
    const whole = shown(name);
    const isCut = countColumns(whole) > listRoom();
    return {
      name: whole,
      short: shown(short ?? name),
      // What is cut is shown whole below the list.
      ...((description !== undefined || isCut) && {
        description: shown(description ?? name),
      }),
      ...(disabled !== undefined && { disabled: shown(disabled) }),
      value,
    };
  };
  /** The choices that match, each with its position and its group's heading. */
  const finder = <Value>(choices: readonly Choice<Value>[], find?: Find<Value>) => {
    const positions = new Map(choices.map((choice, position) => [choice, position]));
    const all = choices.map((choice, position) => ({
      ...withPosition(choice, position),
      group: choice.group && shown(choice.group),
    }));
    return (term: string): readonly Listed[] => {
      if (!find || term.trim() === "") return matching(all, term);
      return find(term).flatMap((choice) => all[positions.get(choice) ?? -1] ?? []);
    };
  };
  const checked =
    <Answer>(validate: Validate<Answer>) =>
    async (answer: Answer) => {
      const verdict = await validate(answer);
      return verdict === true || shown(verdict);
    };

  /** Asks with what Inquirer reads and draws on. Ctrl-Z stops the process, and `fg` draws the question again. */
  async function ask<Answer>(
    message: string,
    prompt: (message: string, context: PromptContext) => Promise<Answer>,
  ): Promise<Answer> {
    if (!io.interactive) throw new Error(`Cannot prompt without a terminal: ${message}`);
    signal.throwIfAborted();
    const { stdin, terminal } = io;
    if (!isReadable(stdin)) throw new Error("Prompts need a Node stream as input.");
    io.endProgress();
    const screen = createScreen(io);
    const wentBack = new AbortController();
    const keyboard = openKeyboard(stdin, {
      suspend: () => terminal?.suspend(),
      ...(goesBack && { goBack: () => wentBack.abort(new WentBack()) }),
    });
    let drawAgain: (() => void) | undefined;
    const detach = terminal?.attach({
      stop() {
        rewinder.forget();
        screen.leave();
        keyboard.setRawMode(false);
      },
      redraw() {
        keyboard.setRawMode(true);
        screen.redraw(drawAgain);
      },
    });
    const inputEnd = watchInputEnd(keyboard.input);
    const either = AbortSignal.any([signal, inputEnd.signal, wentBack.signal]);
    try {
      return await prompt(shown(message), {
        input: keyboard.input,
        output: screen.output,
        signal: either,
        onResize(draw) {
          drawAgain = draw;
        },
      });
    } catch (error) {
      if (either.reason instanceof WentBack) screen.erase();
      throw asInterruption(error, either);
    } finally {
      inputEnd.stop();
      detach?.();
      keyboard.close();
    }
  }

  async function askInquirer(
    text: string,
    question: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const { default: inquirer } = await import("inquirer");
    const { useResize } = await import("./resize-hook.ts");
    return ask(text, async (message, context) => {
      const { input, output, signal, onResize } = context;
      // Inquirer's own prompts know no resize; they call this once in each rendering.
      const style = {
        ...theme.style,
        message(words: string) {
          useResize(onResize);
          return theme.style.message(words);
        },
      };
      const prompt = inquirer.createPromptModule({ input, output, signal });
      const answers: Record<string, unknown> = await prompt([
        { type: "input", name: "answer", theme: { ...theme, style }, ...question, message },
      ]);
      return answers["answer"];
    });
  }

  interface SearchOptions {
    readonly takesOne: boolean;
    readonly term?: string | undefined;
    readonly plural?: string | undefined;
    readonly chosen?: readonly number[];
    readonly keep?: (positions: readonly number[]) => void;
    readonly validate?: (positions: readonly number[]) => Promise<Verdict>;
  }

  async function searchFor<Value>(
    message: string,
    choices: readonly Choice<Value>[],
    find: Find<Value> | undefined,
    {
      plural = "chosen",
      term = "",
      chosen = [],
      keep = () => {},
      validate = async () => true,
      ...options
    }: SearchOptions,
  ): Promise<readonly number[]> {
    const { searchPrompt } = await import("./search-prompt.ts");
    const found = finder(choices, find);
    return ask(message, (text, { onResize, ...context }) =>
      searchPrompt(
        {
          ...{ ...options, message: text, theme, onResize, plural, term, chosen, keep, validate },
          size: () => ({ columns: io.stderr.columns || 80, rows: io.stderr.rows || 24 }),
          source: (typed) => withHeadings(found(typed)),
          short: (position) => shown(choices[position]?.short ?? choices[position]?.name ?? ""),
        },
        context,
      ),
    );
  }

  return {
    async confirm(message, options) {
      const answer = { default: options?.default ?? false };
      return (await askInquirer(message, { type: "confirm", ...answer })) === true;
    },
    async input(message, options) {
      const { validate } = options ?? {};
      const question = {
        type: "input",
        ...options,
        ...(validate && { validate: checked(validate) }),
      };
      return String(await askInquirer(message, question));
    },
    async secret(message, options) {
      const { secretPrompt } = await import("./secret-prompt.ts");
      const validate = checked(options?.validate ?? (() => true));
      return ask(message, (text, { onResize, ...context }) =>
        secretPrompt({ message: text, theme, onResize, validate }, context),
      );
    },
    async select(message, choices, options) {
      const first = choices.findIndex(({ value }) => value === options?.default);
      const answer = await askInquirer(message, {
        type: "select",
        choices: choices.map((choice, position) => {
          const { name, ...rest } = withPosition(choice, position);
          return { name: truncateEnd(name, listRoom()), ...rest };
        }),
        ...(options && first >= 0 && { default: first }),
      });
      return chosen(choices, answer);
    },
    async search(message, choices, { find, term } = {}) {
      const [position] = await searchFor(message, choices, find, { takesOne: true, term });
      return chosen(choices, position);
    },
    async searchMany(message, choices, options = {}) {
      const { find, chosen: first = [], keep, validate, plural, term } = options;
      const values = (positions: readonly number[]) =>
        positions.map((position) => chosen(choices, position));
      const positions = await searchFor(message, choices, find, {
        takesOne: false,
        plural,
        term,
        chosen: first.map((value) => choices.findIndex((choice) => choice.value === value)),
        keep: (found) => keep?.(values(found)),
        validate: checked(async (found) => (await validate?.(values(found))) ?? true),
      });
      return values(positions);
    },
    mark: rewinder.mark,
    async keys(press) {
      const { emitKeypressEvents } = await import("node:readline");
      await ask("", async (_, { input, signal: either }) => {
        input.setRawMode(true);
        // Node takes half a second to tell Escape from the beginning of an arrow.
        emitKeypressEvents(input, Object.assign(Object.create(null), { escapeCodeTimeout: 100 }));
        await pressedKeys(input, press, either);
      });
    },
    async pause(message) {
      await ask(message, async (text, { input, output, signal: either }) => {
        // First: before that the terminal would echo the key, and Ctrl-D would be no key.
        input.setRawMode(true);
        output.write(`\r${eraseLine}${theme.style.help(text)}`);
        try {
          await pressedKey(input, either);
        } finally {
          output.write(`\r${eraseLine}`);
        }
      });
    },
  };
}

const eraseLine = "\u001b[K";

interface PromptContext {
  readonly input: NodeJS.ReadableStream & { setRawMode(raw: boolean): void };
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Calls `draw`, in place of writing the same again, when the size of the terminal may have changed. */
  onResize(draw: () => void): void;
}

function chosen<Value>(choices: readonly Choice<Value>[], position: unknown): Value {
  const choice = choices[Number(position)];
  if (!choice) throw new Error(`No such choice: ${String(position)}`);
  return choice.value;
}

/** Inquirer receives Ctrl-C as a key, not as a signal. */
function asInterruption(error: unknown, signal: AbortSignal): unknown {
  const { reason } = signal;
  if (signal.aborted) {
    return reason instanceof CliError || reason instanceof WentBack ? reason : new Interruption();
  }
  const left = error instanceof Error && error.name === "ExitPromptError";
  return left ? new Interruption() : error;
}
