/** Says a thing at once, and what comes of the same kind soon after only as a number. */
export interface Seldom {
  say(line: string): void;
}

/** Milliseconds in which one kind of thing is said once. */
const quietTime = 10_000;

interface Said {
  readonly at: number;
  unsaid: number;
}

/** For what a stranger can cause as often as he likes. */
export function createSeldom(now: () => number, say: (line: string) => void): Seldom {
  const lines = new Map<string, Said>();
  return {
    say(line) {
      const last = lines.get(line);
      if (last && Math.abs(now() - last.at) < quietTime) {
        last.unsaid += 1;
        return;
      }
      say(last && last.unsaid > 0 ? `${line} (${last.unsaid} more times before)` : line);
      lines.set(line, { at: now(), unsaid: 0 });
    },
  };
}
