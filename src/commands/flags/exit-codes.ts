/** The exit codes in a few words each, for `--help` and `rcwh help exit-codes`. */
export const exitCodeMeanings: ReadonlyMap<number, string> = new Map([
  [0, "done, also when there was nothing to do"],
  [1, "the server refused, or rcwh has a bug"],
  [2, "usage: bad flag, unknown filter, ambiguous prefix, invalid file"],
  [3, "no such subscription or profile"],
  [4, "not signed in, credentials rejected, permission missing"],
  [5, "try again later: network, timeout, 5xx, 429, another run holds the lock"],
  [6, "the endpoint fails the platform's rules"],
  [7, "partly done"],
  [8, "attention: blacklisted, disabled filters, granted less than asked"],
  [9, "declined, or nobody could confirm"],
  [130, "interrupted (129: hangup, 143: terminated)"],
]);
