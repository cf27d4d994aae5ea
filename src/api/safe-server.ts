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
  throw new Error(
    `A request to ${url.origin} would take the credentials of ${server.origin} there.`,
  );
}

/** What headers cannot carry, such as line breaks: only the credentials can contain it. */
export function unsendableHeaders(cause: unknown): UsageError {
  return new UsageError(
    "The access token or the client id contains characters that HTTP headers do not allow.",
    "Sign in again with `rcwh login`, or correct the access token.",
    { cause },
  );
}
