import { ExitCode } from "../errors.ts";
import type { Operation } from "./operations.ts";

/** RingCentral's code decides before the HTTP status: a 403 is a missing permission, a full quota, or a foreign extension. */
export function exitCodeFor(
  operation: Pick<Operation, "namesSubscription" | "signsIn">,
  status: number,
  code: string | undefined,
): ExitCode {
  if (operation.signsIn && status >= 400 && status < 500 && status !== 429) return ExitCode.auth;
  const known = exitCodesByCode.find(({ pattern }) => pattern.test(code ?? ""));
  if (known) return known.exitCode;
  if (operation.namesSubscription && /^(?:CMN-102|SUB-507)$/.test(code ?? "")) {
    return ExitCode.notFound;
  }
  if (status === 408 || status === 429 || status >= 500) return ExitCode.unavailable;
  if (status === 401) return ExitCode.auth;
  // A word such as `InvalidParameter` is an envelope's label, not one of the codes.
  if (/^[A-Z]{2,5}-\d+$/.test(code ?? "")) return ExitCode.failure;
  if (status === 403) return ExitCode.auth;
  return status === 404 ? ExitCode.notFound : ExitCode.failure;
}

const exitCodesByCode: readonly { readonly pattern: RegExp; readonly exitCode: ExitCode }[] = [
  { pattern: /^SUB-52[0-5]$/, exitCode: ExitCode.endpoint },
  { pattern: /^(?:OAU|AGW)-/, exitCode: ExitCode.auth },
  { pattern: /^CMN-(?:40[1-8]|419)$/, exitCode: ExitCode.auth },
  { pattern: /^SUB-(?:40[2-8]|528)$/, exitCode: ExitCode.auth },
  { pattern: /^CMN-30\d$/, exitCode: ExitCode.unavailable },
];
