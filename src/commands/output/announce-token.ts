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
  if (format === "table" && stdout.isTTY) {
    announceToken(token, io);
    return { io, abandon() {} };
  }
  return handOver({ verificationToken: token }, [token], "results", io);
}

/** The same for the tokens of several webhooks, by name; in a pipe a line for each: name, tab, token. */
export function handOverTokens(tokens: ReadonlyMap<string, string>, io: IO): HandedOver {
  const { format, stdout, say } = io;
  if (format === "table" && stdout.isTTY) {
    say("Verification tokens (shown only once):");
    for (const [name, token] of tokens) say(`  ${name}  ${token}`);
    say("Every delivery has it in its Verification-Token header: let your endpoint compare it.");
    return { io, abandon() {} };
  }
  const verificationTokens = Object.fromEntries(tokens);
  return handOver({ verificationTokens }, tokenLines(tokens), "changes", io);
}

export function tokenLines(tokens: ReadonlyMap<string, string>): readonly string[] {
  return [...tokens].map(([name, token]) => `${name}\t${token}`);
}

/** `key` is that of the records that follow in JSON. */
function handOver(
  member: Readonly<Record<string, unknown>>,
  lines: readonly string[],
  key: string,
  io: IO,
): HandedOver {
  const { format } = io;
  if (format === "json") {
    io.data(`{ "schemaVersion": 1, ${toJson(member).slice(1, -1)},`);
    const data = (text: string) => io.data(text.replace(/^\{\n {2}"schemaVersion": 1,\n/, ""));
    return {
      io: Object.create(io, { data: { value: data } }) as IO,
      abandon: () => io.data(`  "${key}": []\n}`),
    };
  }
  if (format === "yaml")
    for (const [name, value] of Object.entries(member)) io.data(`${name}: ${toJson(value)}`);
  else if (format === "ndjson") io.data(toJson(member));
  else for (const line of lines) io.data(line);
  return { io, abandon() {} };
}
