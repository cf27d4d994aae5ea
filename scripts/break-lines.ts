import { parseAst } from "rolldown/parseAst";

interface Bundle {
  readonly [file: string]: { readonly type: string; code?: string };
}

interface Node {
  readonly type: string;
  readonly start: number;
}

/** From this length on, a line ends where it can. */
const longEnough = 400;

/** Lists in which a line may end before every part. Of the others, no part can be the first on a line. */
const lists = new Set([
  "body",
  "consequent",
  "declarations",
  "properties",
  "elements",
  "arguments",
]);

/**
 * A plugin that breaks the lines of minified code. When a program ends with an error, Node prints the line that threw
 * it, which would be the whole file.
 */
export function breakLines() {
  return {
    name: "break-lines",
    generateBundle(_options: unknown, bundle: Bundle): void {
      for (const output of Object.values(bundle)) {
        if (output.type === "chunk") output.code = breakCode(output.code ?? "");
      }
    },
  };
}

function breakCode(code: string): string {
  const lines: string[] = [];
  let lineStart = 0;
  for (const place of [...placesToBreak(parseAst(code))].toSorted((a, b) => a - b)) {
    if (place - lineStart < longEnough) continue;
    lines.push(code.slice(lineStart, place));
    lineStart = place;
  }
  return [...lines, code.slice(lineStart)].join("\n");
}

function* placesToBreak(node: object): Generator<number> {
  for (const [key, value] of Object.entries(node)) {
    if (Array.isArray(value)) {
      for (const part of value) {
        if (!isNode(part)) continue;
        if (lists.has(key)) yield part.start;
        yield* placesToBreak(part);
      }
    } else if (isNode(value)) yield* placesToBreak(value);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "start" in value;
}
