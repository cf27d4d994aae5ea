/** Whether a host name is a loopback address: `localhost` and names below it, 127.0.0.0/8 and ::1, bracketed or not. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, "");
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    /^127(?:\.\d{1,3}){3}$/.test(host)
  );
}

/** The addresses of `localhost` and the names below it, regardless of name servers (RFC 6761, 6.3). */
export const localhostAddresses = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
] as const;
