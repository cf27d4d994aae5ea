import type { StoredProfile } from "../../config/credentials.ts";
import { readCredentialGroup } from "../../config/identity.ts";
import { defaultServer, parseServer } from "../../config/server.ts";
import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import type { Validate } from "../../io/prompts.ts";
import { readSecretFile, readSecretStream } from "../../machine/secret-file.ts";
import { warnOfSecretInArguments } from "../../operations/secrets.ts";

/** The flags of `rcwh login` that give credentials. */
export interface CredentialFlags {
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
  2. App Permissions: Webhook Subscriptions (SubscriptionWebhook), and what your event filters need (see \`rcwh filters\`). Read Accounts lets \`rcwh whoami\` show your name.
  3. Your name (top right) → Credentials → Create JWT, permitted for this app.
`;

export interface Collected {
  readonly profile: StoredProfile;
  /** Where they were found, unless flags or answers gave them. */
  readonly source?: string;
}

/** From flags and prompts; from variables only without any such flag, because groups never mix. */
export async function collectCredentials(
  options: CredentialFlags,
  known: StoredProfile | undefined,
  context: CommandContext,
): Promise<Collected> {
  const { io, env, settings } = context;
  const given = await readFlags(options, context);
  context.redactor.add(given.clientSecret, given.jwt);
  const isFlagged = Object.values(given).some((value) => value !== undefined);
  const group = isFlagged
    ? undefined
    : await readCredentialGroup(env, settings.credentialsFile, context);
  if (group) return group;

  const { server, clientId, clientSecret, jwt } = given;
  if (clientId !== undefined && clientSecret !== undefined && jwt !== undefined) {
    // Only the same app's credentials may go where the profile's went.
    const usual = known?.clientId === clientId ? known.server : defaultServer;
    const origin = parseServer(server ?? usual, "--server");
    return { profile: { server: origin, clientId, clientSecret, jwt } };
  }
  if (!io.interactive) throw missingFlags(given);

  if (!isFlagged) io.note(consoleSteps.split("\n"));
  const profile = await askForMissing(given, known, context);
  return { profile };
}

type Given = { readonly [Key in keyof StoredProfile]: string | undefined };

async function readFlags(options: CredentialFlags, context: CommandContext): Promise<Given> {
  const { io, signal } = context;
  if (options.server !== undefined) parseServer(options.server, "--server");
  if (options.clientSecret) warnOfSecretInArguments("--client-secret", "--client-secret-file", io);
  if (options.jwt) warnOfSecretInArguments("--jwt", "--jwt-file or --jwt-stdin", io);
  return {
    server: options.server,
    clientId: options.clientId?.trim() || undefined,
    clientSecret: options.clientSecretFile
      ? await readSecretFile(options.clientSecretFile, "--client-secret-file", signal)
      : options.clientSecret,
    jwt: options.jwtStdin
      ? await readSecretStream(io.stdin, "--jwt-stdin", signal)
      : options.jwtFile
        ? await readSecretFile(options.jwtFile, "--jwt-file", signal)
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
  context: Pick<CommandContext, "prompter" | "redactor">,
): Promise<StoredProfile> {
  const { redactor } = context;
  const prompter = await context.prompter();
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
  redactor.add(clientSecret.trim());
  const jwt = given.jwt ?? (await prompter.secret("JWT"));
  redactor.add(jwt.trim());
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
