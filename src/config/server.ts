import { UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";

export const defaultServer = "https://platform.ringcentral.com";

/**
 * The origin that `text` names, such as `https://platform.ringcentral.com`. Throws UsageError for all
 * that credentials must not be sent to: only https will do, or http on loopback.
 */
export function parseServer(text: string, source: string): string {
  const hint = `Set it to an origin such as ${defaultServer}.`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname) throw new UsageError(`The server in ${source} is not a URL.`, hint);

  if (url.username || url.password) {
    throw new UsageError(`The server in ${source} holds a user name or a password.`, hint);
  }
  if (url.pathname !== "/" || url.search || url.hash) {
    throw new UsageError(
      `The server in ${source} has more than a host: ${url.origin} is enough.`,
      hint,
    );
  }
  if (url.protocol === "https:") return url.origin;
  if (url.protocol === "http:" && isLoopback(url.hostname)) return url.origin;
  throw new UsageError(
    `The server in ${source} is ${url.protocol}//${url.host}: credentials go over https only, or over http to this machine.`,
    hint,
  );
}
