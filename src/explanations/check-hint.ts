import { redactAddress } from "../machine/redact.ts";
import { shellWord } from "../machine/shell-word.ts";

export const tryHandshake = "`rcwh check <url>` shows what it answers";

/** The hint with its `rcwh check <url>` as a command to paste, where the endpoint is known. */
export function withEndpoint(
  hint: string | undefined,
  address: string | undefined,
): string | undefined {
  if (address === undefined) return hint;
  const url = shellWord(redactAddress(address));
  return hint?.replaceAll("rcwh check <url>", () => `rcwh check ${url}`);
}
