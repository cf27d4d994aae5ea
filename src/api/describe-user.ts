import type { CachedToken, StoredProfile, User } from "../config/credentials.ts";
import { tokenKeyOf, userKeyOf } from "../config/identity-hashes.ts";
import type { Config } from "../config/interface.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { RingCentralClient } from "./client.ts";
import { ApiError, UnexpectedAnswerError } from "./errors.ts";

/**
 * Looks up the user. The token gives the extension id; the rest needs ReadAccounts. A name that the server
 * cannot tell is only noted.
 *
 * @param note called with a sentence about a name that is not available
 * @param isProven whether the server has just accepted the session; otherwise a server that cannot be reached
 *   is an error, and is thrown
 */
export async function describeUser(
  client: RingCentralClient,
  { ownerId }: CachedToken,
  note: (line: string) => void,
  isProven: boolean,
): Promise<User> {
  try {
    const { id, name, extensionNumber, account } = await client.extension();
    return {
      extensionId: String(id),
      ...(account?.id !== undefined && { accountId: String(account.id) }),
      ...(extensionNumber !== undefined && { extensionNumber }),
      ...(name !== undefined && { name }),
    };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    // Without a code, something else than RingCentral may have answered.
    const isForbidden =
      error instanceof ApiError &&
      (error.status === 403 || error.exitCode === ExitCode.notFound) &&
      (isProven || !error.code.startsWith("HTTP_"));
    const isUnavailable = error.exitCode === ExitCode.unavailable;
    const isNoted = isUnavailable ? isProven : error instanceof UnexpectedAnswerError;
    if (!isForbidden && !isNoted) throw error;
    if (isNoted) note(`The user's name is not available. ${error.message}`);
    return ownerId === undefined ? {} : { extensionId: ownerId };
  }
}

/**
 * The scopes that webhooks need and the token does not have. Empty if the token names no scopes. How they
 * are spelled in it is not documented, so a missing one is only worth a warning.
 */
export function missingScopes({ scope }: CachedToken): readonly string[] {
  if (scope.trim() === "" || /webhook/i.test(scope)) return [];
  return ["SubscriptionWebhook"];
}

/** The scopes that the token names, in lower case. None if it does not say. */
export function scopesOf({ scope }: CachedToken): ReadonlySet<string> {
  return new Set(scope.toLowerCase().split(/\s+/).filter(Boolean));
}

/**
 * The user of a profile, without asking the server. A profile of an earlier version does not say; its session may
 * have the user's id.
 */
export async function findUser(
  profile: StoredProfile,
  { tokensOf }: Pick<Config, "tokensOf">,
): Promise<User> {
  if (profile.user) return profile.user;
  const tokenKey = tokenKeyOf(profile);
  const tokens = tokensOf({ tokenKey, recordsKey: userKeyOf(profile) });
  const extensionId = (await tokens.read(tokenKey))?.ownerId;
  return extensionId === undefined ? {} : { extensionId };
}

/** Such as `Ada Lovelace, extension 101`; undefined if nothing is known. */
export function userName({ name, extensionNumber, extensionId }: User): string | undefined {
  if (!name) return extensionId === undefined ? undefined : `extension id ${extensionId}`;
  return extensionNumber ? `${name}, extension ${extensionNumber}` : name;
}
