import { UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";

export const defaultServer = "https://platform.ringcentral.com";

/**
 * The origin of `text`, such as `https://platform.ringcentral.com`. Throws UsageError for anything that
 * credentials must not be sent to: it must be https, or http on loopback.
 */
export function parseServer(text: string, source: string): string {
  const hint = `Set it to an origin such as ${defaultServer}.`;
  const url = parseUrl(text);
  if (!url?.hostname) throw new UsageError(`Invalid server in ${source}: not a URL.`, hint);

  if (url.username || url.password) {
    throw new UsageError(`Invalid server in ${source}: contains a user name or password.`, hint);
  }
  if (url.pathname !== "/" || url.search || url.hash) {
    throw new UsageError(
      `Invalid server in ${source}: must be an origin, such as ${url.origin}.`,
      hint,
    );
  }
  if (url.protocol === "https:") return url.origin;
  if (url.protocol === "http:" && isLoopback(url.hostname)) return url.origin;
  throw new UsageError(
    `Invalid server in ${source}: ${url.protocol}//${url.host} is neither https nor http on this machine.`,
    hint,
  );
}
