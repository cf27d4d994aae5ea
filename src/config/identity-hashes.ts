import { hash as digest } from "node:crypto";
import { membersOf, parseJson } from "../machine/json.ts";
import { parseUrl } from "../machine/parse-url.ts";
import type { StoredProfile } from "./credentials.ts";

type User = Pick<StoredProfile, "server" | "clientId" | "jwt">;

/** The token cache's key, from which the JWT cannot be derived. */
export function tokenKeyOf({ server, clientId, jwt }: User): string {
  return hash(originOf(server), clientId, hash(jwt));
}

/** Identifies one user of one app at one server; a renewed JWT does not change it. */
export function userKeyOf({ server, clientId, jwt }: User): string {
  return hash(originOf(server), clientId, subjectOf(jwt) ?? hash(jwt));
}

export function hash(...parts: readonly string[]): string {
  return digest("sha256", JSON.stringify(parts), "hex");
}

function originOf(server: string): string {
  return parseUrl(server)?.origin ?? server;
}

/** The subject of a JWT, unverified; undefined if it has none. An emulator's credential need not be a JWT. */
function subjectOf(jwt: string): string | undefined {
  const [, payload = ""] = jwt.split(".");
  const { sub } = membersOf(parseJson(Buffer.from(payload, "base64url").toString()));
  return typeof sub === "string" ? sub : undefined;
}
