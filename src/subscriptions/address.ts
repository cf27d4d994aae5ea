import { UsageError } from "../errors.ts";

/** Hosts of *incoming* webhooks: they take messages into a chat, and answer no handshake. */
const incomingWebhookHosts = new Set(["hooks.ringcentral.com", "hooks.glip.com"]);

/**
 * The address of a webhook, as RingCentral can be asked to deliver to it: https, or http to loopback
 * where the server is an emulator on loopback too. Returned as typed. Throws UsageError.
 */
export function parseAddress(text: string, server: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || /[\s\p{Cc}]/u.test(text)) {
    throw new UsageError(
      `“${text}” is not a URL.`,
      "Give the whole address, such as https://example.com/ringcentral.",
    );
  }
  if (incomingWebhookHosts.has(url.hostname)) {
    throw new UsageError(
      `${url.host} takes messages into a chat: that is an incoming webhook, the other direction.`,
      "Give the address of your own server, which RingCentral shall deliver events to.",
    );
  }
  if (url.hash !== "") {
    throw new UsageError(
      `The address has a fragment (${url.hash}), which is never sent to a server.`,
      "Leave out what begins with #.",
    );
  }
  if (url.protocol === "https:") return text;
  if (url.protocol === "http:" && isLoopback(url) && isLoopback(new URL(server))) return text;
  if (url.protocol === "http:" && isLoopback(url)) {
    throw new UsageError(
      `RingCentral cannot reach ${url.host}: it is this machine only.`,
      "Use the public https address of a tunnel, or try it against `rcwh emulator`.",
    );
  }
  throw new UsageError(
    `RingCentral delivers to https only, not to ${url.protocol}//.`,
    `Use https://${url.host || "example.com"}${url.pathname}.`,
  );
}

/** Whether two addresses are the same URL, however they are written. */
export function sameAddress(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return normalized(one) === normalized(other);
}

/** Whether a URL points to this machine: 127.0.0.0/8, ::1 or localhost. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function normalized(address: string): string {
  return URL.canParse(address) ? new URL(address).href : address;
}
