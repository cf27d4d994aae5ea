import { UsageError } from "../errors.ts";
import { isObject, parseJson } from "../machine/json.ts";
import type { BorrowedToken, Identity, JwtCredentials } from "./credentials.ts";
import { hash, tokenKeyOf, userKeyOf } from "./identity-hashes.ts";
import { parseServer } from "./server.ts";

const shapes = [
  ["profile", "server", "clientId", "clientSecret", "jwt"],
  ["profile", "server", "accessToken"],
] as const;

const hint = `Use {${shapes[0].join(", ")}} or {${shapes[1].join(", ")}}, with a string for each. Other keys, such as TENANT, are variables of rcwh.yaml.`;

/**
 * The account in a line of NDJSON. Throws UsageError, which never quotes the line: a secret may be anywhere
 * in it.
 *
 * @param place for messages, such as `line 3 of accounts.ndjson`
 */
export function parseAccount(line: string, place: string): Identity {
  const { values, variables } = parseMembers(line, place);
  const shape = shapes.find(
    (each) =>
      each.every((key) => values.has(key)) &&
      [...values.keys()].every((key) => each.some((known) => known === key)),
  );
  if (!shape) throw new UsageError(describeFlaw(values, place), hint);

  const text = (key: string) => values.get(key) ?? "";
  const profile = text("profile");
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@:/+-]{0,127}$/u.test(profile)) {
    throw new UsageError(
      `Invalid profile name in ${place}.`,
      "Use up to 128 letters, digits, spaces and ._@:/+-, a letter or digit first.",
    );
  }
  const server = parseServer(text("server"), place);
  const [clientId, jwt, accessToken] = [text("clientId"), text("jwt"), text("accessToken")];
  const borrowed = values.has("accessToken");
  const credentials: JwtCredentials | BorrowedToken = borrowed
    ? { kind: "token", accessToken }
    : { kind: "jwt", clientId, clientSecret: text("clientSecret"), jwt };
  const user = { server, clientId, jwt };
  const tokenKey = borrowed ? hash(server, hash(accessToken)) : tokenKeyOf(user);
  return {
    profile,
    server,
    source: place,
    credentials,
    tokenKey,
    // Such a token does not name its user, and each refresh replaces it.
    recordsKey: borrowed ? hash("profile", server, profile) : userKeyOf(user),
    external: true,
    ...(variables.size > 0 && { variables: Object.fromEntries(variables) }),
  };
}

/** What a manifest may use of an account's line. Throws UsageError for a value that no file can use. */
export function variablesOf({
  variables = {},
  source,
}: Identity): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).map(([key, text]) => {
      if (text !== undefined) return [key, text];
      throw new UsageError(
        `Invalid ${key} in ${source}: rcwh.yaml cannot use it.`,
        "Use a string without control characters, a number, true or false, or omit the key.",
      );
    }),
  );
}

/** Every other key is a variable for `rcwh.yaml`. */
function isVariable(key: string): boolean {
  return /^[A-Za-z_]\w*$/.test(key) && key !== "__proto__" && !isKnown(key);
}

function isKnown(key: string): boolean {
  return shapes.some((shape) => shape.some((known) => known === key));
}

interface Members {
  /** Each fits into a header, except for the profile's name. */
  readonly values: ReadonlyMap<string, string>;
  /** Undefined for anything but a string: only a command that uses it refuses it. */
  readonly variables: ReadonlyMap<string, string | undefined>;
}

function parseMembers(line: string, place: string): Members {
  const value = parseJson(line);
  if (value === undefined) throw new UsageError(`Invalid account in ${place}: not JSON.`, hint);
  if (!isObject(value))
    throw new UsageError(`Invalid account in ${place}: not a JSON object.`, hint);
  const values = new Map<string, string>();
  const variables = new Map<string, string | undefined>();
  for (const [key, text] of Object.entries(value)) {
    if (isVariable(key)) {
      variables.set(key, textOf(text));
      continue;
    }
    if (typeof text !== "string") {
      throw new UsageError(`Invalid ${nameOf(key)} in ${place}: not a string.`, hint);
    }
    if (key !== "profile" && !/^[\x21-\x7e]+$/.test(text)) {
      throw new UsageError(
        `Invalid ${nameOf(key)} in ${place}: empty, or with characters that are not allowed.`,
        hint,
      );
    }
    values.set(key, text);
  }
  return { values, variables };
}

/** The text of a variable's value. A number that was rounded when it was read has none. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return /\p{Cc}/u.test(value) ? undefined : value;
  const isExact = typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return isExact || typeof value === "boolean" ? String(value) : undefined;
}

function describeFlaw(values: ReadonlyMap<string, string>, place: string): string {
  const shape = shapes[values.has("accessToken") ? 1 : 0];
  const missing = shape.filter((key) => !values.has(key));
  if (missing.length > 0) return `Invalid account in ${place}: ${missing.join(", ")} missing.`;
  const [extra = ""] = [...values.keys()].filter((key) => !shape.some((known) => known === key));
  return `Invalid account in ${place}: unexpected ${nameOf(extra)}.`;
}

/** A key that is not known may be a misplaced secret. */
function nameOf(key: string): string {
  return isKnown(key) ? key : "key";
}
