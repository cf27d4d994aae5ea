/** Subscriptions that a user can have with an app (RingCentral's OpenAPI definition). The next is refused with SUB-505. */
export const subscriptionLimit = 30;

/** Seconds that RingCentral grants a webhook where none are asked for: 7 days (examples of its OpenAPI definition). */
export const defaultLifetime = 604_800;

/** The most seconds that RingCentral documents for a webhook: 10 years (`expiresIn` in its OpenAPI definition). */
export const maximumLifetime = 315_360_000;

/** Milliseconds in which `renew --recover` recovers what delivers to one URL only once. The limit is rcwh's own. */
export const recoveryInterval = 24 * 60 * 60 * 1000;

/** Milliseconds that `renew` and `recover` may take without --deadline: long enough to wait out rate limits. */
export const unattendedDeadline = 15 * 60 * 1000;

/** The time limit of a scheduled run, seconds, as in `rcwh cron print`. */
export const longestRun = 900;
