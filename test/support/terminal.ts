import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";

export const executable = join(import.meta.dirname, "../../bin/rcwh.js");

/** Keys as a terminal sends them. */
export const keys = {
  enter: "\r",
  down: "\u001b[B",
  up: "\u001b[A",
  interrupt: "\u0003",
  endOfFile: "\u0004",
  suspend: "\u001a",
};

export interface TerminalSession {
  /** Everything written so far, without escape sequences. */
  text(): string;
  /** Everything written so far. */
  raw(): string;
  /** Resolves once `text` follows the text of earlier calls. Rejects with all output after 100 seconds, or at the end. */
  waitFor(text: string): Promise<void>;
  type(keys: string): void;
  kill(signal: NodeJS.Signals): void;
  resize(columns: number, rows: number): void;
  /** The exit code as a shell reports it, signals included. */
  readonly exitCode: Promise<number>;
}

export interface TerminalOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
}

/** The built rcwh, in a process with its own terminal. */
export function runInTerminal(words: readonly string[], options: TerminalOptions): TerminalSession {
  return startProgram(process.execPath, [executable, ...words], options);
}

/** A shell with job control, in which `rcwh` is the built one. Its prompt is `$ `. */
export function runShell({ env, ...size }: TerminalOptions): TerminalSession {
  const shell = startProgram("bash", ["--norc", "--noprofile", "-i"], {
    env: { ...env, PS1: "$ ", NODE: process.execPath, RCWH: executable },
    ...size,
  });
  shell.type('rcwh() { "$NODE" "$RCWH" "$@"; }\r');
  return shell;
}

/** Any program, in a process with its own terminal. */
export function startProgram(
  program: string,
  words: readonly string[],
  { env, columns = 80, rows = 24 }: TerminalOptions,
): TerminalSession {
  const terminal = spawn(program, [...words], {
    name: "xterm-256color",
    cols: columns,
    rows,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env },
  });
  let output = "";
  let consumed = 0;
  let ended = false;
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  const text = () => stripVTControlCharacters(output).replaceAll("\r", "");
  terminal.onData((data) => {
    output += data;
    notify();
  });
  const exitCode = new Promise<number>((resolve) => {
    terminal.onExit((status) => {
      // The last output may arrive after the exit event.
      setTimeout(() => {
        ended = true;
        resolve(status.signal ? 128 + status.signal : status.exitCode);
        notify();
      }, 50);
    });
  });

  return {
    text,
    raw: () => output,
    waitFor: (expected) =>
      new Promise((resolve, reject) => {
        const fail = (reason: string) =>
          settle(() => reject(new Error(`${reason} before “${expected}”:\n${text()}`)));
        const timer = setTimeout(() => fail("A hundred seconds passed"), 100_000);
        const look = () => {
          const position = text().indexOf(expected, consumed);
          if (position >= 0) {
            consumed = position + expected.length;
            settle(resolve);
          } else if (ended) fail("rcwh ended");
        };
        const settle = (how: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          how();
        };
        listeners.add(look);
        look();
      }),
    type: (typed) => terminal.write(typed),
    kill: (signal) => terminal.kill(signal),
    resize: (width, height) => terminal.resize(width, height),
    exitCode,
  };
}
