import { dirname, join } from "node:path";
import type { CommandContext } from "../context.ts";
import { createEmulator } from "../emulator/emulator.ts";
import { lockError, readStateFile, writeStateFile } from "../emulator/state-file.ts";
import { CliError } from "../errors.ts";
import { isFileError } from "../file-error.ts";
import { withLock } from "../lock.ts";

/** The emulator of the profile `emulator`: no server, but a file that all runs of this user share. */
export interface LocalEmulator {
  /** Answers one request, from the file to the file, while no other run does. Throws CliError where the file cannot be used. */
  fetch(request: Request): Promise<Response>;
  /** Waits for what is under way. Never throws. */
  close(): Promise<void>;
}

type Context = Pick<CommandContext, "config" | "clock" | "signal">;

/** Touches nothing before the first request. Throws UsageError where there is no directory for the file. */
export async function openLocalEmulator({
  config,
  clock,
  signal,
}: Context): Promise<LocalEmulator> {
  const path = join(dirname((await config()).path), "emulator.json");
  const underWay = new Set<Promise<unknown>>();

  async function answer(request: Request): Promise<Response> {
    // Without timers that outlive the request: the next one, of whichever run, sets its own.
    const emulator = createEmulator({ clock });
    try {
      const snapshot = await readStateFile(path);
      if (snapshot) await emulator.restore(snapshot);
      const response = await emulator.fetch(request);
      await writeStateFile(path, emulator.snapshot());
      return response;
    } finally {
      emulator.reset();
    }
  }

  return {
    async fetch(request) {
      const answered = withLock(path, { clock, signal, patience }, () => answer(request));
      underWay.add(answered);
      try {
        return await answered;
      } catch (error) {
        throw isFileError(error) || error instanceof CliError ? lockError(path, error) : error;
      } finally {
        underWay.delete(answered);
      }
    },
    async close() {
      await Promise.allSettled(underWay);
    },
  };
}

/** Milliseconds: several runs may wait for endpoints that take their three seconds. */
const patience = 30_000;
