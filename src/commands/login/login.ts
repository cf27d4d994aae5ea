import { describeUser, missingScopes } from "../../api/describe-user.ts";
import type {
  CachedToken,
  Identity,
  StoredProfile,
  TokenCache,
  User,
} from "../../config/credentials.ts";
import { identityOf } from "../../config/identity.ts";
import { tokenKeyOf, userKeyOf } from "../../config/identity-hashes.ts";
import type { Config } from "../../config/interface.ts";
import { checkProfileName, notedOverride } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { tryLater } from "../flags/exit-codes.ts";
import { allowOneOf } from "../flags/flag-rules.ts";
import { identityShape, printIdentity } from "../output/print-identity.ts";
import { type CredentialFlags, collectCredentials } from "./login-credentials.ts";
import { askToReplace, describeRecords, findReplaced, refusal } from "./login-replacement.ts";

export interface LoginOptions extends CredentialFlags {
  readonly replace?: true;
}

const manual: Manual = {
  commonFlags: ["--server", "--client-id", "--client-secret-file", "--jwt-file", "--replace"],
  examples: {
    "rcwh login": "answer prompts",
    "rcwh login --client-id aBcD --client-secret-file s.txt --jwt-file jwt.txt":
      "sign in without prompts",
    "pass rc/jwt | rcwh login --client-id aBcD --client-secret-file s.txt --jwt-stdin":
      "read the JWT from a password manager",
    "rcwh login --profile acme": "keep a second user, app or server",
    "rcwh login --credentials-file .env": "use RingCentral's sample .env file",
  },
  json: identityShape,
  exitCodes: {
    1: "RingCentral refused the sign-in, or the credentials cannot be saved",
    4: "RingCentral rejected the client id, the secret or the JWT",
    5: tryLater,
    9: "would replace another user's credentials: declined, or without --replace",
    130: "interrupted; nothing was saved",
  },
};

export function createLoginCommand(context: CommandContext, run = login) {
  const command = createCommand("login", context, manual);
  const hint = "Give each secret once; `rcwh login --help` lists the flags.";
  allowOneOf(command, ["--client-secret", "--client-secret-file"], {
    message: "The client secret was given more than once.",
    hint,
  });
  allowOneOf(command, ["--jwt", "--jwt-file", "--jwt-stdin"], {
    message: "The JWT was given more than once.",
    hint,
  });
  return command
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
    .optionsGroup("Profile:")
    .option("--replace", "replace the profile's credentials of another user, app or server")
    .action((options) => run(options, context));
}

export async function login(options: LoginOptions, context: CommandContext): Promise<void> {
  const { io, settings } = context;
  if (settings.accessTokenFile !== undefined) {
    throw new UsageError(
      "`rcwh login` saves a JWT and cannot use --access-token-file.",
      "Leave out --access-token-file; other commands accept it without a login.",
    );
  }
  const config = await context.config();
  const name = settings.profile ?? config.currentProfile ?? "default";
  checkProfileName(name);
  const known = config.profiles()[name];
  const { profile, source } = await collectCredentials(options, known, context);
  const replaced = known && (await findReplaced(name, known, profile, config));
  if (replaced && !options.replace && !io.interactive) throw refusal(replaced, profile);

  await config.checkWritable();
  const identity = identityOf(name, profile);
  // In memory until the server has accepted it and nothing else stops the login.
  const tokens = createTokenHolder();
  const client = await context.connect(identity, { tokens });
  io.progress(`Signing in at ${identity.server}`);
  await client.signIn();
  let user: User;
  let former: CachedToken | undefined;
  try {
    user = await describeUser(client, await client.session(), io.note, true);
    io.endProgress();
    if (replaced && !options.replace) await askToReplace(replaced, { ...profile, user }, context);
    await config.saveProfile(name, { ...profile, user });
    if (settings.tokenCache) former = await keepToken(identity, tokens, config);
  } catch (error) {
    await revokeHeld(identity, tokens, context);
    throw error;
  }
  if (former) await context.revokeSession(identity, former);

  if (source !== undefined) io.note(`The credentials come from ${source}.`);
  const session = await client.session();
  await printIdentity(context, { ...identity, source: `profile ${name}` }, session, user);
  for (const scope of missingScopes(session)) {
    io.warn(
      `The app lacks the scope ${scope}, which RingCentral requires to create webhooks. Add Webhook Subscriptions to the app in the Developer Console, then run \`rcwh login\` again.`,
    );
  }
  io.note(`Signed in. The credentials are saved in ${config.path}.`);
  if (replaced) {
    io.note(`They replace the credentials of ${replaced.text}.${describeRecords(replaced)}`);
  }
  const override = notedOverride(name, context.env);
  if (override) {
    io.note(override);
  } else if (config.currentProfile !== name) {
    io.note(
      `Commands still use the profile ${config.currentProfile}. Switch with \`rcwh profile use ${shellWord(name)}\`.`,
    );
  }
  if (io.interactive && !override) {
    io.note(
      "Create a webhook with `rcwh create`, which asks for the rest, or list yours with `rcwh list`.",
    );
  }
  if (!settings.tokenCache) await revokeHeld(identity, tokens, context);
  if (known) await endFormerSession(name, known, context);
}

/** A cache of one session in memory. */
function createTokenHolder(): TokenCache {
  let token: CachedToken | undefined;
  return {
    read: async () => token,
    async update(_key, change) {
      token = await change(token);
      return { token, stored: true };
    },
  };
}

/** Moves the session to the shared cache. Resolves to the session that it replaces there. */
async function keepToken(
  identity: Identity,
  held: TokenCache,
  { tokensOf }: Config,
): Promise<CachedToken | undefined> {
  const { tokenKey } = identity;
  const token = await held.read(tokenKey);
  let former: CachedToken | undefined;
  await tokensOf(identity).update(tokenKey, async (current) => {
    former = current;
    return token;
  });
  return former?.accessToken === token?.accessToken ? undefined : former;
}

async function revokeHeld(
  identity: Identity,
  held: TokenCache,
  context: CommandContext,
): Promise<void> {
  const session = await held.read(identity.tokenKey);
  if (session) await context.revokeSession(identity, session);
}

/**
 * Revokes the session that the profile had with another JWT, unless another profile uses it: no later command
 * would, and a user and app have only about five.
 */
async function endFormerSession(
  name: string,
  former: StoredProfile,
  context: CommandContext,
): Promise<void> {
  const config = await context.config();
  const key = tokenKeyOf(former);
  if (Object.values(config.profiles()).some((each) => tokenKeyOf(each) === key)) return;
  const tokens = config.tokensOf({ tokenKey: key, recordsKey: userKeyOf(former) });
  const session = await tokens.read(key);
  if (!session) return;
  try {
    await context.revokeSession(identityOf(name, former), session);
  } catch (error) {
    // A server that credentials must not be sent to: the session ends by itself.
    if (!(error instanceof UsageError)) throw error;
  }
  await tokens.update(key, async (current) =>
    current?.accessToken === session.accessToken ? undefined : current,
  );
}
