import type { Delivery } from "./delivery.ts";
import { endpointUrl } from "./endpoint-url.ts";

export type Headers = Readonly<Record<string, string>>;

/**
 * The headers of a delivery: the platform's, with the delivery's own added or replacing them. Those about the
 * connection, and the token, cannot be replaced.
 */
export function deliveryHeaders(
  url: string,
  { text, headers = {} }: Delivery,
  verificationToken: string | undefined,
): Headers {
  const platform = {
    ...endpointHeaders(url, verificationToken),
    "Content-Type": "application/json; charset=UTF-8",
  };
  const length = { "Content-Length": String(Buffer.byteLength(text)) };
  const own = Object.entries(headers).filter(
    ([name, value]) =>
      !ofConnection.has(name.toLowerCase()) && tokenPattern.test(name) && valuePattern.test(value),
  );
  if (own.length === 0) return { ...platform, ...length };
  const replaced = new Set(own.map(([name]) => name.toLowerCase()));
  const kept = Object.entries(platform).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries([...kept, ...own]), ...length };
}

const ofConnection: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "keep-alive",
  "content-length",
  "transfer-encoding",
  "content-encoding",
  "expect",
  "upgrade",
  "te",
  "trailer",
  "proxy-authorization",
  "verification-token",
  "validation-token",
]);
const tokenPattern = /^[\w!#$%&'*+.^`|~-]+$/;
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The headers of every call to an endpoint. */
export function endpointHeaders(
  address: string,
  verificationToken: string | undefined,
): Readonly<Record<string, string>> {
  return {
    Host: endpointUrl(address).host,
    Accept: "application/json",
    "Accept-Encoding": "UTF-8",
    "User-Agent": "RingCentral-Webhook/8.3",
    ...(verificationToken !== undefined && { "Verification-Token": verificationToken }),
  };
}
