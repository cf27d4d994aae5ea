import { emulatorProfile } from "../config/profile-name.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { shellWord } from "../machine/shell-word.ts";
import { signOut } from "../operations/sign-out.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { printProfileResult, profileResultShape } from "./output/print-done.ts";

const manual: Manual = {
  examples: {
    "rcwh logout": "sign out of the current profile",
    "rcwh logout --profile acme": "sign out of another profile",
    "rcwh logout -q": "print nothing unless something fails",
  },
  json: profileResultShape,
  exitCodes: {
    3: "profile not found",
    4: "not signed in",
    130: "interrupted",
  },
};

export function createLogoutCommand(context: CommandContext, run = logout) {
  return createCommand("logout", context, manual)
    .description(
      "Revoke a profile's session and forget its credentials. Subscriptions stay, and so do rcwh's records of them for the next login.",
    )
    .action(() => run(context));
}

export async function logout(context: CommandContext): Promise<void> {
  const config = await context.config();
  const identity = await context.identity();
  if (identity.profile === emulatorProfile) {
    await (await context.api()).signOut();
    context.io.note("Signed out of the emulator. The next command signs in again automatically.");
    return printProfileResult(context, { profile: identity.profile, outcome: "signed-out" });
  }
  const profiles = config.profiles();
  if (!(identity.profile in profiles)) {
    const [first] = Object.keys(profiles);
    throw new UsageError(
      `These credentials come from ${identity.source}, not from a profile.`,
      first === undefined
        ? "Unset those variables; no profile is signed in."
        : `Unset those variables, or sign out of a profile, such as \`rcwh logout --profile ${shellWord(first)}\`.`,
    );
  }
  await signOut(identity, () => config.forgetCredentials(identity.profile), context);
  await printProfileResult(context, { profile: identity.profile, outcome: "signed-out" });
}
