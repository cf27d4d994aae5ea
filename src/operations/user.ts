import type { RingCentralClient } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import type { CachedToken } from "../config/types.ts";
import { ExitCode } from "../errors.ts";

/** The signed-in user, as far as the app's scopes let rcwh know. */
export interface User {
  readonly extensionId?: string;
  readonly accountId?: string;
  readonly extensionNumber?: string;
  readonly name?: string;
}

/** Needs ReadAccounts for more than the extension id, which comes with the token. */
export async function describeUser(
  client: RingCentralClient,
  { ownerId }: CachedToken,
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
    const isForbidden = error instanceof ApiError && error.status === 403;
    if (!isForbidden && !(error instanceof ApiError && error.exitCode === ExitCode.notFound))
      throw error;
    return ownerId === undefined ? {} : { extensionId: ownerId };
  }
}

/**
 * What webhooks need and the token's scopes do not name. Only where there are scopes at all: how they
 * are spelled there is not documented, so that this can be a warning at most.
 */
export function missingScopes({ scope }: CachedToken): readonly string[] {
  if (scope.trim() === "" || /webhook/i.test(scope)) return [];
  return ["SubscriptionWebhook"];
}
