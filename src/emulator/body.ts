/** The body as text, or undefined if it is larger than `maximumBytes`. */
export async function readText(
  request: Request,
  maximumBytes: number,
): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > maximumBytes) return undefined;
  if (!request.body) return "";

  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    // To stop reading would be to hang up: read on, so that the client gets its answer.
    if (bytes <= maximumBytes) chunks.push(chunk);
    else if (bytes > mostBytesRead) return undefined;
    else chunks.length = 0;
  }
  return bytes > maximumBytes ? undefined : new TextDecoder().decode(Buffer.concat(chunks));
}

// RingCentral's own limit for a request.
const mostBytesRead = 100 * 1024 * 1024;

/** The media type of a Content-Type header, in lower case and without its parameters. */
export function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
