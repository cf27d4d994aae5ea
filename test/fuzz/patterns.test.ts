import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

const source = join(import.meta.dirname, "../../src");

/** A regular expression as it is written in a source file. A division may look like one, which does no harm. */
const literal =
  /(?<![\w)\]/*])\/(?![/*])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuy]*)(?=[.,;)\]\s])/g;

interface Pattern {
  readonly place: string;
  readonly pattern: RegExp;
}

/** Those with something that repeats: the others look at each character a few times at most. */
function patternsIn(file: string): readonly Pattern[] {
  const text = readFileSync(join(source, file), "utf8");
  return [...text.matchAll(literal)].flatMap(({ 1: pattern = "", 2: flags = "" }) => {
    if (!/[*+]|\{\d+,/.test(pattern)) return [];
    try {
      return [{ place: `${file}: /${pattern}/${flags}`, pattern: new RegExp(pattern, flags) }];
    } catch {
      return [];
    }
  });
}

/** What a pattern names itself: its words, with something for each class between them. */
function wordsOf({ source }: RegExp): readonly string[] {
  const plain = source
    .replace(/\(\?(?:[:=!]|<[=!])/g, "(")
    .replace(/\\[sbBdDwWS]|\\p\{\w+\}|\[(?:[^\]\\]|\\.)*\]|\./g, " ")
    .replace(/\{\d*,?\d*\}|[*+?^$]/g, "")
    .replace(/\\u([\da-f]{4})|\\(.)/g, (_, hex, other) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : other,
    );
  const branches = plain.split(/[|()]/).filter((word) => word !== "");
  return [...branches, plain.replace(/[|()]/g, ""), ...plain.split(" ")]
    .filter((word) => word !== "")
    .flatMap((word) => [word, word.replaceAll(" ", "0"), word.replaceAll(" ", "x")]);
}

const characters = [..." \t0aZ-./\\=:%'\"`[{(,*\u001b\u0085"];

/** Long texts of something that comes again and again, with and without a beginning and an end that fit the pattern. */
function* textsFor(pattern: RegExp, length: number): Generator<string> {
  const words = [...new Set(wordsOf(pattern))];
  for (const unit of new Set([...characters, ...words])) {
    const text = unit.repeat(Math.ceil(length / unit.length));
    for (const end of ["", "\0", "\n\0"]) yield text + end;
    for (const word of words.slice(0, 4)) yield `${word}${text}\n\0`;
  }
}

/** Milliseconds of the processor, the fastest of several times: the first one includes a compilation, and others a collection of garbage. */
function timeOf(pattern: RegExp, text: string, limit: number): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 6 && fastest > limit; count += 1) {
    const start = process.cpuUsage();
    text.replace(pattern, "");
    const { user, system } = process.cpuUsage(start);
    fastest = Math.min(fastest, (user + system) / 1000);
  }
  return fastest;
}

describe("the regular expressions of src", () => {
  test("take linear time for texts made to slow them down", ({ expect }) => {
    const files = readdirSync(source, { recursive: true, encoding: "utf8" });
    const patterns = files.filter((file) => /\.tsx?$/.test(file)).flatMap(patternsIn);
    const limit = 5;
    const slow = patterns.flatMap(({ place, pattern }) => {
      for (const length of [500, 5000]) {
        for (const text of textsFor(pattern, length)) {
          const time = timeOf(pattern, text, limit);
          if (time > limit)
            return [
              `${place} takes ${Math.round(time)} ms for ${JSON.stringify(text.slice(0, 60))}…`,
            ];
        }
      }
      return [];
    });

    expect(patterns.length).toBeGreaterThan(200);
    expect(slow).toEqual([]);
  });
});
