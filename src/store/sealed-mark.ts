import { CliError } from "../errors.ts";

/** What every sealed value begins with: its format; the id of its key and the data follow. */
export const sealedMark = "rcwh-sealed:1:";

/** Throws CliError `SEALED` for a value that is still sealed: it must not be mistaken for a damaged one and replaced. */
export function refuseSealed(key: string, value: string): void {
  if (!value.startsWith("rcwh-sealed:")) return;
  throw new CliError(`The entry ${key} of the store is sealed, and no key was given.`, {
    code: "SEALED",
    hint: "Give the key that the others have: RCWH_STORE_KEY, or `seal(store, key)` in a program.",
  });
}
