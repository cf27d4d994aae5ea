/** The arguments of `option`, for commands that replace subscriptions which deliver. */
export const breakBeforeMake = [
  "--break-before-make",
  "at the subscription limit, delete the old one first; loses events",
] as const;
