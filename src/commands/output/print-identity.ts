import type { CachedToken, Identity, User } from "../../config/credentials.ts";
import type { CommandContext } from "../../context.ts";
import { printRecords } from "../../io/formats.ts";
import { instant, relativeExpiry } from "../../subscriptions/time.ts";

/** What `printIdentity` prints as JSON, for `--help`. */
export const identityShape = `{ "schemaVersion": 1, "identities": [ { "profile", "server", "source",
  "clientId", "extensionId", "accountId", "extensionNumber", "name",
  "scopes": [], "tokenExpirationTime" } ] }`;

/** Who is signed in, as programs get it. */
export interface IdentityRecord extends Pick<Identity, "profile" | "server" | "source">, User {
  readonly clientId?: string;
  readonly scopes: readonly string[];
  /** Of a session of rcwh's own. RFC 3339. */
  readonly tokenExpirationTime?: string;
}

/** Prints who is signed in, and with which credentials, without a secret. */
export async function printIdentity(
  { io, clock }: CommandContext,
  { profile, server, source, credentials }: Identity,
  { scope, expiresAt }: CachedToken,
  user: User,
): Promise<void> {
  const isGivenToken = credentials.kind === "token";
  const record: IdentityRecord = {
    profile,
    server,
    source,
    ...(credentials.kind === "jwt" && { clientId: credentials.clientId }),
    ...user,
    scopes: scope.split(/\s+/).filter(Boolean),
    ...(!isGivenToken && { tokenExpirationTime: instant(expiresAt) }),
  };
  await printRecords(io, {
    key: "identities",
    records: [record],
    cards: true,
    columns: [
      { title: "profile", value: ({ profile }) => profile },
      { title: "server", value: ({ server }) => server },
      { title: "client id", key: "clientId", value: ({ clientId }) => clientId ?? "" },
      {
        title: "user",
        value: () => "",
        show: () => describe(user),
        shrink: "wrap",
        reader: "people",
      },
      { title: "extensionId", value: () => user.extensionId ?? "", reader: "programs" },
      { title: "accountId", value: () => user.accountId ?? "", reader: "programs" },
      { title: "name", value: () => user.name ?? "", reader: "programs" },
      {
        title: "scopes",
        value: ({ scopes }) => scopes.join(", "),
        shrink: "wrap",
        reader: "people",
      },
      { title: "source", value: ({ source }) => source, shrink: "wrap" },
      {
        title: "session",
        value: () => "",
        show: () =>
          isGivenToken
            ? "from an access token: never refreshed, never revoked"
            : `expires ${relativeExpiry(expiresAt - clock.now())}, renewed automatically`,
        shrink: "wrap",
        reader: "people",
      },
    ],
  });
}

function describe({ name, extensionNumber, extensionId, accountId }: User): string {
  const number = extensionNumber ? `, extension ${extensionNumber}` : "";
  const ids = `extension id ${extensionId ?? "unknown"}${accountId ? `, account id ${accountId}` : ""}`;
  return name ? `${name}${number} (${ids})` : ids;
}
