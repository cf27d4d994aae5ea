/** Whether campaigns run as a whole, with `RCWH_TESTS=all`: the suite takes a fixed share of each. */
export const isWhole = process.env["RCWH_TESTS"] === "all";

/**
 * Every nth case, always the same ones. Where cases are combined from lists, n must not divide the length of any, so that
 * each item of each list has its turn.
 */
export function share<Case>(cases: readonly Case[], every: number): readonly Case[] {
  return isWhole ? cases : cases.filter((_, index) => index % every === 0);
}
