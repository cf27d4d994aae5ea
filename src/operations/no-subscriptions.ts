import { emulatorProfile } from "../config/profile-name.ts";

/** What to say where an account has no subscriptions, with what creates one. */
export function noSubscriptions(profile: string | undefined): string {
  return profile === emulatorProfile
    ? "No subscriptions. Start an endpoint with `rcwh listen --receive-only --port 8080 --path /hook`, then create one with `rcwh --profile emulator create --filter posts --url http://127.0.0.1:8080/hook`."
    : "No subscriptions. Create one with `rcwh create --filter posts --url https://…`.";
}
