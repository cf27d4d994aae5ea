import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { closest } from "../../filters/edit-distance.ts";
import { jsonOrText } from "../../machine/json.ts";
import { readText } from "../../operations/text-input.ts";
import type { EmulatorFlag } from "../flags/emulator-flag.ts";

export interface EmulatorFaultOptions extends EmulatorFlag {
  readonly method?: string;
  readonly path?: string;
  readonly code?: string;
  readonly status?: string;
  readonly html?: true;
  readonly body?: string;
  readonly bodyFile?: string;
  readonly header?: readonly string[];
  readonly delay?: string;
  readonly drop?: string | true;
  readonly truncate?: string;
  readonly times?: string;
  readonly rate?: string;
  readonly seed?: string;
}

/** The fault that the flags describe; the emulator validates it. Throws UsageError for one that cannot be sent. */
export async function readFault(
  options: EmulatorFaultOptions,
  context: CommandContext,
): Promise<object> {
  const { method, path, code, html, bodyFile, delay, drop, seed } = options;
  const body =
    bodyFile === undefined ? options.body : await readText(bodyFile, "--body-file", context);
  const fault = {
    ...((method !== undefined || path !== undefined) && { match: { method, path } }),
    code,
    html,
    delay,
    seed,
    status: numberOf(options.status, "--status"),
    body: body === undefined ? undefined : jsonOrText(body),
    headers: options.header && Object.fromEntries(options.header.map(headerOf)),
    drop: drop === true ? "before" : drop,
    truncate: numberOf(options.truncate, "--truncate"),
    times: options.times === "always" ? "always" : numberOf(options.times, "--times"),
    rate: numberOf(options.rate, "--rate"),
  };
  const { match: _, seed: __, times: ___, rate: ____, ...effects } = fault;
  if (Object.values(effects).every((effect) => effect === undefined)) {
    throw new UsageError(
      "Which fault? Add --status, --code, --drop or --delay.",
      "See all kinds of faults with `rcwh emulator fault --help`.",
    );
  }
  return fault;
}

/** Explains in terms of the flags why the emulator refuses a fault. */
export async function loadFaultExplainer(code: string | undefined) {
  const { problemCodes } = await import("../../emulator/problem-codes.ts");
  return ({ parameterName }: { readonly parameterName: string }) => {
    const name = parameterName.replace(/^match\./, "");
    const hint = hints.get(name);
    if (hint === undefined) return undefined;
    const message = `invalid --${name.replace("headers", "header")} value`;
    const similar = name === "code" && closest(code ?? "", Object.keys(problemCodes));
    return { message, hint: similar ? `Did you mean ${similar}? ${hint}` : hint };
  };
}

const hints: ReadonlyMap<string, string> = new Map([
  ["method", "Use an HTTP method, such as `--method POST`."],
  ["path", "Start it with / or *, such as `--path '*/renew'`."],
  ["status", "Use a status from 200 to 599."],
  ["code", "Use one of RingCentral's codes, listed by `rcwh explain --list`."],
  ["headers", "Use a valid HTTP header, such as `--header 'Retry-After: 5'`."],
  ["truncate", "Use a whole number of bytes."],
  ["drop", "Use `--drop before` or `--drop after`."],
  ["delay", "Use a duration of up to a day, such as 20ms, 3s or 1m30s."],
  ["times", "Use a whole number above 0, or always."],
  ["rate", "Use a probability from 0 to 1, such as 0.1 for one request in ten."],
  ["seed", "Use text that is not empty."],
]);

function numberOf(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`Invalid ${flag} value "${text}": must be a number.`, "Use digits only.");
}

function headerOf(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(":");
  if (colon > 0) return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
  throw new UsageError(
    `Invalid --header value "${text}": must be a name, a colon and a value.`,
    "Write it as 'Retry-After: 5'.",
  );
}
