import { Client, type Transport } from "@modelcontextprotocol/client";
import type { Fixtures, RunOptions, RunResult } from "./rcwh.ts";

interface Result {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: "text"; readonly text: string }[];
  readonly structuredContent: Readonly<Record<string, unknown>> & { readonly exitCode: number };
}

/** The protocol's own client, and the run of `rcwh mcp` that it talks to in this process. */
export interface Connection extends AsyncDisposable {
  readonly client: Client;
  /** Every line on stdout. */
  readonly lines: readonly string[];
  call(name: string, values?: Readonly<Record<string, unknown>>): Promise<Result>;
  /** Sends a line as it is. */
  send(line: string): void;
  /** Closes the input, and waits for the end. */
  end(): Promise<RunResult>;
}

export interface ConnectOptions extends Pick<RunOptions, "env" | "signal"> {
  /** Leaves the handshake to the test. */
  readonly raw?: true;
}

/** Starts `rcwh mcp` with these flags, and connects a client. */
export async function connectMcp(
  rcwh: Fixtures["rcwh"],
  flags: readonly string[] = [],
  { raw, ...options }: ConnectOptions = {},
): Promise<Connection> {
  const input = createInput();
  const lines: string[] = [];
  const transport: Transport = {
    async start() {},
    async send(message) {
      input.write(`${JSON.stringify(message)}\n`);
    },
    async close() {
      input.end();
      transport.onclose?.();
    },
  };
  const ended = rcwh(["mcp", ...flags], {
    ...options,
    stdin: input.chunks,
    onOutput(text) {
      for (const line of text.split("\n").filter(Boolean)) {
        lines.push(line);
        transport.onmessage?.(JSON.parse(line));
      }
    },
  });
  const client = new Client({ name: "test", version: "1.0.0" });
  if (raw === undefined) {
    await Promise.race([client.connect(transport), ended.then((result) => Promise.reject(result))]);
  }
  return {
    client,
    lines,
    call: async (name, values = {}) =>
      (await client.callTool({ name, arguments: values })) as unknown as Result,
    send: (line) => input.write(`${line}\n`),
    async end() {
      input.end();
      return ended;
    },
    async [Symbol.asyncDispose]() {
      input.end();
      await ended;
    },
  };
}

/** Standard input, as it is written. */
function createInput() {
  const waiting: string[] = [];
  let wake = () => {};
  let isEnded = false;
  async function* read() {
    for (;;) {
      const text = waiting.shift();
      if (text !== undefined) yield text;
      else if (isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    chunks: read(),
    write(text: string) {
      waiting.push(text);
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
  };
}
