import { findUser, userName } from "../api/describe-user.ts";
import type { User } from "../config/credentials.ts";
import { emulatorProfile, notedOverride } from "../config/profile-name.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { printRecords } from "../io/formats.ts";
import { confirm } from "../operations/confirm.ts";
import { signOut } from "../operations/sign-out.ts";
import { createCommand } from "./flags/command.ts";
import { printProfileResult, profileResultShape } from "./output/print-done.ts";

const listShape = `{ "schemaVersion": 1, "profiles": [ { "profile", "server", "clientId", "current", "extensionId",
  "accountId", "extensionNumber", "name" } ] }`;

export function createProfileCommand(context: CommandContext) {
  const command = createCommand("profile", context, {
    examples: {
      "rcwh login --profile acme": "add a profile",
      "rcwh profile list": "list them; * marks the one in use",
      "rcwh profile use acme": "use it from now on",
      "rcwh list --profile acme": "use it once",
      "rcwh profile remove acme --yes": "remove it",
    },
    json: listShape,
    exitCodes: {
      3: "profile not found",
      9: "remove: declined, or nobody could confirm (see --yes)",
    },
  })
    .usage("<command> [flags]")
    .description("Keep several users, apps or servers side by side.");
  command.addCommand(createListCommand(context));
  command.addCommand(createUseCommand(context));
  command.addCommand(createRemoveCommand(context));
  return command;
}

function createListCommand(context: CommandContext) {
  return createCommand("list", context, {
    examples: {
      "rcwh profile list": "all profiles",
      "rcwh profile list | cut -f1": "their names, one per line",
      "rcwh profile list --json | jq -r '.profiles[] | select(.current).profile'": "the one in use",
    },
    json: listShape,
    exitCodes: {},
  })
    .alias("ls")
    .description("List the profiles with their users; * marks the one in use.")
    .action(() => listProfiles(context));
}

function createUseCommand(context: CommandContext) {
  return createCommand("use", context, {
    examples: {
      "rcwh profile use acme": "from now on",
      "rcwh list --profile acme": "for one command",
      "RCWH_PROFILE=acme rcwh list": "with a variable, for a script",
    },
    json: profileResultShape,
    exitCodes: {
      3: "profile not found",
    },
  })
    .description("Choose the profile that commands use.")
    .argument("<name>", "the profile")
    .action((name) => useProfile(name, context));
}

function createRemoveCommand(context: CommandContext) {
  return createCommand("remove", context, {
    examples: {
      "rcwh profile remove acme": "after a confirmation",
      "rcwh profile remove acme --yes": "unattended",
      "rcwh logout --profile acme": "sign out, but keep the records for the next login",
    },
    json: profileResultShape,
    exitCodes: {
      3: "profile not found",
      9: "declined, or nobody could confirm (see --yes); nothing was removed",
    },
  })
    .alias("rm")
    .description(
      "Revoke a profile's session, and remove the profile with its records. Its subscriptions stay on the server.",
    )
    .argument("<name>", "the profile")
    .action((name) => removeProfile(name, context));
}

/** A profile as programs get it. */
export interface ProfileRecord extends User {
  readonly profile: string;
  readonly server: string;
  readonly clientId: string;
  readonly current: boolean;
}

export async function listProfiles(context: CommandContext): Promise<void> {
  const { io, settings } = context;
  const config = await context.config();
  const profiles = await Promise.all(
    Object.entries(config.profiles()).map(
      async ([profile, stored]): Promise<ProfileRecord> => ({
        profile,
        server: stored.server,
        clientId: stored.clientId,
        current: profile === config.currentProfile,
        ...(await findUser(stored, config)),
      }),
    ),
  );
  await printRecords(io, {
    key: "profiles",
    records: profiles,
    columns: [
      { title: "", value: ({ current }) => (current ? "*" : ""), reader: "people" },
      { title: "profile", value: ({ profile }) => profile },
      {
        title: "user",
        value: () => "",
        show: (user) => userName(user) ?? "unknown",
        shrink: "wrap",
        reader: "people",
      },
      { title: "server", value: ({ server }) => server, shrink: "elide" },
      { title: "client id", key: "clientId", value: ({ clientId }) => clientId, shrink: "elide" },
      { title: "current", value: ({ current }) => String(current), reader: "programs" },
      { title: "extensionId", value: ({ extensionId }) => extensionId ?? "", reader: "programs" },
      { title: "name", value: (user) => user.name ?? "", reader: "programs" },
    ],
  });
  if (profiles.length === 0) {
    const flag = settings.profile === emulatorProfile ? " --profile default" : "";
    io.note(`No profiles. Sign in with \`rcwh login${flag}\`.`);
  }
  if (profiles.length === 0 || settings.profile === emulatorProfile) {
    const what = settings.profile === emulatorProfile ? "is in use" : "needs no login";
    io.note(`The profile ${emulatorProfile} ${what}: see \`rcwh whoami --profile emulator\`.`);
  }
}

export async function useProfile(name: string, context: CommandContext): Promise<void> {
  if (name === emulatorProfile) {
    throw new UsageError(
      `The profile ${name} cannot be the default, because it could be mistaken for RingCentral.`,
      "Use it by name, such as `rcwh list --profile emulator`, or set RCWH_PROFILE=emulator in this shell.",
    );
  }
  const { env, io } = context;
  await (await context.config()).useProfile(name);
  const override = notedOverride(name, env);
  io.note(`Profile ${name} is now ${override ? "the current one" : "in use"}.`);
  if (override) io.note(override);
  await printProfileResult(context, { profile: name, outcome: "in-use" });
}

export async function removeProfile(name: string, context: CommandContext): Promise<void> {
  if (name === emulatorProfile) {
    throw new UsageError(
      `The profile ${name} cannot be removed.`,
      "Reset it with `rcwh --profile emulator emulator state --reset`.",
    );
  }
  const config = await context.config();
  const stored = config.profiles()[name];
  // Throws for a name that does not exist.
  if (!stored) return config.removeProfile(name);
  await confirm(context, `Remove profile ${name} (${stored.server})?`, "Nothing was removed.");
  const { identityOf } = await import("../config/identity.ts");
  await signOut(identityOf(name, stored), () => config.removeProfile(name), context);
  await printProfileResult(context, { profile: name, outcome: "removed" });
}
