import type { Identity, StoredProfile } from "../config/credentials.ts";
import { identityOf, readCredentialGroup } from "../config/identity.ts";
import type { Config } from "../config/interface.ts";
import { checkProfileName } from "../config/profile-name.ts";
import { defaultServer, parseServer } from "../config/server.ts";
import type { CommandContext } from "../context.ts";
import { CliError, Interruption, UsageError } from "../errors.ts";
import type { Prompter, Validate } from "../io/prompts.ts";
import { describeUser, missingScopes, type User } from "../operations/describe-user.ts";
import {
  readSecretFile,
  readSecretStream,
  warnOfSecretInArguments,
} from "../operations/secrets.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { identityShape, printIdentity } from "./output/print-identity.ts";

export interface LoginOptions {
  readonly server?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly clientSecretFile?: string;
  readonly jwt?: string;
  readonly jwtFile?: string;
  readonly jwtStdin?: true;
}

/** What to set up in the developer console before a login can work. */
const consoleSteps = `In the Developer Console, https://developers.ringcentral.com/my-account.html:
  1. Register App → REST API App → Auth: JWT auth flow, private.
  2. App Permissions: Webhook Subscriptions (SubscriptionWebhook), and what your
     event filters need (see \`rcwh filters\`). Read Accounts lets
     \`rcwh whoami\` show your name.
  3. Your name (top right) → Credentials → Create JWT, permitted for this app.
`;

const manual: Manual = {
  examples: {
    "rcwh login": "answer prompts",
    "rcwh login --client-id aBcD --client-secret-file s.txt --jwt-file jwt.txt":
      "sign in without prompts",
    "pass rc/jwt | rcwh login --client-id aBcD --client-secret-file s.txt --jwt-stdin":
      "read the JWT from a password manager",
    "rcwh login --profile acme": "keep a second user, app or server",
    "rcwh login --env-file .env": "use RingCentral's sample .env file",
  },
  json: identityShape,
  exitCodes: [0, 1, 2, 4, 5, 130],
};

export function createLoginCommand(context: CommandContext, run = login) {
  return createCommand("login", context, manual)
    .description(
      "Sign in with a JWT, and save the credentials once the server accepts them. Prompts for what flags and variables do not provide.",
    )
    .optionsGroup("Credentials:")
    .option("--server <url>", "RingCentral's server (default: https://platform.ringcentral.com)")
    .option("--client-id <id>", "the app's client id")
    .option("--client-secret-file <path>", "read the app's client secret from a file")
    .option("--jwt-file <path>", "read the JWT from a file")
    .option("--jwt-stdin", "read the JWT from standard input")
    .option(
      "--client-secret <secret>",
      "the client secret itself; visible to others in process lists",
    )
    .option("--jwt <jwt>", "the JWT itself; visible to others in process lists")
    .action((options) => run(options, context));
}

export async function login(options: LoginOptions, context: CommandContext): Promise<void> {
  const { io, settings } = context;
  if (settings.accessTokenFile !== undefined) {
    throw new UsageError(
      "`rcwh login` keeps a JWT; it cannot use --access-token-file.",
      "Leave out --access-token-file; other commands accept it without a login.",
    );
  }
  const config = await context.config();
  const name = settings.profile ?? config.currentProfile ?? "default";
  checkProfileName(name);
  const known = config.profiles()[name];
  const { profile, source } = await collectCredentials(options, known, context);
  const identity = identityOf(name, profile);

  await config.checkWritable();
  const client = await context.connect(identity);
  io.progress(`Signing in at ${identity.server}`);
  const session = await client.signIn();
  let user: User;
  try {
    user = await describeUser(client, session, io, true);
    await config.saveProfile(name, profile);
  } catch (error) {
    // No later command would end this session: `rcwh logout` works on profiles.
    if (!isInUse(identity, config)) await context.revokeSession(identity, session);
    throw error;
  }
  io.endProgress();

  if (source !== undefined) io.note(`The credentials come from ${source}.`);
  await printIdentity(context, { ...identity, source: `profile ${name}` }, session, user);
  for (const scope of missingScopes(session)) {
    io.warn(
      `The app lacks the scope ${scope}, which RingCentral requires to create webhooks. Add Webhook Subscriptions to the app in the Developer Console, then run \`rcwh login\` again.`,
    );
  }
  io.note(`Signed in. The credentials are saved in ${config.path}.`);
  if (config.currentProfile !== name) {
    io.note(
      `Commands still use the profile ${config.currentProfile}. Switch with \`rcwh profile use ${name}\`.`,
    );
  }
  if (io.interactive) {
    io.note(
      "Create a webhook with `rcwh create --filter posts --url https://…`, or list yours with `rcwh list`.",
    );
  }
  if (known) await endReplacedSession(identityOf(name, known), identity, context);
}

/**
 * Revokes the session that the profile had with another JWT: no later command would, and a user and app have
 * only about five. One at another server is left alone, because that server may be gone.
 */
async function endReplacedSession(
  replaced: Identity,
  { server }: Identity,
  context: CommandContext,
): Promise<void> {
  if (isInUse(replaced, await context.config()) || replaced.server !== server) return;
  try {
    await (await context.connect(replaced)).signOut();
  } catch (error) {
    // It ends by itself within the hour.
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
  }
}

/** Whether a profile uses the same session. */
function isInUse({ tokenKey }: Identity, config: Config): boolean {
  return Object.entries(config.profiles()).some(
    ([name, stored]) => identityOf(name, stored).tokenKey === tokenKey,
  );
}

interface Collected {
  readonly profile: StoredProfile;
  /** Where they were found, unless flags or answers gave them. */
  readonly source?: string;
}

/** From flags and prompts; from variables only without any such flag, because groups never mix. */
async function collectCredentials(
  options: LoginOptions,
  known: StoredProfile | undefined,
  context: CommandContext,
): Promise<Collected> {
  const { io, env, settings } = context;
  const given = await readFlags(options, context);
  const isFlagged = Object.values(given).some((value) => value !== undefined);
  const group = isFlagged ? undefined : await readCredentialGroup(env, settings.envFile);
  if (group) return group;

  const { server, clientId, clientSecret, jwt } = given;
  if (clientId !== undefined && clientSecret !== undefined && jwt !== undefined) {
    // Only the same app's credentials may go where the profile's went.
    const usual = known?.clientId === clientId ? known.server : defaultServer;
    const origin = parseServer(server ?? usual, "--server");
    return { profile: { server: origin, clientId, clientSecret, jwt } };
  }
  if (!io.interactive) throw missingFlags(given);

  if (!isFlagged) io.note(consoleSteps);
  return { profile: await askForMissing(given, known, await context.prompter()) };
}

type Given = { readonly [Key in keyof StoredProfile]: string | undefined };

async function readFlags(options: LoginOptions, { io }: CommandContext): Promise<Given> {
  const secrets = [options.clientSecret, options.clientSecretFile].filter(Boolean);
  const jwts = [options.jwt, options.jwtFile, options.jwtStdin].filter(Boolean);
  if (secrets.length > 1 || jwts.length > 1) {
    throw new UsageError(
      `The ${secrets.length > 1 ? "client secret" : "JWT"} was given more than once.`,
      "Give each secret once; `rcwh login --help` lists the flags.",
    );
  }
  if (options.server !== undefined) parseServer(options.server, "--server");
  if (options.clientSecret) warnOfSecretInArguments("--client-secret", "--client-secret-file", io);
  if (options.jwt) warnOfSecretInArguments("--jwt", "--jwt-file or --jwt-stdin", io);
  return {
    server: options.server,
    clientId: options.clientId?.trim() || undefined,
    clientSecret: options.clientSecretFile
      ? await readSecretFile(options.clientSecretFile, "--client-secret-file")
      : options.clientSecret,
    jwt: options.jwtStdin
      ? await readSecretStream(io, "--jwt-stdin")
      : options.jwtFile
        ? await readSecretFile(options.jwtFile, "--jwt-file")
        : options.jwt,
  };
}

function missingFlags({ clientId, clientSecret, jwt }: Given): UsageError {
  const missing = [
    ...(clientId === undefined ? ["--client-id"] : []),
    ...(clientSecret === undefined ? ["--client-secret-file"] : []),
    ...(jwt === undefined ? ["--jwt-file"] : []),
  ];
  return new UsageError(
    `Missing ${missing.join(", ")}: rcwh cannot prompt without a terminal.`,
    "Give all three to `rcwh login`, or none and set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.",
  );
}

async function askForMissing(
  given: Given,
  known: StoredProfile | undefined,
  prompter: Prompter,
): Promise<StoredProfile> {
  const required = (answer: string) => answer.trim() !== "" || "An answer is needed.";
  const isServer = (answer: string) => {
    try {
      parseServer(answer.trim(), "this answer");
      return true;
    } catch (error) {
      return error instanceof UsageError ? error.message : String(error);
    }
  };
  const ask = (message: string, validate: Validate, fallback: string | undefined) =>
    prompter.input(message, { validate, ...(fallback !== undefined && { default: fallback }) });
  const server = given.server ?? (await ask("Server", isServer, known?.server ?? defaultServer));
  const clientId = given.clientId ?? (await ask("Client ID", required, known?.clientId));
  const clientSecret = given.clientSecret ?? (await prompter.secret("Client secret"));
  const jwt = given.jwt ?? (await prompter.secret("JWT"));
  if (clientSecret.trim() === "" || jwt.trim() === "") {
    throw new UsageError("The client secret or the JWT is empty.", "Run `rcwh login` again.");
  }
  return {
    server: parseServer(server.trim(), "--server"),
    clientId: clientId.trim(),
    clientSecret: clientSecret.trim(),
    jwt: jwt.trim(),
  };
}
