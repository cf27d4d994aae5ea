import { once } from "node:events";
import { expect, test } from "vitest";
import { createRunDeadline } from "../../src/program/run-deadline.ts";
import { createRunEnd } from "../../src/program/run-end.ts";

test("a run whose deadline has passed before it could begin ends, too", async () => {
  const deadline = createRunDeadline(1000, 5000, () => 0);
  const { signal } = new AbortController();
  const end = createRunEnd({ signal, lastMoments: 1 }, deadline);

  if (!end.signal.aborted) await once(end.signal, "abort");

  expect(end.left()).toBe(0);
  end.release();
  deadline.release();
});
