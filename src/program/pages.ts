import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { closest } from "../filters/edit-distance.ts";
import { isJson } from "../io/format.ts";
import { printRecords } from "../io/formats.ts";
import { wrapLine } from "../io/text.ts";
import { printPaged } from "../operations/pager.ts";

/** A page of the documentation. */
interface Page {
  /** Such as `cron`, for docs/cron.md. */
  readonly page: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/** Prints the page of the documentation that the words name, or without any the list of them. */
export async function printPage(words: readonly string[], context: CommandContext): Promise<void> {
  const pages = readPages(context);
  // Several are no page: those names have hyphens.
  const name = words.length > 1 ? words.join("-") : words[0];
  if (name === undefined) {
    await printRecords(context.io, {
      key: "pages",
      records: pages.map(({ page, title }) => ({ page, title })),
      columns: [
        { title: "page", value: ({ page }) => page },
        { title: "title", value: ({ title }) => title, shrink: "wrap" },
      ],
    });
    return context.io.note("Read one with `rcwh help docs <page>`.");
  }
  const wanted = name
    .toLowerCase()
    .replace(/^docs\//, "")
    .replace(/\.md$/, "");
  const found = words.length > 1 ? undefined : pages.find(({ page }) => page === wanted);
  if (found && isJson(context.io.format)) {
    return context.io.data(JSON.stringify({ schemaVersion: 1, ...found }));
  }
  if (found) return printPaged(reflow(found.text.trimEnd(), context.io.textWidth), context);
  const names = pages.map(({ page }) => page);
  const similar =
    names.find((page) => page === wanted) ??
    closest(wanted, names) ??
    words.find((word) => names.includes(word));
  throw new UsageError(
    `There is no page "${words.join(" ")}".`,
    `${similar === undefined ? "" : `Did you mean ${similar}? `}List all with \`rcwh help docs\`.`,
  );
}

/** Prose in lines of at most `width` columns. Code, tables and headings stay as they are. */
function reflow(text: string, width: number): string {
  if (width === Number.POSITIVE_INFINITY) return text;
  const blocks: string[] = [];
  let isCode = false;
  let isProse = false;
  for (const line of text.split("\n")) {
    const isFence = /^\s*```/.test(line);
    const isFixed = isCode || isFence || line.trim() === "" || /^\s*[|#<]/.test(line);
    const isContinued = isProse && !isFixed && !/^\s*(?:[-*]|\d+\.) /.test(line);
    if (isContinued) blocks.push(`${blocks.pop()} ${line.trim()}`);
    else blocks.push(isFixed ? `\0${line}` : line);
    isProse = !isFixed;
    if (isFence) isCode = !isCode;
  }
  return blocks
    .flatMap((block) => (block.startsWith("\0") ? block.slice(1) : wrapLine(block, width)))
    .join("\n");
}

/** As the build packs them. */
function readPages({ installation }: CommandContext): readonly Page[] {
  const path = join(dirname(installation.script), "../dist/docs.br");
  const packed = brotliDecompressSync(readFileSync(path)).toString();
  return packed.split("\0\0").slice(1).map(pageOf);
}

function pageOf(packed: string): Page {
  const [page = "", text = ""] = packed.split("\0");
  const [, title = page] = /^# (.*)$/m.exec(text) ?? [];
  return { page, title, text };
}
