import { type AccountList, directNumberList } from "../../api/account-lists.ts";
import { scopesOf } from "../../api/describe-user.ts";
import { CliError, Interruption } from "../../errors.ts";
import type { Account } from "../../lifecycle/account.ts";
import { type Extension, readDirectory } from "../../lifecycle/extensions.ts";
import { readWholeList } from "../../lifecycle/whole-list.ts";
import { membersOf } from "../../machine/json.ts";
import { once } from "../../machine/promises.ts";

/** Why something could not be read, as the end of a sentence. */
export class Unknown {
  readonly reason: string;
  readonly hint: string | undefined;

  constructor(reason: string, hint: string | undefined) {
    this.reason = reason;
    this.hint = hint;
  }
}

/** A phone number that calls and messages of one extension come to. */
export interface DirectNumber {
  readonly phoneNumber: string;
  readonly extensionId: string;
}

/** Who is in the account, and which numbers they have: each is read when a rule first asks. */
export interface Everybody {
  /** The enabled users, by number. */
  extensions(): Promise<readonly Extension[] | Unknown>;
  /** Numbers that may get SMS: all direct ones but those for faxes alone. */
  numbers(): Promise<readonly DirectNumber[] | Unknown>;
}

export function openEverybody(account: Account): Everybody {
  return {
    extensions: once(() =>
      attempt(account, async () => (await readDirectory(account)).resolve([{ kind: "all" }])),
    ),
    numbers: once(() => attempt(account, () => readNumbers(account, directNumberList))),
  };
}

/** The answers need ReadAccounts, which webhooks do not, and permissions that the user may lack. */
async function attempt<Found>(
  { client }: Account,
  read: () => Promise<Found>,
): Promise<Found | Unknown> {
  const scopes = scopesOf(await client.session());
  // A refusal would make the client sign in again, in case the scope is new.
  if (scopes.size > 0 && !scopes.has("readaccounts")) {
    return new Unknown(
      "the token lacks ReadAccounts",
      "Add the scope ReadAccounts to the app in the Developer Console, then try again.",
    );
  }
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    return new Unknown(error.message, error.hint);
  }
}

async function readNumbers(account: Account, list: AccountList): Promise<readonly DirectNumber[]> {
  const records = await readWholeList(account, list);
  return records.flatMap(({ members: { phoneNumber, type, extension } }) => {
    const { id } = membersOf(extension);
    return typeof phoneNumber === "string" && type !== "FaxOnly" && id !== undefined
      ? [{ phoneNumber, extensionId: String(id) }]
      : [];
  });
}
