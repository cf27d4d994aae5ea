import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test as base } from "vitest";
import { serve } from "../../src/emulator/server/serve.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";

interface Fixtures {
  /** The output of `rcwh emulator`; one process for each file. */
  readonly emulator: RunningProcess;
  /** Asks the emulator for something that RingCentral does not offer. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** A webhook that answers correctly. `events` resolves to the next one. */
  readonly webhook: { readonly url: string; readonly next: () => Promise<unknown> };
}

interface RunningProcess {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Vitest's `test` with the published `rcwh emulator` in a process of its own. */
export const test = base.extend<Fixtures>({
  emulator: [
    async ({}, use) => {
      const executable = join(import.meta.dirname, "../../bin/rcwh.js");
      const child = spawn(process.execPath, [executable, "emulator", "--port", "0", "--json"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const ended = once(child, "exit");
      const line = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
      if (child.exitCode !== null) throw new Error(`rcwh emulator ended with ${child.exitCode}`);
      await use(JSON.parse(line[0]));
      child.kill("SIGTERM");
      await ended;
    },
    { scope: "file" },
  ],

  control: async ({ emulator }, use) =>
    use(async (method, path, body) => {
      const response = await fetch(`${emulator.url}/emulator/v1${path}`, {
        method,
        ...(body !== undefined && {
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        }),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.status === 204 ? undefined : response.json();
    }),

  webhook: async ({}, use) => {
    const events = createQueue();
    const receive = createReceiver({ onEvent: events.put, onRejected: events.put });
    await using server = await serve(receive);
    await use({ url: `${server.url}/hook`, next: events.next });
  },
});

/** Passes arrivals one after another to the waiting callers. */
export function createQueue() {
  const values: unknown[] = [];
  const waiting: ((value: unknown) => void)[] = [];
  return {
    put(value: unknown) {
      const take = waiting.shift();
      if (take) take(value);
      else values.push(value);
    },
    next: () =>
      new Promise<unknown>((resolve) => {
        if (values.length > 0) resolve(values.shift());
        else waiting.push(resolve);
      }),
  };
}
