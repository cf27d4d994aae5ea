import type { Alias, Node, ParsedNode } from "yaml";
import { singleLine } from "../../one-line.ts";
import type { Place } from "../manifest.ts";
import type { Problem } from "./problems.ts";

/** The text of a manifest, parsed. */
export interface YamlDocument {
  readonly text: string;
  /** Undefined for a text with nothing in it. */
  readonly root: ParsedNode | undefined;
  /** Whatever keeps the text from being one document of YAML. Nothing else about it is worth telling then. */
  readonly problems: readonly Problem[];
  /** What an alias stands for; undefined where no anchor before it has its name. */
  targetOf(alias: Alias): Node | undefined;
  placeAt(offset: number): Place;
}

/** Levels of nesting. The file has six. */
const deepest = 200;

/** Lines with errors: broken text may have one at each of its characters. */
const mostProblems = 100;

/** Parses YAML 1.2. `file` is for messages. */
export async function parseYaml(text: string, file: string): Promise<YamlDocument> {
  const { LineCounter } = await import("yaml");
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const flaws = [...flawsOf(text)];
  const { root, errors } =
    flaws.length > 0
      ? { root: undefined, errors: flaws }
      : await read(text, (at) => placeAt(at).line);
  const targets = root && errors.length === 0 ? await findTargets(root) : undefined;
  const seen = new Set<number>();
  const problems = errors
    .map(({ at, ...error }) => ({ ...placeAt(at), ...error }))
    // What follows on the same line is hardly ever another mistake.
    .filter(({ line }) => !seen.has(line) && seen.add(line));
  return { text, root, problems, placeAt, targetOf: (alias) => targets?.get(alias) };
}

interface Flaw {
  /** An offset. */
  readonly at: number;
  readonly message: string;
  readonly hint?: string;
}

/** What the parser would be long about, or not tell well. */
function* flawsOf(text: string): Iterable<Flaw> {
  const hint = "Save the file as UTF-8.";
  const odd = /\uFFFD|\0/.exec(text);
  if (odd) {
    const isWide = /^\uFFFD\uFFFD/.test(text) && text.includes("\0");
    const message = isWide
      ? "The file is in UTF-16."
      : odd[0] === "\0"
        ? "The file is not text: it has a NUL byte here."
        : "The file is not valid UTF-8 from here on.";
    return yield { at: odd.index, message, hint };
  }
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[{}\]]|(?:[-?] ){200}/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : bracket.length > 1 ? deepest : -1;
    if (depth < 0) depth = 0;
    if (depth >= deepest)
      return yield { at: index, message: nested, hint: "A file of webhooks has six levels." };
  }
}

const nested = "The file is nested too deeply here.";

/** Where the library says that an error is. */
type Source = number | readonly [number, ...unknown[]] | { readonly offset: number };

async function read(text: string, lineOf: (at: number) => number) {
  const { Composer, Parser } = await import("yaml");
  const errors: Flaw[] = [];
  const lines = new Set<number>();
  const add = (at: number, code: string, words: string) => {
    errors.push({ at, ...describe(code, words, text, at) });
    lines.add(lineOf(at));
    if (lines.size > mostProblems || errors.length > 50 * mostProblems) throw new TooManyErrors();
  };
  const composer = new Composer({
    schema: "core",
    // It would compare each key with all others.
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
  });
  // It would collect them all.
  Object.assign(composer, {
    onError(source: Source, code: string, words: string) {
      const at =
        typeof source === "number" ? source : "offset" in source ? source.offset : source[0];
      add(at, code, words);
    },
  });
  let root: ParsedNode | undefined;
  let documents = 0;
  try {
    for (const document of composer.compose(new Parser().parse(text))) {
      documents += 1;
      if (documents === 1) root = document.contents ?? undefined;
      if (documents === 2) add(document.range[0], "MULTIPLE_DOCS", "");
      for (const { pos, code, message } of document.errors) add(pos[0], code, message);
    }
    for (const { pos, code, message } of composer.streamInfo().errors) add(pos[0], code, message);
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
  }
  const opening =
    root && errors.some((error) => error.message === notClosed.message)
      ? await lastQuoted(root)
      : undefined;
  return {
    root,
    errors: errors.map((error) =>
      error.message === notClosed.message ? { ...error, at: opening ?? error.at } : error,
    ),
  };
}

class TooManyErrors extends Error {}

/** Where the last text in quotes begins. One that is not closed takes everything up to the end. */
async function lastQuoted(root: Node): Promise<number | undefined> {
  const { Scalar, visit } = await import("yaml");
  let at: number | undefined;
  visit(root, {
    Scalar(_, { type, range }) {
      if (type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE) at = range?.[0];
    },
  });
  return at;
}

/** Looking for the anchor of each alias would go through the document each time. */
async function findTargets(root: Node): Promise<ReadonlyMap<Alias, Node>> {
  const { isAlias, visit } = await import("yaml");
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  visit(root, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** An error of the library in our words, without what it quotes: that may be a secret. */
function describe(code: string, words: string, text: string, at: number): Omit<Flaw, "at"> {
  if (text[at] === "{" && text[at - 1] === "$") {
    return {
      message: "A variable inside [ ] or { } is not quoted.",
      hint: 'Write "${NAME}" there.',
    };
  }
  if (words.startsWith("Missing closing")) return notClosed;
  const quoted = words.replace(/(?<=\w): .*/s, "");
  return known[code] ?? { message: `This is not valid YAML: ${singleLine(quoted)}.` };
}

const notClosed = {
  message: "This text in quotes has no end.",
  hint: "Add the closing quote.",
};

const noColon = {
  message: "This line has no colon after its key.",
  hint: "Write it as key: value.",
};

const known: Readonly<Record<string, Omit<Flaw, "at">>> = {
  TAB_AS_INDENT: { message: "A tab is used as indentation.", hint: "Indent with spaces." },
  MULTIPLE_DOCS: {
    message: "A second document begins here.",
    hint: "Keep it in another file, with a name: of its own.",
  },
  RESOURCE_EXHAUSTION: { message: nested },
  TAG_RESOLVE_FAILED: { message: "Tags are not supported.", hint: "Remove the ! and the word." },
  BAD_SCALAR_START: {
    message: "A value cannot begin with this character.",
    hint: "Put the value in quotes.",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "A value has another colon in it.",
    hint: "Put the value in quotes, or begin a new line.",
  },
  MULTILINE_IMPLICIT_KEY: noColon,
};
