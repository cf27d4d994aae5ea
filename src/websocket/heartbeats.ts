import { randomUUID } from "node:crypto";
import { heartbeatFrame } from "./frames.ts";
import type { Pace } from "./pace.ts";

export interface Heart {
  send(frame: string): void;
  /** How many frames have come so far. */
  heard(): number;
  /** Nothing came back. */
  stop(reason: string): void;
}

/**
 * Asks the other end for a sign of life again and again, which also keeps the connection from being
 * idle. Returns what ends that.
 */
export function keepBeating(heart: Heart, { heartbeat, answer }: Pace): () => void {
  let timer = setTimeout(beat, heartbeat).unref();

  function beat(): void {
    const before = heart.heard();
    heart.send(heartbeatFrame(randomUUID()));
    timer = setTimeout(() => {
      if (heart.heard() === before) {
        return heart.stop(`the gateway did not answer a heartbeat within ${answer / 1000} s`);
      }
      timer = setTimeout(beat, Math.max(heartbeat - answer, 0)).unref();
    }, answer).unref();
  }

  return () => clearTimeout(timer);
}
