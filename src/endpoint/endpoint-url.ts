/** The latest addresses, parsed: each delivery asks twice, and parsing takes longer than all else that is done before it is sent. */
const known = new Map<string, URL>();
const mostKnown = 256;

/** An endpoint's address, to read only. Throws TypeError for text that is not a URL. */
export function endpointUrl(address: string): URL {
  const before = known.get(address);
  if (before) return before;
  const url = new URL(address);
  if (known.size >= mostKnown) known.clear();
  known.set(address, url);
  return url;
}
