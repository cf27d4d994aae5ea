import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import type { IO } from "../io/io.ts";

/** The text of a file, or of standard input for `-`. Throws UsageError that names `flag`. */
export async function readText(path: string, flag: string, { stdin }: IO): Promise<string> {
  if (path === "-") {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stdin) {
      text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    }
    return text;
  }
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new UsageError(
      `${flag}: cannot read ${path} (${reason}).`,
      "Give the path of a file, or - for standard input.",
      { cause },
    );
  }
}

/** The number of one of the emulator's users. Throws UsageError. */
export function parseUser(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(
    `--user ${JSON.stringify(text)} is not the number of a user.`,
    "User 1 has the JWT user-1, user 2 the JWT user-2, and so on.",
  );
}
