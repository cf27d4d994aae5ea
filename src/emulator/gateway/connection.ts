import type { RawData, WebSocket } from "ws";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "../../machine/real-time.ts";
import type { Backend } from "../backend.ts";
import { errorFrame, type Frame, type Refusal } from "./frames.ts";

/** One socket between a client and the gateway. */
export interface Connection {
  /** False as soon as it begins to close. */
  readonly isOpen: boolean;
  send(frame: Frame): void;
  /** Calls back when the client has read what was sent so far, which a ping shows. */
  whenRead(action: () => void): void;
  /** Sends the reason and closes. */
  refuse(refusal: Refusal): void;
  /** Closes without a close frame, as a broken network does. */
  cut(): void;
}

export interface ConnectionEvents {
  /** `text` is undefined for a binary frame. */
  readonly onFrame: (text: string | undefined) => void;
  readonly onClose: () => void;
}

/** A connection with its timeouts: idle and absolute ones by the emulator's clock, pings by real time. */
export function createConnection(
  socket: WebSocket,
  backend: Backend,
  { onFrame, onClose }: ConnectionEvents,
): Connection {
  const { clock, createId } = backend;
  let lastFrameAt = clock.now();

  const connection: Connection = {
    get isOpen() {
      return socket.readyState === socket.OPEN;
    },
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(JSON.stringify(frame));
      // A client that does not read would fill the memory.
      if (socket.bufferedAmount > largestBacklog) socket.terminate();
    },
    whenRead(action) {
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
    lastFrameAt + backend.settings.webSocketAbsoluteTimeout * 1000,
    () => connection.refuse(absoluteTimeout),
  );
  let cancelIdle = () => {};
  const watchIdleness = () => {
    const due = lastFrameAt + backend.settings.webSocketIdleTimeout * 1000;
    cancelIdle = clock.schedule(due, () => {
      const isDue = lastFrameAt + backend.settings.webSocketIdleTimeout * 1000 <= clock.now();
      if (isDue) connection.refuse(idleTimeout);
      else watchIdleness();
    });
  };
  watchIdleness();

  const noteFrame = () => {
    lastFrameAt = clock.now();
  };
  socket.on("ping", noteFrame);
  socket.on("message", (data: RawData, isBinary: boolean) => {
    noteFrame();
    onFrame(isBinary ? undefined : data.toString());
  });
  // For a frame that breaks the protocol or is too large; ws closes the connection.
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

/** 4400 was seen for a connection without a token. Open: whether other codes follow the same rule. */
function closeCode({ code }: Refusal): number {
  return 4000 + Number(code.replace("WSG-", ""));
}
