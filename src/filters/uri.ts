import { decoded } from "../machine/parse-url.ts";
/** One `name=value` of a filter's query. */
export interface QueryPair {
  /** Percent-decoded; `+` stays a plus sign. */
  readonly name: string;
  readonly value: string;
  /** As given. */
  readonly raw: string;
}

export interface FilterParts {
  readonly path: string;
  /** Undefined without a `?`; empty if nothing follows it. */
  readonly query: string | undefined;
}

/** The prefix of most platform filters. */
export const platformRoot = "/restapi/v1.0/";

export function splitUri(uri: string): FilterParts {
  const mark = uri.indexOf("?");
  if (mark === -1) return { path: uri, query: undefined };
  return { path: uri.slice(0, mark), query: uri.slice(mark + 1) };
}

/** Joins a path and its `name=value` parameters. */
export function joinUri(path: string, parameters: readonly string[]): string {
  return parameters.length === 0 ? path : `${path}?${parameters.join("&")}`;
}

export function queryPairs(query: string | undefined): readonly QueryPair[] {
  if (!query) return [];
  return query.split("&").map((raw) => {
    const equals = raw.indexOf("=");
    const name = equals === -1 ? raw : raw.slice(0, equals);
    const value = equals === -1 ? "" : raw.slice(equals + 1);
    return { name: decoded(name), value: decoded(value), raw };
  });
}

/** Replaces `{accountId}` and `{extensionId}` with `~`, the signed-in user's own ids. */
export function fillOwnPlaceholders(text: string): string {
  return text.replaceAll(/\{(?:accountId|extensionId)\}/g, "~");
}

/**
 * Completes a path without a leading slash: `glip/posts` becomes `/restapi/v1.0/glip/posts`, while `webinar/…`, `ai/…`,
 * `team-messaging/…` and `restapi/…` begin at the root. `v1.0/…` and `v2/…` only get the slash: they are mistakes that
 * the caller explains.
 */
export function wholePath(path: string): string {
  if (path.startsWith("/")) return path;
  return startsAtRoot(path) || /^v\d/.test(path) ? `/${path}` : platformRoot + path;
}

/** Whether a path without a leading slash begins at the server's root. */
export function startsAtRoot(path: string): boolean {
  return /^(?:restapi|team-messaging|webinar|ai)\//.test(path);
}
