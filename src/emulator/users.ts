/** A user of the emulator. Each has an account of its own, with nobody else in it. */
export interface User {
  readonly number: number;
  readonly accountId: number;
  readonly extensionId: number;
  readonly extensionNumber: string;
  readonly name: string;
}

/** The ids are larger than 2^31, as RingCentral's are, and the two ranges never meet. */
export function userOf(number: number): User {
  return {
    number,
    accountId: accountBase + number,
    extensionId: extensionBase + number,
    extensionNumber: String(100 + number),
    name: `User ${number}`,
  };
}

/** The number in a JWT `user-<n>`; undefined for any other JWT. */
export function userNumberOfJwt(jwt: string): number | undefined {
  const digits = /^user-([1-9]\d{0,8})$/.exec(jwt)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether some user of the emulator has this extension id. */
export function isSomebodysExtension(id: number): boolean {
  return id > extensionBase && id < extensionBase + userNumberLimit;
}

const userNumberLimit = 1_000_000_000;
const accountBase = 4_000_000_000;
const extensionBase = 7_000_000_000;
