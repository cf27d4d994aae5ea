import type { CatalogueEntry, QueryParameter } from "./catalogue/entry.ts";
import { closest } from "./edit-distance.ts";
import type { QueryPair } from "./uri.ts";

export interface Problem {
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a filter's query, by the catalogue; undefined where nothing is. */
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
        hint: `Use one filter for each value of ${pair.name}.`,
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
  message: "A filter has no messageType: that is the parameter of the message store's REST call.",
  hint: "Write type= instead, such as message-store?type=SMS",
};

function unknownParameter({ query }: CatalogueEntry, name: string): Problem {
  const known = query.map((parameter) => parameter.name);
  if (name.toLowerCase() === "messagetype" && known.includes("type")) return messageType;

  const message = `The filter has no parameter "${name}".`;
  if (known.length === 0) return { message, hint: "Leave the query out: this filter takes none." };
  const suggestion = closest(name, known);
  return suggestion
    ? { message, hint: `Write ${suggestion}= instead.` }
    : { message, hint: `Use one of its own: ${known.join(", ")}.` };
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
    const kind = type === "integer" ? "a whole number above zero" : "a value";
    return {
      message: `${name} needs ${kind}.`,
      hint: `Write ${name}=<${type === "integer" ? "number" : "value"}>`,
    };
  }
  const message = `${name} cannot be "${value}".`;
  if (value.includes(",")) {
    return { message, hint: "Give each filter a --filter of its own, with one value in it." };
  }
  const suggestion = closest(value, values);
  return suggestion
    ? { message, hint: `Write ${name}=${suggestion} instead.` }
    : { message, hint: `Use ${alternatives(values.map((one) => `${name}=${one}`))}.` };
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
    message: `The filter lacks ${alternatives(
      missing.map(({ name }) => name),
      "and",
    )}.`,
    hint: `Add ${pairs.length === 0 ? "?" : "&"}${written.join("&")}`,
  };
}

/** Whether somebody put a token into a filter, where the platform has no use for it. */
export function tokenProblem(pairs: readonly QueryPair[]): Problem | undefined {
  const [pair] = pairs.filter(({ name }) => /^(?:verification|validation)[-_]?token$/i.test(name));
  if (!pair) return undefined;
  return {
    message: `A filter takes no ${pair.name}: a verification token belongs to the subscription.`,
    hint: "Give it with --verification-token-file instead.",
  };
}

/** `a, b or c`. */
export function alternatives(words: readonly string[], conjunction = "or"): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

function has(pairs: readonly QueryPair[], expected: string): boolean {
  return pairs.some(({ name, value }) => `${name}=${value}` === expected);
}
