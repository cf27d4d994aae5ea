import { UsageError } from "../errors.ts";

export const formats = ["table", "tsv", "json", "ndjson", "csv", "yaml"] as const;

/** `svg` is for the commands that draw. */
export type Format = (typeof formats)[number] | "svg";

/**
 * Throws UsageError for an unknown format. `origin` is the flag or variable that gave it, `draws` says whether the command
 * can draw a picture.
 */
export function parseFormat(text: string, origin = "--output", draws = false): Format {
  if (draws && text === "svg") return text;
  const format = formats.find((each) => each === text);
  if (format) return format;
  throw new UsageError(
    `Invalid ${origin} value ${JSON.stringify(text)}: use table, tsv, json, ndjson, csv${draws ? ", yaml or svg" : " or yaml"}.`,
    "See `rcwh help output`.",
  );
}

/** Whether stdout and stderr are read as JSON. */
export function isJson(format: Format): boolean {
  return format === "json" || format === "ndjson";
}

/** Whether stdout has documents, in which a program finds each value whole. */
export function isForPrograms(format: Format): boolean {
  return isJson(format) || format === "yaml";
}
