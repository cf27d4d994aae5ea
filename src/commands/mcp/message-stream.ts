import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import type { StreamIn, StreamOut } from "../../io/io.ts";

/** Characters of a message. A request has a few hundred. */
const longestLine = 1_000_000;

export interface MessageStreamOptions {
  /** A message in the form of JSON-RPC; throws for any other. */
  readonly parse: (value: unknown) => JSONRPCMessage;
  /** Called with what is wrong with a line; the line itself may hold anything. */
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The protocol's messages, a line of JSON each. */
export interface MessageStream extends Transport {
  /** Resolves when the client has closed the input and everything is answered, or when the run has to end. */
  readonly ended: Promise<void>;
}

/**
 * The protocol on streams. An invalid line is answered with an error of JSON-RPC, and reading goes on.
 * When the input ends, what was asked is answered first.
 */
export function createMessageStream(
  { stdin, stdout }: { readonly stdin: StreamIn; readonly stdout: StreamOut },
  { parse, warn, signal }: MessageStreamOptions,
): MessageStream {
  /** Requests without an answer. */
  const open = new Set<string | number>();
  let isClosed = false;
  let isRead = false;
  const { promise: ended, resolve } = promiseWithResolver();

  function write(message: unknown): void {
    if (!stdout.destroyed) stdout.write(`${JSON.stringify(message)}\n`);
  }

  function refuse(code: number, message: string): void {
    warn(`The client sent a line that was refused: ${message}.`);
    write({ jsonrpc: "2.0", id: null, error: { code, message } });
  }

  function receive(line: string): void {
    if (line.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      refuse(-32700, "Parse error: not JSON");
      return;
    }
    let message: JSONRPCMessage;
    try {
      message = parse(value);
    } catch {
      refuse(-32600, "Invalid Request: not a message of JSON-RPC 2.0");
      return;
    }
    if ("method" in message && "id" in message) open.add(message.id);
    else if ("method" in message && message.method === "notifications/cancelled") {
      // Nobody waits for its answer.
      settle((message.params as { readonly requestId?: string | number } | undefined)?.requestId);
    }
    stream.onmessage?.(message);
  }

  function settle(id: string | number | undefined): void {
    if (id !== undefined) open.delete(id);
    if (isRead && open.size === 0) void stream.close();
  }

  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    let isTooLong = false;
    for await (const chunk of stdin) {
      if (isClosed) return;
      const lines = (
        typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true })
      ).split("\n");
      for (const [index, part] of lines.entries()) {
        if (!isTooLong) rest += part;
        if (rest.length > longestLine) {
          isTooLong = true;
          rest = "";
        }
        if (index === lines.length - 1) break;
        if (isTooLong) refuse(-32600, `Invalid Request: longer than ${longestLine} characters`);
        else receive(rest);
        rest = "";
        isTooLong = false;
      }
    }
    if (rest !== "") receive(rest);
  }

  const stream: MessageStream = {
    ended,
    async start() {
      const end = () => void stream.close();
      if (signal.aborted) end();
      signal.addEventListener("abort", end, { once: true });
      void read()
        .catch((error: unknown) => stream.onerror?.(error as Error))
        .finally(() => {
          isRead = true;
          settle(undefined);
        });
    },
    async send(message) {
      if (isClosed) return;
      write(message);
      if (!("method" in message)) settle(message.id);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      stream.onclose?.();
      resolve();
    },
  };
  return stream;
}

function promiseWithResolver() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
