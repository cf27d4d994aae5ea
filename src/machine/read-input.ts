import { constants, createReadStream, openSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { UsageError } from "../errors.ts";

/** More than any file of variables or any body has. */
const maximumMegabytes = 16;

export type Chunks = AsyncIterable<string | Uint8Array>;

export interface InputOptions {
  /** For messages, such as "the .env file .env". */
  readonly name: string;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/**
 * All text of a file, named by its path, or of a stream: neither need ever end. Throws UsageError for more than the
 * limit, the signal's reason, and errors of the file system.
 */
export async function readInput(
  source: string | Chunks,
  { name, signal }: InputOptions,
): Promise<string> {
  const chunks = typeof source === "string" ? await openInput(source) : source;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  for await (const chunk of abortable(chunks, signal)) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > maximumMegabytes * 1_000_000) {
      throw new UsageError(
        `Cannot read ${name}: it is larger than ${maximumMegabytes} MB.`,
        "Check that this is the right input.",
      );
    }
  }
  return text + decoder.decode();
}

/**
 * The chunks of a file. A named pipe is opened without waiting for its writer: nothing can end that wait, which would
 * keep the process, too.
 */
export async function openInput(path: string): Promise<AsyncIterable<Uint8Array>> {
  if (!statSync(path).isFIFO()) return createReadStream(path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { Socket } = await import("node:net");
  return new Socket({ fd, readable: true, writable: false });
}

/** The same chunks, but waiting for the next one ends with `stop`. */
export function abortable<Chunk>(
  chunks: AsyncIterable<Chunk>,
  stop: AbortSignal,
): AsyncIterable<Chunk> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = chunks[Symbol.asyncIterator]();
      return {
        next: () =>
          new Promise((resolve, reject) => {
            const abort = () => {
              // An open stream would keep the process from ending.
              if (chunks instanceof Readable) chunks.destroy();
              reject(stop.reason);
            };
            if (stop.aborted) return abort();
            stop.addEventListener("abort", abort, { once: true });
            const settled = () => stop.removeEventListener("abort", abort);
            iterator.next().then(resolve, reject).finally(settled);
          }),
        return: async () => {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
