import { UsageError } from "../errors.ts";

/** Throws UsageError for JSON with a number in it that would be sent as another one. */
export function refuseInexactNumbers(json: string, flag: string): void {
  const lost = (json.match(tokens) ?? []).find(
    (token) => !token.startsWith('"') && !survives(token),
  );
  if (lost === undefined) return;
  const shown = lost.length > 40 ? `${lost.slice(0, 40)}…` : lost;
  throw new UsageError(
    `${flag}: the number ${shown} is too large to be sent as it is.`,
    `Put it into quotes, as RingCentral does with long ids: \`--set 'body.id="12345678901234567890"'\`.`,
  );
}

/** Strings, because of the digits in them, and numbers. */
const tokens = /"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*/g;

function survives(number: string): boolean {
  const value = Number(number);
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(number) || BigInt(value) === BigInt(number);
}
