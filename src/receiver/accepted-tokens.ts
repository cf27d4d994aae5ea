import { createHash, timingSafeEqual } from "node:crypto";

export interface AcceptedTokens {
  accept(token: string | undefined): boolean;
}

/** Compares in the same time whatever is right or wrong with a token. Everything is accepted where none is set. */
export function acceptTokens(tokens: string | readonly string[] | undefined): AcceptedTokens {
  if (tokens === undefined) return { accept: () => true };
  const accepted = (typeof tokens === "string" ? [tokens] : tokens).map(digest);
  return {
    accept(token) {
      if (!token) return false;
      const given = digest(token);
      // Each one is compared, so that nobody learns which of them it was.
      return accepted.filter((one) => timingSafeEqual(one, given)).length > 0;
    },
  };
}

/** Digests have one length, so that comparing them tells nothing of the secret's. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
