/** Environment variables; an empty one counts as unset wherever one is read, but for a pager. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** For variables such as CI: `false` counts as unset. */
export function isSwitchedOn(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false";
}

interface Terminal {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
}

/** Windows has no TERM, but understands escape sequences. */
export function canMoveCursor({ env, platform }: Terminal): boolean {
  const term = env["TERM"];
  return term ? term !== "dumb" : platform === "win32";
}
