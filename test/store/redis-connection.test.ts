import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openRedis } from "../../src/store/redis-connection.ts";
import { createReplyReader, RedisReplyError, type Reply } from "../../src/store/redis-replies.ts";

/** Answers each chunk that it gets with the next of these. */
async function serve(answer: (received: string, socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => answer(chunk.toString(), socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function open(url: string, { timeout = 5000, signal = new AbortController().signal } = {}) {
  const connection = openRedis(new URL(url), { timeout, signal, readFile: () => "" });
  onTestFinished(connection.close);
  return connection;
}

test("answers are read however they are cut", () => {
  const text =
    "+OK\r\n-ERR no\r\n:12\r\n$-1\r\n$7\r\nä\r\nbcd\r\n*3\r\n$1\r\n1\r\n*0\r\n*-1\r\n$0\r\n\r\n";
  const bytes = Buffer.from(text);
  const expected = ["OK", new RedisReplyError("ERR no"), 12, null, "ä\r\nbcd", ["1", [], null], ""];
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const replies: Reply[] = [];
    const read = createReplyReader((reply) => replies.push(reply));
    for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
    expect(replies).toEqual(expected);
  }
});

test("what is not Redis is refused", () => {
  const read = createReplyReader(() => {});
  expect(() => read(Buffer.from("HTTP/1.1 400 Bad Request\r\n"))).toThrow(
    "it does not speak the Redis protocol",
  );
});

test("a connection signs in, chooses its database, and sends commands together", async () => {
  const received: string[] = [];
  const port = await serve((text, socket) => {
    received.push(text.replaceAll(/[*$]\d+\r\n/g, "").replaceAll("\r\n", " "));
    socket.write("+OK\r\n".repeat(text.match(/\*\d/g)?.length ?? 0));
  });
  const { sendCommand } = open(`redis://me:p%40ss@127.0.0.1:${port}/3`);

  await Promise.all([sendCommand(["SET", "a", "1"]), sendCommand(["GET", "a"])]);

  expect(received.join("")).toBe("AUTH me p@ss SELECT 3 SET a 1 GET a ");
});

test("a refusal leaves the connection as it is, and one that is cut is made again", async () => {
  let connections = 0;
  const port = await serve((text, socket) => {
    if (text.includes("BAD")) socket.write("-ERR unknown command\r\n");
    else if (text.includes("CUT")) socket.destroy();
    else socket.write(`:${connections}\r\n`);
  });
  const { sendCommand } = open(`redis://127.0.0.1:${port}`);
  connections = 1;
  await expect(sendCommand(["BAD"])).rejects.toThrow("ERR unknown command");
  expect(await sendCommand(["GOOD"])).toBe(1);
  await expect(sendCommand(["CUT"])).rejects.toThrow("the server closed the connection");
  expect(await sendCommand(["GOOD"])).toBe(1);
});

test("a server that does not answer fails in time, and at the end of the run at once", async () => {
  const port = await serve(() => {});
  const url = `redis://127.0.0.1:${port}`;
  await expect(open(url, { timeout: 50 }).sendCommand(["PING"])).rejects.toThrow(
    "it did not answer in time",
  );
  const end = new AbortController();
  const { sendCommand } = open(url, { signal: end.signal });
  const waiting = sendCommand(["PING"]);
  setTimeout(() => end.abort(), 20);
  await expect(waiting).rejects.toThrow("the server closed the connection");
  await expect(sendCommand(["PING"])).rejects.toThrow();
});
