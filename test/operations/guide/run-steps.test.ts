import { describe, test } from "vitest";
import { Interruption, UsageError } from "../../../src/errors.ts";
import { WentBack } from "../../../src/io/went-back.ts";
import { runSteps, type Step } from "../../../src/operations/guide/run-steps.ts";

interface Answers {
  readonly color?: string;
  readonly size?: string;
  readonly count?: string;
}

/** Runs three steps with these answers, in order. `undefined` asks nothing, and what is an error is thrown. */
async function run(answers: readonly (string | Error | undefined)[]) {
  const unused = [...answers];
  const trace: string[] = [];
  const step =
    (name: keyof Answers): Step<Answers> =>
    async (known) => {
      const answer = unused.shift();
      trace.push(`${name}${known[name] === undefined ? "" : ` (${known[name]})`}`);
      if (answer instanceof Error) throw answer;
      return answer === undefined ? undefined : { [name]: answer };
    };
  const mark = () => () => false;
  const say = (text: string) => void trace.push(text);
  const ending = await runSteps<Answers>(
    [step("color"), step("size"), step("count")],
    {},
    { say, mark },
    "Nothing was bought.",
  ).catch((error: unknown) => error);
  return { ending, trace };
}

describe("the steps of a guide", () => {
  test("collect what was answered", async ({ expect }) => {
    const { ending, trace } = await run(["red", undefined, "2"]);
    expect(ending).toEqual({ color: "red", count: "2" });
    expect(trace).toEqual(["color", "size", "count"]);
  });

  test("say once how to leave where nothing was asked before", async ({ expect }) => {
    const escapes = [new WentBack(), new WentBack()];
    const { ending, trace } = await run([...escapes, "red", "big", "1"]);
    expect(ending).toEqual({ color: "red", size: "big", count: "1" });
    expect(trace).toEqual([
      "color",
      "This is the first question. Press Ctrl-C to leave.",
      "color",
      "color",
      "size",
      "count",
    ]);
  });

  test("go back to what was asked last, with its answer as default", async ({ expect }) => {
    const { ending, trace } = await run([
      "red",
      undefined,
      new WentBack(),
      "blue",
      "big",
      new WentBack(),
      new WentBack(),
      "green",
      "small",
      "1",
    ]);
    expect(ending).toEqual({ color: "green", size: "small", count: "1" });
    expect(trace).toEqual([
      "color",
      "size",
      "count",
      "(back)",
      "color (red)",
      "size",
      "count",
      "(back)",
      "size (big)",
      "(back)",
      "color (blue)",
      "size (big)",
      "count",
    ]);
  });

  test("never go back out", async ({ expect }) => {
    const { ending } = await run([new WentBack(), new WentBack(), "red", "big", "1"]);
    expect(ending).toEqual({ color: "red", size: "big", count: "1" });
  });

  test("say a mistake, and go back", async ({ expect }) => {
    const { ending, trace } = await run(["red", new UsageError("No.", "Why."), "blue", "big", "1"]);
    expect(ending).toEqual({ color: "blue", size: "big", count: "1" });
    expect(trace).toEqual(["color", "size", "No.\nWhy.", "color (red)", "size", "count"]);
  });

  test("throw a mistake that nobody was asked for", async ({ expect }) => {
    const mistake = new UsageError("No.");
    const { ending, trace } = await run([undefined, mistake]);
    expect(ending).toBe(mistake);
    expect(trace).toEqual(["color", "size"]);
  });

  test("end with an interruption, which says what is unchanged", async ({ expect }) => {
    const interruption = new Interruption();
    const { ending, trace } = await run(["red", interruption]);
    expect(ending).toBe(interruption);
    expect(trace).toEqual(["color", "size", "Nothing was bought."]);
  });
});
