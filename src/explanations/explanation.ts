import type { ExitCode } from "../errors.ts";

/** What a code means, for people, in our own words. */
export interface Explanation {
  readonly code: string;
  readonly kind: Kind;
  /** The HTTP status of the code, where sources say. */
  readonly status?: number;
  /** One sentence. */
  readonly meaning: string;
  readonly causes: readonly string[];
  /** What to do, the most likely fix first: imperative sentences, with a command where there is one. */
  readonly remedies: readonly string[];
  /** What public sources leave open, or disagree on. */
  readonly open?: string;
  /** The exit code of rcwh, where it does not follow from RingCentral's code or status. */
  readonly exitCode?: ExitCode;
}

/** Where a code comes from: RingCentral, OAuth, a reason for blacklisting, an HTTP status, or rcwh itself. */
export type Kind = "ringcentral" | "oauth" | "blacklist" | "http" | "rcwh";

/** Explanations of one kind by their code. */
export type Codes = Readonly<Record<string, Omit<Explanation, "code" | "kind">>>;

/** An explanation as the files of codes write it: what is alone needs no list. */
export interface Row extends Pick<Explanation, "meaning" | "open"> {
  readonly causes: string | readonly string[];
  readonly remedies: string | readonly string[];
}

export function explain(row: Row): Codes[string] {
  return { ...row, causes: [row.causes].flat(), remedies: [row.remedies].flat() };
}

export function withStatus(status: number, row: Row): Codes[string] {
  return { status, ...explain(row) };
}

export function withExitCode(exitCode: ExitCode, row: Row) {
  return { exitCode, ...explain(row) };
}
