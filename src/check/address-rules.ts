import { isIP } from "node:net";
import { findAddresses, whyNotPublic } from "../endpoint/addresses.ts";
import type { HostAddress, Lookup } from "../endpoint/endpoint-call.ts";
import { ExitCode } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";
import type { Report } from "./report.ts";

const atMost = 8;

/** Looks at the address as it is written. Returns it where the platform would call it. */
export function checkUrl(address: string, report: Report, showSecrets = false): URL | undefined {
  report.start("url");
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const shown = redactAddress(address, showSecrets);
  if (!url || !/^https?:$/.test(url.protocol)) {
    const hint = "Give the whole address, such as https://example.com/hook.";
    report.fail("url", `${shown} is no address of a webhook`, { code: "SUB-523", hint });
    return undefined;
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    const hint = `Serve the endpoint over https, and give https://${url.hostname}${url.pathname}.`;
    report.fail("url", `${shown} is not https`, { code: "SUB-523", hint });
    return undefined;
  }
  if (url.username || url.password) {
    report.warn("url", `${shown}, with a name and a password`, {
      hint: "Leave them out: whether RingCentral sends them is not documented. A secret may stand in the query.",
    });
  } else if (url.hash || address.endsWith("#")) {
    report.warn("url", `${shown}, with a fragment`, {
      hint: "Leave out the # and what follows it: it is never sent.",
    });
  } else {
    report.pass("url", shown);
  }
  return url;
}

interface LookUp {
  readonly hostname: string;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly lookup?: Lookup | undefined;
}

/** Finds the host's addresses; none where the platform would find none. */
export async function checkName(
  { hostname, milliseconds, signal, lookup }: LookUp,
  report: Report,
): Promise<readonly HostAddress[]> {
  report.start("dns");
  const startedAt = performance.now();
  try {
    const found = unique(await findAddresses(hostname, { milliseconds, signal, lookup })).slice(
      0,
      atMost,
    );
    const listed = found.map(({ address }) => address).join(", ");
    const took = Math.round(performance.now() - startedAt);
    if (isIP(hostname) !== 0) report.skip("dns", "an IP address needs none");
    else if (isLoopback(hostname)) report.pass("dns", `${listed}, without a name server`);
    else if (found.length > 0) report.pass("dns", `${listed} in ${took} ms`);
    else failName(report, `no address for ${hostname}`);
    return found;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // The name may be right: nobody was there to ask.
    if (error instanceof Error && "code" in error && error.code === "EAI_AGAIN") {
      report.fail("dns", `this machine's resolver does not answer: ${error.message}`, {
        code: "NETWORK",
        hint: "Connect this machine to the network, or mend its resolver, then check again.",
        exitCode: ExitCode.unavailable,
      });
    } else failName(report, error instanceof Error ? error.message : String(error));
    return [];
  }
}

function failName(report: Report, measured: string): void {
  report.fail("dns", measured, {
    code: "SUB-521",
    hint: "Give the name an A or AAAA record in public DNS, and wait until it is seen everywhere.",
  });
}

function unique(addresses: readonly HostAddress[]): HostAddress[] {
  return [...new Map(addresses.map((each) => [each.address, each])).values()];
}

/** Whether the internet can reach the addresses. A loopback address is for whoever calls from this machine. */
export function checkPublic(
  hostname: string,
  found: readonly HostAddress[],
  ownServer: boolean,
  report: Report,
): void {
  report.start("public-address");
  if (isLoopback(hostname)) {
    const reason = ownServer ? "the server is on it too" : "RingCentral itself cannot reach it";
    report.skip("public-address", `this machine: ${reason}`);
    return;
  }
  const closed = found.flatMap(({ address }) => {
    const why = whyNotPublic(address);
    return why === undefined ? [] : [`${address} (${why})`];
  });
  const hint = "Give an address that is reachable from the internet, or a tunnel's to this one.";
  if (closed.length === 0) report.pass("public-address", "yes");
  else if (ownServer) {
    report.skip("public-address", `${closed.join(", ")}, which a server on this machine may reach`);
  } else if (closed.length < found.length) {
    report.warn("public-address", `not all: ${closed.join(", ")}`, {
      hint: "Remove the other addresses from DNS: which one RingCentral takes is not documented.",
    });
  } else report.fail("public-address", closed.join(", "), { code: "SUB-521", hint });
}
