import fs from "node:fs";
import { UsageError } from "../errors.ts";
import { shellWord } from "./shell-word.ts";

const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = fs.constants;

/**
 * The text of a file of ours. Throws the file system's error, and UsageError for a named pipe, a device, a directory
 * or a socket: reading from these may never end.
 */
export function readRegularFile(path: string): string {
  const file = openForReading(path);
  try {
    const stats = fs.fstatSync(file);
    if (!stats.isFile()) throw notRegular(path, stats);
    return fs.readFileSync(file, "utf8");
  } finally {
    fs.closeSync(file);
  }
}

/** Without waiting for somebody who writes to a named pipe. */
function openForReading(path: string): number {
  try {
    return fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    // A socket cannot be opened, and the system's reason does not say why.
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    throw stats === undefined || stats.isFile() ? error : notRegular(path, stats);
  }
}

function notRegular(path: string, stats: fs.Stats): UsageError {
  const kind = stats.isDirectory()
    ? "a directory"
    : stats.isFIFO()
      ? "a named pipe"
      : stats.isSocket()
        ? "a socket"
        : "a device";
  return new UsageError(
    `Cannot use ${path}: it is ${kind} instead of a file.`,
    `Move it away: \`mv ${shellWord(path)} ${shellWord(`${path}.aside`)}\`.`,
  );
}
