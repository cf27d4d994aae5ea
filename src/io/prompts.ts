import { Writable } from "node:stream";
import { CliError, Interruption } from "../errors.ts";
import type { IO, StreamIn, StreamOut, Style } from "./io.ts";

interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
  /** Shown while the choice is the one under the cursor. */
  readonly description?: string;
}

/** Returns true, or what is wrong with the answer. */
export type Validate = (answer: string) => true | string;

/** Questions to whoever sits at the terminal. Every one rejects with an `Interruption` on Ctrl-C. */
export interface Prompter {
  /** No is the answer to Enter alone, unless `default` says otherwise. */
  confirm(message: string, options?: { readonly default?: boolean }): Promise<boolean>;
  input(
    message: string,
    options?: { readonly default?: string; readonly validate?: Validate },
  ): Promise<string>;
  /** Shows nothing of what is typed. */
  secret(message: string): Promise<string>;
  select<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
}

/** What of `IO` a prompt needs. */
type Terminal = Pick<IO, "stdin" | "stderr" | "interactive" | "errorStyle" | "endProgress">;

/**
 * Draws on stderr, because stdout is for data. To ask where `io.interactive` is false is a bug:
 * the caller owes its user a flag there.
 */
export function createPrompter(io: Terminal, signal: AbortSignal): Prompter {
  async function ask(question: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (!io.interactive) throw new Error(`There is nobody to ask: ${String(question["message"])}`);
    signal.throwIfAborted();
    const { stdin: input } = io;
    if (!isReadable(input)) throw new Error("Prompts need a stream of Node as their input.");
    io.endProgress();
    const { default: inquirer } = await import("inquirer");
    const departure = watchForDeparture(input);
    const either = AbortSignal.any([signal, departure.signal]);
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
      departure.stop();
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
        // By position: the runner copies what it is given, and a value might be anything.
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

/** A stream of its own for each prompt, because a prompt that is over ends the stream it wrote to. */
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
 * Ctrl-D, and a terminal that goes away, close the readline under a prompt, which Inquirer does not
 * notice: nothing would be left to wait for, and the process would end with exit code 0.
 */
function watchForDeparture(input: NodeJS.ReadableStream) {
  const departed = new AbortController();
  const leave = () => departed.abort(new Interruption());
  // A prompt that was answered pauses its input too, but is over by the next turn of the event loop.
  const paused = () => setImmediate(() => input.isPaused() && leave());
  input.on("pause", paused).on("end", leave);
  return {
    signal: departed.signal,
    stop: () => void input.off("pause", paused).off("end", leave),
  };
}

/** Inquirer's own look, in our colours: on Node 20 its own ignore NO_COLOR, and always that they go to stderr. */
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

/** Ctrl-C reaches a prompt as a key, not as a signal; the signal that aborts one says itself what happened. */
function asInterruption(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason instanceof CliError ? signal.reason : new Interruption();
  const left = error instanceof Error && error.name === "ExitPromptError";
  return left ? new Interruption() : error;
}
