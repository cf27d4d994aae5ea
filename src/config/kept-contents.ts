import { isFileError } from "../machine/file-error.ts";
import type { Contents } from "./contents.ts";
import { type ContentsStore, finalWriteLock, usualLock } from "./contents-store.ts";
import { describeUnsaved, unwritable } from "./file-error.ts";

/** What a store holds, and how a run changes it. */
export class KeptContents {
  readonly store: ContentsStore;
  /** As last read or written. */
  latest: Contents;

  constructor(store: ContentsStore, initial: Contents) {
    this.store = store;
    this.latest = initial;
  }

  async read(): Promise<Contents> {
    this.latest = await this.store.read();
    return this.latest;
  }

  /** A write that the user asked for. Throws if it fails. */
  async change(edit: (contents: Contents) => Contents): Promise<void> {
    const { store } = this;
    try {
      this.latest = await store.change(edit, usualLock);
    } catch (error) {
      throw isFileError(error) ? unwritable(store.path, error) : error;
    }
  }

  /** A write that the run can do without: false, after a warning, if it fails. */
  async keep(edit: (contents: Contents) => Contents): Promise<boolean> {
    const { store } = this;
    try {
      this.latest = await store.change(edit, finalWriteLock);
      return true;
    } catch (error) {
      store.warnOnce(describeUnsaved(store.path, error));
      return false;
    }
  }
}
