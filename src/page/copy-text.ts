import type { InspectedEvent } from "../inspector/protocol.ts";
import { shellWord } from "../machine/shell-word.ts";

/** What curl or the connection sets by itself. */
const ownHeaders = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** More than this is too long for one argument of a program on Linux. */
const longestArgument = 100_000;

/**
 * The delivery as a command line for a POSIX shell. What the page does not have is a variable: the target where there is
 * none or its query is hidden, and secrets.
 */
export function asCurl(event: InspectedEvent): string {
  const { headers, sent = headers, text, delivery } = event;
  const url = delivery?.target ?? "";
  const target = url === "" || url.includes("…") ? '"$TARGET_URL"' : shellWord(url);
  const flags = Object.entries(sent)
    .filter(([name]) => !ownHeaders.has(name.toLowerCase()))
    .map(([name, value]) => `-H ${headerWord(name, value)}`);
  const isLong = text.length > longestArgument;
  const data = isLong ? "--data-binary @-" : `--data-raw ${shellWord(text)}`;
  const curl = ["curl", `-X POST ${target}`, ...flags, data].join(" \\\n  ");
  // `printf` is part of the shell, so that its argument may be long.
  return isLong ? `printf %s ${shellWord(text)} | ${curl}` : curl;
}

function headerWord(name: string, value: string): string {
  // With nothing behind its colon curl would leave it out.
  if (value === "") return shellWord(`${name};`);
  if (value !== "…") return shellWord(`${name}: ${value}`);
  const variable = name.toUpperCase().replace(/[^A-Z\d]+/g, "_");
  return `"${name}: $${variable}"`;
}

/** The variables of `asCurl`, for whoever pastes it. */
export function variablesOf(event: InspectedEvent): readonly string[] {
  return [...new Set(asCurl({ ...event, text: "" }).match(/(?<=\$)[A-Z_\d]+(?=")/g))];
}

/** One line of a recording, as `rcwh listen --record` writes it and `rcwh replay` reads it. */
export function asFixture({ receivedAt, transport, headers, text }: InspectedEvent): string {
  const at = new Date(receivedAt).toISOString();
  const known = Object.entries(headers).filter(([, value]) => value !== "…");
  const head = JSON.stringify({ receivedAt: at, transport, headers: Object.fromEntries(known) });
  // The text itself, because parsing it would change large numbers. Strings of JSON contain no line breaks.
  return `${head.slice(0, -1)},"event":${text.trim().replace(/[\r\n]+/g, " ")}}\n`;
}
