import { findUser, userName } from "../../api/describe-user.ts";
import type { CachedToken } from "../../config/credentials.ts";
import { resolveIdentity } from "../../config/identity.ts";
import type { Config } from "../../config/interface.ts";
import { emulatorProfile } from "../../config/profile-name.ts";
import { defaultServer } from "../../config/server.ts";
import type { AccountContext, CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import type { Choice, Prompts } from "../../io/prompts.ts";

/** Whose subscription it becomes, while the guide asks. */
export interface GuideAccount {
  /** The profiles to choose from; none where the command line or the environment names one. */
  readonly profiles: readonly Choice<string>[];
  /** Chosen in place of signing in. */
  readonly given: string | undefined;
  readonly current: string | undefined;
  /** The context of a profile that was chosen, or the run's own. */
  contextOf(profile: string | undefined): Promise<CommandContext>;
  /** RingCentral's address, as `create` would use it. */
  serverOf(profile: string | undefined): Promise<string>;
  /** What the token may do; undefined where that is not known. */
  sessionOf(profile: string | undefined): Promise<CachedToken | undefined>;
  close(): Promise<void>;
}

/**
 * Finds out who is signed in, and offers to sign in where nobody is. The run's own identity stays open, for a profile that
 * is chosen. A dry run needs nobody.
 */
export async function openGuideAccount(
  context: CommandContext,
  isDryRun: boolean,
): Promise<GuideAccount> {
  const { settings, env, signal } = context;
  const config = await context.config();
  const resolve = async (profile = given) => {
    const named = profile === undefined ? {} : { profile, profileByFlag: true };
    const options = { settings: { ...settings, ...named }, env, config: context.config, signal };
    return resolveIdentity(options).catch((error: unknown) => {
      if (error instanceof CliError && error.code === "NOT_SIGNED_IN") return undefined;
      throw error;
    });
  };
  let given: string | undefined;
  const identity = await resolve();
  if (!identity && !isDryRun && Object.keys(config.profiles()).length === 0) {
    given = await offerSignIn(context);
  }
  // Neither the command line nor the environment says who it is.
  const isOpen =
    settings.profile === undefined &&
    (!identity || identity.source === `profile ${config.currentProfile}`);
  const opened = new Map<string, AccountContext>();
  const contextOf = async (profile = given): Promise<CommandContext> => {
    const chosen = profile === undefined ? undefined : await resolve(profile);
    if (profile === undefined || !chosen) return context;
    const account = opened.get(profile) ?? context.as(chosen);
    opened.set(profile, account);
    return account;
  };
  return {
    profiles: isOpen && given === undefined ? await profileChoices(config) : [],
    given,
    current: config.currentProfile,
    contextOf,
    serverOf: async (profile) => (await resolve(profile))?.server ?? defaultServer,
    async sessionOf(profile) {
      const { api } = await contextOf(profile);
      if (!isDryRun) return (await api()).session();
      const user = await resolve(profile);
      return user && config.tokensOf(user).read(user.tokenKey);
    },
    async close() {
      for (const each of opened.values()) await each.close();
    },
  };
}

async function profileChoices(config: Config): Promise<readonly Choice<string>[]> {
  const stored = Object.entries(config.profiles());
  if (stored.length < 2) return [];
  const width = Math.max(...stored.map(([name]) => name.length));
  return Promise.all(
    stored.map(async ([name, profile]) => {
      const user = userName(await findUser(profile, config)) ?? "an unknown user";
      return {
        name: `${name.padEnd(width)}  ${user} at ${profile.server}`,
        short: name,
        value: name,
      };
    }),
  );
}

export async function askProfile(
  prompts: Prompts,
  { profiles, current }: GuideAccount,
  former: string | undefined,
): Promise<string> {
  const first = former ?? current;
  return prompts.select("Which profile?", profiles, first === undefined ? {} : { default: first });
}

/** Resolves to the profile to use, if it is not the one that signs in. Throws exit 9 for neither. */
async function offerSignIn(context: CommandContext): Promise<string | undefined> {
  const prompter = await context.prompter();
  context.io.say("You are not signed in.");
  const answer = await prompter.select<"login" | "emulator" | "quit">("What next?", [
    { name: "Sign in to RingCentral", value: "login", description: "As `rcwh login` does." },
    {
      name: "Try it without an account",
      value: "emulator",
      description: "With the profile emulator: an emulated RingCentral on this machine.",
    },
    { name: "Quit", value: "quit" },
  ]);
  if (answer === "emulator") return emulatorProfile;
  if (answer === "quit") throw nothingCreated();
  const { login } = await import("../login/login.ts");
  await login({}, context);
  return undefined;
}

export function nothingCreated(): CliError {
  return new CliError("Nothing was created.", { exitCode: ExitCode.declined, code: "DECLINED" });
}
