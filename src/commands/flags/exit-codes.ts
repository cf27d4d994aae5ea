/** The exit codes in a few words each, for `--help` and `rcwh help exit-codes`. */
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
