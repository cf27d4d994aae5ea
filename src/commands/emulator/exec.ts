import { constants } from "node:os";
import { credentialVariables } from "../../config/credential-groups.ts";
import type { CommandContext } from "../../context.ts";
import { ProgramFailure, UsageError } from "../../errors.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addStartFlags, type StartFlags, startEmulator } from "./start-emulator.ts";

const manual: Manual = {
  commonFlags: ["--port", "--state", "--seed", "--rate-limit", "--allow-remote"],
  examples: {
    "rcwh emulator exec -- npm test": "run the tests of an app against an emulator of their own",
    "rcwh emulator exec --seed 7 --rate-limit off -- npx vitest run":
      "the same ids in every run, without rate limits",
    "rcwh emulator exec --quiet -- node app.js": "do not print the emulator's address",
  },
  exitCodes: {
    0: "the command ended with 0",
    1: "cannot listen",
    2: "usage error, or the command cannot be started",
    5: "the port is in use",
    130: "stopped with Ctrl-C (129: hangup, 143: terminated)",
  },
};

export function createEmulatorExecCommand(context: CommandContext, run = execWithEmulator) {
  const command = createCommand("exec", context, manual)
    .summary("run a command with an emulator of its own")
    .usage("[flags] -- <command> [arguments...]")
    .description(
      "Start an emulator on a free port, run a command with the variables that point rcwh and RingCentral's clients to it, and stop it when the command has ended. Standard output and any other exit code are the command's own. Signals are passed on.",
    )
    .argument("<command...>", "the command and its arguments, after --")
    .optionsGroup("Emulator:");
  return addStartFlags(command, "0").action((words, options) => run(words, options, context));
}

async function execWithEmulator(
  [program = "", ...args]: readonly string[],
  options: StartFlags,
  context: CommandContext,
): Promise<void> {
  const { environmentFor } = await import("../../emulator/testing/environment.ts");
  const { access, close } = await startEmulator(options, context, "0");
  const complete = context.end.postpone();
  try {
    context.io.note(`Emulated RingCentral at ${access.url} for \`${program}\`.`);
    const env = {
      ...withoutCredentials(context.env),
      ...environmentFor(access),
      ...withoutProxy(context.env, new URL(access.url).hostname),
    };
    const exitCode = await runToItsEnd(program, args, env, context);
    if (exitCode !== 0) throw new ProgramFailure(exitCode);
  } finally {
    complete();
    await close();
  }
}

/** Credentials of a real account must not reach a program that is to talk to the emulator, nor the emulator itself. */
function withoutCredentials(env: CommandContext["env"]): CommandContext["env"] {
  const removed = new Set([...credentialVariables, "RCWH_PROFILE", "RCWH_STORE", "RCWH_STORE_KEY"]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !removed.has(name)));
}

/** Where a proxy is set, the emulator is not behind it: most clients ask it for addresses of this machine, too. */
function withoutProxy(env: CommandContext["env"], host: string): CommandContext["env"] {
  const hasProxy = /^(?:https?|all)_proxy$/i;
  if (!Object.keys(env).some((name) => hasProxy.test(name) && env[name])) return {};
  const exempt = [env["NO_PROXY"] || env["no_proxy"], host].filter(Boolean).join(",");
  return { NO_PROXY: exempt, no_proxy: exempt };
}

/** The exit code of the program, which gets the terminal and the signals; as a shell has it if a signal ended it. */
async function runToItsEnd(
  program: string,
  args: readonly string[],
  env: CommandContext["env"],
  { signal, platform, io }: CommandContext,
): Promise<number> {
  const { spawn } = await import("node:child_process");
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // Programs such as npm are scripts on Windows, which only its shell runs.
    const child = spawn(program, args, { env, stdio: "inherit", shell: platform === "win32" });
    const passOn = () => {
      const name = signalOf(signal.reason);
      // A terminal sends Ctrl-C to both; a second one would cut short what the program does about the first.
      if (name !== "SIGINT" || !io.stdin.isTTY) child.kill(name);
    };
    signal.addEventListener("abort", passOn, { once: true });
    const settle = () => signal.removeEventListener("abort", passOn);
    child.on("error", (error: NodeJS.ErrnoException) => {
      settle();
      reject(cannotStart(program, error));
    });
    child.on("exit", (exitCode, ending) => {
      settle();
      resolve(exitCode ?? 128 + (ending ? constants.signals[ending] : 0));
    });
  });
}

function signalOf({ exitCode }: { readonly exitCode?: unknown }): NodeJS.Signals {
  if (exitCode === 143) return "SIGTERM";
  return exitCode === 129 ? "SIGHUP" : "SIGINT";
}

function cannotStart(program: string, { code, message }: NodeJS.ErrnoException): UsageError {
  const why = code === "ENOENT" ? "command not found" : (code ?? message);
  return new UsageError(
    `Could not start "${program}": ${why}.`,
    "Give a command that works in this shell, such as `rcwh emulator exec -- npm test`.",
  );
}
