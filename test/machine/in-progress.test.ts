import { describe, test } from "vitest";
import { createInProgress, onAbort } from "../../src/machine/in-progress.ts";

describe("createInProgress", () => {
  test("ends everything in progress at once, except what has finished", ({ expect }) => {
    const ended: string[] = [];
    const all = createInProgress();
    const [first, , third] = ["a", "b", "c", "d"].map((name) => all.add(() => ended.push(name)));

    first?.();
    first?.();
    third?.();
    all.endAll();
    all.endAll();

    expect(ended.sort()).toEqual(["b", "d"]);
  });

  test("allows removals while everything ends", ({ expect }) => {
    let ended = 0;
    const all = createInProgress();
    const leave: (() => void)[] = [];
    for (let at = 0; at < 3; at += 1) {
      leave.push(
        all.add(() => {
          ended += 1;
          for (const each of leave) each();
        }),
      );
    }

    all.endAll();
    const last = all.add(() => {
      ended += 100;
    });
    for (const each of leave) each();
    last();
    all.endAll();

    expect(ended).toBe(3);
  });

  test("adds one listener to a signal, however much is in progress", ({ expect }) => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...listener: Parameters<typeof add>) => {
      listeners += 1;
      add(...listener);
    };
    const aborted: number[] = [];
    const over = [1, 2, 3].map((number) => onAbort(signal, () => aborted.push(number)));

    over[1]?.();
    controller.abort();

    expect([listeners, aborted]).toEqual([1, [1, 3]]);
  });
});
