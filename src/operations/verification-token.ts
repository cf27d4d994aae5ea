import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isFileError, roomHint } from "../machine/file-error.ts";
import { readSecretFile, readSecretStream } from "../machine/secret-file.ts";
import { warnOfSecretInArguments } from "./secrets.ts";

export interface VerificationTokenFlags {
  readonly verificationToken?: string;
  readonly verificationTokenFile?: string;
}

export interface NewTokenFlags extends VerificationTokenFlags {
  readonly generateVerificationToken?: true;
  /** Where to write the new token instead of printing it. */
  readonly verificationTokenOut?: string;
  /** No flag: typed in a prompt, where nobody sees it. */
  readonly typedToken?: string;
}

/** Reads or generates the verification token that the flags ask for, if any. Throws UsageError for one that cannot be an HTTP header. */
export async function readVerificationToken(
  {
    verificationToken,
    verificationTokenFile,
    generateVerificationToken,
    typedToken,
  }: NewTokenFlags,
  { io, redactor, signal }: Pick<CommandContext, "io" | "redactor" | "signal">,
): Promise<{ readonly token: string | undefined; readonly generated: boolean }> {
  if (generateVerificationToken) {
    return { token: generateToken(redactor), generated: true };
  }
  if (verificationTokenFile !== undefined) {
    const flag = "--verification-token-file";
    const token =
      verificationTokenFile === "-"
        ? await readSecretStream(io.stdin, flag, signal)
        : await readSecretFile(verificationTokenFile, flag, signal);
    redactor.add(token);
    return { token, generated: false };
  }
  if (typedToken !== undefined) return { token: checkToken(typedToken), generated: false };
  if (verificationToken === undefined) return { token: undefined, generated: false };
  warnOfSecretInArguments("--verification-token", "--verification-token-file", io);
  redactor.add(verificationToken);
  return { token: checkToken(verificationToken), generated: false };
}

/** A new token, which may be announced and appears nowhere else. */
export function generateToken(redactor: Pick<CommandContext["redactor"], "addAnnounced">): string {
  const token = randomBytes(24).toString("base64url");
  redactor.addAnnounced(token);
  return token;
}

/**
 * Writes a new token to a file of mode 0600, which must not exist yet. Resolves to what removes it again.
 * Throws UsageError where it cannot be written.
 */
export async function writeTokenFile(path: string, token: string): Promise<() => Promise<void>> {
  const flag = "--verification-token-out";
  try {
    await writeFile(path, `${token}\n`, { flag: "wx", mode: 0o600, flush: true });
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    // What a full disk has of it.
    if (cause.code !== "EEXIST") await rm(path, { force: true }).catch(() => {});
    throw new UsageError(
      cause.code === "EEXIST"
        ? `${flag}: ${path} already exists. Nothing was changed.`
        : `${flag}: cannot write ${path} (${cause.code}). Nothing was changed.`,
      roomHint(cause) ?? "Give the path of a new file in a directory of your own.",
      { cause },
    );
  }
  return () => rm(path, { force: true });
}

/** The token is sent as an HTTP header: visible ASCII. Throws UsageError. */
export function checkToken(token: string): string {
  if (/^[!-~]+$/.test(token)) return token;
  throw new UsageError(
    token === ""
      ? "The verification token is empty."
      : "The verification token cannot be sent as an HTTP header.",
    "Use visible ASCII characters without spaces.",
  );
}
