import { CliError, ExitCode } from "./errors.ts";
import { printable } from "./one-line.ts";
import { unknownCommand } from "./program/unknown-command.ts";

/** What there is to print. */
interface Answer {
  readonly fd: 1 | 2;
  readonly text: string;
  readonly exitCode: ExitCode;
}

/**
 * Answers what needs neither flags nor files nor a terminal, in a fraction of the time that the program takes to load.
 * Undefined where there is more to say than an answer.
 *
 * @param words the command line
 * @param names of all commands
 */
export async function answer(
  [command = "", ...words]: readonly string[],
  names: readonly string[],
): Promise<Answer | undefined> {
  if (!names.includes(command)) {
    const { message, hint } = unknownCommand(command, names);
    const text = `error: ${message}\nhint: ${hint}\n`;
    return { fd: 2, text: printable(text), exitCode: ExitCode.usage };
  }
  const rows = await rowsOf(command, words);
  return rows === "" ? undefined : { fd: 1, text: `${printable(rows)}\n`, exitCode: ExitCode.ok };
}

/** Fits help, which was rendered for 80 columns, into fewer; `textWidth` as in `IO`. */
export async function fitHelp(text: string, width: number, textWidth: number): Promise<string> {
  const { wrapHelp } = await import("./commands/flags/wrap-help.ts");
  return wrapHelp(text, { width, textWidth });
}

/** Shows help in a pager. Only for a terminal. */
export async function showPaged(text: string): Promise<void> {
  const [{ runAsProcess }, { printPaged }] = await Promise.all([
    import("./runtime.ts"),
    import("./operations/pager.ts"),
  ]);
  runAsProcess(async (_, { env, platform, signal, stdout, stderr, terminal }) => {
    const print = (to: typeof stdout) => (line: string) => void to.write(`${line}\n`);
    const io = { interactive: true, terminal, stdout, data: print(stdout), note: print(stderr) };
    try {
      await printPaged(text.trimEnd(), { env, platform, signal, io });
      return ExitCode.ok;
    } catch (error) {
      return error instanceof CliError ? error.exitCode : ExitCode.failure;
    }
  });
}

async function rowsOf(command: string, words: readonly string[]): Promise<string> {
  if (command === "filters" && words[0] !== "show") {
    const { filtersAsTsv } = await import("./commands/filters-columns.ts");
    return filtersAsTsv(words);
  }
  if (command === "explain" && words.length > 0) {
    const { explanationsAsTsv } = await import("./commands/explain-columns.ts");
    return explanationsAsTsv(words);
  }
  return "";
}
