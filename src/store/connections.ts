/** Limits of a store's connections. */
export interface ConnectionOptions {
  /** Milliseconds for one call, and for a connection to be made. */
  readonly timeout: number;
  /** Cuts all connections. */
  readonly signal: AbortSignal;
  /** Reads a file that the URL names. */
  readonly readFile: (path: string) => string;
}

/** What `doctor` tells of a store's server. */
export interface ServerFacts {
  /** Such as `PostgreSQL 15.8`. */
  readonly version: string;
  /** Whether the connection is; undefined where there is none. */
  readonly isEncrypted?: boolean;
  /** What is wrong with how it is set up, with what to do about it. */
  readonly remarks: readonly { readonly problem: string; readonly hint: string }[];
}
