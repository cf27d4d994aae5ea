/** Where text is not JSON, and why; lines and columns count from 1. */
export interface JsonError {
  readonly line: number;
  readonly column: number;
  readonly index: number;
  readonly message: string;
}

/** What is wrong with text that should be JSON; undefined if nothing is. The words are the same in every browser. */
export function findJsonError(text: string): JsonError | undefined {
  const reader = new Reader(text);
  const message = reader.read();
  if (message === undefined) return undefined;
  const before = text.slice(0, reader.at).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { line: before.length, column, index: reader.at, message };
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
/** All but quotes, backslashes and control characters. */
const characters = /[ !#-[\]-\uffff]*/y;
const escaped = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** Without recursion, because nobody knows how deep a text is. */
class Reader {
  at = 0;
  private readonly text: string;
  /** The brackets that are open, and in an object what has to come. */
  private readonly open: ("[" | "{")[] = [];

  constructor(text: string) {
    this.text = text;
  }

  read(): string | undefined {
    for (;;) {
      const flaw = this.readValue();
      if (flaw !== undefined) return flaw;
      const end = this.readEnd();
      if (end !== "next") return end;
    }
  }

  /** Reads what stands before a value's end: opening brackets, a name, then a plain value or an empty pair. */
  private readValue(): string | undefined {
    for (;;) {
      this.skip(space);
      const character = this.text[this.at];
      if (character === undefined) return "The text ends where a value should be.";
      if (character !== "{" && character !== "[") return this.readPlain(character);
      this.at += 1;
      this.open.push(character);
      this.skip(space);
      if (this.text[this.at] === (character === "{" ? "}" : "]")) return undefined;
      const flaw = character === "{" ? this.readName() : undefined;
      if (flaw !== undefined) return flaw;
    }
  }

  private readPlain(character: string): string | undefined {
    if (character === '"') return this.readString();
    if (this.skip(word) || this.skip(number)) return undefined;
    if (character === "'") return 'Text must be in double quotes: "…".';
    return `Expected a value, but found ${nameOf(character)}.`;
  }

  private readName(): string | undefined {
    this.skip(space);
    const character = this.text[this.at];
    if (character === undefined) return "The text ends where a name should be.";
    if (character === "}") return "Remove the comma before this bracket.";
    if (character !== '"')
      return `Expected a name in double quotes, but found ${nameOf(character)}.`;
    const flaw = this.readString();
    if (flaw !== undefined) return flaw;
    this.skip(space);
    if (this.text[this.at] !== ":") return "Expected a colon after the name.";
    this.at += 1;
    return undefined;
  }

  private readString(): string | undefined {
    const start = this.at;
    this.at += 1;
    for (;;) {
      this.skip(characters);
      const character = this.text[this.at];
      if (character === '"') {
        this.at += 1;
        return undefined;
      }
      if (character === "\\") {
        if (!this.skip(escaped)) return "This is not a valid escape sequence.";
        continue;
      }
      if (character === undefined || character === "\n" || character === "\r") {
        this.at = start;
        return "This text has no closing quote on its line.";
      }
      return "Control characters in text must be escaped.";
    }
  }

  /** Reads what stands behind a value: closing brackets, then a comma or the end. */
  private readEnd(): "next" | string | undefined {
    for (;;) {
      this.skip(space);
      const character = this.text[this.at];
      const bracket = this.open.at(-1);
      if (bracket === undefined) {
        return character === undefined
          ? undefined
          : `Expected the end, but found ${nameOf(character)}.`;
      }
      const close = bracket === "{" ? "}" : "]";
      if (character === ",") return this.readComma(bracket);
      if (character === undefined) return `The text ends, but a ${close} is missing.`;
      if (character !== close)
        return `Expected a comma or ${close}, but found ${nameOf(character)}.`;
      this.at += 1;
      this.open.pop();
    }
  }

  private readComma(bracket: string): "next" | string {
    this.at += 1;
    if (bracket === "{") return this.readName() ?? "next";
    this.skip(space);
    return this.text[this.at] === "]" ? "Remove the comma before this bracket." : "next";
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found !== "";
  }
}

function nameOf(character: string): string {
  return character === '"' ? "a quote" : `"${character}"`;
}
