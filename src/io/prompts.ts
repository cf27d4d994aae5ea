import { Writable } from "node:stream";
import { CliError, Interruption } from "../errors.ts";
import type { IO, StreamIn, StreamOut, Style } from "./io.ts";

interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
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
  /** Hides the input. */
  secret(message: string): Promise<string>;
  select<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
}

type Terminal = Pick<IO, "stdin" | "stderr" | "interactive" | "errorStyle" | "endProgress">;

/**
 * Draws on stderr, because stdout is for data. Prompting while `io.interactive` is false is a bug: callers offer
 * a flag instead.
 */
export function createPrompter(io: Terminal, signal: AbortSignal): Prompter {
  async function ask(question: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (!io.interactive)
      throw new Error(`Cannot prompt without a terminal: ${String(question["message"])}`);
    signal.throwIfAborted();
    const { stdin: input } = io;
    if (!isReadable(input)) throw new Error("Prompts need a Node stream as input.");
    io.endProgress();
    const { default: inquirer } = await import("inquirer");
    const inputEnd = watchInputEnd(input);
    const either = AbortSignal.any([signal, inputEnd.signal]);
    const output = createOutput(io.stderr);
    const prompt = inquirer.createPromptModule({ input, output, signal: either });
    const theme = createTheme(io.errorStyle);
    try {
      const answers: Record<string, unknown> = await prompt([
        { type: "input", name: "answer", message: "", theme, ...question },
      ]);
      return answers["answer"];
    } catch (error) {
      throw asInterruption(error, either);
    } finally {
      inputEnd.stop();
    }
  }

  return {
    async confirm(message, options) {
      return (await ask({ type: "confirm", message, default: options?.default ?? false })) === true;
    },
    async input(message, options) {
      return String(await ask({ type: "input", message, ...options }));
    },
    async secret(message) {
      return String(await ask({ type: "password", message, mask: false, toggleMask: false }));
    },
    async select(message, choices) {
      const answer = await ask({
        type: "select",
        message,
        // By position, because Inquirer copies values.
        choices: choices.map(({ value: _, ...choice }, position) => ({
          ...choice,
          value: position,
        })),
      });
      const chosen = choices[Number(answer)];
      if (!chosen) throw new Error(`No such choice: ${String(answer)}`);
      return chosen.value;
    },
  };
}

function isReadable(stream: StreamIn): stream is StreamIn & NodeJS.ReadableStream {
  return "on" in stream && "read" in stream;
}

/** A new stream for each prompt, because Inquirer ends the stream that it wrote to. */
function createOutput(stderr: StreamOut): Writable {
  const output = new Writable({
    write(chunk, _, done) {
      stderr.write(String(chunk));
      done();
    },
  });
  return Object.defineProperty(output, "columns", { get: () => stderr.columns });
}

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
function createTheme({ bold, cyan, dim, green, red }: Style): object {
  return {
    prefix: { idle: cyan("?"), done: green("✔") },
    style: {
      answer: cyan,
      message: bold,
      error: (text: string) => red(`> ${text}`),
      defaultAnswer: (text: string) => dim(`(${text})`),
      help: dim,
      highlight: cyan,
      description: cyan,
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
