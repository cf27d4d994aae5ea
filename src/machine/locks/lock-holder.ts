import { attempt } from "../attempt.ts";
import { hasCode } from "../file-error.ts";
import { isNumber, isOptional, isShape, isText, parseJson } from "../json.ts";
import { readRegularFile } from "../regular-file.ts";
import { isHere, isProcessIdentity, type ProcessIdentity } from "./process-identity.ts";

/** The content of a lock file: who holds the lock. */
export interface Holder {
  readonly owner?: string | undefined;
  /** Absent where the system does not tell. */
  readonly process?: ProcessIdentity | undefined;
  /** Of a timed lock. */
  readonly until?: number | undefined;
  readonly fence?: number | undefined;
}

export const isHolder = isShape<Holder>({
  owner: isOptional(isText),
  until: isOptional(isNumber),
  fence: isOptional(isNumber),
  process: isOptional(isProcessIdentity),
});

/** Empty for a lock that is gone by now, or whose holder has not described itself. */
export function readHolder(lockPath: string): Holder {
  try {
    const holder = parseJson(readRegularFile(lockPath));
    return isHolder(holder) ? holder : {};
  } catch (error) {
    if (hasCode(error, "ENOENT")) return {};
    throw error;
  }
}

/** For messages of those who wait. */
export function describeHolder(lockPath: string) {
  const { owner = "", process } = attempt(() => readHolder(lockPath)) ?? {};
  return {
    // One line: the file is ours, but its directory may be shared.
    ...(/^[ -~]{1,200}$/.test(owner) && { owner }),
    ...(process && isHere(process) && { pid: process.pid }),
  };
}

/** The content of a lock file. */
export function formatHolder(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}
