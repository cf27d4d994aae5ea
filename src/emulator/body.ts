/** Bytes of all bodies that are being read in this process, beyond the first `freeBytes` of each. */
let heldBytes = 0;
/** Ordinary requests find room however many large bodies others send. */
const freeBytes = 16 * 1024;

/**
 * The body as text. Undefined if it is larger than `maximumBytes`, or if all the bodies being received would together
 * exceed twice that.
 */
export async function readText(
  request: Request,
  maximumBytes: number,
): Promise<string | undefined> {
  const announced = request.headers.get("content-length");
  if (Number(announced ?? 0) > maximumBytes) return undefined;
  if (announced !== null && Number(announced) <= freeBytes) {
    // A body of its declared size needs no stream.
    const text = await request.text();
    return Buffer.byteLength(text) > maximumBytes ? undefined : text;
  }
  if (!request.body) return "";

  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let held = 0;
  let isTooMuch = false;
  const release = () => {
    heldBytes -= held;
    held = 0;
  };
  try {
    for await (const chunk of request.body) {
      bytes += chunk.byteLength;
      const wanted = Math.max(0, bytes - freeBytes) - held;
      isTooMuch ||= bytes > maximumBytes || (wanted > 0 && heldBytes + wanted > 2 * maximumBytes);
      if (isTooMuch) {
        // To stop reading would be to hang up: read on, so that the client gets its answer.
        if (bytes > mostBytesRead) return undefined;
        chunks.length = 0;
        release();
        continue;
      }
      heldBytes += wanted;
      held += wanted;
      chunks.push(chunk);
    }
    return isTooMuch ? undefined : new TextDecoder().decode(Buffer.concat(chunks));
  } finally {
    release();
  }
}

// RingCentral's own limit for a request.
const mostBytesRead = 100 * 1024 * 1024;

/** The media type of a Content-Type header, in lower case and without its parameters. */
export function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
