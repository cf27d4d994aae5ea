/** How this rcwh runs, and where: what it takes to be started again, by itself or by a scheduler. */
export interface Installation {
  /** Absolute path of Node. */
  readonly node: string;
  /** Such as `20.19.0`. */
  readonly nodeVersion: string;
  /** Absolute path of the script that Node was given. */
  readonly script: string;
  /** The machine's name. */
  readonly host: string;
  /** Who the operating system says this is, whatever the environment says; undefined for a number without a name. */
  readonly user: { readonly name: string; readonly home: string } | undefined;
}
