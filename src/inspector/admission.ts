import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** A secret that is part of a URL: 192 bits. */
export function createUrlSecret(): string {
  return randomBytes(24).toString("base64url");
}

/** Whether a text is the secret, in a time that does not depend on how much of it is right. */
export function isSecret(text: string, secret: string): boolean {
  const [given, right] = [Buffer.from(text), Buffer.from(secret)];
  return given.length === right.length && timingSafeEqual(given, right);
}

/**
 * Whether a request may come from the page itself, or from somebody who typed its address or followed a link to it. Any
 * other page can have its visitor's browser send requests here; browsers name it in `Origin` and `Sec-Fetch-Site`, and
 * a name that somebody else has pointed to this machine (DNS rebinding) in `Host`.
 */
export function isAdmitted({ method, headers }: IncomingMessage, port: number): boolean {
  const { host = "", origin, "sec-fetch-site": site } = headers;
  const names = ["127.0.0.1", "localhost", "[::1]"];
  const own = names.map((name) => (port === 80 ? name : `${name}:${port}`));
  if (!own.includes(host.toLowerCase())) return false;
  if (origin !== undefined) return origin.toLowerCase() === `http://${host.toLowerCase()}`;
  if (site === undefined || site === "same-origin" || site === "none") return true;
  return method === "GET" && isNavigation(headers);
}

/** Whether a browser is to show the answer in a tab of its own, where no other page can read it. */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}
