import { Command, Option } from "@commander-js/extra-typings";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { type Format, parseFormat } from "../../io/format.ts";
import type { Environment } from "../../machine/environment.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";

/** Flags of every command, before or after its name. */
function createGlobalCommand() {
  return new Command("rcwh")
    .option("-p, --profile <name>", "use this profile (RCWH_PROFILE)")
    .option("-o, --output <format>", "table, tsv, json, ndjson, csv or yaml (RCWH_OUTPUT)")
    .option("--json", "the same as -o json")
    .option("-q, --quiet", "print only data, warnings and errors")
    .option("-v, --verbose", "print more details")
    .option("--debug", "trace HTTP requests on stderr, without secrets")
    .option("-y, --yes", "skip all confirmations")
    .option("--no-input", "never prompt; fail instead")
    .option("--no-color", "print without colors (NO_COLOR)")
    .option("--timeout <duration>", "limit for one request (default: 30s)")
    .option("--deadline <duration>", "limit for the whole run (default: 90s)")
    .option("--api <api>", "platform, webinar or all (default: the ones in use)")
    .option("--credentials-file <path>", "read credentials from a .env file")
    .addOption(new Option("--env-file <path>", "old name of --credentials-file").hideHelp())
    .option("--access-token-file <path>", "use an existing access token from this file")
    .option("--store <url>", "keep tokens and records in a shared store (RCWH_STORE)")
    .option("--no-token-cache", "do not save the access token; revoke it at the end")
    .option("--show-secrets", "print the query strings of webhook URLs");
}

export type GlobalFlags = ReturnType<ReturnType<typeof createGlobalCommand>["opts"]>;

/** The global flags, and the rest of the command line. */
export interface GlobalWords {
  readonly flags: GlobalFlags;
  /** Up to the first flag that is not global; the command's name comes first. */
  readonly words: readonly string[];
  /** From there on. */
  readonly unknown: readonly string[];
  /** The flags themselves, for the program's help. */
  readonly options: ReturnType<typeof createGlobalCommand>["options"];
}

export function readGlobalFlags(argv: readonly string[]): GlobalWords {
  const command = createGlobalCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const { operands, unknown } = command.parseOptions([...argv]);
  return { flags: command.opts(), words: operands, unknown, options: command.options };
}

/**
 * The flags as commands use them, after `RCWH_*` and the defaults had their say. `draws` as in `parseFormat`. Throws
 * UsageError.
 */
export function createSettings(
  flags: GlobalFlags,
  env: Environment,
  stdoutIsTerminal: boolean,
  draws = false,
): Settings {
  const named = namedFormat(flags, draws);
  const variable = env["RCWH_OUTPUT"] || undefined;
  return {
    profile: flags.profile ?? (env["RCWH_PROFILE"] || undefined),
    profileByFlag: flags.profile !== undefined,
    format:
      named ??
      (variable !== undefined
        ? parseFormat(variable, "RCWH_OUTPUT", draws)
        : stdoutIsTerminal
          ? "table"
          : "tsv"),
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    debug: flags.debug ?? false,
    yes: flags.yes ?? false,
    timeout: parseDuration(flags.timeout ?? "30s", "--timeout", "s"),
    deadline:
      flags.deadline === undefined ? undefined : parseDuration(flags.deadline, "--deadline"),
    api: flags.api === undefined ? undefined : parseApi(flags.api),
    tokenCache: flags.tokenCache,
    showSecrets: flags.showSecrets ?? false,
    credentialsFile: credentialsFileOf(flags),
    accessTokenFile: flags.accessTokenFile,
    store: flags.store ?? (env["RCWH_STORE"] || undefined),
    storeByFlag: flags.store !== undefined,
    storeKey: env["RCWH_STORE_KEY"] || undefined,
  };
}

/** The format that the flags name, if they do: `--json` wins over a valid `--output`, as it always has. */
function namedFormat({ json, output }: GlobalFlags, draws: boolean): Format | undefined {
  const format = output ? parseFormat(output, "--output", draws) : undefined;
  return json ? "json" : format;
}

/** One flag has two names. */
function credentialsFileOf({ credentialsFile, envFile }: GlobalFlags): string | undefined {
  if (credentialsFile !== undefined && envFile !== undefined && credentialsFile !== envFile) {
    throw new UsageError(
      "--credentials-file and --env-file name different files.",
      "Give one file, with --credentials-file.",
    );
  }
  return credentialsFile ?? envFile;
}

function parseApi(text: string): "platform" | "webinar" | "all" {
  if (text === "platform" || text === "webinar" || text === "all") return text;
  throw new UsageError(
    `Invalid --api value "${text}": use platform, webinar or all.`,
    "See `rcwh --help`.",
  );
}
