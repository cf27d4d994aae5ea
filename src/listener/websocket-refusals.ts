import { localServer } from "../config/profile-name.ts";
import { UsageError } from "../errors.ts";
import { apiOf } from "../filters/parse.ts";

/**
 * Throws UsageError for what cannot be received over a WebSocket: webinar events, and anything from the emulator that
 * runs inside each command, because nothing can connect to its gateway.
 */
export function refuseForWebSocket(eventFilters: readonly string[], server: string): void {
  const webinar = eventFilters.find((filter) => apiOf(filter) === "webinar");
  if (webinar !== undefined) {
    throw new UsageError(
      `RingCentral sends no webinar events over a WebSocket: ${webinar}`,
      "Give the public address of this listener, such as `rcwh listen --url https://example.com/hook`.",
    );
  }
  if (server === localServer) {
    throw new UsageError(
      "The profile emulator runs inside each command and has no WebSocket gateway.",
      "Run `rcwh emulator` in a second terminal, then sign in to it with `rcwh login --profile local --server http://127.0.0.1:4010`.",
    );
  }
}
