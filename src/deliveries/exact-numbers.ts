import { UsageError } from "../errors.ts";

/** Throws UsageError for JSON with a number that JavaScript cannot hold exactly. */
export function refuseInexactNumbers(json: string, flag: string): void {
  const inexact = (json.match(tokens) ?? []).find(
    (token) => !token.startsWith('"') && !isExact(token),
  );
  if (inexact === undefined) return;
  const shown = inexact.length > 40 ? `${inexact.slice(0, 40)}…` : inexact;
  throw new UsageError(
    `${flag}: the number ${shown} is too large to send exactly.`,
    'Put it in quotes, as RingCentral does with long ids, such as "12345678901234567890".',
  );
}

/** Numbers, and strings, whose digits do not count. */
const tokens = /"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*/g;

function isExact(number: string): boolean {
  const value = Number(number);
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(number) || BigInt(value) === BigInt(number);
}
