import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import type { CommandContext } from "../context.ts";
import { CliError } from "../errors.ts";

/** The page, as the build packs it. */
export interface PageFile {
  /** Its Content-Security-Policy. */
  readonly policy: string;
  readonly html: string;
}

/** Throws CliError if the page is not where it is installed. */
export function readPageFile({ installation }: Pick<CommandContext, "installation">): PageFile {
  const path = join(dirname(installation.script), "../dist/page.br");
  try {
    const [, policy = "", html = ""] =
      /^(default-src 'none';[^\n]+)\n(.+)$/s.exec(
        brotliDecompressSync(readFileSync(path)).toString(),
      ) ?? [];
    if (html !== "") return { policy, html };
  } catch (cause) {
    throw missing(path, cause);
  }
  throw missing(path);
}

function missing(path: string, cause?: unknown): CliError {
  return new CliError(`Cannot read the page for --ui, ${path}: this installation is incomplete.`, {
    code: "INSTALLATION",
    hint: "Install rcwh again, such as with `npm install -g rcwh`.",
    cause,
  });
}
