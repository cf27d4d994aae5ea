import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { UsageError } from "../errors.ts";
import type { IO } from "../io/io.ts";

/** Reads a secret from a file, without the line feed that editors put at its end. Throws UsageError. */
export async function readSecretFile(path: string, flag: string): Promise<string> {
  try {
    return notEmpty(await readFile(path, "utf8"), `${flag}: ${path} is empty.`);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    // The path may be the secret itself, given by mistake. Secrets have no slashes.
    const shown = /[/\\]/.test(path) ? path : "that file";
    throw new UsageError(
      `${flag}: cannot read ${shown} (${reason}).`,
      "Give the path of a file that holds only the secret.",
      { cause },
    );
  }
}

/** Reads a secret from standard input, up to its end. Throws UsageError if it is empty. */
export async function readSecretStream({ stdin }: IO, flag: string): Promise<string> {
  return notEmpty(await text(stdin), `${flag}: standard input is empty.`);
}

export function warnOfSecretInArguments(flag: string, instead: string, io: IO): void {
  io.warn(`${flag} shows the secret to everybody who can run \`ps\`. Use ${instead} instead.`);
}

function notEmpty(content: string, message: string): string {
  const secret = content.replace(/^\uFEFF/, "").trim();
  if (secret === "") throw new UsageError(message, "Put only the secret there.");
  return secret;
}
