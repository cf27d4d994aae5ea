import type { RequestOptions } from "node:http";
import { once } from "../machine/promises.ts";
import { clearTimeout, setTimeout, stopwatch } from "../machine/real-time.ts";
import type { EndpointCall, EndpointOutcome } from "./endpoint-call.ts";
import { exchange, failure, reasonOf, timedOut } from "./http-exchange.ts";
import type { KeptConnection, KeptConnections } from "./kept-connections.ts";
import { readPlainAnswer } from "./plain-answer.ts";

/** Kept: bundled, each import copies all that a module of Node has. */
export const loadHttp = once(() => import("node:http"));

/**
 * The same as `exchange`, over a kept connection for plain HTTP: it takes half as long as Node's client, which only reads
 * answers that are out of the ordinary.
 */
export function exchangeKept(
  kept: KeptConnections,
  connection: KeptConnection,
  request: RequestOptions,
  call: EndpointCall,
  endsAt: number,
): Promise<EndpointOutcome | "stale"> {
  const { body, headers, connections } = call;
  return new Promise((settle) => {
    let received = "";

    const stop = () => {
      clearTimeout(timer);
      untrack?.();
    };
    const end = (outcome: EndpointOutcome | "stale") => {
      stop();
      connection.user = undefined;
      connection.socket.destroy();
      settle(outcome);
    };
    const lend = () => {
      stop();
      const stream = connection.lend(received);
      // Without an agent, which would open a connection of its own.
      const lent = { ...request, createConnection: () => stream };
      settle(loadHttp().then((http) => exchange(http.request(lent), call, endsAt)));
    };
    const untrack = connections?.track(() => end(failure("unreachable", "cut off")));
    const timer = setTimeout(() => end(timedOut(call)), endsAt - stopwatch());

    connection.user = {
      onData(chunk) {
        received += chunk.toString("latin1");
        const read = readPlainAnswer(received);
        if (read === "more") return;
        if (read === "other") return lend();
        if (!read.keepsOpen) return end(read.answer);
        stop();
        kept.give(connection);
        settle(read.answer);
      },
      onEnd(error) {
        if (received !== "") {
          lend();
          connection.user?.onEnd(error);
        } else if (connection.isReused) end("stale");
        else end(failure("unreachable", error ? reasonOf(error) : "socket hang up"));
      },
    };
    const head = `POST ${request.path} HTTP/1.1\r\n${linesOf(headers)}Connection: keep-alive\r\n\r\n`;
    if (Buffer.byteLength(body) === body.length) connection.socket.write(head + body, "latin1");
    else {
      connection.socket.cork();
      connection.socket.write(head, "latin1");
      connection.socket.write(body);
      connection.socket.uncork();
    }
  });
}

/** Whether Node would send these headers. */
export function areSendable(headers: EndpointCall["headers"]): boolean {
  return Object.values(headers).every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
}

function linesOf(headers: EndpointCall["headers"]): string {
  let lines = "";
  for (const name in headers) lines += `${name}: ${headers[name]}\r\n`;
  return lines;
}
