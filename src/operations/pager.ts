import type { CommandContext } from "../context.ts";
import { endAtExit, splitWords } from "./run-program.ts";

/** What pagers do without settings of the user's: nothing for what fits the screen, colors, the text stays. */
const pagerSettings = { LESS: "FRX", LV: "-c" };

/** Milliseconds that an interrupted pager has to restore the terminal. */
const patience = 100;

/**
 * Shows text that may be longer than the screen, in the user's pager. Prints it where there is none, where it cannot be
 * started, and where nobody is there to press a key. A reader who leaves early is not an error.
 */
export async function printPaged(text: string, context: CommandContext): Promise<void> {
  const { io, env } = context;
  const command = pagerCommand(context);
  // A pager writes to the terminal of this process, not to another stream in its place.
  const words = io.interactive && io.terminal ? command : undefined;
  const failure = words === undefined ? "none" : await runPager(words, text, context);
  if (failure === undefined) return;
  io.data(text);
  if (words !== undefined && (env["RCWH_PAGER"] ?? env["PAGER"]) !== undefined)
    io.note(`The pager ${words[0]} could not be started: ${failure}.`);
}

/** Undefined for none. Unlike other variables, an empty one counts: it turns the pager off. */
function pagerCommand({
  env,
  platform,
}: CommandContext): readonly [string, ...string[]] | undefined {
  const name = env["RCWH_PAGER"] === undefined ? "PAGER" : "RCWH_PAGER";
  const command = (env[name] ?? (platform === "win32" ? "" : "less")).trim();
  return command === "" || command === "cat" ? undefined : splitWords(command, name);
}

/** Resolves at its end, with what went wrong if it could not be started. */
async function runPager(
  [program, ...args]: readonly [string, ...string[]],
  text: string,
  { env, signal }: CommandContext,
): Promise<string | undefined> {
  const { spawn } = await import("node:child_process");
  const failure = await new Promise<string | undefined>((resolve) => {
    const child = spawn(program, args, {
      env: { ...pagerSettings, ...env },
      stdio: ["pipe", "inherit", "inherit"],
    });
    endAtExit(child);
    // A pager that outlives this process would fight with the shell for the keyboard.
    let kill: NodeJS.Timeout | undefined;
    const end = () => {
      child.kill();
      kill = setTimeout(() => child.kill("SIGKILL"), patience);
    };
    signal.addEventListener("abort", end, { once: true });
    const settle = (why?: string) => {
      clearTimeout(kill);
      signal.removeEventListener("abort", end);
      resolve(why);
    };
    child.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    child.on("close", () => settle());
    child.stdin.on("error", () => {}); // it need not read all
    child.stdin.end(`${text}\n`);
  });
  signal.throwIfAborted();
  return failure;
}
