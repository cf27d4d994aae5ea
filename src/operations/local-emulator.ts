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

/** The emulator of the profile `emulator`: a file that all runs of this user share, without a server. */
export interface LocalEmulator {
  /** Answers one request under a lock, and saves the state. Throws CliError if the file cannot be used. */
  fetch(request: Request): Promise<Response>;
  /** Waits for requests in progress. Never throws. */
  close(): Promise<void>;
}

type Context = Pick<CommandContext, "config" | "clock" | "signal" | "io">;

/** Reads no file before the first request. Throws UsageError if no directory is known for the file. */
export async function openLocalEmulator({
  config,
  clock,
  signal,
  io,
}: Context): Promise<LocalEmulator> {
  const path = join(dirname((await config()).path), "emulator.json");
  const underWay = new Set<Promise<unknown>>();

  async function answer(request: Request): Promise<Response> {
    // One for each request, so that no timers outlive it: the next request sets its own.
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

  /** Shows that it waits for the lock, after a while. */
  function noticeClock(): Clock {
    let waited = 0;
    return {
      now: clock.now,
      sleep(milliseconds, waitSignal) {
        waited += milliseconds;
        if (waited >= noticeAfter)
          io.progress("Waiting for another rcwh to finish with the emulator");
        return clock.sleep(milliseconds, waitSignal);
      },
    };
  }

  return {
    async fetch(request) {
      const answered = withLock(path, { clock: noticeClock(), signal, timeout }, () =>
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

/** The state in the file. A reset moves a damaged file aside; other requests refuse it. */
async function readState(
  path: string,
  isReset: boolean,
  { clock, io }: Pick<CommandContext, "clock" | "io">,
): Promise<Snapshot | undefined> {
  try {
    return await readStateFile(path);
  } catch (error) {
    if (!(error instanceof UsageError) || !(error.cause instanceof UnusableSnapshot)) throw error;
    if (!isReset) {
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

/** Milliseconds of waiting after which it is shown. */
const noticeAfter = 1000;

/** Milliseconds: several runs before this one may each wait for slow endpoints. */
const timeout = 30_000;
