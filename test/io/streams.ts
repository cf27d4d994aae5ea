import { PassThrough } from "node:stream";
import {
  createIO,
  type IO,
  type IOOptions,
  type TerminalEvents,
  type View,
} from "../../src/io/io.ts";
import { createRedactor } from "../../src/machine/redact.ts";

/** Node streams that claim to be terminals and record what was written to them. */
export interface FakeStreams {
  readonly stdin: PassThrough & { isTTY: boolean };
  readonly stdout: PassThrough & { isTTY: boolean; columns: number };
  readonly stderr: PassThrough & { isTTY: boolean; columns: number };
  readonly written: { stdout: string; stderr: string };
  /** What is drawn on the terminal now, and how often Ctrl-Z was pressed as a key. */
  readonly terminal: TerminalEvents & { readonly views: ReadonlySet<View>; suspended: number };
}

export function createStreams(
  { stdin = true, stdout = true, stderr = true } = {},
  columns = 80,
): FakeStreams {
  const written = { stdout: "", stderr: "" };
  const views = new Set<View>();
  const out = Object.assign(new PassThrough(), { isTTY: stdout, columns });
  const err = Object.assign(new PassThrough(), { isTTY: stderr, columns });
  out.on("data", (chunk) => {
    written.stdout += String(chunk);
  });
  err.on("data", (chunk) => {
    written.stderr += String(chunk);
  });
  return {
    stdin: Object.assign(new PassThrough(), { isTTY: stdin }),
    stdout: out,
    stderr: err,
    written,
    terminal: {
      views,
      suspended: 0,
      attach(view) {
        views.add(view);
        return () => void views.delete(view);
      },
      suspend() {
        this.suspended += 1;
        for (const view of views) view.stop?.();
        written.stderr += "(stopped)";
        for (const view of views) view.redraw();
      },
    },
  };
}

/** An IO over such streams, on a terminal with colours, with default options. */
export function openIO(streams: FakeStreams, options: Partial<IOOptions> = {}): Promise<IO> {
  return createIO(streams, {
    env: { TERM: "xterm" },
    platform: "linux",
    format: "table",
    quiet: false,
    verbose: false,
    noColor: false,
    noInput: false,
    redactor: createRedactor(),
    ...options,
  });
}

/** For functions that need only the width and the colours. */
export function collector(format: IO["format"], width = 80) {
  const lines: string[] = [];
  const same = (text: string) => text;
  return {
    format,
    width,
    style: { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same },
    redactor: createRedactor(),
    data: (text: string) => void lines.push(text),
    lines,
  };
}
