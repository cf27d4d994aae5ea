import { lstat, open } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { openRecorder, type Recorder } from "../listener/recorder.ts";
import { readRecording } from "../listener/recording.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import { ActionError } from "./actions.ts";

export interface RecordingFile {
  /** From the root. */
  readonly path: string;
  readonly recorder: Recorder;
}

/**
 * Opens a new file, or one that is a recording already: a page must not be able to append to anything else. Throws
 * ActionError.
 */
export async function openRecordingFile(file: string): Promise<RecordingFile> {
  if (file.trim() === "" || /\p{Cc}/u.test(file)) {
    throw new ActionError("Name a file to record to.", "Use one such as events.ndjson.", 400);
  }
  const path = resolve(file);
  try {
    await refuseOthers(path);
    return { path, recorder: await openRecorder(path) };
  } catch (error) {
    if (error instanceof UsageError) {
      throw new ActionError(error.message.replace("the --record file ", ""));
    }
    if (!isFileError(error)) throw error;
    throw new ActionError(`Cannot record to ${path}: ${reasonOf(error)}.`);
  }
}

/** Bytes of the first line that are read. */
const mostBytes = 64 * 1024;

async function refuseOthers(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (isFileError(error) && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!stats) return;
  if (!stats.isFile()) throw new ActionError(`Cannot record to ${path}: it is not a plain file.`);
  if (stats.size === 0 || (await beginsAsRecording(path))) return;
  throw new ActionError(
    `Cannot record to ${path}: it contains something other than a recording.`,
    "Name a new file, or one that `rcwh listen --record` wrote.",
  );
}

async function beginsAsRecording(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
    const text = buffer.toString("utf8", 0, bytesRead);
    const [line = ""] = text.split("\n");
    // A long line is cut: its beginning has to do.
    if (line.length === text.length) return /^\{"(?:receivedAt|gap)":/.test(line);
    for await (const _ of readRecording(lines(line), path)) return true;
    return /^\{"gap":/.test(line);
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  } finally {
    await file.close();
  }
}

async function* lines(line: string): AsyncGenerator<string> {
  yield line;
}
