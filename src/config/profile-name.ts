import { UsageError } from "../errors.ts";

/** The profile that exists without a login: its server runs inside rcwh. */
export const emulatorProfile = "emulator";
/** The address of that server, on which nothing listens. It takes any of the emulator's credentials. */
export const localServer = "http://emulator.localhost";
/** `Identity.profile` for credentials that come from no profile. */
export const environmentProfile = "environment";

/** Throws UsageError for a name that a profile cannot have. */
export function checkProfileName(name: string): void {
  if (name === emulatorProfile) {
    throw new UsageError(
      'The profile "emulator" needs no login: it always exists.',
      "Use it, as in `rcwh whoami --profile emulator`, or choose another name.",
    );
  }
  if (name === environmentProfile) {
    throw new UsageError(`The profile name "${name}" is reserved.`, "Choose another name.");
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new UsageError(
      `Invalid profile name ${JSON.stringify(name)}.`,
      "Use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first.",
    );
  }
}
