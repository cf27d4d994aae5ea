import {
  closeSync,
  existsSync,
  // Not from node:fs/promises, which takes Node a while to load where nothing is written.
  promises as files,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { isFileError } from "./file-error.ts";
import { removeFile } from "./regular-file.ts";

export interface ReplaceOptions {
  /** Path of the draft, in the same directory. A fixed name replaces what a killed process left. */
  readonly draft?: string;
  /** 0600 unless given. */
  readonly mode?: number;
  /** Whether the new file must survive a power failure. */
  readonly durable?: boolean;
}

/**
 * Replaces a file atomically: readers see the old text or the new one. After an error of the file system, the
 * file is unchanged and the draft is gone.
 */
export async function replaceFile(
  path: string,
  text: string,
  { draft: fixedDraft, mode = privateMode, durable = false }: ReplaceOptions = {},
): Promise<void> {
  if (fixedDraft !== undefined) removeFile(fixedDraft);
  const draft = fixedDraft ?? `${path}.${await randomName()}.tmp`;
  try {
    await files.writeFile(draft, text, { flag: "wx", mode: privateMode, flush: durable });
    // The mode of a new file is subject to the umask.
    if (mode !== privateMode) await files.chmod(draft, mode);
    await files.rename(draft, path);
    if (durable) await syncDirectory(dirname(path));
  } catch (error) {
    await files.rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * The same at once, for one small file of many, where each pause would cost more than the writing. A new file is written
 * where it belongs: readers may find it empty, which must be to them as if it was missing.
 */
export function replaceSmallFile(path: string, text: string): void {
  const draft = `${path}.new`;
  const isNew = !existsSync(path);
  const written = isNew ? path : draft;
  const file = openDraft(written);
  try {
    writeFileSync(file, text);
    if (!isNew) renameSync(draft, path);
  } catch (error) {
    rmSync(written, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Creates the draft of a file. Replaces a draft that a killed process left or that a suspended one still has open. */
export function openDraft(path: string): number {
  const open = () => openSync(path, "wx", privateMode);
  try {
    return open();
  } catch (error) {
    if (!isFileError(error) || error.code !== "EEXIST") throw error;
    removeFile(path);
    return open();
  }
}

/**
 * Renames a file that cannot be used, and returns its new path.
 *
 * @param now milliseconds since the epoch
 */
export function moveAside(path: string, now: number): string {
  const aside = `${path}.corrupt-${new Date(now).toISOString().replaceAll(/[-:]/g, "")}`;
  renameSync(path, aside);
  return aside;
}

const privateMode = 0o600;

/** Loads modules only when a file is written: most runs of `list` write none. */
async function randomName(): Promise<string> {
  const { randomBytes } = await import("node:crypto");
  return randomBytes(6).toString("hex");
}

/** So that the new name survives, too. Not every system can open a directory. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await files.open(path, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
