import type { IO } from "../io/io.ts";

export function warnOfSecretInArguments(flag: string, instead: string, io: IO): void {
  io.warn(`${flag} shows the secret to everybody who can run \`ps\`. Use ${instead} instead.`);
}
