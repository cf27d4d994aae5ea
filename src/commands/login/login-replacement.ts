import { findUser, userName } from "../../api/describe-user.ts";
import type { StoredProfile } from "../../config/credentials.ts";
import { userKeyOf } from "../../config/identity-hashes.ts";
import type { Config } from "../../config/interface.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { isConfirmed } from "../../operations/confirm.ts";

/** The credentials of another user, app or server that a login is about to replace. */
export interface Replaced {
  readonly name: string;
  readonly profile: StoredProfile;
  /** Who they belong to, such as `User 1, extension 101 (app aBcD at https://…)`. */
  readonly text: string;
  /** How many of that user's subscriptions are on record. */
  readonly records: number;
}

/** Undefined if the user, the app and the server stay the same: then only a JWT or a secret is renewed. */
export async function findReplaced(
  name: string,
  known: StoredProfile,
  wanted: StoredProfile,
  config: Config,
): Promise<Replaced | undefined> {
  const key = userKeyOf(known);
  if (key === userKeyOf(wanted)) return undefined;
  const user = await findUser(known, config);
  const records = await config.records(key).list();
  return {
    name,
    profile: known,
    text: describeCredentials({ ...known, user }),
    records: records.filter(({ goneAt }) => goneAt === undefined).length,
  };
}

function describeCredentials({ user = {}, clientId, server }: StoredProfile): string {
  return `${userName(user) ?? "an unknown user"} (app ${clientId} at ${server})`;
}

/** The error where rcwh cannot ask. */
export function refusal(
  { name, profile, text }: Replaced,
  { clientId, server }: StoredProfile,
): CliError {
  const isSameApp = profile.server === server && profile.clientId === clientId;
  const difference = isSameApp
    ? "The new JWT belongs to another user."
    : `The new ones are for app ${clientId} at ${server}.`;
  return new CliError(
    `Profile ${name} has the credentials of ${text}. ${difference} Nothing was changed.`,
    {
      exitCode: ExitCode.declined,
      code: "CONFIRMATION_NEEDED",
      hint: `Keep both with \`${otherProfile(name)}\`, or add --replace to replace the old ones.`,
    },
  );
}

/** Signs in beside a profile. Names may hold what a shell would change. */
function otherProfile(name: string): string {
  return `rcwh login --profile ${shellWord(`${name}-2`)}`;
}

/** Shows both, and returns after a yes. Throws exit 9 after a no. `--yes` does not answer this question. */
export async function askToReplace(
  replaced: Replaced,
  wanted: StoredProfile,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const { name, text } = replaced;
  io.say(`Profile ${name} has other credentials.${describeRecords(replaced)}`);
  io.say(`  old: ${text}`);
  io.say(`  new: ${describeCredentials(wanted)}`);
  const question = `Replace the old credentials of profile ${name}?`;
  const unchanged = "Nothing was changed.";
  if (await isConfirmed(context, question, unchanged)) return;
  throw new CliError(unchanged, {
    exitCode: ExitCode.declined,
    code: "DECLINED",
    hint: `Keep both with \`${otherProfile(name)}\`.`,
  });
}

/** What becomes of the old user's records: a sentence with a space before it, or nothing. */
export function describeRecords({ records }: Replaced): string {
  if (records === 0) return "";
  const [subscriptions, them] =
    records === 1 ? ["1 subscription", "it"] : [`${records} subscriptions`, "them"];
  return ` rcwh keeps its records of ${subscriptions} of the old user for a later login, but no longer renews ${them}.`;
}
