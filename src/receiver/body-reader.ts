/** Collects the chunks of one body. */
export interface BodyReader {
  /** Returns false once the body is too large; nothing of it is kept then. */
  add(chunk: Uint8Array): boolean;
  /** The whole body, decoded as UTF-8. */
  end(): string;
  /** Discards the body. */
  abandon(): void;
}

/** Bytes that all unfinished bodies may hold together, beyond the first `smallBytes` of each. */
const sharedBytes = 64 * 1024 * 1024;
/** More than almost any event: slow large bodies cannot take memory away from ordinary events. */
const smallBytes = 16 * 1024;

/** Creates readers of bodies up to a size, with a shared limit on memory. Returns undefined for a `Content-Length` above it. */
export function createBodyReader(maximumBytes: number) {
  let shared = 0;
  /** Removes a byte order mark. */
  const decoder = new TextDecoder();

  return (contentLength: string | undefined): BodyReader | undefined => {
    if (Number(contentLength ?? 0) > maximumBytes) return undefined;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let tooLarge = false;
    let taken = 0;

    const release = () => {
      shared -= taken;
      taken = 0;
    };
    return {
      add(chunk) {
        if (tooLarge) return false;
        bytes += chunk.byteLength;
        const wanted = Math.max(0, bytes - smallBytes) - taken;
        shared += wanted;
        taken += wanted;
        tooLarge = bytes > maximumBytes || (wanted > 0 && shared > sharedBytes);
        if (tooLarge) {
          chunks.length = 0;
          release();
          return false;
        }
        chunks.push(chunk);
        return true;
      },
      end() {
        release();
        return decoder.decode(chunks.length === 1 ? chunks[0] : joined(chunks, bytes));
      },
      abandon() {
        chunks.length = 0;
        release();
      },
    };
  };
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
