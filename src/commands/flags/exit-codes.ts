import type { ExitCode } from "../../errors.ts";

/** The exit codes in a few words each, for `rcwh help exit-codes`. */
export const exitCodeMeanings: ReadonlyMap<number, string> = new Map([
  [0, "success, or nothing to do"],
  [1, "refused by the server, or a bug in rcwh"],
  [2, "usage error: bad flag, unknown filter, ambiguous prefix, invalid file"],
  [3, "subscription or profile not found"],
  [4, "not signed in, credentials rejected, or permission missing"],
  [5, "try again later: network, timeout, 5xx, 429, or another run has the lock"],
  [6, "the endpoint breaks one of RingCentral's rules"],
  [7, "partial success"],
  [8, "needs attention: blacklisted, disabled filters, less granted than asked"],
  [9, "declined, or not confirmed"],
  [130, "interrupted (129: hangup, 143: terminated)"],
]);

/**
 * What a command means by each of its exit codes, a line of `--help` each. Every command has 0 and 2: they keep the
 * general words unless it has its own.
 */
export type OwnExitCodes = { readonly [Code in ExitCode]?: string };

/** The words for codes that mean the same to many commands. */
export const authFailure = generalMeaning(4);
export const tryLaterOrLocked = generalMeaning(5);
export const tryLater = "try again later: network, timeout, 5xx or 429";

/** Of every command that controls an emulator. */
export const emulatorExitCodes: OwnExitCodes = {
  1: "the emulator refused, or the server is not an emulator",
  5: "no emulator answers; start one with `rcwh emulator`",
};

/** The exit codes of one command with their words, smallest first. */
export function exitCodesOf(own: OwnExitCodes): readonly (readonly [code: number, text: string])[] {
  const texts = { 0: generalMeaning(0), 2: generalMeaning(2), ...own };
  return Object.entries(texts).map(([code, text]) => [Number(code), text]);
}

function generalMeaning(code: ExitCode): string {
  return exitCodeMeanings.get(code) ?? "";
}
