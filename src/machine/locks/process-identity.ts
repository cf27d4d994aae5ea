import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isFileError } from "../file-error.ts";
import { isShape, isText } from "../json.ts";

/** A process, distinguished from every other one that has or had the same number. */
export interface ProcessIdentity {
  readonly host: string;
  /** Another one after each start of the machine. */
  readonly boot: string;
  /** Processes of another container have numbers of their own. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** When it started, as the kernel counts it. */
  readonly start: string;
}

export const isProcessIdentity = isShape<ProcessIdentity>({
  host: isText,
  boot: isText,
  pidNamespace: isText,
  // Zero and less are groups of processes.
  pid: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  start: isText,
});

let own: ProcessIdentity | undefined | "unread" = "unread";

/** This process. Undefined where the system does not tell all of it, as without /proc. */
export function ownIdentity(): ProcessIdentity | undefined {
  if (own === "unread") own = readOwnIdentity();
  return own;
}

/** Whether its number means something here: not on another machine, nor in another container. */
export function isHere({ host, boot, pidNamespace }: ProcessIdentity): boolean {
  const here = ownIdentity();
  return here?.host === host && here.boot === boot && here.pidNamespace === pidNamespace;
}

/** Whether the process has certainly ended. False also where that cannot be known. */
export function hasEnded(identity: ProcessIdentity): boolean {
  const { pid, start } = identity;
  if (!isHere(identity)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isFileError(error) && error.code === "ESRCH";
  }
  const found = readStat(pid);
  return found !== undefined && (found.start !== start || found.isZombie);
}

/**
 * When a process of this machine started, as the kernel counts it: it differs between two processes that had the
 * same number. Undefined if the kernel does not say.
 */
export function processStart(pid: number): string | undefined {
  return readStat(pid)?.start;
}

function readOwnIdentity(): ProcessIdentity | undefined {
  const stat = readStat("self");
  // The /proc of another namespace of processes has other numbers.
  if (stat?.pid !== process.pid) return undefined;
  try {
    return {
      host: hostname(),
      boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
      pidNamespace: readlinkSync("/proc/self/ns/pid"),
      pid: process.pid,
      start: stat.start,
    };
  } catch {
    return undefined;
  }
}

interface ProcessStat {
  readonly pid: number;
  readonly start: string;
  /** It has ended, and its parent has not asked how. */
  readonly isZombie: boolean;
}

function readStat(pid: number | "self"): ProcessStat | undefined {
  try {
    // The second field is the program's name, which may contain anything and ends at the last bracket.
    const [, number, rest = ""] =
      /^(\d+) .*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ");
    const start = fields[19];
    if (start === undefined) return undefined;
    // The first thread may end before the others.
    const isZombie = fields[0] === "Z" && Number(fields[17]) <= 1;
    return { pid: Number(number), start, isZombie };
  } catch {
    return undefined;
  }
}
