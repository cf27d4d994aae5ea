import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { readRecording } from "../listener/recording.ts";
import { isFileError } from "../machine/file-error.ts";
import { readLines } from "../operations/text-input.ts";

/** A file that `rcwh replay` can read. */
export interface Recording {
  readonly name: string;
  readonly events: number;
  /** Whether there are more than `events`, which were not counted. */
  readonly hasMore: boolean;
  /** When it was last written, milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Files that are looked into, newest first: a folder may have thousands. */
const mostFiles = 200;
/** Bytes of a file of which the events are counted. */
const mostBytes = 64 * 1024 * 1024;
/** Bytes in which the first event must end. */
const longestStart = 1024 * 1024;

/** The recordings of a folder, newest first. Passes over what cannot be read. */
export async function findRecordings(
  directory: string,
  signal: AbortSignal,
): Promise<readonly Recording[]> {
  const files = await newestFiles(directory);
  const found: Recording[] = [];
  for (const { name, changedAt } of files) {
    signal.throwIfAborted();
    const path = join(directory, name);
    if (!(await beginsWithEvent(path, signal))) continue;
    const counted = await countEvents(path, signal);
    if (counted && counted.events > 0) found.push({ name, changedAt, ...counted });
  }
  return found;
}

async function newestFiles(directory: string) {
  const names = await orNothing(readdir(directory));
  const files = await Promise.all(
    (names ?? []).map(async (name) => {
      const found = await orNothing(stat(join(directory, name)));
      // A named pipe would wait for its writer.
      return found?.isFile() && found.size > 0 ? [{ name, changedAt: found.mtimeMs }] : [];
    }),
  );
  return files
    .flat()
    .sort((one, other) => other.changedAt - one.changedAt || (one.name < other.name ? -1 : 1))
    .slice(0, mostFiles);
}

/** Whether the first line with anything in it is an event, or a time without events. */
async function beginsWithEvent(path: string, signal: AbortSignal): Promise<boolean> {
  const stream = createReadStream(path, { end: longestStart - 1, signal });
  try {
    for await (const { text } of readLines(stream, longestStart)) {
      if (text === undefined) return false;
      const line = text.replace(/^\uFEFF/, "").trim();
      if (line === "") continue;
      if (!line.startsWith("{")) return false;
      for await (const _ of readRecording(only(line), path)) return true;
      return isGap(line);
    }
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UsageError || isFileError(error)) return false;
    throw error;
  }
}

/** Counts lines; only `replay` reads each. Undefined where the file cannot be read. */
async function countEvents(path: string, signal: AbortSignal) {
  try {
    let events = 0;
    let bytes = 0;
    const stream = createReadStream(path, { signal });
    for await (const { text = "{" } of readLines(counted())) {
      const line = text.trimStart();
      if (line !== "" && !isGap(line)) events += 1;
    }
    return { events, hasMore: bytes > mostBytes };

    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of stream) {
        bytes += chunk.length;
        if (bytes > mostBytes) return;
        yield chunk;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isFileError(error)) return undefined;
    throw error;
  }
}

async function* only(line: string): AsyncGenerator<string> {
  yield line;
}

function isGap(line: string): boolean {
  return line.startsWith('{"gap":');
}

async function orNothing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isFileError(error)) return undefined;
    throw error;
  }
}
