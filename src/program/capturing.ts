import type { Streams } from "../io/io.ts";

/** The streams of a run without a terminal: an empty input, and the captured output. */
export function capturing(): {
  readonly streams: Streams;
  printed(): { readonly stdout: string; readonly stderr: string };
} {
  const [out, err] = [[] as string[], [] as string[]];
  const into = (texts: string[]) => ({
    isTTY: false,
    write(text: string, done?: () => void) {
      texts.push(text);
      done?.();
    },
  });
  return {
    streams: {
      stdin: { isTTY: false, async *[Symbol.asyncIterator]() {} },
      stdout: into(out),
      stderr: into(err),
    },
    printed: () => ({ stdout: out.join(""), stderr: err.join("") }),
  };
}
