import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { replaceFile } from "../../machine/atomic-write.ts";
import { isFileError, reasonOf } from "../../machine/file-error.ts";
import { makeDirectory } from "../../machine/make-directory.ts";
import { shellWord } from "../../machine/shell-word.ts";
import type { Shell } from "./scripts.ts";

/** Where a shell looks for completions. */
interface Place {
  /** The script. */
  readonly script: string;
  /** A file that has to load it, where the shell does not find it by itself. */
  readonly startup?: string;
}

/** Where the bash-completion of Debian, Homebrew and others is: it finds scripts in the user's own directory. */
const bashCompletions = [
  "/usr/share/bash-completion/bash_completion",
  "/usr/local/share/bash-completion/bash_completion",
  "/opt/homebrew/etc/profile.d/bash_completion.sh",
  "/usr/local/etc/profile.d/bash_completion.sh",
];

/**
 * Writes the script where the shell finds it. Returns sentences about what was done.
 *
 * @throws UsageError without a home directory, and for PowerShell, because only PowerShell knows the path of its profile
 */
export async function installScript(
  shell: Shell,
  script: string,
  { env }: CommandContext,
): Promise<readonly string[]> {
  if (shell === "powershell") {
    throw new UsageError(
      "rcwh does not know where PowerShell keeps your profile.",
      "In PowerShell: `rcwh completion powershell >> $PROFILE`, then start a new shell.",
    );
  }
  const home = env["HOME"];
  if (!home) {
    throw new UsageError("Cannot find your home directory: HOME is not set.", "Set HOME.");
  }
  const place = placeOf(shell, home, env);
  const done = [await write(place.script, script, shell)];
  if (place.startup !== undefined) done.push(await load(place.startup, place.script, shell));
  return [...done, `Start a new ${shell} to use it.`];
}

function placeOf(
  shell: Exclude<Shell, "powershell">,
  home: string,
  env: CommandContext["env"],
): Place {
  const data = env["XDG_DATA_HOME"] || join(home, ".local/share");
  const config = env["XDG_CONFIG_HOME"] || join(home, ".config");
  switch (shell) {
    case "bash": {
      const script = join(data, "bash-completion/completions/rcwh");
      const isFound = bashCompletions.some((path) => existsSync(path));
      return isFound ? { script } : { script, startup: join(home, ".bashrc") };
    }
    case "zsh": {
      const script = join(data, "rcwh/completion.zsh");
      return { script, startup: join(env["ZDOTDIR"] || home, ".zshrc") };
    }
    case "fish":
      return { script: join(config, "fish/completions/rcwh.fish") };
  }
}

async function write(path: string, script: string, shell: Shell): Promise<string> {
  if (textOf(path) === script) return `${path} is up to date.`;
  await changing(path, shell, async () => {
    makeDirectory(dirname(path), 0o777);
    await replaceFile(path, script, { mode: 0o644 });
  });
  return `Wrote ${path}.`;
}

/** Adds the line to a file of the user that loads the script, once. */
async function load(startup: string, script: string, shell: Shell): Promise<string> {
  const line = `source ${shellWord(script)}`;
  const before = textOf(startup) ?? "";
  if (before.split("\n").includes(line)) return `${startup} loads it already.`;
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  // Appended, because the file may be a link, and belongs to the user.
  const { appendFile } = await import("node:fs/promises");
  await changing(startup, shell, () =>
    appendFile(startup, `${separator}# rcwh completion\n${line}\n`),
  );
  return `Added \`${line}\` to ${startup}.`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isFileError(error)) return undefined;
    throw error;
  }
}

async function changing(path: string, shell: Shell, change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new CliError(`Cannot write ${path}: ${reasonOf(error)}.`, {
      exitCode: ExitCode.failure,
      code: "FILE",
      hint: `Print the script with \`rcwh completion ${shell}\`, and load it yourself.`,
      cause: error,
    });
  }
}
