import type { Identity } from "../config/credentials.ts";
import { emulatorProfile, environmentProfile } from "../config/profile-name.ts";
import { type ClientOptions, createClient, type RingCentralClient } from "./client.ts";
import { hintFor } from "./error-hints.ts";
import { openSdk } from "./sdk.ts";

/** The client of rcwh's commands: on @ringcentral/sdk, and with hints that name commands. */
export function createCommandClient(
  options: Omit<ClientOptions, "openSdk" | "hintFor">,
): Promise<RingCentralClient> {
  const { identity } = options;
  const facts = {
    tokenIsBorrowed: identity.credentials.kind === "token",
    credentialsIn: placeOf(identity),
    hasNoLogin: identity.profile === emulatorProfile,
  };
  return createClient({
    ...options,
    // It moves.
    get deadlineAt() {
      return options.deadlineAt;
    },
    openSdk,
    hintFor: (refusal) => hintFor({ ...refusal, ...facts }),
  });
}

/** Where the credentials come from, unless `rcwh login` keeps them. */
function placeOf({ profile, source, external }: Identity): string | undefined {
  if (external) return "the source of `--profiles-from`";
  return profile === environmentProfile ? source : undefined;
}
