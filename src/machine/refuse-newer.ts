import { UsageError } from "../errors.ts";
import { membersOf, parseJson } from "./json.ts";

/** The version of every file of ours; those that do not name theirs have it too. */
const version = 1;

/**
 * Throws UsageError for what a newer rcwh wrote: it must be neither misread nor replaced.
 *
 * @param file for messages
 * @param wayOut what to do instead of updating rcwh
 */
export function refuseNewer(
  value: unknown,
  file: string,
  wayOut = "set RCWH_CONFIG_DIR to another directory",
): void {
  const { version: plain, schemaVersion: found = plain } = membersOf(value);
  if (typeof found !== "number" || found <= version) return;
  throw new UsageError(
    `${file} was written by a newer rcwh: its version is ${found}, and this rcwh supports version ${version}.`,
    `Update rcwh, or ${wayOut}.`,
  );
}

/** The same for a file's text, which need not be JSON. */
export function refuseNewerText(text: string | undefined, file: string, wayOut?: string): void {
  // Almost no file names a version, and parsing costs more than this.
  if (text !== undefined && /ersion"\s*:\s*(?!\s|1\s*[,}])/.test(text)) {
    refuseNewer(parseJson(text), file, wayOut);
  }
}
