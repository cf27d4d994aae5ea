import type { Settings } from "../../config/settings.ts";
import type { IO } from "../../io/io.ts";
import { wrapLine } from "../../io/text.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { oneLine } from "../../one-line.ts";

/** By commander's names, such as `expiresIn`; what is undefined or false is left out. */
export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CommandWords {
  /** Such as `create`. */
  readonly name: string;
  readonly operands?: readonly string[];
  readonly flags: FlagValues;
  /** Chosen in the guide; by default the profile that `--profile` names. */
  readonly profile?: string | undefined;
}

/** In place of a secret: the flag that reads it from standard input. */
const readingFlags: Readonly<Record<string, readonly string[]>> = {
  verificationToken: ["--verification-token-file", "-"],
};

/** What a shell runs to do the same without a question, as one line. No secret is in it. */
export function commandLine(words: CommandWords, settings: Settings): string {
  return ["rcwh", ...commandWords(words, settings, readingFlags)].map(shellWord).join(" ");
}

/** The same as the arguments of a run in this process, with the secrets that are flags, or what stands `inPlaceOf` them. */
export function commandWords(
  { name, operands = [], flags, profile }: CommandWords,
  settings: Settings,
  inPlaceOf: Readonly<Record<string, readonly string[]>> = {},
): readonly string[] {
  const own = Object.entries(flags).flatMap(
    ([flag, value]) => (value && inPlaceOf[flag]) || flagWords([flag, value]),
  );
  // After `--` a flag would be an operand.
  const isFlag = operands.some((operand) => operand.startsWith("-"));
  return [
    ...globalFlags(settings, profile).flatMap(flagWords),
    name,
    ...(isFlag ? [...own, "--", ...operands] : [...operands, ...own]),
  ];
}

/** Shows the command line on stderr: broken with `\` where it is longer than the terminal is wide, and nothing hidden of URLs. */
export function showCommandLine(
  line: string,
  io: Pick<IO, "stderr" | "endProgress" | "redactor" | "errorStyle">,
): void {
  io.endProgress();
  const { cyan } = io.errorStyle;
  // It would not run with the `?…` of messages. Secrets that are no part of a URL are hidden here too.
  const shown = `  ${oneLine(io.redactor.data(line))}`;
  const width = (io.stderr.columns || 80) - 1;
  const lines = wrapLine(shown, width, { indent: "    ", isCommand: true });
  io.stderr.write(`${lines.map(cyan).join("\n")}\n`);
}

/** The flags before a command's name that decide for whom it does what. */
function globalFlags(settings: Settings, chosen: string | undefined) {
  const { profile, profileByFlag, store, storeByFlag, tokenCache } = settings;
  return Object.entries({
    profile: chosen ?? (profileByFlag ? profile : undefined),
    api: settings.api,
    credentialsFile: settings.credentialsFile,
    accessTokenFile: settings.accessTokenFile,
    // With a password it belongs in RCWH_STORE.
    store: storeByFlag && store !== undefined && !parseUrl(store)?.password ? store : undefined,
    noTokenCache: !tokenCache,
  });
}

function flagWords([name, value]: readonly [string, FlagValues[string]]): readonly string[] {
  if (value === undefined || value === false) return [];
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === true) return [flag];
  if (typeof value !== "string") return value.flatMap((each) => flagWords([name, each]));
  // A value that looks like a flag.
  return value.startsWith("-") && value !== "-" ? [`${flag}=${value}`] : [flag, value];
}
