import { UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";

/** Hosts of *incoming* webhooks: they take messages into a chat, and answer no handshake. */
const incomingWebhookHosts = new Set(["hooks.ringcentral.com", "hooks.glip.com"]);

/**
 * The address of a webhook, as RingCentral can be asked to deliver to it: https, or http to loopback
 * where the server is an emulator on loopback too. Returned as typed, but for a host that is not ASCII:
 * that one becomes what DNS has (punycode). Throws UsageError.
 */
export function parseAddress(text: string, server: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) refuseHighPort(text);
  // A parser for browsers mends what a platform does not: blanks, and slashes that are missing.
  if (!url || /[\s\p{Cc}\\]/u.test(text) || !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text)) {
    throw new UsageError(
      `“${withoutSecrets(text)}” is not a URL.`,
      "Give the whole address, such as --url https://example.com/hook.",
    );
  }
  if (url.port === "0") {
    throw new UsageError(
      `${withoutSecrets(text)} names port 0, which is none.`,
      "Give the port that the endpoint listens on, or leave it out for 443.",
    );
  }
  if (incomingWebhookHosts.has(url.hostname)) {
    throw new UsageError(
      `${url.host} takes messages into a chat: that is an incoming webhook, the other direction.`,
      "Give the address of your own server, to which RingCentral shall deliver events.",
    );
  }
  if (url.hash !== "" || text.endsWith("#")) {
    throw new UsageError(
      `${withoutSecrets(text)} has a fragment, which is never sent to a server.`,
      "Leave out the # and what follows it.",
    );
  }
  if (url.protocol === "https:") return withAsciiHost(text, url);
  if (url.protocol === "http:" && isLoopback(url.hostname)) {
    if (isLoopback(new URL(server).hostname)) return text;
    throw new UsageError(
      `RingCentral cannot reach ${url.host}: only this machine can.`,
      "Give the public https address of a tunnel to it, or try it against `rcwh emulator`.",
    );
  }
  throw new UsageError(
    `RingCentral delivers to https only, not to ${url.protocol}//.`,
    `Use https://${url.host || "example.com"}${url.pathname}.`,
  );
}

function refuseHighPort(text: string): void {
  const port = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+:(\d+)(?:[/?#]|$)/i.exec(text)?.[1];
  if (port === undefined || Number(port) <= 65535) return;
  throw new UsageError(
    `${withoutSecrets(text)} names port ${port}, and ports end at 65535.`,
    "Give the port that the endpoint listens on.",
  );
}

function withAsciiHost(text: string, { host }: URL): string {
  const [, scheme = "", authority = "", rest = ""] = /^([^/]*\/\/)([^/?#]*)(.*)$/s.exec(text) ?? [];
  if (/^[ -~]*$/.test(authority)) return text;
  const user = /^.*@/.exec(authority)?.[0] ?? "";
  return `${scheme}${user}${host}${rest}`;
}

/** Whether two addresses are the same URL, however they are written. */
export function sameAddress(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return normalized(one) === normalized(other);
}

function normalized(address: string): string {
  return URL.canParse(address) ? new URL(address).href : address;
}

/** Queries, fragments and credentials often hold secrets, and messages end up in logs. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, "//…@").replace(/([?#]).+$/s, "$1…");
}
