import path from "node:path";
import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";

/**
 * The directory of rcwh's files, undefined where no variable names a home. Creates nothing. Throws
 * UsageError where `RCWH_CONFIG_DIR` is relative: cron, a terminal and a service start in different
 * directories, and each would get a configuration of its own.
 */
export function configDirectory(env: Environment, platform: NodeJS.Platform): string | undefined {
  const { isAbsolute, join, normalize } = platform === "win32" ? path.win32 : path.posix;

  const own = env["RCWH_CONFIG_DIR"];
  if (own) {
    if (isAbsolute(own)) return normalize(own);
    throw new UsageError(
      `RCWH_CONFIG_DIR is ${JSON.stringify(own)}, which is not an absolute path.`,
      "Set RCWH_CONFIG_DIR to an absolute path, without `~`.",
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

/** Where something is to be kept, or to be found, and there is no directory for it. */
export function noDirectory(): UsageError {
  return new UsageError(
    "rcwh does not know where to keep its configuration: HOME is not set.",
    "Set RCWH_CONFIG_DIR to a directory of your own.",
  );
}
