import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { test as base, type Fixtures } from "../support/rcwh.ts";

/** A request from rcwh and the status of its answer, 0 without an answer. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  /** Milliseconds since the epoch, by the test's clock. */
  readonly at: number;
  readonly status: number;
}

/** The emulator's server, which can stop and restart on the same port. */
interface Line {
  readonly url: string;
  /** Oldest first. */
  readonly sent: Sent[];
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** The emulator's state, as far as it matters to a user. */
export interface Held {
  readonly id: string;
  readonly address: string | undefined;
  readonly eventFilters: readonly string[];
  readonly expirationTime: string;
  readonly status: string;
}

/** The whole environment of a test, for tables of tests. */
export interface World
  extends Pick<Fixtures, "rcwh" | "clock" | "emulator" | "endpoint" | "directory" | "signedIn"> {
  readonly line: Line;
}

interface WorldFixtures {
  readonly line: Line;
  readonly server: string;
  readonly world: World;
}

export const test = base.extend<WorldFixtures>({
  line: async ({ emulator, clock }, use) => {
    const sent: Sent[] = [];
    const fetch = async (request: Request) => {
      const { method, url } = request;
      const one = { method, path: new URL(url).pathname, at: clock.now(), status: 0 };
      sent.push(one);
      const answer = await emulator.fetch(request);
      if (answer.type !== "error") one.status = answer.status;
      return answer;
    };
    let running = await serve(fetch);
    const { url, port } = running;
    let isUp = true;
    await use({
      url,
      sent,
      async cut() {
        isUp = false;
        await running.close();
      },
      async mend() {
        if (isUp) return;
        isUp = true;
        running = await serve(fetch, { port });
      },
    });
    if (isUp) await running.close();
  },
  server: async ({ line }, use) => {
    await use(line.url);
  },
  world: async ({ rcwh, clock, emulator, endpoint, directory, signedIn, line }, use) => {
    await use({ rcwh, clock, emulator, endpoint, directory, signedIn, line });
  },
});

/** The emulator's subscriptions, oldest first. */
export function heldBy(emulator: Emulator): readonly Held[] {
  return emulator
    .state()
    .subscriptions.map(({ id, address, eventFilters, expirationTime, status }) => ({
      id,
      address,
      eventFilters,
      expirationTime,
      status,
    }));
}
