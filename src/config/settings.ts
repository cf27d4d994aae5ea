import type { Format } from "../io/format.ts";

/** The global flags of one run, with the environment and the defaults applied. */
export interface Settings {
  /** `--profile` or `RCWH_PROFILE`. */
  readonly profile: string | undefined;
  /** Whether the profile was named by flag: it then wins over credentials in the environment. */
  readonly profileByFlag: boolean;
  readonly format: Format;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  /** `--yes`: every confirmation is given. */
  readonly yes: boolean;
  /** One request, milliseconds. */
  readonly timeout: number;
  /** The whole run, milliseconds; undefined for the command's own default. */
  readonly deadline: number | undefined;
  readonly api: "platform" | "webinar" | "all" | undefined;
  readonly tokenCache: boolean;
  readonly showSecrets: boolean;
  readonly credentialsFile: string | undefined;
  readonly accessTokenFile: string | undefined;
  /** `--store` or `RCWH_STORE`: a URL, which may hold a password. */
  readonly store: string | undefined;
  readonly storeByFlag: boolean;
  /** `RCWH_STORE_KEY`: what seals the secret entries of the store, a list with commas. */
  readonly storeKey: string | undefined;
}
