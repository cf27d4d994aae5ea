import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isFileError } from "../file-error.ts";
import { hash } from "./keys.ts";
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
        const value: unknown = JSON.parse(await readFile(path, "utf8"));
        return isLastRun(value) ? value : undefined;
      } catch {
        // Nothing hangs on it but `rcwh status`, which says that it knows of no run.
        return undefined;
      }
    },
    async save(run) {
      const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFile(draft, `${JSON.stringify(run)}\n`, { mode: 0o600, flush: true });
        await rename(draft, path);
        return true;
      } catch (error) {
        if (!isFileError(error)) throw error;
        await rm(draft, { force: true }).catch(() => {});
        return false;
      }
    },
    remove: () => rm(path, { force: true }).catch(() => {}),
  };
}

function isLastRun(value: unknown): value is LastRun {
  const run: Partial<Record<keyof LastRun, unknown>> =
    typeof value === "object" && value !== null ? value : {};
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
