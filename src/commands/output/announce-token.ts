import { isJson } from "../../io/format.ts";
import { toJson } from "../../io/formats.ts";
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

/** A token that was handed over, and what prints the rest. */
export interface HandedOver {
  /** Prints what follows the token: the rest of the one object of JSON and YAML. */
  readonly io: IO;
  /** Completes the output after a failure, so that JSON stays one object. */
  abandon(): void;
}

/**
 * Shows a new token before anything changes, so that a request is never the only place that has it: on a
 * terminal on stderr, else as the first line of stdout. In JSON and YAML that line begins the one object, in
 * NDJSON it is an object of its own.
 */
export function handOverToken(token: string, io: IO): HandedOver {
  const { format, stdout } = io;
  const keep = { io, abandon() {} };
  if (format === "table" && stdout.isTTY) {
    announceToken(token, io);
    return keep;
  }
  if (format === "json") {
    io.data(`{ "schemaVersion": 1, "verificationToken": ${toJson(token)},`);
    const data = (text: string) => io.data(text.replace(/^\{\n {2}"schemaVersion": 1,\n/, ""));
    return {
      io: Object.create(io, { data: { value: data } }) as IO,
      abandon: () => io.data('  "results": []\n}'),
    };
  }
  if (format === "yaml") io.data(`verificationToken: ${toJson(token)}`);
  else if (format === "ndjson") io.data(toJson({ verificationToken: token }));
  else io.data(token);
  return keep;
}
