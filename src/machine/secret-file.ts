import { UsageError } from "../errors.ts";
import { isFileError, reasonOf } from "./file-error.ts";
import { abortable, type Chunks, openInput } from "./read-input.ts";

/** Bytes that a secret may have; what is larger is another file, or a device without an end. */
const largest = 65_536;

/**
 * Reads a secret from the file that `flag` names, without the line feed that editors put at its end. Throws a
 * UsageError that names the file, unless what was given may be the secret itself. `signal` ends the reading.
 */
export async function readSecretFile(
  path: string,
  flag: string,
  signal: AbortSignal,
): Promise<string> {
  return takeSecret(await readStart(path, flag, signal), `${flag}: ${path}`);
}

/** Reads a secret from standard input, up to its end. Throws UsageError. */
export async function readSecretStream(
  stdin: Chunks,
  flag: string,
  signal: AbortSignal,
): Promise<string> {
  return takeSecret(await startOf(stdin, signal), `${flag}: standard input`);
}

async function readStart(path: string, flag: string, signal: AbortSignal): Promise<string> {
  try {
    return await startOf(await openInput(path), signal);
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    const isMissing = cause.code === "ENOENT" || cause.code === "ENAMETOOLONG";
    throw new UsageError(
      !isMissing || isPath(path)
        ? `${flag}: cannot read ${path}: ${reasonOf(cause)}.`
        : `${flag}: there is no such file. Its name is not shown, because it may be the secret itself.`,
      "Give the path of a file that holds only the secret, such as ./secret.txt.",
      { cause },
    );
  }
}

/** Whether it is certainly no secret: secrets have no slashes and no file extensions, and are not words. */
function isPath(text: string): boolean {
  if (text.startsWith("eyJ")) return false;
  const hasExtension = /\.(?:txt|jwt|json|key|pem|secret|token|md|env)$/i.test(text);
  return /[/\\]/.test(text) || hasExtension || /^\.?[a-z]{1,12}(?:[._-][a-z]{1,12})*$/.test(text);
}

async function startOf(chunks: Chunks, signal: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of abortable(chunks, signal)) {
    const part = Buffer.from(chunk);
    parts.push(part);
    length += part.length;
    if (length > largest) break;
  }
  return Buffer.concat(parts).toString();
}

/** The secret in a text; a UsageError that says what is wrong with `source`, and nothing of the text, if it is none. */
function takeSecret(text: string, source: string): string {
  const secret = text.replace(/^\uFEFF/, "").trim();
  const refuse = (problem: string, hint = "Put only the secret there.") => {
    throw new UsageError(`${source} ${problem}.`, hint);
  };
  if (secret === "") refuse("is empty");
  if (text.length > largest) refuse("is too large for a secret");
  const [, name] = /^(?:export\s+)?([A-Z]+(?:_[A-Z0-9]+)+)\s*=/.exec(secret) ?? [];
  if (name !== undefined) {
    refuse(
      `begins with ${name}=, like a .env file`,
      "Put only the value there, or read the whole file with --credentials-file.",
    );
  }
  if (secret.startsWith("{")) refuse("contains JSON instead of a secret");
  const lines = secret.split(/\r\n|\r|\n/).length;
  if (lines > 1) refuse(`has ${lines} lines instead of one`);
  if (!/^[!-~]+$/.test(secret)) {
    refuse("contains spaces or other characters that a secret does not have");
  }
  return secret;
}
