import type { Identity } from "../config/credentials.ts";
import { emulatorProfile, environmentProfile } from "../config/profile-name.ts";
import { once } from "../machine/promises.ts";
import { type ClientOptions, createClient, type RingCentralClient } from "./client.ts";
import { openPlainRequests } from "./plain-requests.ts";
import type { Sdk, SdkOptions } from "./sdk.ts";

/** The client of rcwh's commands: signs in with @ringcentral/sdk, and has hints that name commands. */
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
    openSdk: openRequests,
    // Most runs have nothing to explain.
    async hintFor(refusal) {
      const { hintFor } = await import("./error-hints.ts");
      return hintFor({ ...refusal, ...facts });
    },
  });
}

/** The SDK is loaded to sign in: the bytes of requests with a token are the same without it. */
async function openRequests(options: SdkOptions): Promise<Sdk> {
  const { request } = await openPlainRequests(options);
  const sdk = once(async () => {
    const { openSdk } = await import("./sdk.ts");
    return openSdk(options);
  });
  return {
    request,
    login: async (jwt, send) => (await sdk()).login(jwt, send),
    refresh: async (token, send) => (await sdk()).refresh(token, send),
    logout: async (token, send) => (await sdk()).logout(token, send),
  };
}

/** Where the credentials come from, unless `rcwh login` keeps them. */
function placeOf({ profile, source, external }: Identity): string | undefined {
  if (external) return "the source of `--profiles-from`";
  return profile === environmentProfile ? source : undefined;
}
