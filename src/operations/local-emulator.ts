import { dirname, join } from "node:path";
import type { CommandContext } from "../context.ts";
import { createEmulator } from "../emulator/emulator.ts";
import { lockError, readStateFile, writeStateFile } from "../emulator/server/state-file.ts";
import { type Snapshot, UnusableSnapshot } from "../emulator/snapshot.ts";
import { CliError, UsageError } from "../errors.ts";
import { moveAside } from "../machine/atomic-write.ts";
import type { Clock } from "../machine/clock.ts";
import { isFileError } from "../machine/file-error.ts";
import { withLock } from "../machine/lock.ts";

/** The emulator of the profile `emulator`: no server, but a file that all runs of this user share. */
export interface LocalEmulator {
  /** Answers one request, from the file to the file, while no other run does. Throws CliError where the file cannot be used. */
  fetch(request: Request): Promise<Response>;
  /** Waits for what is under way. Never throws. */
  close(): Promise<void>;
}

type Context = Pick<CommandContext, "config" | "clock" | "signal" | "io">;

/** Touches nothing before the first request. Throws UsageError where there is no directory for the file. */
export async function openLocalEmulator({
  config,
  clock,
  signal,
  io,
}: Context): Promise<LocalEmulator> {
  const path = join(dirname((await config()).path), "emulator.json");
  const underWay = new Set<Promise<unknown>>();

  async function answer(request: Request): Promise<Response> {
    // Without timers that outlive the request: the next one, of whichever run, sets its own.
    const emulator = createEmulator({ clock });
    try {
      const snapshot = await readState(path, isReset(request), { clock, io });
      if (snapshot) await emulator.restore(snapshot);
      const response = await emulator.fetch(request);
      await writeStateFile(path, emulator.snapshot());
      return response;
    } finally {
      emulator.reset();
    }
  }

  /** Says why nothing happens, once it has been a while. */
  function patientClock(): Clock {
    let waited = 0;
    return {
      now: clock.now,
      sleep(milliseconds, waitSignal) {
        waited += milliseconds;
        if (waited >= quietly) io.progress("Waiting for another rcwh to finish with the emulator");
        return clock.sleep(milliseconds, waitSignal);
      },
    };
  }

  return {
    async fetch(request) {
      const answered = withLock(path, { clock: patientClock(), signal, patience }, () =>
        answer(request),
      );
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

function isReset({ method, url }: Request): boolean {
  return method === "DELETE" && new URL(url).pathname === "/emulator/v1/state";
}

/** A file that nobody can use is moved aside where all is to be forgotten, and else left alone. */
async function readState(
  path: string,
  mends: boolean,
  { clock, io }: Pick<CommandContext, "clock" | "io">,
): Promise<Snapshot | undefined> {
  try {
    return await readStateFile(path);
  } catch (error) {
    if (!(error instanceof UsageError) || !(error.cause instanceof UnusableSnapshot)) throw error;
    if (!mends) {
      throw new UsageError(
        error.message,
        "The file is unchanged. Start over with `rcwh --profile emulator emulator state --reset`, which moves it aside.",
        { cause: error },
      );
    }
    const aside = moveAside(path, clock.now());
    io.note(`Moved the damaged state to ${aside}.`);
    return undefined;
  }
}

/** Milliseconds for which nobody wonders. */
const quietly = 1000;

/** Milliseconds: several runs may wait for endpoints that take their three seconds. */
const patience = 30_000;
