import type { Identity } from "../config/credentials.ts";
import type { CommandContext } from "../context.ts";
import { CliError, Interruption } from "../errors.ts";

/**
 * Revokes the session of a profile, has `forget` remove what is kept of it, and says who commands are now.
 * That the server cannot be told is no reason to keep credentials: the session ends by itself within the hour.
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
    io.warn(`The session could not be revoked: ${error.message}`);
  }
  const config = await context.config();
  const before = config.currentProfile;
  await forget();
  io.note(`Signed out: profile ${identity.profile} is forgotten.`);

  const { currentProfile } = config;
  if (currentProfile === before) return;
  const [first] = Object.keys(config.profiles());
  if (currentProfile !== undefined) io.note(`Commands use profile ${currentProfile} now.`);
  else if (first !== undefined) {
    io.note(`No profile is in use now: choose one, such as \`rcwh profile use ${first}\`.`);
  }
}
