import { UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { redactAddress } from "../machine/redact.ts";

/** Hosts of incoming webhooks, which post messages into a chat and answer no handshake. */
const incomingWebhookHosts = new Set(["hooks.ringcentral.com", "hooks.glip.com"]);

/**
 * Checks the URL of a webhook: https, or http to loopback if the server is an emulator on loopback too. Returns it as
 * typed, with a non-ASCII host as punycode. Throws UsageError.
 */
export function parseAddress(text: string, server: string): string {
  refuseHiddenQuery(text);
  const url = parseUrl(text);
  if (!url) refuseHighPort(text);
  // The URL parser repairs spaces and missing slashes; RingCentral does not.
  if (!url || /[\s\p{Cc}\\]/u.test(text) || !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text)) {
    throw new UsageError(
      `Invalid URL "${redactAddress(text)}".`,
      "Use a full URL, such as https://example.com/hook.",
    );
  }
  if (url.port === "0") {
    throw new UsageError(
      `${redactAddress(text)} has port 0, which no server can listen on.`,
      "Use the port that the endpoint listens on, or leave it out for 443.",
    );
  }
  if (incomingWebhookHosts.has(url.hostname)) {
    throw new UsageError(
      `${url.host} is for incoming webhooks, which post messages into a chat.`,
      "Use the URL of your own server, to which RingCentral will deliver events.",
    );
  }
  if (url.hash !== "" || text.endsWith("#")) {
    throw new UsageError(
      `${redactAddress(text)} has a fragment, which is never sent to a server.`,
      "Remove the # and everything after it.",
    );
  }
  if (url.protocol === "https:") return withAsciiHost(text, url);
  if (url.protocol === "http:" && isLoopback(url.hostname)) {
    if (isLoopback(new URL(server).hostname)) return text;
    throw new UsageError(
      `RingCentral cannot reach ${url.host}: only this machine can.`,
      "Use the public https URL of a tunnel to it, or try it against `rcwh emulator`.",
    );
  }
  throw new UsageError(
    `RingCentral delivers only to https, not to ${url.protocol}//.`,
    `Use https://${url.host || "example.com"}${url.pathname}.`,
  );
}

/** Refuses a URL as rcwh shows it, with `?…` for its query: events would go to another one. Throws UsageError. */
export function refuseHiddenQuery(text: string): void {
  if (!/(?:[?#](?:…|%E2%80%A6)(?:$|[#\s])|\/\/(?:…|%E2%80%A6)@)/i.test(text)) return;
  throw new UsageError(
    `${redactAddress(text)} is not a whole URL: rcwh shows … in place of a part that may be secret.`,
    "Give the whole URL; `rcwh list --show-secrets` shows it.",
  );
}

function refuseHighPort(text: string): void {
  const port = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+:(\d+)(?:[/?#]|$)/i.exec(text)?.[1];
  if (port === undefined || Number(port) <= 65535) return;
  throw new UsageError(
    `${redactAddress(text)} has port ${port}, but ports end at 65535.`,
    "Use the port that the endpoint listens on.",
  );
}

function withAsciiHost(text: string, { host }: URL): string {
  const [, scheme = "", authority = "", rest = ""] = /^([^/]*\/\/)([^/?#]*)(.*)$/s.exec(text) ?? [];
  if (/^[ -~]*$/.test(authority)) return text;
  const user = /^.*@/.exec(authority)?.[0] ?? "";
  return `${scheme}${user}${host}${rest}`;
}

/** Whether two spellings are the same URL. */
export function sameAddress(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return normalizedAddress(one) === normalizedAddress(other);
}

/** One spelling for all that are the same URL, for comparing. */
export function normalizedAddress(address: string): string {
  return parseUrl(address)?.href ?? address;
}
