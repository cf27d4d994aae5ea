import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "../machine/atomic-write.ts";
import { isFileError } from "../machine/file-error.ts";
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
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        // Only one run at a time writes it, so it overwrites the draft of a killed one.
        await replaceFile(path, `${JSON.stringify(run)}\n`, { draft: `${path}.new` });
        return true;
      } catch (error) {
        if (!isFileError(error)) throw error;
        return false;
      }
    },
    remove: () => rm(path, { force: true }).catch(() => {}),
  };
}

function readText(path: string): string | undefined {
  try {
    return readRegularFile(path);
  } catch (error) {
    if (!isFileError(error)) throw error;
    return undefined;
  }
}
