import type { Update } from "../inspector/protocol.ts";

interface StreamEvents {
  update(update: Update): void;
  lost(): void;
  connecting(): void;
  /** There is nothing at this address any more, and will not be. */
  replaced(): void;
}

/** Milliseconds before each try to connect again; the last one over and over. */
const pauses = [500, 1000, 2000, 4000, 8000];

/**
 * Reads the stream of updates. A connection that is lost is opened again, later and later, until the program has said that
 * it ends, or was started again. Returns a function that tries at once.
 */
export function readStream(on: StreamEvents): () => void {
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;

  const open = () => {
    clearTimeout(timer);
    source?.close();
    const opened = new EventSource("./stream");
    source = opened;
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      const update: Update = JSON.parse(data);
      tries = 0;
      if (update.type === "end") opened.close();
      on.update(update);
    };
    // A browser's own way to connect again gives up on some errors.
    opened.onerror = () => {
      opened.close();
      on.lost();
      timer = setTimeout(open, pauses[Math.min(tries, pauses.length - 1)]);
      tries += 1;
      void isGone().then((gone) => {
        if (!gone || source !== opened) return;
        clearTimeout(timer);
        on.replaced();
      });
    };
  };

  open();
  return () => {
    on.connecting();
    open();
  };
}

/** Whether somebody answers here who does not know this page: rcwh has another secret whenever it is started. */
async function isGone(): Promise<boolean> {
  try {
    const { status, body } = await fetch("./", { cache: "no-store" });
    await body?.cancel();
    return status === 404;
  } catch {
    return false;
  }
}
