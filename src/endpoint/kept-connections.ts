import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { lookupOf } from "../machine/lookup.ts";

type Addresses = Parameters<typeof lookupOf>[0];

/** What becomes of a connection while it is used. */
export interface ConnectionUser {
  onData(chunk: Buffer): void;
  /** It has ended; with an error if it broke. */
  onEnd(error?: Error): void;
}

/** A connection for plain HTTP, of one user at a time. */
export class KeptConnection {
  readonly socket: Socket;
  isReused = false;
  user: ConnectionUser | undefined;

  constructor(url: URL, addresses: Addresses) {
    const socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 80),
      lookup: lookupOf(addresses),
      noDelay: true,
    });
    socket.on("data", (chunk) => (this.user ? this.user.onData(chunk) : socket.destroy()));
    socket.on("end", () => (this.user ? this.user.onEnd() : socket.destroy()));
    socket.on("error", (error) => this.user?.onEnd(error));
    socket.on("close", () => this.user?.onEnd());
    socket.setTimeout(idleTimeout, () => this.user || socket.destroy());
    this.socket = socket;
  }

  /**
   * Lends the connection to Node's client, whose request was sent already: what came is read again, and what it writes goes
   * nowhere.
   */
  lend(received: string): Duplex {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const end = (error?: Error) => {
      if (stream.destroyed) return;
      if (error) stream.destroy(error);
      else stream.push(null);
    };
    stream.on("error", () => {});
    stream.on("close", () => this.socket.destroy());
    stream.push(Buffer.from(received, "latin1"));
    this.user = { onData: (chunk) => void (stream.destroyed || stream.push(chunk)), onEnd: end };
    return stream;
  }
}

/** The connections to one endpoint that stay open between calls. */
export class KeptConnections {
  readonly #idle: KeptConnection[] = [];
  #isRetired = false;

  /** An idle connection, or a new one. */
  take(url: URL, addresses: Addresses): KeptConnection {
    for (let found = this.#idle.pop(); found; found = this.#idle.pop()) {
      if (found.socket.destroyed) continue;
      found.socket.ref();
      found.isReused = true;
      return found;
    }
    return new KeptConnection(url, addresses);
  }

  /** Takes a connection back, for the next call. */
  give(connection: KeptConnection): void {
    connection.user = undefined;
    if (this.#isRetired || this.#idle.length >= mostIdle) {
      connection.socket.destroy();
      return;
    }
    connection.socket.unref();
    this.#idle.push(connection);
  }

  /** Closes what is idle at once, and the rest as soon as it is. */
  retire(): void {
    this.#isRetired = true;
    for (const { socket } of this.#idle.splice(0)) socket.destroy();
  }
}

/** Milliseconds. Far below the five seconds after which Node's own servers close an idle connection. */
export const idleTimeout = 1000;
const mostIdle = 256;
