import type { EmulatorSettings, UserSettings } from "../settings.ts";

type Setup = Required<
  Pick<
    UserSettings,
    | "admin"
    | "name"
    | "extensionNumber"
    | "type"
    | "status"
    | "accountStatus"
    | "missingPermissions"
    | "presenceHidden"
    | "pickupForbidden"
  >
>;

/** A user with all settings. By default each has an account of their own. */
export interface User
  extends Setup,
    Pick<UserSettings, "department" | "site" | "members" | "phoneNumbers"> {
  readonly number: number;
  readonly accountId: number;
  readonly extensionId: number;
  readonly locked?: UserSettings["locked"];
}

/** User n. Ids are larger than 2^31, as RingCentral's are, and account and extension ids never overlap. */
export function userOf(number: number, users: EmulatorSettings["users"] = {}): User {
  const { account = firstOfAccount(number, users), ...setup } = users[number] ?? {};
  return {
    admin: account === number,
    name: `User ${number}`,
    extensionNumber: String(100 + number),
    type: "User",
    status: "Enabled",
    accountStatus: "Confirmed",
    missingPermissions: [],
    presenceHidden: false,
    pickupForbidden: false,
    ...setup,
    number,
    accountId: accountBase + account,
    extensionId: extensionBase + number,
  };
}

/** The number in a JWT `user-<n>`; undefined for any other JWT. */
export function userNumberOfJwt(jwt: string): number | undefined {
  const digits = /^user-([1-9]\d{0,8})$/.exec(jwt)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The user with this extension id; undefined if there is none, or the user was deleted. */
export function findUser(extensionId: string, users: EmulatorSettings["users"]): User | undefined {
  const number = Number(extensionId) - extensionBase;
  if (!(number >= 1 && number < userNumberLimit)) return undefined;
  // An id is a number in its usual notation only.
  if (String(Number(extensionId)) !== extensionId) return undefined;
  const user = userOf(number, users);
  return user.status === "Deleted" ? undefined : user;
}

/** Everybody in a user's account, by number; those who were deleted are not. */
export function accountOf({ accountId }: User, users: EmulatorSettings["users"]): readonly User[] {
  const first = accountId - accountBase;
  const { extensions = 1 } = users[first] ?? {};
  const numbers = new Set(Array.from({ length: extensions }, (_, index) => first + index));
  for (const each of Object.keys(users)) numbers.add(Number(each));
  return [...numbers]
    .sort((one, other) => one - other)
    .map((number) => userOf(number, users))
    .filter((user) => user.accountId === accountId && user.status !== "Deleted");
}

/** The first user of the account that a user without `account` belongs to. */
function firstOfAccount(number: number, users: EmulatorSettings["users"]): number {
  const account = accountsIn(users).findLast(([first, last]) => first <= number && number <= last);
  return account?.[0] ?? number;
}

/** The first and the last user of each account with `extensions`. */
function accountsIn(users: EmulatorSettings["users"]): readonly (readonly [number, number])[] {
  const found =
    knownAccounts.get(users) ??
    Object.entries(users).flatMap(([first, { extensions }]) =>
      extensions === undefined ? [] : [[Number(first), Number(first) + extensions - 1] as const],
    );
  knownAccounts.set(users, found);
  return found;
}

/** Settings are replaced, never changed, and every request asks about users. */
const knownAccounts = new WeakMap<
  EmulatorSettings["users"],
  readonly (readonly [number, number])[]
>();

const userNumberLimit = 1_000_000_000;
const accountBase = 4_000_000_000;
const extensionBase = 7_000_000_000;
