import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";

/** One worker's share of the accounts: the one of this index, from 0, of so many. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const most = 10_000;

/**
 * The share that `--shard i/n` names, else the one that a scheduler gave in `JOB_COMPLETION_INDEX` (as a
 * Kubernetes Indexed Job does) with `RCWH_SHARDS`. Undefined where all is one share. Throws UsageError for
 * half of the two, which would have accounts worked on twice or not at all.
 */
export function parseShard(text: string | undefined, env: Environment): Shard | undefined {
  if (text !== undefined) {
    const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
    return toShard(Number(index ?? Number.NaN), Number(count ?? Number.NaN), `--shard ${text}`);
  }
  const index = env["JOB_COMPLETION_INDEX"] || undefined;
  const count = env["RCWH_SHARDS"] || undefined;
  if (count === undefined) {
    if (index === undefined || index === "0") return undefined;
    throw new UsageError(
      `JOB_COMPLETION_INDEX is ${index}, and RCWH_SHARDS is not set: this would be the work of every index.`,
      "Set RCWH_SHARDS to the job's completions.",
    );
  }
  if (index === undefined) {
    throw new UsageError(
      `RCWH_SHARDS is ${count}, and JOB_COMPLETION_INDEX is not set: it is not known which share is meant.`,
      "Set JOB_COMPLETION_INDEX, from 0, or use `--shard <i/n>`.",
    );
  }
  const source = `JOB_COMPLETION_INDEX ${index} with RCWH_SHARDS ${count}`;
  return toShard(wholeNumber(index), wholeNumber(count), source);
}

/**
 * Which of so many workers has the account of this key: the one with the highest random weight, so that a
 * change of `count` moves an account only to a worker that is new, or from one that is gone.
 */
export function shardOf(key: string, count: number): number {
  const digest = createHash("sha256").update(key).digest();
  const [seed, otherSeed] = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
  let best = 0;
  let highest = -1;
  for (let index = 0; index < count; index += 1) {
    const weight = scramble(seed ^ scramble(index ^ otherSeed));
    if (weight > highest) [best, highest] = [index, weight];
  }
  return best;
}

function toShard(index: number, count: number, source: string): Shard {
  if (Number.isInteger(index) && count >= 1 && count <= most && index < count) {
    return { index, count };
  }
  throw new UsageError(
    `${source} is no share.`,
    `Use i/n with i from 0 to n - 1, such as 0/4, and n up to ${most}.`,
  );
}

function wholeNumber(text: string): number {
  return /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
}

/** Murmur3's finalizer: each bit of the input moves half of those of the result. */
function scramble(input: number): number {
  let bits = input >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
