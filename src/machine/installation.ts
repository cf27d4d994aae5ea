/** How and where this rcwh runs: the command that starts it again, from itself or from a scheduler. */
export interface Installation {
  /** Absolute path of Node. */
  readonly node: string;
  /** Such as `20.19.0`. */
  readonly nodeVersion: string;
  /** Absolute path of the script that Node was given. */
  readonly script: string;
  /** The machine's name. */
  readonly host: string;
  /** The user according to the operating system, not the environment; undefined for an id without a name. */
  readonly user: { readonly name: string; readonly home: string } | undefined;
}
