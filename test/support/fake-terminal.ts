import type { StreamIn, StreamOut } from "../../src/io/io.ts";

export interface FakeTerminalOptions {
  /** Whether the three streams are a terminal. */
  readonly tty?: boolean | undefined;
  readonly columns?: number | undefined;
  /** The piped input. */
  readonly stdin?: string | undefined;
}

/** The three streams of a run, recorded as text. */
export class FakeTerminal {
  readonly stdin: StreamIn;
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;

  constructor({ tty = false, columns = 80, stdin = "" }: FakeTerminalOptions = {}) {
    this.stdin = {
      isTTY: tty,
      async *[Symbol.asyncIterator]() {
        if (stdin !== "") yield stdin;
      },
    };
    this.stdout = new FakeStream(tty, columns);
    this.stderr = new FakeStream(tty, columns);
  }
}

class FakeStream implements StreamOut {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;
  /** Called with each chunk as it is written. */
  onWrite: (text: string) => void = () => {};

  constructor(isTTY: boolean, columns: number) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): boolean {
    this.text += text;
    this.onWrite(text);
    return true;
  }
}
