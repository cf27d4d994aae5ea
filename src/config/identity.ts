import { CliError, ExitCode, UsageError } from "../errors.ts";
import { type Environment, isSwitchedOn } from "../machine/environment.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import { readInput } from "../machine/read-input.ts";
import { readSecretFile } from "../machine/secret-file.ts";
import { shellWord } from "../machine/shell-word.ts";
import {
  type GroupCredentials,
  missingVariables,
  readRcwhGroup,
  readRingCentralGroups,
  variable,
} from "./credential-groups.ts";
import type { Identity, StoredProfile } from "./credentials.ts";
import { unknownProfile } from "./edits.ts";
import { parseEnvFile } from "./env-file.ts";
import { hash, tokenKeyOf, userKeyOf } from "./identity-hashes.ts";
import type { Config } from "./interface.ts";
import { emulatorProfile, environmentProfile, localServer } from "./profile-name.ts";
import { defaultServer, parseServer } from "./server.ts";
import type { Settings } from "./settings.ts";

export interface IdentityOptions {
  readonly settings: Pick<
    Settings,
    "profile" | "profileByFlag" | "credentialsFile" | "accessTokenFile"
  >;
  readonly env: Environment;
  /** The profile that a project file names; overrides the current one. */
  readonly projectProfile?: string | undefined;
  /** Called only for a profile, so that other credentials need no file. */
  readonly config: () => Promise<Config>;
  /** Ends the reading of a file: it may be a pipe. */
  readonly signal: AbortSignal;
}

type Reader = Pick<IdentityOptions, "signal">;

/**
 * Who this run is, from the first of these that is given: `--access-token-file` (at the server of a profile
 * named by flag), `--profile`, `--credentials-file`, `RCWH_ACCESS_TOKEN`, rcwh's own variables, `RCWH_PROFILE`,
 * RingCentral's own variables, the profile of a project file, the current profile. With `--credentials-file` the variables of the file replace
 * those of the environment. Each source brings its own server; an `RCWH_SERVER` that contradicts it is
 * refused. Throws UsageError, exit 3 for an unknown profile, and
 * `NOT_SIGNED_IN` (exit 4) if none is given.
 */
export async function resolveIdentity(options: IdentityOptions): Promise<Identity> {
  const { settings, config } = options;
  const { profile, profileByFlag, accessTokenFile } = settings;
  if (accessTokenFile !== undefined) return borrowedFromFile(accessTokenFile, options);
  if (profile !== undefined && profileByFlag) {
    return identityOf(profile, await storedProfile(profile, config));
  }
  return settings.credentialsFile === undefined
    ? fromEnvironment(options)
    : fromEnvFile(settings.credentialsFile, options);
}

async function borrowedFromFile(path: string, options: IdentityOptions): Promise<Identity> {
  const { settings, env, config } = options;
  const token = await readSecretFile(path, "--access-token-file", options.signal);
  if (settings.profile !== undefined && settings.profileByFlag) {
    const { server } = await storedProfile(settings.profile, config);
    return borrowed(token, server, `profile ${settings.profile}`, `--access-token-file ${path}`);
  }
  const variables =
    settings.credentialsFile === undefined
      ? env
      : await readEnvFile(settings.credentialsFile, options);
  const server = variable(variables, "RCWH_SERVER") ?? defaultServer;
  return borrowed(token, server, "RCWH_SERVER", `--access-token-file ${path}`);
}

async function fromEnvFile(path: string, options: IdentityOptions): Promise<Identity> {
  const { config } = options;
  const env = await readEnvFile(path, options);
  const suffix = ` in ${path}`;
  const found = await fromVariables(env, variable(env, "RCWH_PROFILE"), config, suffix);
  if (found) return found;
  throw noCredentials(path, env);
}

function noCredentials(path: string, env: Environment): UsageError {
  return new UsageError(
    `No credentials in ${path}. ${missingVariables(env) ?? ""}`.trim(),
    "Name a file with RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT, or leave out --credentials-file.",
  );
}

async function fromEnvironment(options: IdentityOptions): Promise<Identity> {
  const { settings, env, config, projectProfile } = options;
  const found = await fromVariables(env, settings.profile, config);
  if (found) return found;

  const { currentProfile, profiles } = await config();
  const names = Object.keys(profiles());
  const profile = projectProfile ?? currentProfile;
  if (profile !== undefined) {
    const identity = identityOf(profile, await storedProfile(profile, config));
    return refuseOtherServer(identity, env);
  }
  if (names.length > 0) {
    throw new CliError("No profile is in use.", {
      exitCode: ExitCode.auth,
      code: "NOT_SIGNED_IN",
      hint: `Choose one of ${names.join(", ")}, such as \`rcwh profile use ${shellWord(String(names[0]))}\`.`,
    });
  }
  const incomplete = missingVariables(env);
  throw new CliError(`You are not signed in. ${incomplete ?? ""}`.trim(), {
    exitCode: ExitCode.auth,
    code: "NOT_SIGNED_IN",
    hint: `${howToSignIn(env, incomplete !== undefined)}, or try rcwh without an account with \`--profile ${emulatorProfile}\`.`,
  });
}

/** Nobody answers prompts in CI: credentials come from variables there. */
function howToSignIn(env: Environment, isIncomplete: boolean): string {
  if (!isSwitchedOn(env["CI"])) return "Sign in with `rcwh login`";
  return isIncomplete
    ? "Set the missing variables too"
    : "Set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT";
}

/** The identities that variables give, by precedence. */
async function fromVariables(
  env: Environment,
  profile: string | undefined,
  config: () => Promise<Config>,
  suffix = "",
): Promise<Identity | undefined> {
  const token = variable(env, "RCWH_ACCESS_TOKEN");
  if (token) {
    const server = variable(env, "RCWH_SERVER") ?? defaultServer;
    return borrowed(token, server, "RCWH_SERVER", `RCWH_ACCESS_TOKEN${suffix}`);
  }
  const own = readRcwhGroup(env);
  if (own) return groupIdentity(own, suffix);
  if (profile !== undefined) {
    const identity = identityOf(profile, await storedProfile(profile, config));
    return refuseOtherServer(identity, env);
  }
  const group = readRingCentralGroups(env);
  return group && refuseOtherServer(groupIdentity(group, suffix), env);
}

/**
 * `RCWH_SERVER` alone does not redirect credentials. Ignoring it would be wrong, too: a user who sets
 * it expects to work on that server, perhaps an emulator.
 */
function refuseOtherServer(identity: Identity, env: Environment): Identity {
  const named = variable(env, "RCWH_SERVER");
  if (named === undefined) return identity;
  const server = parseServer(named, "RCWH_SERVER");
  if (server === identity.server) return identity;
  throw new UsageError(
    `RCWH_SERVER is ${server}, but the credentials (${identity.source}) are for ${identity.server}.`,
    "Set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT for that server too, or unset RCWH_SERVER.",
  );
}

async function storedProfile(name: string, config: () => Promise<Config>): Promise<StoredProfile> {
  if (name === emulatorProfile) return builtInProfile;
  if (name.includes("*")) {
    throw new UsageError(
      `Invalid profile "${name}": this command takes one profile, not a pattern.`,
      "List the profiles with `rcwh profile list`.",
    );
  }
  const profiles = (await config()).profiles();
  const profile = profiles[name];
  if (!profile) throw unknownProfile(name, Object.keys(profiles));
  return profile;
}

/** User 1 of the app that every emulator has. These are not secrets. */
const builtInProfile: StoredProfile = {
  server: localServer,
  clientId: "emulator-client",
  clientSecret: "emulator-secret",
  jwt: "user-1",
};

/** The user of the profile `emulator`, who is another one on each machine. */
export const emulatorKey = (): string => userKeyOf(builtInProfile);

/** The identity of a stored profile. Throws UsageError for a server that credentials must not be sent to. */
export function identityOf(name: string, stored: StoredProfile): Identity {
  const { clientId, clientSecret, jwt } = stored;
  const server = parseServer(stored.server, `profile ${name}`);
  return {
    profile: name,
    server,
    source: `profile ${name}`,
    credentials: { kind: "jwt", clientId, clientSecret, jwt },
    tokenKey: tokenKeyOf({ server, clientId, jwt }),
    recordsKey: userKeyOf({ server, clientId, jwt }),
  };
}

function groupIdentity(
  { credentials, server, source }: GroupCredentials,
  suffix: string,
): Identity {
  const { clientId, jwt } = credentials;
  const user = { server: parseServer(server.text, server.source), clientId, jwt };
  return {
    profile: environmentProfile,
    server: user.server,
    source: `${source}${suffix}`,
    credentials,
    tokenKey: tokenKeyOf(user),
    recordsKey: userKeyOf(user),
  };
}

function borrowed(
  token: string,
  serverText: string,
  serverSource: string,
  source: string,
): Identity {
  const server = parseServer(serverText, serverSource);
  // It becomes a header, and a second line would be a second header.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(`Invalid access token in ${source}.`, "Put only the token there.");
  }
  const key = hash(server, hash(token));
  return {
    profile: environmentProfile,
    server,
    source,
    credentials: { kind: "token", accessToken: token },
    tokenKey: key,
    recordsKey: key,
  };
}

/** The credentials that `login` can save: a complete group of variables, from `credentialsFile` if it is given. */
export async function readCredentialGroup(
  env: Environment,
  credentialsFile: string | undefined,
  reader: Reader,
): Promise<{ readonly profile: StoredProfile; readonly source: string } | undefined> {
  const variables =
    credentialsFile === undefined ? env : await readEnvFile(credentialsFile, reader);
  const group = readRcwhGroup(variables) ?? readRingCentralGroups(variables);
  if (!group) {
    if (credentialsFile === undefined) return undefined;
    throw noCredentials(credentialsFile, variables);
  }
  const { clientId, clientSecret, jwt } = group.credentials;
  const server = parseServer(group.server.text, group.server.source);
  const source =
    credentialsFile === undefined ? group.source : `${group.source} in ${credentialsFile}`;
  return { profile: { server, clientId, clientSecret, jwt }, source };
}

async function readEnvFile(path: string, { signal }: Reader): Promise<Environment> {
  const name = `the .env file ${path}`;
  const text = await readInput(path, { name, signal }).catch((error: unknown) => {
    if (!isFileError(error)) throw error;
    throw new UsageError(
      `Cannot read the .env file ${path}: ${reasonOf(error)}.`,
      "Name a file that this user can read.",
      { cause: error },
    );
  });
  return Object.fromEntries(parseEnvFile(text, path));
}
