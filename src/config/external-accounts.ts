import { UsageError } from "../errors.ts";
import { isObject, parseJson } from "../machine/json.ts";
import { hash, tokenKeyOf, userKeyOf } from "./identity-hashes.ts";
import { parseServer } from "./server.ts";
import type { BorrowedToken, Identity, JwtCredentials } from "./types.ts";

const shapes = [
  ["profile", "server", "clientId", "clientSecret", "jwt"],
  ["profile", "server", "accessToken"],
] as const;

const hint = `Use {${shapes[0].join(", ")}} or {${shapes[1].join(", ")}}, all of them texts.`;

/**
 * The account that a line of NDJSON stands for. Throws UsageError, which never quotes the line: it holds
 * secrets, wherever whoever wrote it has put them.
 *
 * @param place for messages, such as `line 3 of accounts.ndjson`
 */
export function parseAccount(line: string, place: string): Identity {
  const values = parseTexts(line, place);
  const shape = shapes.find(
    (each) => each.length === values.size && each.every((key) => values.has(key)),
  );
  if (!shape) throw new UsageError(complain(values, place), hint);

  const text = (key: string) => values.get(key) ?? "";
  const profile = text("profile");
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@:/+-]{0,127}$/u.test(profile)) {
    throw new UsageError(
      `The profile in ${place} is no name.`,
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
    // Such a token says nothing of its user, and is another one with every refresh.
    recordsKey: borrowed ? hash("profile", server, profile) : userKeyOf(user),
    external: true,
  };
}

/** The members of a flat object, each of which is a text that a header can carry, or the profile's name. */
function parseTexts(line: string, place: string): ReadonlyMap<string, string> {
  const value = parseJson(line);
  if (value === undefined) throw new UsageError(`There is no JSON in ${place}.`, hint);
  if (!isObject(value)) throw new UsageError(`There is no JSON object in ${place}.`, hint);
  const texts = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new UsageError(`${nameOf(key)} in ${place} is no text.`, hint);
    }
    if (key !== "profile" && !/^[\x21-\x7e]+$/.test(text)) {
      throw new UsageError(
        `${nameOf(key)} in ${place} is empty, or has characters that it cannot have.`,
        hint,
      );
    }
    texts.set(key, text);
  }
  return texts;
}

function complain(values: ReadonlyMap<string, string>, place: string): string {
  const shape = shapes[values.has("accessToken") ? 1 : 0];
  const missing = shape.filter((key) => !values.has(key));
  if (missing.length > 0)
    return `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing in ${place}.`;
  const [extra = ""] = [...values.keys()].filter((key) => !shape.some((known) => known === key));
  return `${nameOf(extra)} does not belong in ${place}.`;
}

/** Somebody may have put a secret where the name of a member should be. */
function nameOf(key: string): string {
  return shapes.some((shape) => shape.some((known) => known === key)) ? key : "A further member";
}
