import type { LockOptions } from "../machine/locks/lock.ts";
import type { Contents } from "./contents.ts";

export const usualLock: LockOptions = { timeout: 30_000 };
/** For what the server has already done: it must be saved even in a run that was interrupted. */
export const finalWriteLock: LockOptions = { timeout: 15_000, ignoresSignal: true };

/** Where contents are kept between runs. */
export interface ContentsStore {
  readonly path: string;
  read(): Promise<Contents>;
  /** Throws CliError `LOCKED`, and the operating system's error if they cannot be written. */
  change(edit: (contents: Contents) => Contents, options: LockOptions): Promise<Contents>;
  /** The same for a change that may wait to be written with others; absent if every change is written at once. */
  changeSoon?(edit: (contents: Contents) => Contents): void;
  /** Runs `work` while no other process runs any under this name. */
  lock<Result>(name: string, options: LockOptions, work: () => Promise<Result>): Promise<Result>;
  /** For a warning that every write of a run would repeat. */
  warnOnce(line: string): void;
}
