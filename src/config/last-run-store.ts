import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "../machine/atomic-write.ts";
import { isFileError } from "../machine/file-error.ts";
import {
  isInstant,
  isListOf,
  isMapOf,
  isNumber,
  isOptional,
  isShape,
  isText,
  parseJson,
} from "../machine/json.ts";
import { refuseNewer } from "../machine/refuse-newer.ts";
import { readRegularFile } from "../machine/regular-file.ts";
import { hash } from "./identity-hashes.ts";

/** How the last unattended run of one user ended. Instants are RFC 3339. */
export interface LastRun {
  readonly command: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly exitCode: number;
  /** How many subscriptions had each outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The error. */
  readonly message?: string;
  /** The subscriptions that needed attention. */
  readonly attention?: readonly string[];
  /** When a renewal of all subscriptions last ended with exit code 0. */
  readonly lastSuccessAt?: string;
  /** The end of the first failed run since the last success. */
  readonly failingSince?: string;
}

/** How the last unattended run of one user ended: a small file for each user, because a fleet has thousands. */
export interface LastRunStore {
  /** Undefined if there was none, or its file cannot be read. Throws UsageError if it is not a regular file, or a newer rcwh wrote it. */
  read(): Promise<LastRun | undefined>;
  /** False if it cannot be saved. */
  save(run: LastRun): Promise<boolean>;
  remove(): Promise<void>;
}

/** The store in rcwh's `directory`; `key` is an identity's `recordsKey`. */
export function createLastRunStore(directory: string, key: string): LastRunStore {
  const path = join(directory, "runs", `${hash(key).slice(0, 32)}.json`);
  return {
    async read() {
      const value = parseJson(readText(path));
      refuseNewer(value, path);
      return isLastRun(value) ? value : undefined;
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

const isLastRun = isShape<LastRun>({
  command: isText,
  startedAt: isInstant,
  endedAt: isInstant,
  exitCode: isNumber,
  outcomes: isMapOf(isNumber),
  message: isOptional(isText),
  attention: isOptional(isListOf(isText)),
  lastSuccessAt: isOptional(isInstant),
  failingSince: isOptional(isInstant),
});
