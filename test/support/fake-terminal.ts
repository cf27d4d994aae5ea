import type { StreamIn, StreamOut } from "../../src/io/io.ts";

export interface FakeTerminalOptions {
  /** Whether the three streams are a terminal. */
  readonly tty?: boolean | undefined;
  /** Whether stderr goes elsewhere all the same. */
  readonly stderrIsFile?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** The piped input; a promise is one that has to be waited for, and chunks come one after the other. */
  readonly stdin?: string | Promise<string> | AsyncIterable<string> | undefined;
}

/** The three streams of a run, recorded as text. */
export class FakeTerminal {
  readonly stdin: StreamIn;
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;

  constructor({
    tty = false,
    stderrIsFile = false,
    columns = 80,
    rows,
    stdin = "",
  }: FakeTerminalOptions = {}) {
    this.stdin = {
      isTTY: tty,
      async *[Symbol.asyncIterator]() {
        const text = await stdin;
        if (typeof text !== "string") yield* text;
        else if (text !== "") yield text;
      },
    };
    this.stdout = new FakeStream(tty, columns, rows);
    this.stderr = new FakeStream(tty && !stderrIsFile, columns, rows);
  }

  readonly resize = (columns: number, rows: number): void => {
    for (const stream of [this.stdout, this.stderr]) Object.assign(stream, { columns, rows });
  };
}

class FakeStream implements StreamOut {
  text = "";
  readonly isTTY: boolean;
  columns: number;
  rows: number | undefined;
  /** Called with each chunk as it is written. */
  onWrite: (text: string) => void = () => {};

  constructor(isTTY: boolean, columns: number, rows: number | undefined) {
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): boolean {
    this.text += text;
    this.onWrite(text);
    return true;
  }
}
