import fs from "node:fs";
import path from "node:path";
import type Conf from "conf";
import { UsageError } from "../errors.ts";
import { moveAside } from "../machine/atomic-write.ts";
import type { Clock } from "../machine/clock.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import { isTrustedOwner } from "../machine/file-owner.ts";
import { type LockOptions, refuseOddLock, withLock } from "../machine/locks/lock.ts";
import { readRegularFile, refuseOddFile, removeFile } from "../machine/regular-file.ts";
import { shellWord } from "../machine/shell-word.ts";
import {
  type Contents,
  CorruptContents,
  describeUnusable,
  noContents,
  parseContents,
  parseObject,
  pruned,
  toJson,
} from "./contents.ts";
import { type ContentsStore, usualLock } from "./contents-store.ts";
import { unreadable } from "./file-error.ts";

interface StoreOptions {
  readonly directory: string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly warn: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The one file: read as a whole, and changed under a lock between processes. */
export class Store implements ContentsStore {
  readonly path: string;
  readonly #options: StoreOptions;
  #conf: Conf | undefined;
  #hasWarned = false;
  /** The last warning about entries that cannot be used. */
  #problem: string | undefined;

  constructor(options: StoreOptions) {
    this.path = path.join(options.directory, "config.json");
    this.#options = options;
  }

  /**
   * The file as it is now; empty if it is missing. A corrupt file is moved aside under the lock, with a
   * warning. Throws UsageError for a file that must not be used.
   */
  async read(): Promise<Contents> {
    refuseOddLock(this.path);
    try {
      return this.#read();
    } catch (corrupt) {
      if (!(corrupt instanceof CorruptContents)) throw corrupt;
      try {
        return await this.change((contents) => contents, usualLock);
      } catch (error) {
        if (!isFileError(error)) throw error;
        throw new UsageError(
          `Cannot use ${this.path}: ${corrupt.message}. It cannot be moved aside either: ${reasonOf(error)}.`,
          "Fix it, or set RCWH_CONFIG_DIR to another directory.",
          { cause: error },
        );
      }
    }
  }

  /**
   * Writes what `edit` makes of the file as it is then, unless that is the same object. Throws what
   * `read` throws, CliError `LOCKED`, and the operating system's error if the file cannot be written.
   */
  async change(edit: (contents: Contents) => Contents, options: LockOptions): Promise<Contents> {
    return this.lock("config.json", options, async () => {
      const before = this.#readOrMoveAside();
      const after = edit(before);
      if (after === before) return before;
      const kept = pruned(after, this.#options.clock.now());
      await this.#write(toJson(kept));
      return kept;
    });
  }

  lock<Result>(name: string, options: LockOptions, work: () => Promise<Result>): Promise<Result> {
    const { directory, clock, signal } = this.#options;
    return withLock(path.join(directory, name), { clock, signal, ...options }, work);
  }

  warnOnce(line: string): void {
    if (!this.#hasWarned) this.#options.warn(line);
    this.#hasWarned = true;
  }

  #read(): Contents {
    const { directory, platform } = this.#options;
    let text: string;
    try {
      if (platform !== "win32") {
        refuseOtherWriters(directory);
        refuseOtherReaders(this.path);
      }
      text = readRegularFile(this.path);
    } catch (error) {
      if (!isFileError(error)) throw error;
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return noContents;
      // A container often runs as a user who may not open HOME, with credentials from the environment.
      if (error.code !== "EACCES" || error.syscall !== "stat") throw unreadable(this.path, error);
      this.warnOnce(`Cannot open ${directory}: ${reasonOf(error)}. Continuing without it.`);
      return noContents;
    }
    const contents = parseContents(text, this.path);
    const problem = describeUnusable(contents, this.path);
    if (problem !== undefined && problem !== this.#problem) this.#options.warn(problem);
    this.#problem = problem;
    return contents;
  }

  #readOrMoveAside(): Contents {
    try {
      return this.#read();
    } catch (error) {
      if (!(error instanceof CorruptContents)) throw error;
      const aside = moveAside(this.path, this.#options.clock.now());
      this.#options.warn(
        `Cannot use ${this.path}: ${error.message}. Moved it to ${aside}; sign in again with \`rcwh login\`.`,
      );
      return noContents;
    }
  }

  async #write(value: Record<string, unknown>): Promise<void> {
    const file = fs.existsSync(this.path) ? fs.realpathSync(this.path) : this.path;
    removeLeftovers(file);
    const previous = keepCopy(file);
    try {
      this.#conf ??= await this.#openConf();
      this.#conf.store = value;
      // On a full disk conf writes only a part, without an error.
      parseObject(readRegularFile(file));
    } catch (error) {
      if (!(error instanceof CorruptContents)) throw error;
      if (previous) fs.renameSync(previous, file);
      else fs.rmSync(file);
      const full = new Error("ENOSPC: no space left on device, write", { cause: error });
      throw Object.assign(full, { code: "ENOSPC", syscall: "write" });
    } finally {
      if (previous) fs.rmSync(previous, { force: true });
    }
  }

  async #openConf(): Promise<Conf> {
    const { default: Conf } = await import("conf");
    return new Conf({
      cwd: this.#options.directory,
      configName: "config",
      configFileMode: 0o600,
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
      deserialize: parseObject,
    });
  }
}

/** Throws UsageError for what somebody else owns, who decides what it holds. */
function refuseOtherOwner(path: string, uid: number): void {
  if (isTrustedOwner(uid)) return;
  throw new UsageError(
    `Another user owns ${path}.`,
    "Set RCWH_CONFIG_DIR to a directory of your own, then sign in with `rcwh login`.",
  );
}

function refuseOtherWriters(directory: string): void {
  const { mode, uid } = fs.statSync(directory);
  refuseOtherOwner(directory, uid);
  if (mode & 0o022) {
    throw new UsageError(
      `Other users can write to ${directory}.`,
      `Run \`chmod 700 ${shellWord(directory)}\`, or set RCWH_CONFIG_DIR to a new directory in it.`,
    );
  }
}

/** Throws UsageError if other users can read the file, or if it is not a regular file. */
export function refuseOtherReaders(file: string, stats = fs.statSync(file)): void {
  refuseOddFile(file, stats);
  refuseOtherOwner(file, stats.uid);
  if (stats.mode & 0o077) {
    throw new UsageError(`Other users can read ${file}.`, `Run \`chmod 600 ${shellWord(file)}\`.`);
  }
}

/** Drafts of killed writers: they may hold secrets that have since been removed. */
function removeLeftovers(file: string): void {
  const directory = path.dirname(file);
  for (const name of fs.readdirSync(directory)) {
    if (name.startsWith(`${path.basename(file)}.tmp-`)) removeFile(path.join(directory, name));
  }
}

/** Returns the path of the copy, or undefined if there is no file yet. */
function keepCopy(file: string): string | undefined {
  if (!fs.existsSync(file)) return undefined;
  const copy = `${file}.previous`;
  removeFile(copy);
  fs.copyFileSync(file, copy, fs.constants.COPYFILE_EXCL);
  return copy;
}
