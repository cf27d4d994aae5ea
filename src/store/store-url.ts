import { fileURLToPath } from "node:url";
import { UsageError } from "../errors.ts";
import { parseUrl } from "../machine/parse-url.ts";

export interface StoreUrl {
  readonly kind: "postgres" | "redis" | "file";
  readonly url: URL;
  /** For messages: without the user, the password and the parameters. */
  readonly name: string;
}

const kinds: Readonly<Record<string, StoreUrl["kind"]>> = {
  "postgres:": "postgres",
  "postgresql:": "postgres",
  "redis:": "redis",
  "rediss:": "redis",
  "file:": "file",
};

/** @param source what holds the text, such as `--store`. Throws UsageError, which does not quote it: it may hold a password. */
export function parseStoreUrl(text: string, source: string): StoreUrl {
  const url = parseUrl(text.trim());
  const kind = url && kinds[url.protocol];
  if (!kind) throw invalid(source, "must begin with postgres://, redis://, rediss:// or file:///");
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
  } catch {
    throw invalid(source, 'has a "%" that is not written as %25');
  }
  if (kind === "file") {
    if (!/^file:\/(?:\/\/|[^/])/i.test(text.trim())) {
      throw invalid(source, "must name a directory by its absolute path");
    }
    return { kind, url, name: fileURLToPath(url) };
  }
  if (url.hostname === "" && !url.searchParams.has("host")) {
    throw invalid(source, "has no host");
  }
  return { kind, url, name: `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, "")}` };
}

function invalid(source: string, problem: string): UsageError {
  return new UsageError(
    `Invalid ${source} value: ${problem}.`,
    "Use a URL such as postgres://user:password@db.example.com/rcwh or redis://cache.example.com.",
  );
}
