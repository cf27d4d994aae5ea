import { randomBytes } from "node:crypto";
import { createSeededRandom } from "../events/seeded-random.ts";

/** Where the emulator's ids, tokens, samples and dice come from. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** A UUID, version 4. */
  uuid(): string;
  /** As many characters as asked for, safe in a URL. */
  text(length: number): string;
  /** Begins the sequence of a seed again. */
  restart(): void;
}

/** Unpredictable without a seed; with one, the same sequence every time. */
export function createRandom(seed?: number | string): Random {
  const start = () => (seed === undefined ? randomBytes : seededBytes(String(seed)));
  let bytes = start();
  return {
    next: () => bytes(4).readUInt32BE() / 2 ** 32,
    uuid() {
      const digits = bytes(16);
      digits[6] = ((digits[6] ?? 0) & 0x0f) | 0x40;
      digits[8] = ((digits[8] ?? 0) & 0x3f) | 0x80;
      return digits.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    },
    text: (length) => bytes(length).toString("base64url").slice(0, length),
    restart() {
      bytes = start();
    },
  };
}

/** Not for secrets. */
function seededBytes(seed: string): (length: number) => Buffer {
  const next = createSeededRandom(seed);
  return (length) => {
    const words = Buffer.alloc(Math.ceil(length / 4) * 4);
    for (let offset = 0; offset < words.length; offset += 4) {
      words.writeUInt32BE(next() * 2 ** 32, offset);
    }
    return words.subarray(0, length);
  };
}
