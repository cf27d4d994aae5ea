import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { Environment } from "../machine/environment.ts";

/** One worker's share of the accounts: `index`, from 0, of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const most = 10_000;

/**
 * The share of `--shard i/n`, or else the one that a scheduler set in `JOB_COMPLETION_INDEX` (as a
 * Kubernetes Indexed Job does) with `RCWH_SHARDS`. Undefined if there is only one. Throws UsageError if
 * only one of the two is set: accounts would be worked on twice or not at all.
 */
export function parseShard(text: string | undefined, env: Environment): Shard | undefined {
  if (text !== undefined) {
    const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
    return toShard(
      Number(index ?? Number.NaN),
      Number(count ?? Number.NaN),
      `--shard value ${JSON.stringify(text)}`,
    );
  }
  const index = env["JOB_COMPLETION_INDEX"] || undefined;
  const count = env["RCWH_SHARDS"] || undefined;
  if (count === undefined) {
    if (index === undefined || index === "0") return undefined;
    throw new UsageError(
      `JOB_COMPLETION_INDEX is ${index}, but RCWH_SHARDS is not set: every index would work on all accounts.`,
      "Set RCWH_SHARDS to the job's completions.",
    );
  }
  if (index === undefined) {
    throw new UsageError(
      `RCWH_SHARDS is ${count}, but JOB_COMPLETION_INDEX is not set: the share to work on is unknown.`,
      "Set JOB_COMPLETION_INDEX, from 0, or use `--shard <i/n>`.",
    );
  }
  const source = `JOB_COMPLETION_INDEX ${index} with RCWH_SHARDS ${count}`;
  return toShard(wholeNumber(index), wholeNumber(count), source);
}

/**
 * The worker, of `count`, that has the account of this key: the one with the highest random weight, so that a
 * change of `count` only moves accounts to a new worker or from a removed one.
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
    `Invalid ${source}: must look like 0/4.`,
    `Use i/n with i from 0 to n - 1 and n up to ${most}.`,
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
