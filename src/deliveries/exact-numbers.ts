import { UsageError } from "../errors.ts";
import { endOfString } from "../machine/json.ts";

/** Throws UsageError for JSON with a number that JavaScript cannot hold exactly. */
export function refuseInexactNumbers(json: string, flag: string): void {
  const inexact = findInexact(json);
  if (inexact === undefined) return;
  const shown = inexact.length > 40 ? `${inexact.slice(0, 40)}…` : inexact;
  throw new UsageError(
    `${flag}: the number ${shown} is too large to send exactly.`,
    'Put it in quotes, as RingCentral does with long ids, such as "12345678901234567890".',
  );
}

function findInexact(json: string): string | undefined {
  const tokens = /"|-?\d[\d.eE+-]*/g;
  for (let found = tokens.exec(json); found; found = tokens.exec(json)) {
    const [token] = found;
    // Digits in a string do not count.
    if (token === '"') tokens.lastIndex = endOfString(json, found.index);
    else if (!isExact(token)) return token;
  }
  return undefined;
}

function isExact(number: string): boolean {
  const value = Number(number);
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(number) || BigInt(value) === BigInt(number);
}
