import { UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";

/** Throws UsageError for a server that is neither https nor on loopback, because it would get credentials in clear text. */
export function parseSafeServer(text: string): URL {
  const server = new URL(text);
  if (server.protocol === "https:") return server;
  if (server.protocol === "http:" && isLoopback(server.hostname)) return server;
  throw new UsageError(
    `The server ${server.origin} is not https.`,
    "Sign in with `rcwh login` and the server's https address.",
  );
}

/** The address of a request. Throws for one at another server. */
export function addressAt(server: URL, path: string): URL {
  const url = new URL(path, server);
  if (url.origin === server.origin) return url;
  throw new Error(`Refused to send the credentials for ${server.origin} to ${url.origin}.`);
}

/** The path of such an address, as it goes into a request. Throws for one at another server. */
export function pathAt(server: URL, path: string): string {
  // Parsing an address takes longer than the rest of a request, and does not change these.
  if (/^(?:\/[\w~-][\w.~-]*)+(?:\?[\w.~=&%-]*)?$/.test(path)) return path;
  const { pathname, search } = addressAt(server, path);
  return `${pathname}${search}`;
}

/** What headers cannot carry, such as line breaks: only the credentials can contain it. */
export function unsendableHeaders(cause: unknown): UsageError {
  return new UsageError(
    "The access token or the client id contains characters that HTTP headers do not allow.",
    "Sign in again with `rcwh login`, or correct the access token.",
    { cause },
  );
}
