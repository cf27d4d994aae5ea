/** Takes the pieces of one body. */
export interface BodyReader {
  /** False once it is known to be too large; nothing is kept of it then. */
  add(chunk: Uint8Array): boolean;
  /** The whole body; whatever its Content-Type says, JSON is UTF-8. */
  end(): string;
  /** Forgets what there is. */
  abandon(): void;
}

/** What all unfinished bodies may hold together, in bytes, beyond the small beginning that each may have. */
const sharedBytes = 64 * 1024 * 1024;
/** Far more than almost any event: whoever sends large bodies slowly takes no room from those. */
const smallBytes = 16 * 1024;

/**
 * Readers of bodies up to a size, which together cannot fill the memory either. There is none for a body that
 * says itself that it is too large.
 */
export function createBodyReader(maximumBytes: number) {
  let shared = 0;

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
        return decoder.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
      },
      abandon() {
        chunks.length = 0;
        release();
      },
    };
  };
}

/** Leaves a byte order mark out. */
const decoder = new TextDecoder();
