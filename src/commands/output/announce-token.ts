import { isJson } from "../../io/format.ts";
import type { IO } from "../../io/io.ts";

/**
 * Shows a verification token that rcwh just made: the only time that it shows one. JSON, YAML and NDJSON
 * hold it already.
 */
export function announceToken(token: string | undefined, { format, say }: IO): void {
  if (token === undefined || isJson(format) || format === "yaml") return;
  say(`Verification token, shown this once: ${token}`);
  say("Every delivery carries it in the header Verification-Token: have your endpoint compare.");
}

/** NDJSON has no room beside its records, so there the token goes into the record. */
export function withToken<Row extends object>(row: Row, token: string | undefined, { format }: IO) {
  return format === "ndjson" && token !== undefined ? { ...row, verificationToken: token } : row;
}
