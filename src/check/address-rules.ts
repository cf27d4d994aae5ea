import { isIP } from "node:net";
import { findAddresses, whyNotPublic } from "../endpoint/addresses.ts";
import type { HostAddress, Lookup } from "../endpoint/endpoint-call.ts";
import { ExitCode } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { redactAddress } from "../machine/redact.ts";
import type { Report } from "./report.ts";

const atMost = 8;

/** Checks the URL as written. Returns it if the platform would call it. */
export function checkUrl(address: string, report: Report, showSecrets = false): URL | undefined {
  report.start("url");
  const url = parseUrl(address);
  const shown = redactAddress(address, showSecrets);
  if (!url || !/^https?:$/.test(url.protocol)) {
    const hint = "Use a full URL, such as https://example.com/hook.";
    report.fail("url", `${shown} is not a webhook URL`, { code: "SUB-523", hint });
    return undefined;
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    const hint = `Serve the endpoint over https, and give https://${url.hostname}${url.pathname}.`;
    report.fail("url", `${shown} is not https`, { code: "SUB-523", hint });
    return undefined;
  }
  if (url.username || url.password) {
    report.warn("url", `${shown}, contains a user name or password`, {
      hint: "Remove them: it is not documented whether RingCentral sends them. Put a secret into the query instead.",
    });
  } else if (url.hash || address.endsWith("#")) {
    report.warn("url", `${shown}, contains a fragment`, {
      hint: "Remove the # and everything after it, which is never sent.",
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

/** Looks up the host's addresses. Returns none if the platform would find none. */
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
    if (isIP(hostname) !== 0) report.skip("dns", "not needed for an IP address");
    else if (isLoopback(hostname)) report.pass("dns", `${listed}, this machine`);
    else if (found.length > 0) report.pass("dns", `${listed} in ${took} ms`);
    else failName(report, `${hostname} has no address`);
    return found;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // The name may be right: no name server answered.
    if (error instanceof Error && "code" in error && error.code === "EAI_AGAIN") {
      report.fail("dns", `the resolver of this machine does not answer: ${error.message}`, {
        code: "NETWORK",
        hint: "Connect this machine to the network or fix its resolver, then check again.",
        exitCode: ExitCode.unavailable,
      });
    } else failName(report, error instanceof Error ? error.message : String(error));
    return [];
  }
}

function failName(report: Report, measured: string): void {
  report.fail("dns", measured, {
    code: "SUB-521",
    hint: "Add an A or AAAA record for the name to public DNS, and wait until it has propagated.",
  });
}

function unique(addresses: readonly HostAddress[]): HostAddress[] {
  return [...new Map(addresses.map((each) => [each.address, each])).values()];
}

/** Checks that the internet can reach the addresses. A loopback address works for callers on this machine. */
export function checkPublic(
  hostname: string,
  found: readonly HostAddress[],
  ownServer: boolean,
  report: Report,
): void {
  report.start("public-address");
  if (isLoopback(hostname)) {
    const reason = ownServer ? "the server runs here too" : "RingCentral itself cannot reach it";
    report.skip("public-address", `this machine: ${reason}`);
    return;
  }
  const closed = found.flatMap(({ address }) => {
    const why = whyNotPublic(address);
    return why === undefined ? [] : [`${address} (${why})`];
  });
  const hint = "Use an address that the internet can reach, such as a tunnel to this machine.";
  if (closed.length === 0) report.pass("public-address", "yes");
  else if (ownServer) {
    report.skip("public-address", `${closed.join(", ")}, reachable by a server on this machine`);
  } else if (closed.length < found.length) {
    report.warn("public-address", `not all: ${closed.join(", ")}`, {
      hint: "Remove the other addresses from DNS: it is not documented which one RingCentral uses.",
    });
  } else report.fail("public-address", closed.join(", "), { code: "SUB-521", hint });
}

/** For `--public-only`: the addresses that the internet can reach. Fails the rule where any other is among them. */
export function refuseClosed(
  found: readonly HostAddress[],
  report: Report,
): readonly HostAddress[] {
  report.start("public-address");
  const closed = found.flatMap(({ address }) => {
    const why = whyNotPublic(address);
    return why === undefined ? [] : [`${address} (${why})`];
  });
  if (closed.length === 0) report.pass("public-address", "yes");
  else {
    report.fail("public-address", `not tried: ${closed.join(", ")}`, {
      code: "SUB-521",
      hint: "Check it without --public-only, from a machine that may reach it.",
    });
  }
  return closed.length === 0 ? found : [];
}
