import { describe, test } from "vitest";
import { createStreams, openIO } from "./streams.ts";

describe("a message", () => {
  test("goes to stderr, and data to stdout", async ({ expect }) => {
    const streams = createStreams({ stdout: false, stderr: false });
    const io = await openIO(streams);
    io.data("data");
    io.note("note");
    io.warn("careful");
    io.detail("detail");
    expect(streams.written).toEqual({ stdout: "data\n", stderr: "note\nwarning: careful\n" });
  });

  test("is hidden by --quiet unless it is a warning or required", async ({ expect }) => {
    const streams = createStreams({ stderr: false });
    const io = await openIO(streams, { quiet: true, verbose: true });
    io.note("note");
    io.detail("detail");
    io.progress("progress");
    io.warn("careful");
    io.say("error: no");
    expect(streams.written.stderr).toBe("warning: careful\nerror: no\n");
  });

  test("includes details with --verbose", async ({ expect }) => {
    const streams = createStreams({ stderr: false });
    (await openIO(streams, { verbose: true })).detail("detail");
    expect(streams.written.stderr).toBe("detail\n");
  });

  test("is wrapped between words to the width of a terminal", async ({ expect }) => {
    const streams = createStreams();
    const io = await openIO(streams, { env: { COLUMNS: "24", NO_COLOR: "1" } });
    io.note("A note that is longer than the terminal is wide");
    io.warn("and a warning, too");
    io.say("one\nline after the other");
    expect(streams.written.stderr).toBe(
      "A note that is longer\nthan the terminal is\nwide\nwarning: and a warning,\ntoo\none\nline after the other\n",
    );
  });

  test("is never wrapped in a pipe or as JSON", async ({ expect }) => {
    const text = "A note that is longer than the terminal is wide";
    const piped = createStreams({ stderr: false });
    (await openIO(piped, { env: { COLUMNS: "24" } })).say(text);
    expect(piped.written.stderr).toBe(`${text}\n`);

    const json = createStreams();
    (await openIO(json, { env: { COLUMNS: "24" }, format: "json" })).say(text);
    expect(json.written.stderr).toBe(`${text}\n`);
  });

  test("is dropped if its stream is closed", async ({ expect }) => {
    const streams = createStreams({ stdout: false, stderr: false });
    const io = await openIO(streams);
    streams.stdout.destroy();
    expect(() => io.data("nobody reads this")).not.toThrow();

    const closed = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    const full = Object.assign(new Error("write ENOSPC"), { code: "ENOSPC" });
    for (const [error, thrown] of [
      [closed, undefined],
      [full, full],
    ] as const) {
      const failing = createStreams();
      Object.assign(failing.stdout, {
        write() {
          throw error;
        },
      });
      const other = await openIO(failing);
      let caught: unknown;
      try {
        other.data("text");
      } catch (each) {
        caught = each;
      }
      expect(caught).toBe(thrown);
    }
  });
});

describe("interactive", () => {
  test("needs three terminals", async ({ expect }) => {
    expect((await openIO(createStreams())).interactive).toBe(true);
    for (const missing of ["stdin", "stdout", "stderr"]) {
      expect((await openIO(createStreams({ [missing]: false }))).interactive).toBe(false);
    }
  });

  test("is disabled by --no-input, JSON and CI", async ({ expect }) => {
    const interactive = async (options: Parameters<typeof openIO>[1]) =>
      (await openIO(createStreams(), options)).interactive;
    expect(await interactive({ noInput: true })).toBe(false);
    expect(await interactive({ format: "json" })).toBe(false);
    expect(await interactive({ env: { CI: "true" } })).toBe(false);
    expect(await interactive({ env: { CI: "" } })).toBe(true);
    expect(await interactive({ env: { CI: "false" } })).toBe(true);
  });
});

describe("width", () => {
  test("comes from COLUMNS, then the terminal, then defaults to 80", async ({ expect }) => {
    const streams = createStreams({}, 132);
    const width = async (COLUMNS: string) => (await openIO(streams, { env: { COLUMNS } })).width;
    expect(await width("60")).toBe(60);
    expect(await width("")).toBe(132);
    expect(await width("wide")).toBe(132);
    expect(await width("0")).toBe(132);
    streams.stdout.columns = 0;
    expect(await width("")).toBe(80);
  });

  test("follows the terminal", async ({ expect }) => {
    const streams = createStreams({}, 132);
    const io = await openIO(streams);
    streams.stdout.columns = 90;
    expect(io.width).toBe(90);
  });
});

describe("colours", () => {
  const red = "\u001b[31mx\u001b[39m";
  const painted = async (
    options: Parameters<typeof openIO>[1],
    terminals?: Parameters<typeof createStreams>[0],
  ) => {
    const { style, errorStyle } = await openIO(createStreams(terminals), options);
    return [style.red("x"), errorStyle.red("x")];
  };

  test("are on for each stream that is a terminal", async ({ expect }) => {
    expect(await painted({})).toEqual([red, red]);
    expect(await painted({}, { stdout: false })).toEqual(["x", red]);
    expect(await painted({}, { stderr: false })).toEqual([red, "x"]);
    expect(await painted({ env: {}, platform: "win32" })).toEqual([red, red]);
  });

  test("are off with --no-color, NO_COLOR and terminals without colours", async ({ expect }) => {
    const plain = ["x", "x"];
    expect(await painted({ noColor: true, env: { TERM: "xterm", FORCE_COLOR: "1" } })).toEqual(
      plain,
    );
    expect(await painted({ env: { TERM: "xterm", NO_COLOR: "1" } })).toEqual(plain);
    expect(await painted({ env: { TERM: "xterm", FORCE_COLOR: "0" } })).toEqual(plain);
    expect(await painted({ env: { TERM: "dumb" } })).toEqual(plain);
    expect(await painted({ env: {} })).toEqual(plain);
    expect(await painted({ env: { TERM: "xterm", NO_COLOR: "" } })).toEqual([red, red]);
  });

  test("are forced by FORCE_COLOR, even in a pipe", async ({ expect }) => {
    const forced = { env: { FORCE_COLOR: "1", NO_COLOR: "1" } };
    expect(await painted(forced, { stdout: false, stderr: false })).toEqual([red, red]);
  });
});

describe("progress", () => {
  const line = (text: string) => `\u001b[?7l${text}\u001b[?7h`;
  const erase = "\r\u001b[K";

  test("is one line that other output replaces, and leaves nothing behind", async ({ expect }) => {
    const streams = createStreams();
    const { progress, endProgress, note, data } = await openIO(streams);
    progress("1 of 2");
    progress("2 of 2");
    note("noted");
    data("row");
    endProgress();
    endProgress();
    expect(streams.written.stderr).toBe(
      `${line("1 of 2")}${erase}${line("2 of 2")}${erase}noted\n${line("2 of 2")}${erase}${line("2 of 2")}${erase}`,
    );
    expect(streams.written.stdout).toBe("row\n");
  });

  test("stays within one line", async ({ expect }) => {
    const streams = createStreams({}, 10);
    (await openIO(streams)).progress("0123456789\nabc");
    expect(streams.written.stderr).toBe(line("0123… abc"));
  });

  test("appears only on a terminal", async ({ expect }) => {
    for (const [streams, options] of [
      [createStreams({ stderr: false }), {}],
      [createStreams(), { quiet: true }],
      [createStreams(), { env: { TERM: "dumb" } }],
      [createStreams(), { env: { TERM: "xterm", CI: "1" } }],
    ] as const) {
      const io = await openIO(streams, options);
      io.progress("working");
      io.endProgress();
      expect(streams.written.stderr).toBe("");
    }
  });
});
