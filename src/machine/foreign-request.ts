import { isLoopback } from "./loopback.ts";
import { parseUrl } from "./parse-url.ts";

/** What a request says about its origin and its destination. */
interface RequestHead {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface ForeignRequest {
  /** `page`: a web page of another origin sent it. `host`: it was sent to another server's name. */
  readonly kind: "page" | "host";
  /** The origin or the host, as the request gives it. */
  readonly name: string;
  readonly status: 400 | 403;
}

/**
 * Why a server on this machine must refuse a request; undefined for most. Any web page can have its visitor's browser
 * send requests here, and can do so as a page of this very server if it has pointed a name of its own to this machine
 * (DNS rebinding). Browsers name the page in `Origin` and `Sec-Fetch-Site`, and the server in `Host`; programs send
 * neither of the first two.
 */
export function whyForeign(
  { url = "", headers }: RequestHead,
  isOwnHost: (hostname: string) => boolean = isLoopback,
): ForeignRequest | undefined {
  const { host, origin, "sec-fetch-site": site } = headers;
  if (origin !== undefined && !isOrigin(String(origin), String(host), isOwnHost)) {
    return { kind: "page", name: String(origin), status: 403 };
  }
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return { kind: "page", name: String(site), status: 403 };
  }
  if (host !== undefined) {
    const name = String(host);
    if (!/^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d*)?$/i.test(name)) {
      return { kind: "host", name, status: 400 };
    }
    if (!isOwnHost(hostnameOf(`http://${name}`))) return { kind: "host", name, status: 403 };
  }
  // A target may be a whole URL, and then goes before `Host` (RFC 9112, 3.2.2).
  if (/^[a-z][a-z\d+.-]*:/i.test(url) && !isOwnHost(hostnameOf(url))) {
    return { kind: "host", name: parseUrl(url)?.host ?? url, status: 403 };
  }
  return undefined;
}

/** One client after another names the same host, and parsing it takes longer than all else that a request is asked. */
let latest = { url: "", hostname: "" };

function hostnameOf(url: string): string {
  if (url === latest.url) return latest.hostname;
  const hostname = (parseUrl(url)?.hostname ?? "").replace(/^\[|\]$/g, "");
  latest = { url, hostname };
  return hostname;
}

/** Whether a page of `origin` was served under `host`; over TLS where a tunnel ends it. */
function isOrigin(origin: string, host: string, isOwnHost: (hostname: string) => boolean): boolean {
  const page = parseUrl(origin);
  if (!page || !/^https?:$/.test(page.protocol) || !isOwnHost(hostnameOf(origin))) return false;
  return page.host === parseUrl(`${page.protocol}//${host}`)?.host;
}
