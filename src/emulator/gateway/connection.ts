import type { RawData, WebSocket } from "ws";
import type { Backend } from "../backend.ts";
import { errorFrame, type Frame, type Refusal } from "./frames.ts";

/** One socket between a client and the gateway. */
export interface Connection {
  /** False as soon as it begins to close: nothing that is sent then arrives. */
  readonly isOpen: boolean;
  send(frame: Frame): void;
  /** Calls back once the client has dealt with what was sent so far: then it answers a ping. */
  whenHeard(action: () => void): void;
  /** Says why, and closes. */
  refuse(refusal: Refusal): void;
  /** Breaks off without a word, as networks do. */
  cut(): void;
}

export interface ConnectionEvents {
  /** Undefined for a frame that is not text. */
  readonly onFrame: (text: string | undefined) => void;
  readonly onClose: () => void;
}

/** Keeps the time of a connection: idle and absolute timeouts by the emulator's clock, pings by the real one. */
export function createConnection(
  socket: WebSocket,
  backend: Backend,
  { onFrame, onClose }: ConnectionEvents,
): Connection {
  const { clock, createId } = backend;
  let lastSignAt = clock.now();

  const connection: Connection = {
    get isOpen() {
      return socket.readyState === socket.OPEN;
    },
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(JSON.stringify(frame));
      // Somebody who does not read would have us keep everything.
      if (socket.bufferedAmount > largestBacklog) socket.terminate();
    },
    whenHeard(action) {
      socket.once("pong", action);
      socket.ping();
    },
    refuse(refusal) {
      const id = createId();
      connection.send(errorFrame(refusal, id, id));
      socket.close(closeCode(refusal), refusal.message);
    },
    cut: () => socket.terminate(),
  };

  const stopPings = keepPinging(socket, backend);
  const cancelAbsolute = clock.schedule(
    lastSignAt + backend.settings.webSocketAbsoluteTimeout * 1000,
    () => connection.refuse(absoluteTimeout),
  );
  let cancelIdle = () => {};
  const watchIdleness = () => {
    const due = lastSignAt + backend.settings.webSocketIdleTimeout * 1000;
    cancelIdle = clock.schedule(due, () => {
      const isDue = lastSignAt + backend.settings.webSocketIdleTimeout * 1000 <= clock.now();
      if (isDue) connection.refuse(idleTimeout);
      else watchIdleness();
    });
  };
  watchIdleness();

  const noteSign = () => {
    lastSignAt = clock.now();
  };
  socket.on("ping", noteSign);
  socket.on("message", (data: RawData, isBinary: boolean) => {
    noteSign();
    onFrame(isBinary ? undefined : data.toString());
  });
  // A frame that breaks the protocol or is too large; ws answers it by closing.
  socket.on("error", () => {});
  socket.on("close", () => {
    stopPings();
    cancelAbsolute();
    cancelIdle();
    onClose();
  });
  return connection;
}

const idleTimeout: Refusal = { status: 408, code: "WSG-902", message: "Idle timeout expired" };
const absoluteTimeout: Refusal = {
  status: 408,
  code: "WSG-903",
  message: "Absolute timeout expired",
};

const largestBacklog = 16 * 1024 * 1024;

function keepPinging(socket: WebSocket, { settings }: Backend): () => void {
  let deadline: NodeJS.Timeout | undefined;
  const pinging = setInterval(() => {
    socket.ping();
    deadline ??= setTimeout(() => socket.terminate(), settings.webSocketPongDeadline).unref();
  }, settings.webSocketPingInterval).unref();
  socket.on("pong", () => {
    clearTimeout(deadline);
    deadline = undefined;
  });
  return () => {
    clearInterval(pinging);
    clearTimeout(deadline);
  };
}

/** 4400 was seen for a connection without a token; that other codes follow the same rule is open. */
function closeCode({ code }: Refusal): number {
  return 4000 + Number(code.replace("WSG-", ""));
}
