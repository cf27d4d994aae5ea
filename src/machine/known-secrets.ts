import { singleLine } from "../one-line.ts";

/**
 * How far a secret is kept out of what rcwh writes: only out of quoted text (rcwh shows it itself, once), also out of
 * messages, or out of everything.
 */
export type Reach = 1 | 2 | 3;

export const reach = { quotes: 1, messages: 2, everything: 3 } as const satisfies Record<
  string,
  Reach
>;

export const placeholder = "[redacted]";

/** Characters of a secret that make its beginning recognizable where a text was cut. */
const shortestBeginning = 8;

/** And anywhere in somebody else's text. */
const certainBeginning = 12;

/**
 * A match of this length is never a coincidence, wherever it is and whatever letters it has. The limit also bounds the
 * comparison for each character of a text: a longer match is removed, and not read again.
 */
const longestChance = 64;

/** Shorter ones would be found in anything. */
const shortestSpelling = 4;

/** A part of spellings that have the same beginning: a tree of text, so that a search reads a text once. */
interface Branch {
  text: string;
  /** By their first character; most have none. */
  branches: Map<number, Branch> | undefined;
  /** The reach of the spelling that ends here; 0 where none does. */
  ends: Reach | 0;
  /** The greatest reach of the spellings that end here or further on. */
  most: Reach | 0;
}

/** Secrets in all their spellings. Adding one costs nothing before the first search. */
export interface KnownSecrets {
  readonly size: number;
  add(secret: string, reach: Reach): void;
  /**
   * The text without the secrets of at least this reach, and without the beginning of one where the text was cut. An
   * ellipsis shows that in a text of ours; other people (`isQuoted`) cut without telling.
   */
  hide(text: string, least: Reach, isQuoted?: boolean): string;
}

/** Memory is taken when there is something to find: most runs never fill two of their three tables. */
const none = new Uint8Array(0);

export function createKnownSecrets(): KnownSecrets {
  const reaches = new Map<string, Reach>();
  const root = branch("");
  let beginnings = none;
  let waiting: string[] = [];
  /** Secrets of which only the beginnings are known, by those: most texts have none of them. */
  const unspelled = new Map<number, string[]>();
  let most: Reach | 0 = 0;

  function markWaiting(): void {
    if (waiting.length === 0) return;
    if (beginnings === none) beginnings = new Uint8Array(65_536);
    for (const secret of waiting) {
      const starts = plainBeginnings(secret);
      if (!starts) spell(secret);
      for (const start of starts ?? []) {
        const at = beginningAt(start, 0);
        beginnings[at] = 1;
        const others = unspelled.get(at);
        if (others) others.push(secret);
        else unspelled.set(at, [secret]);
      }
    }
    waiting = [];
  }

  function spell(secret: string): void {
    const far = reaches.get(secret) ?? reach.quotes;
    for (const spelling of spellingsOf(secret)) {
      if (spelling.length < shortestSpelling) continue;
      beginnings[beginningAt(spelling, 0)] = 1;
      insert(root, spelling, far);
    }
  }

  /** Whether a spelling may begin here. */
  function mayBegin(text: string, at: number): boolean {
    const beginning = beginningAt(text, at);
    if (beginnings[beginning] !== 1) return false;
    const secrets = unspelled.get(beginning);
    if (secrets) {
      unspelled.delete(beginning);
      for (const secret of secrets) spell(secret);
    }
    return true;
  }

  return {
    get size() {
      return reaches.size;
    },
    add(secret, far) {
      if (secret.length < shortestSpelling) return;
      const known = reaches.get(secret);
      if (known !== undefined && known >= far) return;
      reaches.set(secret, far);
      if (most < far) most = far;
      waiting.push(secret);
    },
    hide(text, least, isQuoted = false) {
      if (most < least) return text;
      markWaiting();
      let shown = "";
      let from = 0;
      for (let at = 0; at + shortestSpelling <= text.length; ) {
        const length = mayBegin(text, at) ? lengthAt(root, text, at, least, isQuoted) : 0;
        if (length === 0) {
          at += 1;
          continue;
        }
        shown += text.slice(from, at) + placeholder;
        at += length;
        from = at;
      }
      return from === 0 ? text : shown + text.slice(from);
    },
  };
}

function branch(text: string, ends: Reach | 0 = 0): Branch {
  return { text, branches: undefined, ends, most: ends };
}

/** A number for four characters. */
function beginningAt(text: string, at: number): number {
  const first = text.charCodeAt(at) * 31 + text.charCodeAt(at + 1);
  return ((first * 31 + text.charCodeAt(at + 2)) * 31 + text.charCodeAt(at + 3)) & 0xffff;
}

function insert(root: Branch, spelling: string, far: Reach): void {
  let parent = root;
  let rest = spelling;
  for (;;) {
    if (parent.most < far) parent.most = far;
    const key = rest.charCodeAt(0);
    const child = parent.branches?.get(key);
    if (!child) {
      parent.branches ??= new Map();
      parent.branches.set(key, branch(rest, far));
      return;
    }
    const length = commonLength(child.text, rest, 0);
    if (length < child.text.length) split(child, length);
    rest = rest.slice(length);
    parent = child;
    if (rest === "") {
      if (child.ends < far) child.ends = far;
      if (child.most < far) child.most = far;
      return;
    }
  }
}

function split(parent: Branch, length: number): void {
  const child: Branch = { ...parent, text: parent.text.slice(length) };
  parent.text = parent.text.slice(0, length);
  parent.branches = new Map([[child.text.charCodeAt(0), child]]);
  parent.ends = 0;
}

function commonLength(text: string, other: string, otherAt: number): number {
  const most = Math.min(text.length, other.length - otherAt);
  let length = 0;
  while (length < most && text.charCodeAt(length) === other.charCodeAt(otherAt + length)) {
    length += 1;
  }
  return length;
}

/** How many characters from `start` on belong to a secret, or to the beginning of one before a cut. */
function lengthAt(
  root: Branch,
  text: string,
  start: number,
  least: Reach,
  isQuoted: boolean,
): number {
  let found = 0;
  let at = start;
  for (let parent = root; ; ) {
    const child = parent.branches?.get(text.charCodeAt(at));
    if (!child || child.most < least) break;
    const length = commonLength(child.text, text, at);
    at += length;
    if (length < child.text.length) break;
    if (child.ends >= least) found = at - start;
    parent = child;
  }
  const length = at - start;
  if (length >= longestChance && length > found) {
    return Math.max(found, withoutEnd(text, start, length));
  }
  const isBeginning =
    length > found &&
    length >= shortestBeginning &&
    ((isQuoted && length >= certainBeginning) || isCutAt(text, at, isQuoted)) &&
    // A word may begin a secret by chance.
    !/^[A-Z]?[a-z]+$/.test(text.slice(start, at));
  return isBeginning ? length : found;
}

/** Without quotes and backslashes at its end: they may be what ends a text in JSON. */
function withoutEnd(text: string, start: number, length: number): number {
  let end = start + length;
  while (end > start && /["\\]/.test(text.charAt(end - 1))) end -= 1;
  return end - start;
}

function isCutAt(text: string, at: number, isQuoted: boolean): boolean {
  if (isQuoted) return !/[a-z\d]/i.test(text.charAt(at));
  return text.charCodeAt(at) === 0x2026 || text.startsWith("...", at);
}

/** The beginnings of all spellings of a secret that looks the same in every escape; undefined for another one. */
function plainBeginnings(secret: string): readonly string[] | undefined {
  if (!/^[\w.-]{9,}$/.test(secret)) return undefined;
  const start = secret.slice(0, 9);
  // No `Buffer`: it also runs where there is no Node.
  const [alone, second, third] = ["", "\0", "\0\0"].map((before) => btoa(before + start)) as [
    string,
    string,
    string,
  ];
  return [
    ...[start, start.toLowerCase(), start.toUpperCase()],
    ...[alone, second.slice(2), third.slice(3)],
  ];
}

/** A secret as it may come back: escaped for URLs, JSON or HTML, or in base64, alone or amid other text. */
function spellingsOf(secret: string): ReadonlySet<string> {
  // Half a surrogate pair cannot be encoded.
  const text = secret.toWellFormed();
  const bytes = bytesOf(text);
  const spellings = new Set<string>();
  // Some servers compare header values without regard to case.
  const kinds = [secret, secret.toLowerCase(), secret.toUpperCase()];
  // Headers are read byte by byte, so that UTF-8 looks like this.
  if (!/^[ -~]*$/.test(secret)) kinds.push(text, bytes, singleLine(secret));
  for (const each of kinds) for (const spelling of escaped(each)) spellings.add(spelling);
  if (bytes.length >= shortestBeginning) {
    for (const spelling of base64Of(bytes)) spellings.add(spelling);
  }
  // Our own JSON, YAML and CSV escape what somebody else has already escaped.
  for (const spelling of [...spellings]) {
    if (!/["'\\]/.test(spelling)) continue;
    spellings.add(JSON.stringify(spelling).slice(1, -1));
    spellings.add(spelling.replaceAll('"', '""'));
    spellings.add(spelling.replaceAll("'", "''"));
  }
  return spellings;
}

function escaped(text: string): readonly string[] {
  // These stay the same everywhere.
  if (/^[\w.-]+$/.test(text)) return [text];
  return [text, ...percentEncoded(text), ...jsonEscaped(text), ...htmlEscaped(text)];
}

function percentEncoded(text: string): readonly string[] {
  if (/\p{Cs}/u.test(text)) return [];
  const usual = encodeURIComponent(text);
  // Forms spare fewer characters.
  const strict = usual.replace(/[!'()*~]/g, hexOf);
  const queries = [usual, strict, encodeURI(text)];
  return queries.flatMap((each) => {
    return [each, lowerHex(each)].flatMap((one) => [one, one.replaceAll("%20", "+")]);
  });
}

function lowerHex(text: string): string {
  return text.replace(/%[\dA-F]{2}/g, (found) => found.toLowerCase());
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Some serializers escape slashes, everything beyond ASCII, or what HTML would act on. */
function jsonEscaped(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const kinds = [/(?!)/g, /[^ -~]/g, /[^ -~]|[<>&]/g, /[^ -~]|[<>&'+`]|\\"/g].flatMap((pattern) => {
    const lower = plain.replace(pattern, (found) => unicodeEscape(found));
    const upper = plain.replace(pattern, (found) => unicodeEscape(found, true));
    return [lower, upper];
  });
  const all = kinds.flatMap((each) => [each, each.replaceAll("/", "\\/")]);
  return [...all, JSON.stringify(plain).slice(1, -1)];
}

function unicodeEscape(found: string, isUpper = false): string {
  const hex = found
    .charCodeAt(found.length - 1)
    .toString(16)
    .padStart(4, "0");
  return `\\u${isUpper ? hex.toUpperCase() : hex}`;
}

const entities: readonly Readonly<Record<string, string>>[] = [
  { '"': "&quot;", "'": "'" },
  { '"': "&quot;", "'": "&#39;" },
  { '"': "&quot;", "'": "&#039;" },
  { '"': "&quot;", "'": "&#x27;" },
  { '"': "&quot;", "'": "&apos;" },
  { '"': "&#34;", "'": "&#39;", "+": "&#43;" },
  { '"': "&quot;", "'": "&#x27;", "/": "&#x2F;" },
  { '"': "&quot;", "'": "&#39;", "/": "&#x2F;", "=": "&#x3D;", "`": "&#x60;" },
];

function htmlEscaped(text: string): readonly string[] {
  return entities.map((kind) =>
    text.replace(/[&<>"'+/=`]/g, (character) => {
      if (character === "&") return "&amp;";
      if (character === "<") return "&lt;";
      if (character === ">") return "&gt;";
      return kind[character] ?? character;
    }),
  );
}

/** A text in UTF-8, each byte as one character. */
function bytesOf(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** In base64 a text looks different after one, two or three other bytes. Only what does not depend on those is here. */
function base64Of(bytes: string): readonly string[] {
  const pieces = [0, 1, 2].map((before) => {
    const text = btoa("\0".repeat(before) + bytes);
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const whole = btoa(bytes);
  return [whole, whole.replace(/={1,2}$/, ""), ...pieces].flatMap((each) => {
    if (!/[+/=]/.test(each)) return [each];
    const encoded = encodeURIComponent(each);
    const forUrl = each.replaceAll("+", "-").replaceAll("/", "_");
    return [each, forUrl, encoded, lowerHex(encoded), each.replaceAll("/", "\\/")];
  });
}
