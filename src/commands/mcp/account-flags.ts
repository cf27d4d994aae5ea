import { resolveIdentity } from "../../config/identity.ts";
import type { CommandContext } from "../../context.ts";
import { CliError } from "../../errors.ts";
import { flag } from "./tool.ts";

/**
 * The flags that each command runs with: those of the server, and its profile by name, so that neither a file nor
 * another terminal makes it somebody else's.
 */
export async function accountFlags(
  context: CommandContext,
  profile: string | undefined,
): Promise<readonly string[]> {
  const { settings } = context;
  const { api, timeout, credentialsFile, accessTokenFile, store, storeByFlag, debug } = settings;
  const name = profile ?? (await profileInUse(context));
  return [
    ...flag("--profile", name),
    ...(profile === undefined
      ? [
          ...flag("--credentials-file", credentialsFile),
          ...flag("--access-token-file", accessTokenFile),
        ]
      : []),
    ...flag("--api", api),
    ...(timeout === usualTimeout ? [] : [`--timeout=${Math.ceil(timeout / 1000)}s`]),
    ...(storeByFlag ? flag("--store", store) : []),
    ...flag("--debug", debug),
  ];
}

/** Milliseconds; what `--timeout` is without the flag. */
const usualTimeout = 30_000;

/** Undefined where the credentials come from elsewhere, or are missing. */
async function profileInUse({
  settings,
  env,
  config,
  signal,
}: CommandContext): Promise<string | undefined> {
  if (settings.profileByFlag) return settings.profile;
  try {
    const { profile, source } = await resolveIdentity({ settings, env, config, signal });
    return source === `profile ${profile}` ? profile : undefined;
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}
