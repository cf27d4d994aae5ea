import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { globMatches } from "../../filters/glob.ts";
import type { Environment } from "../../machine/environment.ts";
import { accountFlags } from "./account-flags.ts";
import { type Call, hostOf, run, type ServerOptions } from "./call.ts";
import type { Confirmations } from "./confirmations.ts";
import { readArguments } from "./read-arguments.ts";
import { type ArgumentSchema, isWrite, type Tool } from "./tool.ts";
import { failureOf, resultOf, type ToolResult } from "./tool-result.ts";

const profileArgument = {
  type: "string",
  maxLength: 200,
  description: "profile of rcwh to work on (default: the server's own)",
} as const;

const confirmationArgument = {
  type: "string",
  maxLength: 100,
  description:
    "leave it out for a preview; then the token of that preview, with the same arguments, to do what it shows",
} as const;

/** All arguments of a tool. */
export function argumentsOf(
  tool: Tool,
  { profiles }: ServerOptions,
): Readonly<Record<string, ArgumentSchema>> {
  return {
    ...tool.arguments,
    ...(tool.needsAccount && profiles.length > 0 && { profile: profileArgument }),
    ...(isWrite(tool) && { confirmation: confirmationArgument }),
  };
}

/** Makes what answers the calls of one server. */
export function createCaller(
  context: CommandContext,
  options: ServerOptions,
  confirmations: Confirmations,
) {
  const { redactor } = context;
  const env = withoutOwnVariables(context.env, options.variables);
  let own: readonly string[] | undefined;
  /** Found out once: what is the current profile later is for others. */
  const ownAccount = async () => {
    const flags = await accountFlags(context, undefined);
    if (flags.some((word) => word.startsWith("--profile="))) own = flags;
    return flags;
  };

  return async (tool: Tool, given: unknown, signal: AbortSignal): Promise<ToolResult> => {
    try {
      const values = readArguments(given, argumentsOf(tool, options), tool.required);
      const { profile, ...rest } = values;
      if (profile !== undefined) refuseProfile(String(profile), options);
      const account =
        profile === undefined
          ? (own ?? (await ownAccount()))
          : await accountFlags(context, String(profile));
      const isManifest = "variables" in tool.arguments;
      const call: Call = {
        ...{ context, options, confirmations, account, signal },
        env: isManifest ? env : context.env,
      };
      if (!isWrite(tool)) {
        const words = await tool.words(rest, hostOf(call));
        const { untrusted, reportsFailures } = tool;
        return resultOf(await run(words, call), { untrusted, reportsFailures, redactor });
      }
      const { callWriteTool } = await import("./call-write-tool.ts");
      return await callWriteTool(tool, rest, values, call);
    } catch (error) {
      return failureOf(error, redactor);
    }
  };
}

function refuseProfile(profile: string, { profiles }: ServerOptions): void {
  // For rcwh a glob is many profiles.
  const isOne = !/[*?[\]{},]/.test(profile);
  if (isOne && profiles.some((glob) => globMatches(glob, profile))) return;
  if (!isOne) throw new UsageError(`"${profile}" is not the name of a profile.`);
  throw new CliError(`The profile "${profile}" is not for this server.`, {
    exitCode: ExitCode.usage,
    code: "USAGE",
    hint: 'Leave out "profile", or have the user start `rcwh mcp` with --allow-profile.',
  });
}

/**
 * The same variables for rcwh, of which a manifest sees only those that are named: it counts a variable only where the
 * object itself has it. A file that somebody else wrote would otherwise show any of them in a URL.
 */
function withoutOwnVariables(env: Environment, names: readonly string[]): Environment {
  const inherited: Environment = Object.create({ ...env });
  const own = names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return Object.assign(inherited, Object.fromEntries(own));
}
