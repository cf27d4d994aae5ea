import { randomBytes } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { IO } from "../io/io.ts";
import { readSecretFile, readSecretStream, warnOfSecretInArguments } from "./secrets.ts";

export interface VerificationTokenFlags {
  readonly verificationToken?: string;
  readonly verificationTokenFile?: string;
  readonly generateVerificationToken?: true;
}

/** The verification token that the flags give, if any. Throws UsageError for more than one, or one that no header can carry. */
export async function readVerificationToken(
  flags: VerificationTokenFlags,
  io: IO,
  /** Whether the command has a flag for that. */
  { generates }: { readonly generates: boolean } = { generates: true },
): Promise<{ readonly token: string | undefined; readonly generated: boolean }> {
  const { verificationToken, verificationTokenFile, generateVerificationToken } = flags;
  const given = [verificationToken, verificationTokenFile, generateVerificationToken];
  if (given.filter((each) => each !== undefined).length > 1) {
    throw new UsageError(
      "More than one verification token is given.",
      generates
        ? "Use one of --generate-verification-token, --verification-token-file and --verification-token."
        : "Use one of --verification-token-file and --verification-token.",
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
    return { token: checked(token, generates), generated: false };
  }
  if (verificationToken === undefined) return { token: undefined, generated: false };
  warnOfSecretInArguments("--verification-token", "--verification-token-file", io);
  return { token: checked(verificationToken, generates), generated: false };
}

/** It travels as an HTTP header: visible ASCII. */
function checked(token: string, generates: boolean): string {
  if (/^[!-~]+$/.test(token)) return token;
  const otherwise = generates ? ", or --generate-verification-token" : "";
  throw new UsageError(
    token === ""
      ? "The verification token is empty."
      : "The verification token cannot be sent as an HTTP header.",
    `Use visible ASCII characters only, without spaces${otherwise}.`,
  );
}
