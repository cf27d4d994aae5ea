import type { LookupAddress, LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { isLoopback, localhostAddresses } from "./loopback.ts";

/** Milliseconds that a name server has before its silence is taken for a fault. */
const patience = 500;

/**
 * The operating system's resolver, as a connection's `lookup`. It runs in a thread that nothing can end: a process whose
 * name servers are silent could not exit with a code of its own. So name servers are tried first in a way that can be
 * given up, and where they are silent the resolver runs in a process that ends with this one.
 */
const resolveName: LookupFunction = (hostname, options, callback) => {
  void look(hostname, options).then(
    (found) => callback(null, ...found),
    (error: NodeJS.ErrnoException) => callback(error, "", 0),
  );
};

/** Has a connection go to these addresses, whatever its host name is. */
export function lookupOf(
  addresses: readonly { readonly address: string; readonly family: number }[],
): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}

/** Options for a connection: a name of this machine is resolved here, because name servers may send it elsewhere. */
export function lookupFor(hostname: string): { readonly lookup: LookupFunction } {
  return { lookup: isLoopback(hostname) ? lookupOf(localhostAddresses) : resolveName };
}

/** All addresses of a name. Rejects with the operating system's error. */
export async function addressesOf(hostname: string): Promise<readonly LookupAddress[]> {
  const [addresses] = await look(hostname, { all: true });
  return Array.isArray(addresses) ? addresses : [];
}

type Found = [address: string | LookupAddress[], family?: number];

async function look(hostname: string, options: LookupOptions): Promise<Found> {
  const dns = await import("node:dns");
  if (!(await answers(hostname, dns))) return lookElsewhere(hostname, options);
  return new Promise((resolve, reject) => {
    dns.lookup(hostname, options, (error, ...found: Found) => {
      if (error) reject(error);
      else resolve(found);
    });
  });
}

/** Whether a name server answers for a name, even with an error. */
async function answers(
  hostname: string,
  { Resolver }: typeof import("node:dns"),
): Promise<boolean> {
  const resolver = new Resolver({ timeout: patience, tries: 1 });
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("ETIMEOUT"), patience);
  });
  const asked = (["resolve4", "resolve6"] as const).map(
    (ask) =>
      new Promise<string | undefined>((resolve) => {
        resolver[ask](hostname, (error) => resolve(error?.code));
      }),
  );
  const codes = await Promise.all(asked.map((answer) => Promise.race([answer, silence])));
  clearTimeout(timer);
  resolver.cancel();
  return !codes.includes("ETIMEOUT");
}

/** What looks a name up in another process. Its standard input closes when this process has ended, however. */
const script = `
process.stdin.on("end", () => process.kill(process.pid, "SIGKILL")).resume();
const [name, options] = process.argv.slice(1);
require("node:dns").lookup(name, JSON.parse(options), (error, ...found) => {
  const { code, message } = error ?? {};
  process.stdout.write(JSON.stringify(error ? { code, message } : { found }), () => process.exit());
});`;

async function lookElsewhere(hostname: string, options: LookupOptions): Promise<Found> {
  const { execFile } = await import("node:child_process");
  const args = ["-e", script, "--", hostname, JSON.stringify(options)];
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(process.execPath, args, { windowsHide: true }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    child.stdin?.on("error", () => {});
  });
  const { found, code, message } = JSON.parse(output);
  if (found === undefined) throw Object.assign(new Error(message), { code });
  return found;
}
