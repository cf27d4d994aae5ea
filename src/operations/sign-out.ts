import type { Identity } from "../config/credentials.ts";
import type { CommandContext } from "../context.ts";
import { CliError, Interruption } from "../errors.ts";
import { shellWord } from "../machine/shell-word.ts";

/**
 * Revokes the session of a profile, calls `forget` to remove the profile, and says which profile is in use now.
 * Goes on if the session cannot be revoked: it ends by itself within the hour.
 */
export async function signOut(
  identity: Identity,
  forget: () => Promise<void>,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  try {
    await (await context.connect(identity)).signOut();
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    io.warn(`Could not revoke the session: ${error.message}`);
  }
  const config = await context.config();
  const before = config.currentProfile;
  await forget();
  io.note(`Signed out and removed profile ${identity.profile}.`);

  const { currentProfile } = config;
  if (currentProfile === before) return;
  const [first] = Object.keys(config.profiles());
  if (currentProfile !== undefined) io.note(`Profile ${currentProfile} is now in use.`);
  else if (first !== undefined) {
    io.note(
      `No profile is in use now. Choose one, such as \`rcwh profile use ${shellWord(first)}\`.`,
    );
  }
}
