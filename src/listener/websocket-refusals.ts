import { UsageError } from "../errors.ts";
import { apiOf } from "../filters/parse.ts";

/** Throws UsageError for webinar events, which cannot be received over a WebSocket. */
export function refuseForWebSocket(eventFilters: readonly string[]): void {
  const webinar = eventFilters.find((filter) => apiOf(filter) === "webinar");
  if (webinar === undefined) return;
  throw new UsageError(
    `RingCentral sends no webinar events over a WebSocket: ${webinar}`,
    "Give the public address of this listener, such as `rcwh listen --url https://example.com/hook`.",
  );
}
