import fc from "fast-check";
import { anyCharacter } from "../support/any-text.ts";

/** Characters that parsers treat apart, or that no encoding likes. */
const characters = [
  ..." \t\n\r\"'`\\/?#&=,:;.*~%@+-_<>[]{}()$|!^0179aeZ",
  ...["\u0000", "\u001b", "\u007f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u2028", "\u202e"],
  ...["\ufeff", "\ud800", "\udc00", "\u{1f4a5}", "\u{e0041}", "é", "İ", "ß", "１", "＝"],
];

/** Words that mean something to JavaScript, or to a parser. */
const words = [
  ...["constructor", "__proto__", "toString", "hasOwnProperty", "prototype", "then", "toJSON"],
  ...["null", "true", "NaN", "Infinity", "-0", "1e999", "9".repeat(400), "0x1f", "1_000", "12:30"],
  ...["%", "%2", "%25", "%2F", "%3F", "%00", "%zz", "%ED%A0%80", "../..", "//", "http://", "?…"],
  ...["export ", "<title", "eyJ", "Bearer ", "token=", "{accountId}", "{x}", "\r\n", "=#", " #"],
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...characters) },
  { weight: 2, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 4 }) },
);

/** A place in a text: its beginning, its end, or between. */
const place = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1));

type Mutation = (text: string) => string;

const at = (text: string, share: number) => Math.round(share * text.length);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(place, piece).map(insert) },
  { weight: 2, arbitrary: fc.tuple(place, fc.nat({ max: 3 }), piece).map(replace) },
  { weight: 2, arbitrary: fc.tuple(place, fc.nat({ max: 8 })).map(remove) },
  { weight: 2, arbitrary: fc.tuple(place, place, fc.integer({ min: 2, max: 4 })).map(repeat) },
);

function insert([where, added]: [number, string]): Mutation {
  return (text) => text.slice(0, at(text, where)) + added + text.slice(at(text, where));
}

function replace([where, length, added]: [number, number, string]): Mutation {
  return (text) => text.slice(0, at(text, where)) + added + text.slice(at(text, where) + length);
}

function remove([where, length]: [number, number]): Mutation {
  return (text) => text.slice(0, at(text, where)) + text.slice(at(text, where) + length);
}

function repeat([one, other, times]: [number, number, number]): Mutation {
  return (text) => {
    const [from, to] = [at(text, Math.min(one, other)), at(text, Math.max(one, other))];
    return text.slice(0, from) + text.slice(from, to).repeat(times) + text.slice(to);
  };
}

/** Characters of the longest texts: enough that a parser of quadratic time takes far longer than 50 ms. */
const longest = 20_000;

/** A beginning, something that comes again and again, and an end: what makes slow parsers slow. */
function longText(sources: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const part = fc.oneof(
    piece,
    fc.tuple(sources, place, place).map(([text, ...places]) => {
      const [from = 0, to = 0] = places.map((share) => at(text, share)).toSorted((a, b) => a - b);
      return text.slice(from, to);
    }),
  );
  return fc
    .tuple(
      part,
      fc.array(piece, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 3, max: longest }),
      part,
    )
    .map(([start, again, times, end]) => {
      const unit = again.join("") || "a";
      const count = Math.min(times, Math.ceil(longest / unit.length));
      return (start + unit.repeat(count) + end).slice(0, longest * 2);
    });
}

/** Valid texts, the same with mistakes, garbage, and very long ones. */
export function hostileText(...valid: readonly string[]): fc.Arbitrary<string> {
  const sources = fc.constantFrom("", ...valid);
  const mutated = fc
    .tuple(sources, fc.array(mutation, { maxLength: 6 }))
    .map(([text, mutations]) => mutations.reduce((rest, mutate) => mutate(rest), text));
  return fc.oneof(
    { weight: 40, arbitrary: mutated },
    {
      weight: 20,
      arbitrary: fc.tuple(sources, sources, piece).map(([a, b, glue]) => a + glue + b),
    },
    { weight: 10, arbitrary: fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")) },
    { weight: 2, arbitrary: longText(sources) },
  );
}

/** Stands for JSON nested as deeply as no program expects, which JSON.stringify cannot write. */
const deep = "\u0001deep\u0001";
const deepTexts = ["[", '{"a":'].flatMap((open) =>
  [150, 3_000].map((depth) => {
    const close = open === "[" ? "]" : "}";
    return `${open.repeat(depth)}1${close.repeat(depth)}`;
  }),
);

/** Numbers that JavaScript cannot hold, and others at the edge. */
const numbers = [
  0,
  -0,
  -1,
  0.5,
  1e21,
  8.64e15,
  8.64e15 + 1,
  2 ** 53,
  -1e300,
  1.7e308,
  2 ** 31,
  NaN,
];

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>(null, true, "", " ", [], {}, [null], [[]], [{}]),
  },
  { weight: 4, arbitrary: fc.constantFrom(...numbers) },
  {
    weight: 4,
    arbitrary: hostileText("2026-11-22T12:00:00.000Z", "https://example.com/hook?a=b#c"),
  },
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constant(deep) },
);

const oddName = fc.constantFrom(...words.slice(0, 7), "id", "", "errorCode", "message", "uri");

/** One change somewhere in a value; the numbers lead there. */
interface Edit {
  readonly kind: string;
  readonly path: readonly number[];
  readonly odd: unknown;
  readonly name: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("set", "remove", "rename", "add", "wrap", "many"),
  path: fc.array(fc.nat({ max: 60 }), { maxLength: 5 }),
  odd: oddValue,
  name: oddName,
});

function edited(value: unknown, { path: [step, ...path], ...change }: Edit): unknown {
  const { kind, odd, name } = change;
  if (typeof value !== "object" || value === null || step === undefined) {
    if (kind === "wrap") return [value];
    return kind === "many" ? Array(20).fill(value) : odd;
  }
  const entries: [string, unknown][] = Object.entries(value);
  const index = step % Math.max(1, entries.length);
  const [key, member] = entries[index] ?? [name, odd];
  if (path.length > 0) entries[index] = [key, edited(member, { path, ...change })];
  else if (kind === "remove") entries.splice(index, 1);
  else if (kind === "rename") entries[index] = [name, member];
  else if (kind === "add") entries.push([name, odd]);
  else entries[index] = [key, edited(member, { path, ...change })];
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

/** Characters: what is cut off is not JSON any more. */
const mostJson = 200_000;

/** JSON values like the valid ones, with members of other types, missing, renamed, huge and deep, as text. */
export function hostileJson(...valid: readonly unknown[]): fc.Arbitrary<string> {
  const text = fc
    .tuple(
      fc.constantFrom<unknown>(...valid),
      fc.array(edit, { maxLength: 4 }),
      fc.constantFrom(...deepTexts),
    )
    .map(([start, edits, deepText]) => {
      const value = edits.reduce(edited, start);
      const json = JSON.stringify(value) ?? "null";
      return json.replaceAll(JSON.stringify(deep), () => deepText).slice(0, mostJson);
    });
  const texts = valid.map((each) => JSON.stringify(each));
  return fc.oneof({ weight: 5, arbitrary: text }, { weight: 2, arbitrary: hostileText(...texts) });
}
