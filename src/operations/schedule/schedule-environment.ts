import { existsSync } from "node:fs";
import { configDirectory } from "../../config/location.ts";
import type { CommandContext } from "../../context.ts";

const passedOn = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
] as const;

/** Variables that a scheduled run needs: where the configuration is, and how the server is reached; a proxy's password stays out. */
export function environmentOf({ env, platform }: CommandContext): Readonly<Record<string, string>> {
  const directory = configDirectory(env, platform);
  const variables = passedOn.flatMap((name) => {
    const value = env[name];
    return value && !holdsPassword(value) ? [[name, value]] : [];
  });
  return {
    ...(directory !== undefined && { RCWH_CONFIG_DIR: directory }),
    ...Object.fromEntries(variables),
  };
}

function holdsPassword(value: string): boolean {
  return value.includes("@");
}

export function remarksOn({ env, installation }: CommandContext): readonly string[] {
  const secretive = passedOn.filter((name) => holdsPassword(env[name] ?? ""));
  return [
    ...secretive.map((name) => `${name} holds a password: set it for these runs yourself.`),
    ...(/[/\\]_npx[/\\]/.test(installation.script)
      ? ["This rcwh is in the cache of npx, which may be emptied: install it first."]
      : []),
    ...(/[/\\]\.?(?:nvm|fnm|volta|asdf|mise|nodenv|n)[/\\]/.test(installation.node)
      ? ["This node belongs to a version manager: print the schedule again when it changes."]
      : []),
  ];
}

/** Homebrew removes the versions that it has replaced. */
export function lastingNode(node: string): string {
  const link = node.replace(/\/Cellar\/.*$/, "/bin/node");
  return existsSync(link) ? link : node;
}
