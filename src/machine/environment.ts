/** Environment variables; an empty one counts as unset wherever one is read, but for a pager. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** For variables such as CI: `false` counts as unset. */
export function isSwitchedOn(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false";
}
