import { randomBytes } from "node:crypto";
import { createSeededRandom } from "../events/samples/seeded-random.ts";

/** The source of the emulator's ids, tokens, samples and random choices. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** A UUID, version 4. */
  uuid(): string;
  /** A decimal of 19 digits, within 63 bits, as the ids of RingCentral's events are. */
  decimal(): string;
  /** Characters that are safe in a URL. */
  text(length: number): string;
  /** Restarts the sequence of a seed, at a position in it. */
  restart(position?: number): void;
  /** The position in the sequence of a seed; 0 without a seed. */
  readonly position: number;
}

/** Unpredictable without a seed; with one, the same sequence every time. */
export function createRandom(seed?: number | string): Random {
  const sequence = seed === undefined ? undefined : createSequence(String(seed));
  const bytes = sequence?.bytes ?? createRandomBytes();
  return {
    next: () => bytes(4).readUInt32BE() / 2 ** 32,
    uuid() {
      const digits = bytes(16);
      digits[6] = ((digits[6] ?? 0) & 0x0f) | 0x40;
      digits[8] = ((digits[8] ?? 0) & 0x3f) | 0x80;
      return digits.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    },
    decimal: () => String(10n ** 18n + (bytes(16).readBigUInt64BE() % (8n * 10n ** 18n))),
    text: (length) => bytes(length).toString("base64url").slice(0, length),
    restart(position = 0) {
      sequence?.restart(position);
    },
    get position() {
      return sequence?.position() ?? 0;
    },
  };
}

/** Bytes of the system, many at a time: asking it takes longer than all else that an id does. */
function createRandomBytes() {
  let stock = Buffer.alloc(0);
  let taken = 0;
  return (length: number): Buffer => {
    if (taken + length > stock.length) {
      stock = randomBytes(Math.max(4096, length));
      taken = 0;
    }
    taken += length;
    return stock.subarray(taken - length, taken);
  };
}

/** Not for secrets. */
function createSequence(seed: string) {
  let next = createSeededRandom(seed);
  let position = 0;
  const draw = () => {
    position++;
    return next();
  };
  return {
    bytes(length: number): Buffer {
      const words = Buffer.alloc(Math.ceil(length / 4) * 4);
      for (let offset = 0; offset < words.length; offset += 4) {
        words.writeUInt32BE(draw() * 2 ** 32, offset);
      }
      return words.subarray(0, length);
    },
    position: () => position,
    restart(wanted: number) {
      next = createSeededRandom(seed);
      position = 0;
      while (position < wanted) draw();
    },
  };
}
