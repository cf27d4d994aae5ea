import { dirname, join } from "node:path";
import type { CommandContext } from "../context.ts";
import { createEmulator } from "../emulator/emulator.ts";
import { lockError, readStateFile, writeStateFile } from "../emulator/server/state-file.ts";
import { type Snapshot, UnusableSnapshot } from "../emulator/snapshot.ts";
import { UsageError } from "../errors.ts";
import { moveAside } from "../machine/atomic-write.ts";
import { isFileError } from "../machine/file-error.ts";
import { refuseOddLock, withLock } from "../machine/locks/lock.ts";
import { LockedError } from "../machine/locks/locked-error.ts";
import type { ServedEmulator } from "./served-emulator.ts";

/**
 * The emulator of the profile `emulator`: a file that all runs of this user share. It needs no server, but where one
 * run serves it, such as a listener for its gateway, the others ask that server.
 */
export interface LocalEmulator {
  /** Answers one request under a lock, and saves the state. Throws CliError if the file cannot be used. */
  fetch(request: Request): Promise<Response>;
  /**
   * From the next request on, this run serves the emulator on a port of this machine whenever no other run does, so
   * that its WebSocket gateway has an address.
   */
  host(): void;
  /** Waits for requests in progress, and stops serving. Never throws. */
  close(): Promise<void>;
}

type Context = Pick<CommandContext, "config" | "clock" | "signal" | "io">;

/** Reads no file before the first request. Throws UsageError if no directory is known for the file. */
export async function openLocalEmulator(context: Context): Promise<LocalEmulator> {
  const { config, clock, signal, io } = context;
  const path = join(dirname((await config()).path), "emulator.json");
  const underWay = new Set<Promise<unknown>>();
  let isHost = false;
  let served: Promise<ServedEmulator> | undefined;

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

  /** Serves the emulator. Throws LockedError if another run uses the file. */
  function serveHere(): Promise<ServedEmulator> {
    served ??= (async () => {
      const { serveEmulator } = await import("./served-emulator.ts");
      const opened = await serveEmulator(path, context);
      opened.failed.catch((error: unknown) => stopServing(opened, error));
      return opened;
    })().catch((error: unknown) => {
      served = undefined;
      throw isDamage(error) ? refuseDamaged(error) : error;
    });
    return served;
  }

  /** The next request serves it again, with what the file has by then, or throws. */
  async function stopServing({ close }: ServedEmulator, error: unknown): Promise<void> {
    served = undefined;
    if (error instanceof Error) io.say(`warning: ${error.message}`);
    await close().catch(() => {});
  }

  /** Asks the run that serves the emulator; without one, answers here. Throws LockedError while another run is busy. */
  async function ask(request: Request): Promise<Response> {
    try {
      if (isHost) return await (await serveHere()).fetch(request);
      return await withLock(path, { clock, signal, timeout: 0 }, () => answer(request));
    } catch (error) {
      const host = error instanceof LockedError ? hostOf(error) : undefined;
      if (host === undefined) throw error;
      const { askHost } = await import("./served-emulator.ts");
      return (await askHost(host, request)) ?? Promise.reject(error);
    }
  }

  async function askPatiently(request: Request): Promise<Response> {
    refuseOddLock(path);
    const until = clock.now() + timeout;
    const startedAt = clock.now();
    for (;;) {
      try {
        return await ask(request);
      } catch (error) {
        if (!(error instanceof LockedError) || clock.now() >= until) throw error;
      }
      if (clock.now() >= startedAt + noticeAfter) {
        io.progress("Waiting for another rcwh to finish with the emulator");
      }
      await clock.sleep(1 + Math.random() * longestPause, signal);
    }
  }

  return {
    async fetch(request) {
      const answered = askPatiently(request);
      underWay.add(answered);
      try {
        return await answered;
      } catch (error) {
        throw isFileError(error) ? lockError(path, error) : error;
      } finally {
        underWay.delete(answered);
      }
    },
    host() {
      isHost = true;
    },
    async close() {
      await Promise.allSettled(underWay);
      await served?.then(({ close }) => close()).catch(() => {});
    },
  };
}

/** The address of the run that holds the lock because it serves the emulator. */
function hostOf({ owner = "" }: LockedError): string | undefined {
  return /^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(owner) ? owner : undefined;
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
    if (!isDamage(error)) throw error;
    if (!isReset) throw refuseDamaged(error);
    const aside = moveAside(path, clock.now());
    io.note(`Moved the damaged state to ${aside}.`);
    return undefined;
  }
}

function isDamage(error: unknown): error is UsageError {
  return error instanceof UsageError && error.cause instanceof UnusableSnapshot;
}

function refuseDamaged(error: UsageError): UsageError {
  return new UsageError(
    error.message,
    "The file is unchanged. Start over with `rcwh --profile emulator emulator state --reset`, which moves it aside.",
    { cause: error },
  );
}

/** Milliseconds of waiting after which it is shown. */
const noticeAfter = 1000;

/** Milliseconds between two tries. */
const longestPause = 60;

/** Milliseconds: several runs before this one may each wait for slow endpoints. */
const timeout = 30_000;
