import { randomBytes } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { IO } from "../io/io.ts";
import { readSecretFile, readSecretStream, warnOfSecretInArguments } from "./secrets.ts";

export interface VerificationTokenFlags {
  readonly verificationToken?: string;
  readonly verificationTokenFile?: string;
}

export interface NewTokenFlags extends VerificationTokenFlags {
  readonly generateVerificationToken?: true;
}

/**
 * Reads or generates the verification token that the flags ask for, if any. Throws UsageError for several
 * flags, and for a token that cannot be an HTTP header.
 */
export async function readVerificationToken(
  { verificationToken, verificationTokenFile, generateVerificationToken }: NewTokenFlags,
  io: IO,
): Promise<{ readonly token: string | undefined; readonly generated: boolean }> {
  const given = [
    ...(generateVerificationToken ? ["--generate-verification-token"] : []),
    ...(verificationTokenFile === undefined ? [] : ["--verification-token-file"]),
    ...(verificationToken === undefined ? [] : ["--verification-token"]),
  ];
  if (given.length > 1) {
    throw new UsageError(
      `${given.join(" and ")} cannot be used together.`,
      "Use one of them to give the verification token.",
    );
  }
  if (generateVerificationToken) {
    return { token: randomBytes(24).toString("base64url"), generated: true };
  }
  if (verificationTokenFile !== undefined) {
    const flag = "--verification-token-file";
    const token =
      verificationTokenFile === "-"
        ? await readSecretStream(io, flag)
        : await readSecretFile(verificationTokenFile, flag);
    return { token: checked(token), generated: false };
  }
  if (verificationToken === undefined) return { token: undefined, generated: false };
  warnOfSecretInArguments("--verification-token", "--verification-token-file", io);
  return { token: checked(verificationToken), generated: false };
}

/** The token is sent as an HTTP header: visible ASCII. */
function checked(token: string): string {
  if (/^[!-~]+$/.test(token)) return token;
  throw new UsageError(
    token === ""
      ? "The verification token is empty."
      : "The verification token cannot be sent as an HTTP header.",
    "Use visible ASCII characters without spaces.",
  );
}
