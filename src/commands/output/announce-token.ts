import { isJson } from "../../io/format.ts";
import type { IO } from "../../io/io.ts";

/** Shows a verification token that rcwh just generated, once. JSON, YAML and NDJSON contain it already. */
export function announceToken(token: string | undefined, { format, say }: IO): void {
  if (token === undefined || isJson(format) || format === "yaml") return;
  say(`Verification token (shown only once): ${token}`);
  say("Every delivery has it in its Verification-Token header: let your endpoint compare it.");
}

/** Adds the token to a record of NDJSON, which has no place beside its records. */
export function withToken<Row extends object>(row: Row, token: string | undefined, { format }: IO) {
  return format === "ndjson" && token !== undefined ? { ...row, verificationToken: token } : row;
}
