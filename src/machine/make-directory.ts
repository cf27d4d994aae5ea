import fs from "node:fs";
import { dirname } from "node:path";
import { isFileError } from "./file-error.ts";

/**
 * Creates a directory, and those that it is in. Does nothing if it exists. Throws the file system's error.
 *
 * Node's own `recursive` tries forever where a directory cannot be created in one that exists, as in /proc: the system
 * answers ENOENT there, which it takes for a missing parent.
 *
 * @param mode of what is created, less the umask. By default, it is for this user alone
 */
export function makeDirectory(path: string, mode = 0o700): void {
  if (isDirectory(path)) return;
  try {
    make(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (!isFileError(error) || error.code !== "ENOENT" || isDirectory(parent)) throw error;
    makeDirectory(parent, mode);
    make(path, mode);
  }
}

function make(path: string, mode: number): void {
  try {
    fs.mkdirSync(path, { mode });
  } catch (error) {
    // Another process has made it meanwhile.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
