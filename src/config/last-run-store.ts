import { existsSync, promises as files } from "node:fs";
import { dirname, join } from "node:path";
import { replaceSmallFile } from "../machine/atomic-write.ts";
import { isFileError } from "../machine/file-error.ts";
import { makeDirectory } from "../machine/make-directory.ts";
import { readRegularFile } from "../machine/regular-file.ts";
import { hash } from "./identity-hashes.ts";
import { type LastRunStore, parseLastRun } from "./last-run.ts";

/** The store in rcwh's `directory`; `key` is an identity's `recordsKey`. */
export function createLastRunStore(directory: string, key: string): LastRunStore {
  const path = join(directory, "runs", `${hash(key).slice(0, 32)}.json`);
  return {
    async read() {
      return parseLastRun(readText(path), path);
    },
    async save(run) {
      try {
        // Only one run at a time writes it.
        const write = () => replaceSmallFile(path, `${JSON.stringify(run)}\n`);
        try {
          write();
        } catch (error) {
          if (!isFileError(error) || error.code !== "ENOENT") throw error;
          makeDirectory(dirname(path));
          write();
        }
        return true;
      } catch (error) {
        if (!isFileError(error)) throw error;
        return false;
      }
    },
    remove: () => files.rm(path, { force: true }).catch(() => {}),
  };
}

function readText(path: string): string | undefined {
  // Far cheaper than an exception.
  if (!existsSync(path)) return undefined;
  try {
    return readRegularFile(path);
  } catch (error) {
    if (!isFileError(error)) throw error;
    return undefined;
  }
}
