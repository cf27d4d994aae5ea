import fs from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isFileError } from "../machine/file-error.ts";
import { membersOf } from "../machine/json.ts";
import { hash } from "./identity-hashes.ts";
import type { LastRun } from "./types.ts";

/** How the last unattended run of one user ended: a small file for each, because a fleet has thousands. */
export interface LastRunStore {
  /** Undefined where there was none, and where what is kept cannot be read. */
  read(): Promise<LastRun | undefined>;
  /** False where it cannot be kept. */
  save(run: LastRun): Promise<boolean>;
  remove(): Promise<void>;
}

/** The store below rcwh's `directory`; `key` is an identity's `recordsKey`. */
export function createLastRunStore(directory: string, key: string): LastRunStore {
  const path = join(directory, "runs", `${hash(key).slice(0, 32)}.json`);
  return {
    async read() {
      try {
        const value: unknown = JSON.parse(fs.readFileSync(path, "utf8"));
        return isLastRun(value) ? value : undefined;
      } catch {
        // Nothing hangs on it but `rcwh status`, which says that it knows of no run.
        return undefined;
      }
    },
    async save(run) {
      try {
        replace(path, `${JSON.stringify(run)}\n`);
        return true;
      } catch (error) {
        if (!isFileError(error)) throw error;
        return false;
      }
    },
    remove: () => rm(path, { force: true }).catch(() => {}),
  };
}

/**
 * Does not wait for the disk: what a power failure takes is written anew by the next run. What a killed
 * one leaves unfinished is overwritten by it, because only one at a time runs for a user.
 */
function replace(path: string, text: string): void {
  const draft = `${path}.new`;
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  fs.writeFileSync(draft, text, { mode: 0o600 });
  fs.renameSync(draft, path);
}

function isLastRun(value: unknown): value is LastRun {
  const run: Partial<Record<keyof LastRun, unknown>> = membersOf(value);
  return (
    typeof run.command === "string" &&
    isInstant(run.startedAt) &&
    isInstant(run.endedAt) &&
    typeof run.exitCode === "number" &&
    typeof run.outcomes === "object" &&
    run.outcomes !== null &&
    (run.message === undefined || typeof run.message === "string") &&
    (run.lastSuccessAt === undefined || isInstant(run.lastSuccessAt)) &&
    (run.failingSince === undefined || isInstant(run.failingSince))
  );
}

function isInstant(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
