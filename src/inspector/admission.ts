import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { whyForeign } from "../machine/foreign-request.ts";

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
 * Whether a request comes from the page itself, a program, or somebody who typed the page's address or followed a link to
 * it. It is stricter than `whyForeign` about the host: the page has three names, and one port.
 */
export function isAdmitted(request: IncomingMessage, port: number): boolean {
  const { host = "" } = request.headers;
  const names = ["127.0.0.1", "localhost", "[::1]"];
  const own = names.map((name) => (port === 80 ? name : `${name}:${port}`));
  return own.includes(host.toLowerCase()) && (isNavigation(request) || !whyForeign(request));
}

/** Whether a browser is to show the answer in a tab of its own, where no other page can read it. */
function isNavigation({ method, headers }: IncomingMessage): boolean {
  const { origin, "sec-fetch-mode": mode, "sec-fetch-dest": destination } = headers;
  return (
    method === "GET" && origin === undefined && mode === "navigate" && destination === "document"
  );
}
