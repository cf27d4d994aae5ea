import type { RingCentralClient } from "../api/client.ts";
import { ApiError, UnexpectedAnswerError } from "../api/errors.ts";
import type { CachedToken } from "../config/credentials.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { IO } from "../io/io.ts";

/** The signed-in user, as far as the app's scopes let rcwh know. */
export interface User {
  readonly extensionId?: string;
  readonly accountId?: string;
  readonly extensionNumber?: string;
  readonly name?: string;
}

/**
 * Needs ReadAccounts for more than the extension id, which comes with the token. Nobody has to fail for
 * not knowing a name: where the server cannot tell it, a note says so.
 *
 * @param isProven whether the server has accepted the session just now; otherwise one that is out of
 *   reach has proved nothing, and its error is thrown
 */
export async function describeUser(
  client: RingCentralClient,
  { ownerId }: CachedToken,
  { note }: Pick<IO, "note">,
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
    const isHidden =
      error instanceof ApiError && (error.status === 403 || error.exitCode === ExitCode.notFound);
    const isAway = error.exitCode === ExitCode.unavailable;
    const isTrouble = isAway ? isProven : error instanceof UnexpectedAnswerError;
    if (!isHidden && !isTrouble) throw error;
    if (isTrouble) note(`Whose name that is could not be found out. ${error.message}`);
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
