/** Says the first message of each kind at once, and later ones at most every ten seconds. */
export interface RepeatLimiter {
  /** `line` gets the number of occurrences so far. */
  say(kind: string, line: (count: number) => string): void;
}

/** Each kind of message is printed once in this time, milliseconds. */
const quietTime = 10_000;

/** For messages that anybody on the network can trigger. */
export function createRepeatLimiter(now: () => number, say: (line: string) => void): RepeatLimiter {
  const kinds = new Map<string, { count: number; saidAt: number }>();
  return {
    say(kind, line) {
      const seen = kinds.get(kind) ?? { count: 0, saidAt: Number.NEGATIVE_INFINITY };
      kinds.set(kind, seen);
      seen.count += 1;
      if (Math.abs(now() - seen.saidAt) < quietTime) return;
      seen.saidAt = now();
      say(line(seen.count));
    },
  };
}
