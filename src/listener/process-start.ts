import { readFileSync } from "node:fs";

/**
 * When a process of this machine began, in a count that only the kernel knows: two processes that had one number
 * after another differ in it. Undefined where the kernel does not tell.
 */
export function processStart(pid: number): string | undefined {
  try {
    // The second field is the program's name, which may have anything in it but ends with the last bracket.
    const [, rest = ""] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return rest.split(" ")[19];
  } catch {
    return undefined;
  }
}
