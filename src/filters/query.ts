import { allOf, oneOf } from "../phrases.ts";
import type { CatalogueEntry, QueryParameter } from "./catalogue/entry.ts";
import { closest } from "./edit-distance.ts";
import type { QueryPair } from "./uri.ts";

export interface Problem {
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a filter's query according to the catalogue; undefined if it is valid. */
export function queryProblem(
  entry: CatalogueEntry,
  pairs: readonly QueryPair[],
): Problem | undefined {
  for (const [index, pair] of pairs.entries()) {
    const parameter = entry.query.find(({ name }) => name === pair.name);
    if (!parameter) return unknownParameter(entry, pair.name);
    if (pairs.findIndex(({ name }) => name === pair.name) !== index) {
      return {
        message: `The filter has ${pair.name} twice.`,
        hint: `Use a separate filter for each value of ${pair.name}.`,
      };
    }
    const wrongValue = valueProblem(parameter, pair.value);
    if (wrongValue) return wrongValue;
    if (parameter.needs && pair.value === "true" && !has(pairs, parameter.needs)) {
      return {
        message: `${pair.name} needs ${parameter.needs} in the same filter.`,
        hint: `Write ?${parameter.needs}&${pair.raw}`,
      };
    }
  }
  return missingParameter(entry, pairs);
}

const messageType: Problem = {
  message: 'The filter has no parameter "messageType"; only the REST API has that name.',
  hint: "Write type= instead, as in message-store?type=SMS",
};

function unknownParameter({ query }: CatalogueEntry, name: string): Problem {
  const known = query.map((parameter) => parameter.name);
  if (name.toLowerCase() === "messagetype" && known.includes("type")) return messageType;

  const message = `The filter has no parameter "${name}".`;
  if (known.length === 0)
    return { message, hint: "Remove the query: this filter takes no parameters." };
  const suggestion = closest(name, known);
  return suggestion
    ? { message, hint: `Write ${suggestion}= instead.` }
    : { message, hint: `Use ${oneOf(known)}.` };
}

function valueProblem(parameter: QueryParameter, value: string): Problem | undefined {
  const { name, type } = parameter;
  if (type === "flag") {
    if (value === "") return undefined;
    return { message: `${name} takes no value.`, hint: `Write ${name} without =${value}` };
  }
  const values = parameter.values ?? (type === "boolean" ? ["true", "false"] : undefined);
  if (values?.includes(value)) return undefined;
  if (!values) {
    const valid = type === "integer" ? /^[1-9]\d{0,9}$/.test(value) : value !== "";
    if (valid) return undefined;
    const kind = type === "integer" ? "be a whole number above 0" : "have a value";
    return {
      message: `${name} must ${kind}.`,
      hint: `Write ${name}=<${type === "integer" ? "number" : "value"}>`,
    };
  }
  const message = `Invalid ${name} "${value}".`;
  if (value.includes(",")) {
    return { message, hint: "Use one --filter for each value." };
  }
  const suggestion = closest(value, values);
  return suggestion
    ? { message, hint: `Write ${name}=${suggestion} instead.` }
    : { message, hint: `Use ${oneOf(values.map((one) => `${name}=${one}`))}.` };
}

function missingParameter(
  { query }: CatalogueEntry,
  pairs: readonly QueryPair[],
): Problem | undefined {
  const missing = query.filter(
    ({ name, required }) => required && !pairs.some((pair) => pair.name === name),
  );
  if (missing.length === 0) return undefined;
  const written = missing.map(({ name, type, values }) =>
    type === "flag" ? name : `${name}=${values?.join("|") ?? "<value>"}`,
  );
  return {
    message: `The filter is missing ${allOf(missing.map(({ name }) => name))}.`,
    hint: `Add ${pairs.length === 0 ? "?" : "&"}${written.join("&")}`,
  };
}

/** The problem of a verification token in a filter, if there is one. */
export function tokenProblem(pairs: readonly QueryPair[]): Problem | undefined {
  const [pair] = pairs.filter(({ name }) => /^(?:verification|validation)[-_]?token$/i.test(name));
  if (!pair) return undefined;
  return {
    message: `A filter takes no ${pair.name}: the verification token belongs to the subscription.`,
    hint: "Pass it with --verification-token-file.",
  };
}

function has(pairs: readonly QueryPair[], expected: string): boolean {
  return pairs.some(({ name, value }) => `${name}=${value}` === expected);
}
