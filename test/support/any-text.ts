import fc from "fast-check";

// fast-check's own `unit: "binary"`, `webUrl` and `webPath` take two seconds of the processor to make a table of characters.

const surrogates = { first: 0xd800, count: 0x800 };
const lastCodePoint = 0x10ffff;

/** Any character but half a surrogate pair. */
export const anyCharacter = fc
  .integer({ min: 0, max: lastCodePoint - surrogates.count })
  .map((code) => String.fromCodePoint(code < surrogates.first ? code : code + surrogates.count));

/** The path of a URL, with any characters percent-encoded. */
export const anyPath = fc
  .array(fc.string({ unit: anyCharacter }))
  .map((segments) => segments.map((each) => `/${encodeURIComponent(each)}`).join(""));

/** A URL, with or without a port and a path. */
export const anyUrl = fc
  .tuple(fc.constantFrom("http", "https"), fc.webAuthority(), anyPath)
  .map(([scheme, authority, path]) => `${scheme}://${authority}${path}`);
