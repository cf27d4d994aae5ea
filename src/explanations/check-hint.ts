import { redactAddress } from "../machine/redact.ts";
import { shellWord } from "../machine/shell-word.ts";

export const tryHandshake = "`rcwh check <url>` shows what it answers";

/** The hint without what it says of `rcwh check <url>`, for an endpoint whose URL is not shown whole. */
export function withoutCheck(hint: string | undefined): string | undefined {
  return hint?.replace(/; `rcwh check <url>`[^.]*/, "");
}

/** The hint with its `rcwh check <url>` as a command to paste, where the endpoint is known. */
export function withEndpoint(
  hint: string | undefined,
  address: string | undefined,
): string | undefined {
  if (address === undefined) return hint;
  const url = shellWord(redactAddress(address));
  return hint?.replaceAll("rcwh check <url>", () => `rcwh check ${url}`);
}
