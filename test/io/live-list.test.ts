import { describe } from "vitest";
import { createIO, type View } from "../../src/io/io.ts";
import { createLiveList } from "../../src/io/live-list.ts";
import { createRedactor } from "../../src/machine/redact.ts";
import { FakeTerminal } from "../support/fake-terminal.ts";
import { test } from "../support/rcwh.ts";

const titles = ["url", "dns", "certificate"];
const frameStart = "\u001b[?7l";

async function open(
  {
    columns = 40,
    rows,
    color = false,
    tty = true,
  }: {
    readonly columns?: number;
    readonly rows?: number;
    readonly color?: boolean;
    readonly tty?: boolean;
  } = {},
  names: readonly string[] = titles,
) {
  const { stdin, stdout, stderr } = new FakeTerminal({ tty, columns });
  const size = { columns, rows };
  const screen = Object.defineProperties(stderr, {
    columns: { get: () => size.columns },
    rows: { get: () => size.rows },
  });
  const views = new Set<View>();
  const terminal = {
    attach(view: View) {
      views.add(view);
      return () => void views.delete(view);
    },
    suspend() {},
  };
  const io = await createIO(
    { stdin, stdout, stderr: screen, terminal },
    {
      env: { TERM: "xterm" },
      platform: "linux",
      format: "table",
      quiet: false,
      verbose: false,
      noColor: !color,
      noInput: false,
      redactor: createRedactor(),
    },
  );
  return { list: createLiveList(io, names), stderr, size, views };
}

/** The text on the screen after the last drawing. */
function lastFrame(text: string): string {
  return text.slice(text.lastIndexOf(frameStart) + frameStart.length).replace("\u001b[?7h", "");
}

describe("a live list", () => {
  test("updates its lines in place", async ({ expect }) => {
    const { list, stderr } = await open();
    expect(stderr.text).toBe("\r\u001b[J\u001b[?7l· url\n· dns\n· certificate\n\u001b[?7h");
    list.update("url", "pass", "https://example.com");
    list.update("dns", "running");
    expect(stderr.text).toMatch("\r\u001b[3A\u001b[J");
    expect(lastFrame(stderr.text)).toBe(
      "✓ url          https://example.com\n… dns\n· certificate\n",
    );
    list.update("dns", "warn", "slow");
    list.update("certificate", "fail", "expired");
    expect(lastFrame(stderr.text)).toBe(
      "✓ url          https://example.com\n! dns          slow\n✗ certificate  expired\n",
    );
  });

  test("is removed at the end and stays away", async ({ expect }) => {
    const { list, stderr } = await open();
    list.erase();
    expect(stderr.text.endsWith("\r\u001b[3A\u001b[J")).toBe(true);
    const { text } = stderr;
    list.update("url", "pass");
    list.erase();
    expect(stderr.text).toBe(text);
  });

  test("ignores unknown titles", async ({ expect }) => {
    const { list, stderr } = await open();
    const { text } = stderr;
    list.update("nothing", "pass");
    expect(stderr.text).toBe(text);
  });

  test("is cut to the terminal's height and to one line each", async ({ expect }) => {
    const { list, stderr } = await open({ columns: 20 });
    list.update("url", "skip", "one\u001b[2Jtwo\nthree four");
    const lines = lastFrame(stderr.text).split("\n");
    expect(lines).toEqual(["- url          onet", "· dns", "· certificate", ""]);
    expect(lines[0]?.length).toBeLessThan(21);
  });

  test("keeps what failed, warns and runs on a short terminal", async ({ expect }) => {
    const names = ["a", "b", "c", "d", "e"];
    const { list, stderr } = await open({ rows: 5 }, names);
    expect(lastFrame(stderr.text)).toBe("· a\n· b\n· c\n");
    list.update("a", "fail");
    expect(lastFrame(stderr.text)).toBe("✗ a\n· b\n· c\n");
    list.update("b", "skip");
    list.update("c", "pass");
    list.update("d", "running");
    expect(lastFrame(stderr.text)).toBe("✗ a\n✓ c\n… d\n");
    list.update("d", "warn");
    list.update("e", "pass");
    expect(lastFrame(stderr.text)).toBe("✗ a\n! d\n✓ e\n");
    list.update("b", "warn");
    list.update("c", "warn");
    list.update("e", "fail");
    expect(lastFrame(stderr.text)).toBe("✗ a\n! d\n✗ e\n");
  });

  test("leaves the screen on Ctrl-Z and comes back, unless it is hidden", async ({ expect }) => {
    const { list, stderr, views } = await open();
    const [view] = views;
    const since = () => stderr.text.slice(length);
    let { length } = stderr.text;
    view?.stop?.();
    expect(since()).toBe("\r\u001b[3A\u001b[J");
    length = stderr.text.length;
    view?.redraw();
    expect(since()).toBe("\r\u001b[J\u001b[?7l· url\n· dns\n· certificate\n\u001b[?7h");
    list.hide();
    length = stderr.text.length;
    view?.stop?.();
    view?.redraw();
    expect(since()).toBe("");
    list.erase();
    expect(views.size).toBe(0);
  });

  test("leaves a line free next to the cursor, even if the terminal shrinks", async ({
    expect,
  }) => {
    const names = ["a", "b", "c", "d"];
    const { list, stderr, size } = await open({ rows: 6, columns: 40 }, names);
    expect(lastFrame(stderr.text)).toBe("· a\n· b\n· c\n· d\n");
    list.update("a", "pass", "x".repeat(30));
    // The first line now needs two lines.
    size.columns = 20;
    size.rows = 20;
    list.update("b", "pass");
    expect(stderr.text).toMatch("\r\u001b[5A\u001b[J");
    size.rows = 5;
    list.update("c", "pass");
    expect(stderr.text.slice(stderr.text.lastIndexOf("\r"))).toMatch("\r\u001b[3A\u001b[J");
    expect(lastFrame(stderr.text)).toBe("✓ a  xxxxxxxxxxxxxx\n✓ b\n✓ c\n");
  });

  test("is redrawn after other output", async ({ expect }) => {
    const { list, stderr } = await open();
    list.hide();
    expect(stderr.text.endsWith("\r\u001b[3A\u001b[J")).toBe(true);
    const { text } = stderr;
    list.update("url", "pass");
    expect(stderr.text.slice(text.length)).toBe(
      "\r\u001b[J\u001b[?7l✓ url\n· dns\n· certificate\n\u001b[?7h",
    );
  });

  test("uses the colours of stderr", async ({ expect }) => {
    const { list, stderr } = await open({ color: true }, ["url"]);
    list.update("url", "fail", "no");
    expect(lastFrame(stderr.text)).toBe("\u001b[31m✗\u001b[39m url  no\n");
  });

  test("draws nothing without a terminal", async ({ expect }) => {
    const { list, stderr } = await open({ tty: false });
    list.update("url", "pass");
    list.erase();
    expect(stderr.text).toBe("");
  });
});
