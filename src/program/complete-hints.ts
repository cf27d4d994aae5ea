import { emulatorProfile } from "../config/profile-name.ts";
import type { Settings } from "../config/settings.ts";
import { shellWord } from "../machine/shell-word.ts";

/** Commands that work on an account. */
const accountCommands =
  "apply|audit|create|cron|delete|doctor|ensure|export|forecast|forget|list|listen|login|logout|move|plan|recover|renew|replay|rotate-token|show|status|trigger|update|whoami";

/**
 * What names this run's account on the command line, in each command that a message suggests: without it the command
 * would work on another account. Undefined where the account is the usual one.
 */
export function createHintCompleter(
  settings: Pick<Settings, "profile" | "profileByFlag" | "credentialsFile">,
): ((text: string) => string) | undefined {
  const flag = accountFlag(settings);
  if (flag === undefined) return undefined;
  // The emulator inside rcwh has no login, and credentials of a file are saved by `login`, for any profile.
  const commands =
    settings.profileByFlag && settings.profile !== emulatorProfile
      ? accountCommands
      : accountCommands.replace("login|logout|", "");
  const command = new RegExp(
    `\`rcwh (?=(?:${commands})\\b(?![^\`]*--(?:profile|credentials-file|all-profiles|receive-only|help)))`,
    "g",
  );
  return (text) => text.replace(command, `\`rcwh ${flag.replaceAll("$", "$$$$")} `);
}

/**
 * What names the file and its variables, in each command that a message suggests for the same file.
 */
export function completeManifest(text: string, flags: string): string {
  const command = /`rcwh (plan|apply|ensure)(?= |`)(?![^`]*(?:-f|--file)\b)/g;
  return text.replace(command, (start) => `${start} ${flags}`);
}

function accountFlag({
  profile,
  profileByFlag,
  credentialsFile,
}: Parameters<typeof createHintCompleter>[0]) {
  if (profile !== undefined && profileByFlag) {
    return profile.includes("*") ? undefined : `--profile ${shellWord(profile)}`;
  }
  return credentialsFile === undefined || credentialsFile === "-"
    ? undefined
    : `--credentials-file ${shellWord(credentialsFile)}`;
}
