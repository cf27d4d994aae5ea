import { existsSync } from "node:fs";
import { configDirectory } from "../../config/location.ts";
import type { CommandContext } from "../../context.ts";

const passedVariables = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
] as const;

/** The variables that a scheduled run needs for its configuration and its proxy, except for a proxy with a password. */
export function environmentOf({ env, platform }: CommandContext): Readonly<Record<string, string>> {
  const directory = configDirectory(env, platform);
  const variables = passedVariables.flatMap((name) => {
    const value = env[name];
    return value && !hasPassword(value) ? [[name, value]] : [];
  });
  return {
    ...(directory !== undefined && { RCWH_CONFIG_DIR: directory }),
    ...Object.fromEntries(variables),
  };
}

function hasPassword(value: string): boolean {
  return value.includes("@");
}

/** Warnings about the environment, as sentences. */
export function remarksOn({ env, installation, settings }: CommandContext): readonly string[] {
  const withPassword = passedVariables.filter((name) => hasPassword(env[name] ?? ""));
  return [
    ...withPassword.map((name) => `${name} has a password, so set it for these runs yourself.`),
    ...(env["RCWH_PING_URL"]
      ? ["RCWH_PING_URL is a secret, so set it for these runs yourself."]
      : []),
    ...(settings.store !== undefined
      ? [
          "RCWH_STORE may hold a password, so set it for these runs yourself; without it, runs share nothing.",
        ]
      : []),
    ...(settings.storeKey !== undefined
      ? ["RCWH_STORE_KEY is a secret, so set it for these runs yourself."]
      : []),
    ...(/[/\\]_npx[/\\]/.test(installation.script)
      ? ["This rcwh is in the cache of npx, which may be cleared: install it first."]
      : []),
    ...(/[/\\]\.?(?:nvm|fnm|volta|asdf|mise|nodenv|n)[/\\]/.test(installation.node)
      ? [
          "This Node.js comes from a version manager: print the schedule again after you change its version.",
        ]
      : []),
  ];
}

/** Homebrew removes old versions, so its link outlives the path of a version. */
export function stableNodePath(node: string): string {
  const link = node.replace(/\/Cellar\/.*$/s, "/bin/node");
  return existsSync(link) ? link : node;
}
