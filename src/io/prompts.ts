import { Transform, Writable } from "node:stream";
import { CliError, Interruption } from "../errors.ts";
import { oneLine } from "../one-line.ts";
import type { IO, StreamIn } from "./io.ts";
import { wrapLine } from "./text.ts";

export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
  /** Shown once it is chosen; the name unless given. */
  readonly short?: string;
  /** Shown while the choice is the one under the cursor. */
  readonly description?: string;
}

/** Returns true, or a message for an invalid answer. */
export type Validate = (answer: string) => true | string;

/** Prompts on a terminal. Each rejects with an `Interruption` on Ctrl-C. */
export interface Prompter {
  /** `default` is false unless given. */
  confirm(message: string, options?: { readonly default?: boolean }): Promise<boolean>;
  input(
    message: string,
    options?: { readonly default?: string; readonly validate?: Validate },
  ): Promise<string>;
  /** Shows of the input only how long it is. */
  secret(message: string): Promise<string>;
  select<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
  /** Like `select`, for long lists: typing narrows the choices, in their names and descriptions. */
  search<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
  /** Shows the message until a key is pressed. */
  pause(message: string): Promise<void>;
  /**
   * Calls `press` with the name of each key that is pressed, until it resolves to false: `left`, `pagedown`, `escape`, or the
   * character.
   */
  keys(press: (key: string) => Promise<boolean>): Promise<void>;
}

type Terminal = Pick<
  IO,
  "stdin" | "stderr" | "interactive" | "errorStyle" | "endProgress" | "terminal" | "redactor"
>;

/**
 * Draws on stderr, because stdout is for data. Prompting while `io.interactive` is false is a bug: callers offer
 * a flag instead.
 */
export function createPrompter(io: Terminal, signal: AbortSignal): Prompter {
  const theme = createTheme(io);
  const shown = (text: string) => oneLine(io.redactor.message(text));
  /** Its value is its position, because Inquirer copies values. */
  const withPosition = <Value>({ name, short, description }: Choice<Value>, value: number) => ({
    name: shown(name),
    ...(short !== undefined && { short: shown(short) }),
    ...(description !== undefined && { description: shown(description) }),
    value,
  });

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
    const keyboard = openKeyboard(stdin, () => terminal?.suspend());
    const detach = terminal?.attach({
      stop() {
        screen.leave();
        keyboard.setRawMode(false);
      },
      redraw() {
        keyboard.setRawMode(true);
        screen.redraw();
      },
    });
    const inputEnd = watchInputEnd(keyboard.input);
    const either = AbortSignal.any([signal, inputEnd.signal]);
    try {
      return await prompt(shown(message), {
        input: keyboard.input,
        output: screen.output,
        signal: either,
      });
    } catch (error) {
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
    return ask(text, async (message, context) => {
      const prompt = inquirer.createPromptModule(context);
      const answers: Record<string, unknown> = await prompt([
        { type: "input", name: "answer", theme, ...question, message },
      ]);
      return answers["answer"];
    });
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
        ...(validate && {
          validate(answer: string) {
            const verdict = validate(answer);
            return verdict === true || shown(verdict);
          },
        }),
      };
      return String(await askInquirer(message, question));
    },
    async secret(message) {
      const { secretPrompt } = await import("./secret-prompt.ts");
      return ask(message, (text, context) => secretPrompt({ message: text, theme }, context));
    },
    async select(message, choices) {
      const answer = await askInquirer(message, {
        type: "select",
        choices: choices.map(withPosition),
      });
      return chosen(choices, answer);
    },
    async search(message, choices) {
      const { rows = 24 } = io.stderr;
      // The question, a blank line, two lines of description and the keys.
      const pageSize = Math.max(3, rows - 6);
      let more = 0;
      const answer = await askInquirer(message, {
        type: "search",
        pageSize,
        source(term: string | undefined) {
          const found = choices.map(withPosition).filter((choice) => matches(choice, term ?? ""));
          more = found.length - pageSize;
          return found;
        },
        theme: {
          ...theme,
          style: {
            ...theme.style,
            keysHelpTip: (keys: Parameters<typeof theme.style.keysHelpTip>[0]) =>
              theme.style.keysHelpTip([
                ...(more > 0 ? [[`+${more}`, "more"] as const] : []),
                ["type", "to search"],
                ...keys,
              ]),
          },
        },
      });
      return chosen(choices, answer);
    },
    async keys(press) {
      const { emitKeypressEvents } = await import("node:readline");
      await ask("", async (_, { input, signal: either }) => {
        input.setRawMode(true);
        emitKeypressEvents(input);
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

/** Rejects if the key is Ctrl-C or Ctrl-D. */
function pressedKey(input: NodeJS.ReadableStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    input.once("data", (keys) => {
      signal.removeEventListener("abort", abort);
      const [key] = String(keys);
      if (key === "\u0003" || key === "\u0004") reject(new Interruption());
      else resolve();
    });
  });
}

/** Resolves when `press` resolves to false. Rejects at Ctrl-C or Ctrl-D. */
function pressedKeys(
  input: NodeJS.ReadableStream,
  press: (key: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const listen = (
      text: string | undefined,
      { name, ctrl }: { name?: string; ctrl?: boolean },
    ) => {
      if (ctrl && (name === "c" || name === "d")) settle(() => reject(new Interruption()));
      else press(name ?? text ?? "").then((goesOn) => goesOn || settle(resolve), failed);
    };
    const failed = (error: unknown) => settle(() => reject(error));
    const abort = () => failed(signal.reason);
    const settle = (how: () => void) => {
      input.off("keypress", listen);
      signal.removeEventListener("abort", abort);
      how();
    };
    input.on("keypress", listen);
    signal.addEventListener("abort", abort, { once: true });
  });
}

interface PromptContext {
  readonly input: NodeJS.ReadableStream & { setRawMode(raw: boolean): void };
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

function chosen<Value>(choices: readonly Choice<Value>[], position: unknown): Value {
  const choice = choices[Number(position)];
  if (!choice) throw new Error(`No such choice: ${String(position)}`);
  return choice.value;
}

/** Whether every word is somewhere in the choice. */
function matches({ name, description = "" }: Omit<Choice<unknown>, "value">, term: string) {
  const text = `${name}\n${description}`.toLowerCase();
  return term
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Node's stream of a terminal; other streams have no raw mode. */
interface Keys extends NodeJS.ReadableStream {
  setRawMode?(raw: boolean): unknown;
}

function isReadable(stream: StreamIn): stream is StreamIn & Keys {
  return "on" in stream && "read" in stream;
}

/** A prompt's own input: the terminal's keys without Ctrl-Z, from which Node's readline does not come back. */
function openKeyboard(stdin: Keys, suspend: () => void) {
  const setRawMode = (raw: boolean) => {
    // Node would change nothing if the shell had: it remembers what it set last.
    if (raw) stdin.setRawMode?.(false);
    stdin.setRawMode?.(raw);
  };
  const input = new Transform({
    transform(chunk, _, done) {
      const [first = "", ...others] = String(chunk).split("\u001a");
      if (first !== "") this.push(first);
      for (const keys of others) {
        suspend();
        if (keys !== "") this.push(keys);
      }
      done();
    },
  });
  stdin.setEncoding("utf8");
  stdin.pipe(input);
  return {
    input: Object.assign(input, { isTTY: true, setRawMode }),
    setRawMode,
    close() {
      setRawMode(false);
      stdin.unpipe(input);
      stdin.pause();
    },
  };
}

/**
 * What a prompt draws on: a new stream each time, because Inquirer ends the stream that it wrote to. It never hides the
 * cursor, which would stay hidden if the process were killed.
 */
function createScreen({ stderr }: Pick<IO, "stderr">) {
  let frame = "";
  let below = 0;
  const output = new Writable({
    write(chunk, _, done) {
      const text = String(chunk).replaceAll(hideCursor, "");
      // Every drawing begins by erasing the one before it; what comes between two only moves the cursor.
      const erased = erasing.exec(text)?.[0];
      frame = erased === undefined ? frame + text : text.slice(erased.length);
      below = Number(returning.exec(text)?.[1] ?? (erased === undefined ? below : 0));
      stderr.write(text);
      done();
    },
  });
  return {
    output: Object.defineProperty(output, "columns", { get: () => stderr.columns }),
    /** Moves below the prompt, which stays on the screen. */
    leave() {
      stderr.write(`${below > 0 ? `\u001b[${below}B` : ""}\r\n`);
    },
    redraw() {
      stderr.write(`\r${frame}`);
    },
  };
}

const eraseLine = "\u001b[K";
const hideCursor = "\u001b[?25l";
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const erasing = /^(?:\u001b\[\d+B)?(?:\u001b\[2K(?:\u001b\[1A)?)+\u001b\[G/;
/** From below the prompt to where the cursor belongs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const returning = /\u001b\[(\d+)A\u001b\[\d+G$/;

/**
 * Ctrl-D, or a terminal that closes, ends the readline under a prompt. Inquirer does not notice, so Node would
 * have nothing to wait for and exit with 0.
 */
function watchInputEnd(input: NodeJS.ReadableStream) {
  const ended = new AbortController();
  const leave = () => ended.abort(new Interruption());
  // An answered prompt also pauses its input, but is over by the next turn of the event loop.
  const paused = () => setImmediate(() => input.isPaused() && leave());
  input.on("pause", paused).on("end", leave);
  return {
    signal: ended.signal,
    stop: () => void input.off("pause", paused).off("end", leave),
  };
}

/** Inquirer's theme in our colors: on Node 20 its own ignore NO_COLOR, and they check stdout instead of stderr. */
function createTheme({ stderr, errorStyle }: Pick<IO, "stderr" | "errorStyle">) {
  const { bold, cyan, dim, green, red } = errorStyle;
  // Inquirer breaks lines within words.
  const wrapped = (text: string) => wrapLine(text, (stderr.columns || 80) - 1).join("\n");
  return {
    prefix: { idle: cyan("?"), done: green("✔") },
    style: {
      answer: cyan,
      message: bold,
      error: (text: string) => red(wrapped(`> ${text}`)),
      defaultAnswer: (text: string) => dim(`(${text})`),
      help: dim,
      highlight: cyan,
      searchTerm: cyan,
      description: (text: string) => cyan(wrapped(text)),
      key: (text: string) => cyan(bold(`<${text}>`)),
      disabled: dim,
      keysHelpTip: (keys: readonly (readonly [key: string, action: string])[]) =>
        keys.map(([key, action]) => `${bold(key)} ${dim(action)}`).join(dim(" • ")),
    },
  };
}

/** Inquirer receives Ctrl-C as a key, not as a signal. */
function asInterruption(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason instanceof CliError ? signal.reason : new Interruption();
  const left = error instanceof Error && error.name === "ExitPromptError";
  return left ? new Interruption() : error;
}
