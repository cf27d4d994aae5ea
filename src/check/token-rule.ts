import type { Answer } from "./raw-exchange.ts";
import type { Report } from "./report.ts";

/** Checks that the Validation-Token came back, and otherwise reports where it went. */
export function tellToken(answer: Answer, token: string, report: Report): void {
  if (answer.headers["validation-token"] === token) {
    report.pass("validation-token", "returned exactly");
    return;
  }
  report.fail("validation-token", findToken(answer, token, report), {
    code: "SUB-520",
    hint: "Copy the request's Validation-Token header to the answer, once and unchanged.",
  });
}

function findToken({ rawHeaders, body }: Answer, token: string, report: Report): string {
  const named = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? { name, value: rawHeaders[at + 1] ?? "" } : [],
  );
  const values = named
    .filter(({ name }) => name.toLowerCase() === "validation-token")
    .map(({ value }) => value);
  const [value] = values;
  if (value === undefined) {
    const other = named.find((each) => each.value === token);
    if (other) return `in the header ${report.quote(other.name, 40)} instead`;
    return body.includes(token) ? "in the body, not in the header" : "missing";
  }
  if (values.length > 1) return `the header ${values.length} times`;
  return howAltered(value, token);
}

function howAltered(value: string, token: string): string {
  if (value === "") return "the header is empty";
  if (value.split(/[\s,;]+/).filter((part) => part === token).length > 1) return "doubled";
  if (/^(["']).*\1$/.test(value) && value.slice(1, -1) === token) return "in quotation marks";
  if (value.toLowerCase() === token.toLowerCase()) return "in a different case";
  if (value.includes(token)) return "with extra text";
  if (token.includes(value)) return "cut short";
  return "a different value";
}
