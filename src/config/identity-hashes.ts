import { hash as digest } from "node:crypto";
import { membersOf, parseJson } from "../machine/json.ts";
import type { StoredProfile } from "./types.ts";

type User = Pick<StoredProfile, "server" | "clientId" | "jwt">;

/** The token cache's key. Nothing of the JWT can be read from it. */
export function tokenKeyOf({ server, clientId, jwt }: User): string {
  return hash(originOf(server), clientId, hash(jwt));
}

/** Tells one user of one app at one server from another; stays when only the JWT is renewed. */
export function userKeyOf({ server, clientId, jwt }: User): string {
  return hash(originOf(server), clientId, subjectOf(jwt) ?? hash(jwt));
}

export function hash(...parts: readonly string[]): string {
  return digest("sha256", JSON.stringify(parts), "hex");
}

function originOf(server: string): string {
  return URL.canParse(server) ? new URL(server).origin : server;
}

/** Whom a JWT stands for, unverified; undefined where it is no JWT with a subject. */
function subjectOf(jwt: string): string | undefined {
  const [, payload = ""] = jwt.split(".");
  const { sub } = membersOf(parseJson(Buffer.from(payload, "base64url").toString()));
  // An emulator's or a future credential need not be a JWT.
  return typeof sub === "string" ? sub : undefined;
}
