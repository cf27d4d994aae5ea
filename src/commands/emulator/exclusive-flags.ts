import { UsageError } from "../../errors.ts";

/** Throws UsageError if two of these flags were given. The keys are the flags' names. */
export function refuseBoth(flags: Readonly<Record<string, unknown>>): void {
  const [flag, other] = Object.keys(flags).filter((name) => flags[name] !== undefined);
  if (other === undefined) return;
  throw new UsageError(
    `${flag} and ${other} cannot be used together.`,
    "Leave out one of the two.",
  );
}
