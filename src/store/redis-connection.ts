import net from "node:net";
import tls from "node:tls";
import { UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { type Deferred, deferred } from "../machine/promises.ts";
import type { ConnectionOptions, ServerFacts } from "./connections.ts";
import { createReplyReader, RedisReplyError, type Reply } from "./redis-replies.ts";

/** A connection to a Redis server, made when it is needed. */
export interface RedisConnection {
  /** Sends a command, perhaps together with others. Rejects with `RedisReplyError` where the server refuses it. */
  sendCommand(words: readonly string[]): Promise<Reply>;
  describe(): Promise<ServerFacts>;
  /** Ends what still runs. */
  close(): void;
}

/** One socket, with the commands that it has not answered, in their order. */
interface Line {
  readonly socket: net.Socket;
  readonly unanswered: Deferred<Reply>[];
}

/** Throws UsageError for parts of the URL that are not valid. Connects at the first command. */
export function openRedis(url: URL, { timeout, signal }: ConnectionOptions): RedisConnection {
  const greeting = greetingOf(url);
  const isEncrypted = url.protocol === "rediss:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || 6379);
  let line: Promise<Line> | undefined;
  let current: Line | undefined;
  let isClosed = false;

  function connect(): Promise<Line> {
    const opened = open();
    line = opened;
    opened.catch(() => {
      if (line === opened) line = undefined;
    });
    return opened;
  }

  async function open(): Promise<Line> {
    if (isClosed) throw new Error("The connection was closed.");
    const socket = isEncrypted
      ? tls.connect({ host, port, ...(net.isIP(host) === 0 && { servername: host }) })
      : net.connect({ host, port });
    socket.setNoDelay(true);
    const opened: Line = { socket, unanswered: [] };
    let isReady = false;
    const connected = deferred<void>();
    socket.once(isEncrypted ? "secureConnect" : "connect", connected.resolve);
    const fail = (error: Error) => {
      connected.reject(error);
      socket.destroy();
      for (const { reject } of opened.unanswered.splice(0)) reject(error);
    };
    const read = createReplyReader((reply) => {
      const next = opened.unanswered.shift();
      if (reply instanceof RedisReplyError) next?.reject(reply);
      else next?.resolve(reply);
    });
    socket.on("data", (chunk) => {
      try {
        read(chunk);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on("error", fail);
    socket.on("close", () => {
      if (opened === current) line = undefined;
      fail(new Error("the server closed the connection"));
    });
    // A server that does not answer is as good as none.
    socket.setTimeout(timeout, () => {
      if (!isReady || opened.unanswered.length > 0) fail(new Error("it did not answer in time"));
    });
    current = opened;
    try {
      await connected.promise;
      // They are answered in order.
      await Promise.all(greeting.map((words) => send(opened, words)));
    } catch (error) {
      socket.destroy();
      throw error;
    }
    isReady = true;
    return opened;
  }

  function send({ socket, unanswered }: Line, words: readonly string[]): Promise<Reply> {
    const reply = deferred<Reply>();
    // Nobody would answer.
    if (socket.destroyed) reply.reject(new Error("the connection was cut"));
    unanswered.push(reply);
    socket.write(encode(words));
    return reply.promise;
  }

  async function sendCommand(words: readonly string[]): Promise<Reply> {
    signal.throwIfAborted();
    return send(await (line ?? connect()), words);
  }

  function close(): void {
    isClosed = true;
    signal.removeEventListener("abort", close);
    current?.socket.destroy();
  }
  signal.addEventListener("abort", close, { once: true });

  return {
    sendCommand,
    async describe() {
      const info = await readInfo(sendCommand);
      const isLocal = isLoopback(host);
      const problem = (text: string, hint: string) => ({ problem: text, hint });
      return {
        version:
          `${info.get("valkey_version") ? "Valkey" : "Redis"} ${info.get("valkey_version") ?? info.get("redis_version") ?? ""}`.trim(),
        isEncrypted,
        remarks: [
          ...(isEncrypted || isLocal
            ? []
            : [problem("not encrypted", "Use rediss:// and a server that has a certificate.")]),
          ...(info.get("aof_enabled") === "0"
            ? [
                problem(
                  "a restart may lose everything since the last snapshot (appendonly is off)",
                  "Set appendonly to yes in redis.conf, as in `rcwh help docs fleet`.",
                ),
              ]
            : []),
          ...(/^(?:allkeys|volatile)-/.test(info.get("maxmemory_policy") ?? "") &&
          info.get("maxmemory") !== "0"
            ? [
                problem(
                  `data is lost when memory is full (maxmemory-policy is ${info.get("maxmemory_policy")})`,
                  "Set maxmemory-policy to noeviction in redis.conf.",
                ),
              ]
            : []),
        ],
      };
    },
    close,
  };
}

/** What every connection begins with. */
function greetingOf(url: URL): readonly (readonly string[])[] {
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const database = url.pathname.slice(1) || url.searchParams.get("db") || "0";
  if (!/^\d{1,4}$/.test(database)) {
    throw new UsageError(
      "Invalid database in the URL of the store: must be a number.",
      "Use a URL such as redis://cache.example.com/0.",
    );
  }
  return [
    ...(password === "" ? [] : [["AUTH", ...(user === "" ? [] : [user]), password]]),
    ...(database === "0" ? [] : [["SELECT", database]]),
  ];
}

function encode(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join("")}`;
}

/** The facts that a server tells of itself; none where the user may not ask for them. */
async function readInfo(
  sendCommand: RedisConnection["sendCommand"],
): Promise<ReadonlyMap<string, string>> {
  const text = await sendCommand(["INFO"]).catch(async (error: unknown) => {
    if (!(error instanceof RedisReplyError)) throw error;
    await sendCommand(["PING"]);
    return "";
  });
  const lines = String(text).split(/\r?\n/);
  return new Map(
    lines.flatMap((each) => {
      const [, name, value] = /^(\w+):(.*)$/.exec(each) ?? [];
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
}
