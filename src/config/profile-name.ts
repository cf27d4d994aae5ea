import { UsageError } from "../errors.ts";

/** The profile that is there without a login: its server runs inside rcwh. */
export const emulatorProfile = "emulator";
/** That server: nothing listens there. Any other credentials that the emulator takes work with it, too. */
export const localServer = "http://emulator.localhost";
/** What `Identity.profile` says of credentials that come from no profile. */
export const environmentProfile = "environment";

/** Throws UsageError where `name` cannot be a profile's. */
export function checkProfileName(name: string): void {
  if (name === emulatorProfile) {
    throw new UsageError(
      "The profile emulator needs no login: it is always there.",
      "Use it, such as `rcwh whoami --profile emulator`, or choose another name.",
    );
  }
  if (name === environmentProfile) {
    throw new UsageError(`The profile name ${name} is reserved.`, "Choose another name.");
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new UsageError(
      `${JSON.stringify(name)} cannot be the name of a profile.`,
      "Use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first.",
    );
  }
}
