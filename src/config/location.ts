import path from "node:path";
import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";

/**
 * The directory of rcwh's files; undefined if no variable names a home. Creates nothing. Throws
 * UsageError if `RCWH_CONFIG_DIR` is relative: cron, a terminal and a service start in different
 * directories, and each would get a configuration of its own.
 */
export function configDirectory(env: Environment, platform: NodeJS.Platform): string | undefined {
  const { isAbsolute, join, normalize } = platform === "win32" ? path.win32 : path.posix;

  const own = env["RCWH_CONFIG_DIR"];
  if (own) {
    if (isAbsolute(own)) return normalize(own);
    throw new UsageError(
      `Invalid RCWH_CONFIG_DIR value ${JSON.stringify(own)}: must be an absolute path.`,
      "Set RCWH_CONFIG_DIR to an absolute path; ~ is not expanded.",
    );
  }
  const shared = env["XDG_CONFIG_HOME"];
  // The XDG base directory specification has relative paths ignored.
  if (shared && isAbsolute(shared)) return join(shared, "rcwh");

  const roaming = platform === "win32" && env["APPDATA"];
  if (roaming) return join(roaming, "rcwh");

  const home = env["HOME"];
  return home ? join(home, ".config", "rcwh") : undefined;
}

/** The error of work that needs the directory, if there is none. */
export function noDirectory(): UsageError {
  return new UsageError(
    "Cannot find the configuration directory: HOME is not set.",
    "Set RCWH_CONFIG_DIR to a directory of your own.",
  );
}
