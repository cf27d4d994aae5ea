import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";

/**
 * The proxy for requests to `url`, by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` or, with precedence as in curl,
 * their lower-case spellings. Never for loopback. Throws UsageError for an invalid address.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  if (isLoopback(url.hostname) || isExempt(url, read(env, "no_proxy"))) return undefined;
  const variable = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const value = read(env, variable);
  if (!value) return undefined;

  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = parseUrl(address);
  if (proxy && /^https?:$/.test(proxy.protocol) && proxy.hostname) return proxy;
  throw new UsageError(
    `${variable.toUpperCase()} is not the address of an HTTP proxy.`,
    `Set ${variable.toUpperCase()} to an address such as http://proxy.example.com:3128.`,
  );
}

function read(env: Environment, name: string): string {
  return (env[name] || env[name.toUpperCase()] || "").trim();
}

function isExempt(url: URL, list: string): boolean {
  const host = unbracketed(url.hostname);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = entry, onlyPort] = /^([^:]+|\[.+\]):(\d+)$/.exec(entry) ?? [];
      if (onlyPort && onlyPort !== port) return false;
      const domain = unbracketed(name).replace(/^\*?\./, "");
      return host === domain || host.endsWith(`.${domain}`);
    });
}

function unbracketed(hostname: string): string {
  return hostname.toLowerCase().replace(/^\[|\]$/g, "");
}
