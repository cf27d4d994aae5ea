import { Terminal } from "@xterm/headless";
import fc from "fast-check";
import { test } from "vitest";
import { createRewinder } from "../../src/io/rewinder.ts";

const [width, height] = [20, 50];

/** A terminal, and what it shows. */
function openTerminal() {
  const terminal = new Terminal({
    ...{ cols: width, rows: height, convertEol: true, allowProposedApi: true, logLevel: "off" },
  });
  let follow = (_: string) => {};
  const stderr = {
    ...{ columns: width, rows: height },
    write(text: string) {
      follow(text);
      terminal.write(text);
      return true;
    },
  };
  const rewinder = createRewinder({
    stderr,
    endProgress() {},
    followWrites(listener) {
      follow = listener;
    },
  });
  const screen = async () => {
    await new Promise<void>((resolve) => terminal.write("", resolve));
    const { active } = terminal.buffer;
    const lines = Array.from({ length: height }, (_, row) => active.getLine(row));
    return lines.map((line) => line?.translateToString(true) ?? "").join("\n");
  };
  return { rewinder, stderr, screen };
}

/** What prompts, reports and progress lines write. */
const written = fc.array(
  fc.oneof(
    fc.stringMatching(/^[a-z ]{1,70}$/),
    fc.constantFrom("\n", "x".repeat(width), "\u001b[1;32mgreen\u001b[39m", "\u001b]0;title\u0007"),
    fc.constantFrom(
      "two\nlines\u001b[1A\u001b[3G\u001b[1B",
      "three\nlines\nhere\u001b[2A\u001b[2B",
    ),
    fc.constant(`\r\u001b[K\u001b[?7l${"cut at the edge ".repeat(3)}\u001b[?7h`),
  ),
  { maxLength: 8 },
);

test("A rewinder erases what was written since its mark, and nothing else", async ({ expect }) => {
  const marked = fc.asyncProperty(written, written, async (before, after) => {
    const { rewinder, stderr, screen } = openTerminal();
    const rewindAll = rewinder.mark();
    const empty = await screen();
    for (const text of before) stderr.write(text);
    stderr.write("\n");
    const rewind = rewinder.mark();
    const former = await screen();
    for (const text of after) stderr.write(text);
    expect(rewind()).toBe(true);
    expect(await screen()).toBe(former);
    expect(rewindAll()).toBe(true);
    expect(await screen()).toBe(empty);
  });
  await fc.assert(marked, { seed: 17, numRuns: 25 });
});

test("A rewinder leaves alone what may stand elsewhere", async ({ expect }) => {
  const { rewinder, stderr, screen } = openTerminal();
  const beforeStop = rewinder.mark();
  stderr.write("answer\n");
  rewinder.forget();
  expect(beforeStop()).toBe(false);
  const beforeResize = rewinder.mark();
  stderr.columns = 30;
  expect(beforeResize()).toBe(false);
  expect((await screen()).trimEnd()).toBe("answer");
});
