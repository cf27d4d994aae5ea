import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
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

/** A run asks for the same few again and again, and in a short run nothing has compiled SHA-256 yet. */
const recent = new Map<string, string>();
const mostRecent = 256;

/** The SHA-256 of these texts, in hex. */
export function hash(...parts: readonly string[]): string {
  const text = JSON.stringify(parts);
  const known = recent.get(text);
  if (known !== undefined) return known;
  const result = bytesToHex(sha256(utf8ToBytes(text)));
  if (recent.size >= mostRecent) recent.clear();
  recent.set(text, result);
  return result;
}

function originOf(server: string): string {
  return parseUrl(server)?.origin ?? server;
}

/** The subject of a JWT, unverified; undefined if it has none. An emulator's credential need not be a JWT. */
function subjectOf(jwt: string): string | undefined {
  const [, payload = ""] = jwt.split(".");
  const { sub } = membersOf(parseJson(fromBase64Url(payload)));
  return typeof sub === "string" ? sub : undefined;
}

/** Undefined for what is not base64url, of UTF-8. */
function fromBase64Url(text: string): string | undefined {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (byte) => byte.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}
