import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";
import type { JwtCredentials } from "./credentials.ts";
import { defaultServer } from "./server.ts";

/** Variables that belong together: credentials of one group never go to the server of another. */
interface CredentialGroup {
  readonly server?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first one that is set is used. */
  readonly jwt: readonly string[];
  /** A variable of another group that users of this one may expect to be read. */
  readonly foreignServer?: string;
}

export interface GroupCredentials {
  readonly credentials: JwtCredentials;
  /** As written, and the variable that it was written in; neither is checked. */
  readonly server: { readonly text: string; readonly source: string };
  /** Such as `RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT`. */
  readonly source: string;
}

const rcwhGroup: CredentialGroup = {
  server: "RCWH_SERVER",
  clientId: "RCWH_CLIENT_ID",
  clientSecret: "RCWH_CLIENT_SECRET",
  jwt: ["RCWH_JWT"],
};

/** The names in RingCentral's own templates, samples and clients, in the order of their use there. */
const ringCentralGroups: readonly CredentialGroup[] = [
  {
    server: "RC_SERVER_URL",
    clientId: "RC_APP_CLIENT_ID",
    clientSecret: "RC_APP_CLIENT_SECRET",
    jwt: ["RC_USER_JWT"],
  },
  {
    clientId: "RC_CLIENT_ID",
    clientSecret: "RC_CLIENT_SECRET",
    jwt: ["RC_JWT"],
    foreignServer: "RC_SERVER_URL",
  },
  {
    server: "RINGCENTRAL_SERVER_URL",
    clientId: "RINGCENTRAL_CLIENT_ID",
    clientSecret: "RINGCENTRAL_CLIENT_SECRET",
    jwt: ["RINGCENTRAL_JWT", "RINGCENTRAL_JWT_TOKEN"],
  },
];

/** Every variable that holds a credential: no other program may inherit them. */
export const credentialVariables: readonly string[] = [
  "RCWH_ACCESS_TOKEN",
  ...[rcwhGroup, ...ringCentralGroups].flatMap(({ clientId, clientSecret, jwt }) => [
    clientId,
    clientSecret,
    ...jwt,
  ]),
];

/** The value of a variable, without the spaces and line ends that CI secrets often have around them. */
export function variable(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/**
 * The credentials in rcwh's own variables. Throws UsageError if some are set and others missing: these
 * are set for rcwh only, and falling back to other credentials would act as somebody else.
 */
export function readRcwhGroup(env: Environment): GroupCredentials | undefined {
  const found = readGroup(env, rcwhGroup);
  if (found) return found;

  const { clientId, clientSecret, jwt } = rcwhGroup;
  const names = [clientId, clientSecret, ...jwt];
  const missing = names.filter((name) => !variable(env, name));
  if (missing.length === names.length) return undefined;
  const present = names.filter((name) => variable(env, name));
  throw new UsageError(
    `Incomplete credentials: ${areSet(present, missing)}.`,
    `Set ${enumerate(missing)} too, or unset the others.`,
  );
}

/** The first whole group in RingCentral's own variables; parts of a group are for other programs. */
export function readRingCentralGroups(env: Environment): GroupCredentials | undefined {
  for (const group of ringCentralGroups) {
    const found = readGroup(env, group);
    if (found) return found;
  }
  return undefined;
}

/** What the first incomplete group lacks, in one sentence; undefined if no credential is set. */
export function missingVariables(env: Environment): string | undefined {
  for (const { clientId, clientSecret, jwt } of ringCentralGroups) {
    const isSet = (name: string) => variable(env, name) !== undefined;
    const present = [clientId, clientSecret, ...jwt].filter(isSet);
    if (present.length === 0) continue;
    const missing = [clientId, clientSecret].filter((name) => !isSet(name));
    if (!jwt.some(isSet)) missing.push(jwt.join(" or "));
    return `${areSet(present, missing)}.`;
  }
  return undefined;
}

function readGroup(env: Environment, group: CredentialGroup): GroupCredentials | undefined {
  const jwtName = group.jwt.find((name) => variable(env, name));
  const clientId = variable(env, group.clientId);
  const clientSecret = variable(env, group.clientSecret);
  const jwt = jwtName && variable(env, jwtName);
  if (!clientId || !clientSecret || !jwt) return undefined;

  const server = group.server && variable(env, group.server);
  const { foreignServer } = group;
  const isIgnored = foreignServer && variable(env, foreignServer);
  const remark = isIgnored ? ` (without ${foreignServer}, which belongs to another group)` : "";
  return {
    credentials: { kind: "jwt", clientId, clientSecret, jwt },
    server: { text: server ?? defaultServer, source: group.server ?? "rcwh" },
    source: enumerate([group.clientId, group.clientSecret, jwtName]) + remark,
  };
}

function areSet(present: readonly string[], missing: readonly string[]): string {
  return `${enumerate(present)} ${present.length > 1 ? "are" : "is"} set, but not ${enumerate(missing)}`;
}

function enumerate(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${last}` : last;
}
