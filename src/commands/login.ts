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
import { createCommand, renderManual } from "./flags/command.ts";
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

/** What the developer console has to hold before a login can work. */
const consoleSteps = `In the developer console, https://developers.ringcentral.com/my-account.html:
  1. Register App → REST API App → Auth: JWT auth flow, private.
  2. App Permissions: Webhook Subscriptions (SubscriptionWebhook), and what each
     event filter needs besides, which \`rcwh filters\` shows. With Read Accounts
     \`rcwh whoami\` can tell your name.
  3. Your name (top right) → Credentials → Create JWT, permitted for this app.
`;

const manual = renderManual({
  examples: [
    ["rcwh login", "answer the questions"],
    ["rcwh login --client-id aBcD --client-secret-file s.txt --jwt-file jwt.txt", "ask nothing"],
    [
      "pass rc/jwt | rcwh login --client-id aBcD --client-secret-file s.txt --jwt-stdin",
      "take the JWT from a password manager",
    ],
    ["rcwh login --profile acme", "keep a second user, app or server beside the first"],
    ["rcwh login --env-file .env", "keep what RingCentral's sample .env file holds"],
  ],
  json: identityShape,
  exitCodes: [0, 1, 2, 4, 5, 130],
});

export function createLoginCommand(context: CommandContext, run = login) {
  return createCommand("login", context)
    .description(
      "Sign in with a JWT and keep the credentials, once the server has accepted them. What no flag and no variable gives is asked for.",
    )
    .optionsGroup("Credentials:")
    .option("--server <url>", "RingCentral's server (default: https://platform.ringcentral.com)")
    .option("--client-id <id>", "the app's client id")
    .option("--client-secret-file <path>", "read the app's client secret from a file")
    .option("--jwt-file <path>", "read the JWT from a file")
    .option("--jwt-stdin", "read the JWT from standard input")
    .option("--client-secret <secret>", "the secret itself; `ps` shows it to everybody")
    .option("--jwt <jwt>", "the JWT itself; `ps` shows it to everybody")
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

export async function login(options: LoginOptions, context: CommandContext): Promise<void> {
  const { io, settings } = context;
  if (settings.accessTokenFile !== undefined) {
    throw new UsageError(
      "login keeps a JWT, and --access-token-file holds none.",
      "Leave --access-token-file out; other commands take it without a login.",
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
    // Nobody would end it: `rcwh logout` knows profiles only.
    if (!isInUse(identity, config)) await context.revokeSession(identity, session);
    throw error;
  }
  io.endProgress();

  if (source !== undefined) io.note(`The credentials come from ${source}.`);
  await printIdentity(context, { ...identity, source: `profile ${name}` }, session, user);
  for (const scope of missingScopes(session)) {
    io.warn(
      `The app's scopes do not name ${scope}, without which RingCentral refuses to create webhooks. Add “Webhook Subscriptions” to the app in the developer console, then \`rcwh login\` again.`,
    );
  }
  io.note(`Signed in. The credentials are kept in ${config.path}.`);
  if (config.currentProfile !== name) {
    io.note(
      `\`rcwh profile use ${name}\` makes it the one that commands use; now that is ${config.currentProfile}.`,
    );
  }
  if (io.interactive) {
    io.note(
      "Make a webhook with `rcwh create --filter posts --url https://…`, or see `rcwh list`.",
    );
  }
  if (known) await endReplacedSession(identityOf(name, known), identity, context);
}

/**
 * The session that the profile had with another JWT: nobody would end it any more, and a user and app
 * have only about five. One at another server is left alone, because that server may be gone.
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

/** Whether a profile has the same session. */
function isInUse({ tokenKey }: Identity, config: Config): boolean {
  return Object.entries(config.profiles()).some(
    ([name, stored]) => identityOf(name, stored).tokenKey === tokenKey,
  );
}

interface Collected {
  readonly profile: StoredProfile;
  /** Where they were found, if nobody gave them. */
  readonly source?: string;
}

/** From flags and prompts; from variables only where no flag gives any of it, because groups never mix. */
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
  return { profile: await askForTheRest(given, known, await context.prompter()) };
}

type Given = { readonly [Key in keyof StoredProfile]: string | undefined };

async function readFlags(options: LoginOptions, { io }: CommandContext): Promise<Given> {
  const secrets = [options.clientSecret, options.clientSecretFile].filter(Boolean);
  const jwts = [options.jwt, options.jwtFile, options.jwtStdin].filter(Boolean);
  if (secrets.length > 1 || jwts.length > 1) {
    throw new UsageError(
      `The ${secrets.length > 1 ? "client secret" : "JWT"} is given more than once.`,
      "Give each secret in one way only; `rcwh login --help` shows them.",
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
    `Nobody can be asked here, and ${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} missing.`,
    "Give all three to `rcwh login`, or none and set RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT.",
  );
}

async function askForTheRest(
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
