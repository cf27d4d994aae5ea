import { emulatorProfile } from "../config/profile-name.ts";

/** What to say where an account has no subscriptions, with what creates one: on a terminal, the command that asks. */
export function noSubscriptions(profile: string | undefined, isInteractive = false): string {
  const create = isInteractive ? "rcwh create" : "rcwh create --filter posts --url https://…";
  return profile === emulatorProfile
    ? "No subscriptions. Start an endpoint with `rcwh listen --receive-only --port 8080 --path /hook`, then create one with `rcwh --profile emulator create --filter posts --url http://127.0.0.1:8080/hook`."
    : `No subscriptions. Create one with \`${create}\`.`;
}
