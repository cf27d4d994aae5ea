import type { ExitCode } from "../errors.ts";

/** What a code means, for people. All of it is in our own words. */
export interface Explanation {
  readonly code: string;
  readonly kind: Kind;
  /** The HTTP status that the code comes with, where sources tell. */
  readonly status?: number;
  /** One sentence. */
  readonly meaning: string;
  readonly causes: readonly string[];
  /** What to do, the most likely first: each an imperative sentence, with a command where there is one. */
  readonly remedies: readonly string[];
  /** What public sources leave open about it, or contradict each other in. */
  readonly open?: string;
  /** The exit code of rcwh, where rcwh itself decides it and not RingCentral's code or status. */
  readonly exitCode?: ExitCode;
}

/** Whose word a code is: RingCentral's, OAuth's, a reason for blacklisting, an HTTP status, or rcwh's own. */
export type Kind = "ringcentral" | "oauth" | "blacklist" | "http" | "rcwh";

/** Explanations of one kind by their code. */
export type Codes = Readonly<Record<string, Omit<Explanation, "code" | "kind">>>;
