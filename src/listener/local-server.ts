import { localServer } from "../config/profile-name.ts";
import { UsageError } from "../errors.ts";

/** Throws UsageError for the emulator inside each command, whose gateway nobody could connect to. */
export function refuseLocalServer(server: string): void {
  if (server !== localServer) return;
  throw new UsageError(
    "The profile emulator runs inside each command, and has no WebSocket gateway.",
    "Run `rcwh emulator` in a second terminal and sign in there with `rcwh login --server http://127.0.0.1:4010`.",
  );
}
