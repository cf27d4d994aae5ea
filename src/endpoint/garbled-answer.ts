/** An error of Node's HTTP parser. */
type ParserError = Error & { readonly code: string };

/** Whether Node's HTTP parser refused what came. */
export function isGarbled(error: unknown): error is ParserError {
  return error instanceof Error && "code" in error && `${error.code}`.startsWith("HPE_");
}

/** What is wrong with an answer that Node's HTTP parser refused. The parser's own words are for those who know it. */
export function describeGarbled({ code, message }: ParserError): string {
  if (code === notHttp) return "not HTTP";
  const words = message.replace(/^Parse Error: /, "");
  return `invalid HTTP: ${/chunk/i.test(words) ? "a malformed chunk" : (problems[code] ?? words)}`;
}

/** The parser's code for what does not begin with `HTTP/`. */
export const notHttp = "HPE_INVALID_CONSTANT";

const problems: Readonly<Record<string, string>> = {
  HPE_CR_EXPECTED: "a line that does not end in CR LF",
  HPE_LF_EXPECTED: "a line that does not end in CR LF",
  HPE_INVALID_HEADER_TOKEN: "a character that headers cannot have",
  HPE_INVALID_STATUS: "a malformed status",
  HPE_INVALID_VERSION: "a malformed version",
};
