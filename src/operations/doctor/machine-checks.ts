import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Check, rule } from "../../check/check.ts";
import { CorruptContents, parseContents } from "../../config/contents.ts";
import { configDirectory } from "../../config/location.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, Interruption } from "../../errors.ts";
import { isFileError, reasonOf } from "../../machine/file-error.ts";
import { readRegularFile, refuseOddFile } from "../../machine/regular-file.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { pluralize } from "../../phrases.ts";

type Machine = Pick<CommandContext, "env" | "platform" | "installation" | "sharedStore">;

/** The requirement of package.json, as major and minor version. */
const oldestNode = [20, 19] as const;

/** Checks Node and the configuration. Does not open the configuration, because that would move a corrupt file aside. */
export async function checkMachine(machine: Machine): Promise<readonly Check[]> {
  return [
    checkNode(machine),
    ...(await checkConfiguration(machine)),
    ...(await checkCertificates(machine)),
    ...(await checkStore(machine)),
  ];
}

function checkNode({ installation: { node, nodeVersion } }: Machine): Check {
  const { pass, fail } = rule("node", `${oldestNode.join(".")} or later`);
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  const measured = `${nodeVersion} (${node})`;
  return isOld ? fail(measured, { hint: "Install a newer Node." }) : pass(measured);
}

async function checkConfiguration({ env, platform }: Machine): Promise<readonly Check[]> {
  const ofDirectory = rule("configuration-directory", "mode 0700, writable");
  let directory: string | undefined;
  try {
    directory = configDirectory(env, platform);
  } catch (error) {
    if (error instanceof CliError) return [ofDirectory.failWith(error)];
    throw error;
  }
  if (directory === undefined) {
    return [
      ofDirectory.warn("none: HOME is not set, so nothing is saved between runs", {
        hint: "Set RCWH_CONFIG_DIR to a directory of your own.",
      }),
    ];
  }
  const found = await checkDirectory(directory, platform);
  return found.status === "fail" ? [found] : [found, await checkFile(directory, platform)];
}

async function checkDirectory(path: string, platform: NodeJS.Platform): Promise<Check> {
  const { pass, warn, fail } = rule("configuration-directory", "mode 0700, writable");
  try {
    const { mode } = await stat(path);
    const measured = `${path}, mode ${octal(mode)}`;
    const hint = `Run \`chmod 700 ${shellWord(path)}\`.`;
    if (platform !== "win32" && mode & 0o022) {
      return fail(measured, { hint, exitCode: ExitCode.usage });
    }
    if (platform !== "win32" && mode & 0o077) return warn(measured, { hint });
    await access(path, constants.W_OK | constants.X_OK);
    return pass(measured);
  } catch (error) {
    if (!isFileError(error)) throw error;
    if (error.code === "ENOENT") return pass(`${path}, not created yet`);
    return warn(`${path}: ${reasonOf(error)}`, {
      code: error.code,
      hint: "Make this user its owner, or set RCWH_CONFIG_DIR to another directory.",
    });
  }
}

async function checkFile(directory: string, platform: NodeJS.Platform): Promise<Check> {
  const { pass, fail, failWith } = rule("configuration-file", "mode 0600, readable");
  const path = join(directory, "config.json");
  try {
    const stats = await stat(path);
    refuseOddFile(path, stats);
    const { mode } = stats;
    const measured = `${path}, mode ${octal(mode)}`;
    if (platform !== "win32" && mode & 0o077) {
      const hint = `Run \`chmod 600 ${shellWord(path)}\`.`;
      return fail(measured, { hint, exitCode: ExitCode.usage });
    }
    const { profiles } = parseContents(readRegularFile(path), path);
    return pass(`${measured}, ${pluralize(profiles.size, "profile")}`);
  } catch (error) {
    if (error instanceof CliError) return failWith(error);
    if (error instanceof CorruptContents) {
      return fail(`${path}: ${error.message}`, {
        exitCode: ExitCode.usage,
        hint: "Restore a copy, or sign in again with `rcwh login`, which moves it aside.",
      });
    }
    if (!isFileError(error)) throw error;
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      return pass(`${path}, not created yet`);
    return fail(`${path}: ${reasonOf(error)}`, {
      code: error.code,
      exitCode: ExitCode.usage,
      hint: "Make the file readable for this user, or set RCWH_CONFIG_DIR to another directory.",
    });
  }
}

/** Node ignores a file that it cannot read, and then does not trust its certificates. */
async function checkCertificates({ env }: Machine): Promise<readonly Check[]> {
  const path = env["NODE_EXTRA_CA_CERTS"];
  if (!path) return [];
  const { pass, warn } = rule("certificates", "readable");
  try {
    await access(path, constants.R_OK);
    return [pass(path)];
  } catch (error) {
    if (!isFileError(error)) throw error;
    return [
      warn(`${path}: ${reasonOf(error)}`, {
        code: error.code,
        hint: "Set NODE_EXTRA_CA_CERTS to a file that this user can read, or unset it.",
      }),
    ];
  }
}

async function checkStore({ sharedStore }: Machine): Promise<readonly Check[]> {
  const { pass, warn, failWith } = rule("store", "writable, kept safely");
  try {
    const store = await sharedStore();
    if (!store) return [];
    const startedAt = performance.now();
    const { version, isEncrypted, remarks } = await store.describe();
    const milliseconds = Math.ceil(performance.now() - startedAt);
    const facts = [
      `${store.name}: ${version}`,
      ...(isEncrypted ? ["encrypted"] : []),
      store.isSealed ? "secrets sealed" : "secrets not sealed",
      `answered in ${milliseconds} ms`,
    ];
    const [first] = remarks;
    if (!first) return [pass(facts.join(", "))];
    const problems = remarks.map(({ problem }) => problem);
    return [warn([...facts, ...problems].join(", "), { hint: first.hint })];
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    return [failWith(error)];
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
