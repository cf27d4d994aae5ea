import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import type { IO } from "../io/io.ts";

/** A secret from a file, without the line feed that editors put at its end. Throws UsageError. */
export async function readSecretFile(path: string, flag: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    // Somebody may have given the secret itself. Those have no slashes.
    const named = /[/\\]/.test(path) ? path : "that file";
    throw new UsageError(
      `${flag}: cannot read ${named} (${reason}).`,
      "Give the path of a file that holds the secret, and nothing else.",
      { cause },
    );
  }
  return notEmpty(text, `${flag}: ${path} is empty.`);
}

/** A secret from standard input, up to its end. Throws UsageError where there is none. */
export async function readSecretStream({ stdin }: IO, flag: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdin) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return notEmpty(text, `${flag}: standard input is empty.`);
}

export function warnOfSecretInArguments(flag: string, instead: string, io: IO): void {
  io.warn(`${flag} shows the secret to everybody who can run \`ps\`. Use ${instead}.`);
}

function notEmpty(text: string, complaint: string): string {
  const secret = text.replace(/^\uFEFF/, "").trim();
  if (secret === "") throw new UsageError(complaint, "Put the secret there, and nothing else.");
  return secret;
}
