import fs from "node:fs";
import { dirname } from "node:path";
import { isFileError } from "./file-error.ts";

/**
 * Creates a directory, and those that it is in, for this user alone. Does nothing if it exists. Throws the file system's error.
 *
 * Node's own `recursive` tries forever where a directory cannot be created in one that exists, as in /proc: the system
 * answers ENOENT there, which it takes for a missing parent.
 */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  try {
    make(path);
  } catch (error) {
    const parent = dirname(path);
    if (!isFileError(error) || error.code !== "ENOENT" || isDirectory(parent)) throw error;
    makeDirectory(parent);
    make(path);
  }
}

function make(path: string): void {
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process has made it meanwhile.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
