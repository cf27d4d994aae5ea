import type { CommandContext } from "../../context.ts";
import type { Environment } from "../../machine/environment.ts";
import type { Confirmations } from "./confirmations.ts";
import { documentOf, runCommand } from "./run-command.ts";
import type { CommandWords, ToolHost } from "./tool.ts";

/** What the server was started with. */
export interface ServerOptions {
  readonly allowPrivateAddresses: boolean;
  readonly tokenDirectory: string | undefined;
  /** Globs of the profiles that a call may name. */
  readonly profiles: readonly string[];
  /** Names of the environment's variables that a manifest may use. */
  readonly variables: readonly string[];
  /** A duration for each command. */
  readonly deadline: string;
}

/** A call under way. */
export interface Call {
  readonly context: CommandContext;
  readonly options: ServerOptions;
  readonly confirmations: Confirmations;
  /** The flags of the account. */
  readonly account: readonly string[];
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Runs a command within the time of a call. */
export function run(words: CommandWords, call: Call, more: readonly string[] = []) {
  const { context, options, account, env, signal } = call;
  const limited = [...more, `--deadline=${options.deadline}`];
  return runCommand(words, { account, more: limited, env, signal }, context);
}

export function hostOf(call: Call): ToolHost {
  const { allowPrivateAddresses, tokenDirectory } = call.options;
  return {
    allowPrivateAddresses,
    tokenDirectory,
    read: async (words) => documentOf(await run(words, call)),
  };
}
