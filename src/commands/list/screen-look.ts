import type { IO } from "../../io/io.ts";
import { drawsUnicode } from "../../io/marks.ts";
import { type Measure, truncateMiddle } from "../../io/text.ts";
import type { Environment } from "../../machine/environment.ts";
import type { Health } from "./screen-rows.ts";

interface Marks {
  readonly cursor: string;
  readonly health: Readonly<Record<Health, string>>;
  readonly left: string;
  readonly spent: string;
  readonly rule: string;
  readonly beside: string;
  readonly dot: string;
  readonly upAndDown: string;
  readonly ellipsis: string;
}

const unicodeMarks: Marks = {
  ...{ cursor: "›", health: { good: "✓", warn: "!", bad: "✗", gone: "-" }, left: "━", spent: "·" },
  ...{ rule: "─", beside: "│", dot: "·", upAndDown: "↑↓", ellipsis: "…" },
};
const asciiMarks: Marks = {
  ...{ cursor: ">", health: { good: "+", warn: "!", bad: "x", gone: "-" }, left: "=", spent: "." },
  ...{ rule: "-", beside: "|", dot: "-", upAndDown: "Up Down", ellipsis: "~" },
};

/** How the screen draws: what the terminal has, and what its characters measure. */
export interface Look {
  readonly marks: Marks;
  readonly style: IO["style"];
  readonly measure: Measure;
  /** Cut in the middle where it is wider. */
  cut(text: string, width: number): string;
  /** Cut behind the last whole word that fits; empty where none does. */
  cutWords(text: string, width: number): string;
  /** Cut, and filled with spaces to the width. */
  pad(text: string, width: number): string;
  /** A text of ours or a stranger's, as far as the terminal has its characters. */
  plain(text: string): string;
}

export function createLook(env: Environment, style: IO["style"], measure: Measure): Look {
  const isUnicode = drawsUnicode(env);
  const marks = isUnicode ? unicodeMarks : asciiMarks;
  const plain = (text: string) =>
    isUnicode ? text : text.replaceAll("…", "~").replace(/[^ -~]/gu, "?");
  const cut = (text: string, width: number) =>
    truncateMiddle(text, width, measure).replaceAll("…", marks.ellipsis);
  return {
    marks,
    style,
    measure,
    cut,
    cutWords(text, width) {
      if (measure(text) <= width) return text;
      const words = text.split(" ");
      const starts = words.map((_, count) =>
        words
          .slice(0, count)
          .join(" ")
          .replace(/[:;,.]$/, ""),
      );
      const start = starts.findLast((each) => measure(each) < width);
      return start ? `${start}${marks.ellipsis}` : "";
    },
    pad(text, width) {
      const shown = cut(text, width);
      return shown + " ".repeat(Math.max(0, width - measure(shown)));
    },
    plain,
  };
}

/** A bar of `width` characters: as long as there is anything left, one of them shows it. */
export function barCells(share: number, width: number): number {
  if (share <= 0) return 0;
  return Math.min(width, Math.max(1, Math.round(share * width)));
}

/** The color of a row's mark and bar. */
export function paintFor({ style }: Look, health: Health): (text: string) => string {
  return { good: style.green, warn: style.yellow, bad: style.red, gone: style.dim }[health];
}
