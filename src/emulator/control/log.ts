import { globMatches } from "../../filters/glob.ts";
import type { Delivery } from "../backend.ts";
import { invalidParameter } from "../problems.ts";
import type { LoggedRequest } from "../request-log.ts";
import { instantOf } from "../time.ts";

interface Logs {
  readonly requests: readonly LoggedRequest[];
  readonly deliveries: readonly Delivery[];
}

/**
 * The entries that match a query: `method` and `path` filter requests, `user` and `since` both logs. Throws the 400
 * Problem for an invalid query.
 */
export function readLog(
  query: Readonly<Record<string, string>>,
  { requests, deliveries }: Logs,
): Logs {
  const { method = "*", path = "*", user, since, ...others } = query;
  for (const name of Object.keys(others)) throw invalidParameter(name);
  if (user !== undefined && !/^[1-9]\d*$/.test(user)) throw invalidParameter("user");
  const earliest = since === undefined ? 0 : instantOf(since);
  if (Number.isNaN(earliest)) throw invalidParameter("since");

  const isWanted = (entry: LoggedRequest | Delivery) =>
    (user === undefined || entry.user === Number(user)) && Date.parse(entry.timestamp) >= earliest;
  return {
    requests: requests.filter(
      (entry) =>
        isWanted(entry) &&
        globMatches(method.toUpperCase(), entry.method) &&
        globMatches(path, entry.path),
    ),
    deliveries: deliveries.filter(isWanted),
  };
}
