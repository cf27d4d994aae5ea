import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { Interruption } from "../../src/errors.ts";
import { test as base } from "../listener/kit.ts";

const test = base.extend<{ readonly server: string }>({
  server: async ({ emulator }, use) => {
    await using running = await serve(emulator.fetch, { upgrade: emulator.upgrade });
    await use(running.url);
  },
});

/** Calls `interrupt` before or after the request with this index is processed; returns the number of requests. */
function atRequest(
  emulator: Emulator,
  index: number,
  when: "before" | "after",
  interrupt: () => void,
): () => number {
  let count = 0;
  let isInside = false;
  emulator.intercept(async (request) => {
    if (isInside) return undefined;
    const number = count;
    count += 1;
    if (number !== index) return undefined;
    if (when === "before") {
      interrupt();
      return undefined;
    }
    isInside = true;
    const answer = await emulator.fetch(request);
    isInside = false;
    interrupt();
    return answer;
  }, Number.POSITIVE_INFINITY);
  return () => count;
}

for (const [way, flags] of [
  ["as a webhook", " --url http://127.0.0.1:{port}/hook"],
  ["over a WebSocket", ""],
] as const) {
  describe(`rcwh listen, ${way},`, () => {
    for (const when of ["before", "after"] as const) {
      for (let index = 0; index < 5; index += 1) {
        test(`leaves nothing when interrupted ${when} request ${index} is processed`, async ({
          clock,
          emulator,
          begin,
          leases,
          expect,
        }) => {
          const stop = new AbortController();
          const interrupt = () => stop.abort(new Interruption());
          const count = atRequest(emulator, index, when, interrupt);
          // Ends by itself if fewer requests arrive, so that the last ones are those of its cleanup.
          const listener = await begin(`--filter posts${flags} --exit-after 1s`, {
            signal: stop.signal,
          });
          let isOver = false;
          listener.ended.finally(() => {
            isOver = true;
          });
          while (!isOver) {
            clock.advance(250);
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          const { exitCode } = await listener.ended;

          const isEarly = !listener.said().includes("Press Ctrl-C to stop");
          expect([0, 130]).toContain(exitCode);
          if (isEarly) expect(exitCode).toBe(130);
          expect(emulator.state().subscriptions).toEqual([]);
          // The next start also looks for subscriptions that were created late.
          if (!isEarly) expect(await leases()).toEqual([]);
          // Otherwise the run was not interrupted at every request.
          if (index === 4) expect(count()).toBeLessThan(5);
        });
      }
    }
  });
}
