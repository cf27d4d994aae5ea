import type { Backend, Caller, Exchange, RateWindow, RateWindows } from "./backend.ts";
import type { Envelope } from "./problem-codes.ts";
import { Problem, problemOf } from "./problems.ts";
import type { EmulatorSettings, RateLimitGroup } from "./settings.ts";

export function createRateWindows(): RateWindows {
  /** In the order of their last use. */
  const windows = new Map<string, RateWindow>();
  const put = (window: RateWindow) => {
    const key = keyOf(window, window.group);
    windows.delete(key);
    windows.set(key, window);
    const [eldest] = windows.keys();
    if (windows.size > mostWindows && eldest !== undefined) windows.delete(eldest);
  };
  return {
    of: (caller, group) => windows.get(keyOf(caller, group)) ?? { ...caller, group, requests: [] },
    put,
    all: () => [...windows.values()],
    restore(restored) {
      windows.clear();
      for (const window of restored) put(window);
    },
    clear: () => windows.clear(),
  };
}

/** The group of an API operation, by RingCentral's API reference. */
export function groupOf(method: string, path: string): RateLimitGroup {
  if (path.startsWith("/restapi/oauth/")) return "auth";
  if (/\/account\/[^/]+\/phone-number$/.test(path)) return "heavy";
  if (/\/account\/[^/]+\/(?:extension|call-queues|extension\/[^/]+\/features)$/.test(path)) {
    return "medium";
  }
  return method === "GET" || method === "HEAD" || path.endsWith("/renew") ? "light" : "medium";
}

/**
 * Counts a request, once even if called twice, and puts the rate limit's headers into `exchange`. Throws the 429
 * Problem if the group is over its limit, or within the penalty, which every request restarts. `Retry-After` says
 * when the next request would be accepted.
 */
export function limitRate(
  caller: Caller,
  group: RateLimitGroup,
  exchange: Exchange,
  { settings, clock, rateWindows }: Backend,
  envelope: Envelope = "api",
): void {
  const { rateLimits, rateLimitWindow, rateLimitPenalty } = settings;
  if (rateLimits === "off" || exchange.rateLimitHeaders) return;

  const now = clock.now();
  const limit = rateLimits[group];
  const window = rateWindows.of(caller, group);
  const requests = window.requests.filter((at) => isWithin(rateLimitWindow, at, now));
  if (requests.length >= limit || isWithin(rateLimitPenalty, window.refusedAt, now)) {
    rateWindows.put({ ...window, requests, refusedAt: now });
    exchange.rateLimitHeaders = describeRefusal(group, settings);
    const { status, message, body } = problemOf("CMN-301", {}, envelope);
    // Both must be over: the penalty, and enough requests of the window to allow another one.
    const lastInTheWay = requests.at(-limit) ?? (limit === 0 ? now : now - rateLimitWindow * 1000);
    const openAt = Math.max(now + rateLimitPenalty * 1000, lastInTheWay + rateLimitWindow * 1000);
    const seconds = Math.ceil((openAt - now) / 1000);
    throw new Problem(status, message, body, { "Retry-After": String(seconds) });
  }
  rateWindows.put({ ...caller, group, requests: [...requests, now] });
  exchange.rateLimitHeaders = describe(group, limit, limit - requests.length - 1, settings);
}

/** The headers of a 429, beside `Retry-After`. */
export function describeRefusal(
  group: RateLimitGroup,
  settings: EmulatorSettings,
): Readonly<Record<string, string>> {
  const { rateLimits, rateLimitHeadersOn429 } = settings;
  if (rateLimits === "off" || !rateLimitHeadersOn429) return {};
  return describe(group, rateLimits[group], 0, settings);
}

// More than any test has users.
const mostWindows = 10_000;

function keyOf({ user, clientId }: Caller, group: RateLimitGroup): string {
  return `${group} ${user ?? "nobody"} ${clientId}`;
}

/** Whether fewer than `seconds` have passed since an instant; false if the clock was set back before it. */
function isWithin(seconds: number, instant: number | undefined, now: number): boolean {
  return instant !== undefined && instant <= now && now < instant + seconds * 1000;
}

function describe(
  group: RateLimitGroup,
  limit: number,
  remaining: number,
  { rateLimitWindow }: EmulatorSettings,
) {
  return {
    "X-Rate-Limit-Group": group,
    "X-Rate-Limit-Limit": String(limit),
    "X-Rate-Limit-Remaining": String(remaining),
    "X-Rate-Limit-Window": String(rateLimitWindow),
  };
}
