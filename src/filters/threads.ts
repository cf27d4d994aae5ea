import { migratedToThreads } from "./catalogue/sms.ts";
import { matchEntry } from "./match.ts";
import { queryPairs, splitUri } from "./uri.ts";

/** Whether SMS to main, site and call queue numbers stops coming to this filter once the account has Message Threads. */
export function losesToThreads(filter: string): boolean {
  if (!matchEntry(filter)?.notes?.includes(migratedToThreads)) return false;
  return queryPairs(splitUri(filter).query).every(
    ({ name, value }) =>
      (name !== "type" || value === "SMS") && (name !== "direction" || value === "Inbound"),
  );
}

/** Whether that SMS comes to this filter instead. */
export function hasThreadMessages(filter: string): boolean {
  return matchEntry(filter)?.aliases?.includes("sms-thread-messages") ?? false;
}
