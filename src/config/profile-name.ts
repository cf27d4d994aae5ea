import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";

/** The profile that exists without a login: its server runs inside rcwh. */
export const emulatorProfile = "emulator";
/** The address of that server, on which nothing listens. It takes any of the emulator's credentials. */
export const localServer = "http://emulator.localhost";
/** `Identity.profile` for credentials that come from no profile. */
export const environmentProfile = "environment";

/** The hint, or another one where it needs a login, a console or an administrator: that profile has none of them. */
export function hintWithoutLogin(hint: string | undefined): string | undefined {
  return hint && /`rcwh login|Developer Console|administrator/.test(hint)
    ? "See why the emulator refuses it with `rcwh --profile emulator emulator fault list` and `rcwh --profile emulator emulator settings`."
    : hint;
}

/** A note if commands use another profile than this one, because RCWH_PROFILE names it. */
export function notedOverride(name: string, env: Environment): string | undefined {
  const named = env["RCWH_PROFILE"];
  return named && named !== name
    ? `RCWH_PROFILE is ${named}, so commands use that profile. Unset it, or add --profile ${name}.`
    : undefined;
}

/** Throws UsageError for a name that a profile cannot have. */
export function checkProfileName(name: string): void {
  if (name === emulatorProfile) {
    throw new UsageError(
      'The profile "emulator" needs no login: it always exists.',
      "Sign in under another name, such as `rcwh login --profile default`.",
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
