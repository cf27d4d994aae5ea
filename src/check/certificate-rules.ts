import type { DetailedPeerCertificate } from "node:tls";
import { oneLine } from "../one-line.ts";
import type { Broken, Report } from "./report.ts";

const day = 24 * 60 * 60 * 1000;
/** Days. Most certificates are renewed long before. */
const soon = 14;

/** Checks a certificate as served: chain, name and dates. `problem` is OpenSSL's code. */
export async function checkCertificate(
  certificate: DetailedPeerCertificate,
  problem: string | undefined,
  hostname: string,
  report: Report,
): Promise<void> {
  const { checkServerIdentity } = await import("node:tls");
  const now = Date.now();
  const begins = Date.parse(certificate.valid_from);
  const ends = Date.parse(certificate.valid_to);
  const isOutdated = ends < now || begins > now;
  if (isOutdated) tellDays(begins, ends, now, report);
  checkChain(certificate, problem, isOutdated, report);
  const mismatch = checkServerIdentity(hostname, certificate);
  if (mismatch) {
    report.fail("certificate-name", `${namesOf(certificate)}, not ${hostname}`, {
      code: "SUB-524",
      hint: `Install a certificate for ${hostname}, or use a URL with a name that it covers.`,
    });
  } else {
    report.pass("certificate-name", hostname);
  }
  if (!isOutdated) tellDays(begins, ends, now, report);
}

function tellDays(begins: number, ends: number, now: number, report: Report): void {
  const hint = "Renew the certificate, and automate it.";
  const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);
  const left = Math.floor((ends - now) / day);
  if (ends < now) {
    report.fail("certificate-days", `expired on ${dateOf(ends)}`, { code: "SUB-524", hint });
  } else if (begins > now) {
    report.fail("certificate-days", `not valid before ${dateOf(begins)}`, {
      code: "SUB-524",
      hint: "Wait until the certificate is valid, or correct the clock of the machine that issued it.",
    });
  } else if (left < soon) {
    report.warn("certificate-days", `${left} left, until ${dateOf(ends)}`, { hint });
  } else {
    report.pass("certificate-days", `${left} left, until ${dateOf(ends)}`);
  }
}

function checkChain(
  certificate: DetailedPeerCertificate,
  problem: string | undefined,
  isOutdated: boolean,
  report: Report,
): void {
  const chain = chainOf(certificate);
  const shown = chain.map((each) => nameOf(each.subject)).join(" ← ");
  const isTime = problem === "CERT_HAS_EXPIRED" || problem === "CERT_NOT_YET_VALID";
  // OpenSSL reports only its last finding, and it checks the time last.
  const actual = isTime && isOutdated ? problemBesidesTime(chain) : problem;
  if (actual === undefined) {
    report.pass("certificate-chain", shown);
    return;
  }
  const { measured, hint } = explain(actual, chain);
  report.fail("certificate-chain", measured, { code: "SUB-524", hint });
}

/** The certificates as served, the server's own first; Node adds a trusted root that was left out. */
function chainOf(certificate: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain = [certificate];
  for (let at = certificate; at.issuerCertificate && at.issuerCertificate !== at; ) {
    at = at.issuerCertificate;
    if (chain.includes(at)) break;
    chain.push(at);
  }
  return chain;
}

function problemBesidesTime(chain: readonly DetailedPeerCertificate[]): string | undefined {
  const top = chain.at(-1);
  if (!top || !isSelfIssued(top)) return "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
  return chain.length === 1 ? "DEPTH_ZERO_SELF_SIGNED_CERT" : undefined;
}

function isSelfIssued({ subject, issuer }: DetailedPeerCertificate): boolean {
  return JSON.stringify(subject) === JSON.stringify(issuer);
}

function explain(
  problem: string,
  chain: readonly DetailedPeerCertificate[],
): Omit<Broken, "code"> & { readonly measured: string } {
  const top = chain.at(-1);
  const issuer = top ? nameOf(top.issuer) : "unknown";
  const install =
    "Install a certificate from a public authority, with the intermediate certificates.";
  switch (problem) {
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return { measured: "self-signed", hint: install };
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return { measured: `issued by ${issuer}, which is not a public authority`, hint: install };
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return {
        measured:
          chain.length === 1
            ? `only the server's own certificate: that of its issuer ${issuer} is missing`
            : `ends before ${issuer}: it is not a public authority, or its certificate is missing`,
        hint: "Serve the full chain (with Let's Encrypt fullchain.pem, not cert.pem). Browsers fetch missing certificates, RingCentral does not.",
      };
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID": {
      const outdated = chain.find(({ valid_to }) => Date.parse(valid_to) < Date.now());
      const name = outdated ? nameOf(outdated.subject) : issuer;
      return { measured: `${name} in the chain is not valid today`, hint: install };
    }
    default:
      return { measured: problem.toLowerCase().replaceAll("_", " "), hint: install };
  }
}

function nameOf(name: DetailedPeerCertificate["subject"] | undefined): string {
  const [first] = [name?.CN, name?.O, name?.OU].flat().filter(Boolean);
  return `"${oneLine(first ?? "no name").slice(0, 80)}"`;
}

function namesOf({ subject, subjectaltname }: DetailedPeerCertificate): string {
  if (!subjectaltname) return `for ${nameOf(subject)}`;
  const names = subjectaltname.split(", ").map((name) => name.replace(/^(?:DNS|IP Address):/, ""));
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `for ${oneLine(names.slice(0, 5).join(", "))}${more}`;
}
