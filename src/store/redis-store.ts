import { UsageError } from "../errors.ts";
import { checkChange, checkKey, checkLock, checkRequest } from "./checked-input.ts";
import type { Store } from "./store.ts";

/**
 * What a store needs of a client: to run scripts, as node-redis, ioredis and Upstash's client can, or a function of one's
 * own that sends one command.
 */
export type RedisClient =
  | ((command: string[]) => PromiseLike<unknown>)
  /** ioredis, one server or a cluster. */
  | { call(command: string, args: string[]): PromiseLike<unknown> }
  /** node-redis, one server or a cluster. */
  | {
      eval(script: string, options: { keys: string[]; arguments: string[] }): PromiseLike<unknown>;
      readonly sendCommand: unknown;
    }
  | { sendCommand(command: string[]): PromiseLike<unknown> }
  /** Upstash's client over HTTP. */
  | { eval(script: string, keys: string[], args: string[]): PromiseLike<unknown> };

export interface RedisStoreOptions {
  /** What the names of all keys begin with, in braces, so that a cluster keeps them in one place; `rcwh` unless given. */
  readonly prefix?: string | undefined;
}

/** Keys of a Redis. Each call is one script, by the server's clock. Throws UsageError for an invalid prefix, and what the client throws. */
export function redisStore(
  client: RedisClient,
  { prefix = "rcwh" }: RedisStoreOptions = {},
): Store {
  if (!/^[\w.:-]{1,50}$/.test(prefix)) {
    throw new UsageError(
      `Invalid prefix of keys "${prefix}": use up to 50 letters, digits, "_", "-", "." and ":", without braces; "s" makes keys that begin with "{s}:".`,
    );
  }
  const evaluate = evaluatorOf(client);
  const entryKey = (key: string) => `{${prefix}}:entry:${key}`;
  const lockKey = (name: string) => `{${prefix}}:lock:${name}`;

  async function run(script: string, keys: string[], args: string[]): Promise<readonly string[]> {
    const answer = await evaluate(script, keys, args);
    // Marked, because some clients parse every answer that is JSON.
    return Array.isArray(answer) ? answer.map((text) => String(text).slice(1)) : [];
  }

  return {
    async read(key) {
      checkKey(key);
      const [version, value] = await run(scripts.read, [entryKey(key)], []);
      return version === undefined || value === undefined ? undefined : { value, version };
    },

    async compareAndSet(change) {
      checkChange(change);
      const { key, version = "", value, newVersion = crypto.randomUUID(), ttl, lock } = change;
      const [outcome] = await run(
        scripts.compareAndSet,
        [entryKey(key), lockKey(lock?.name ?? "")],
        [
          version,
          value === undefined ? "remove" : "set",
          value ?? "",
          newVersion,
          ttl === undefined ? "" : String(Math.ceil(ttl)),
          lock?.holder ?? "",
          String(lock?.fence ?? ""),
        ],
      );
      if (outcome === "lock-lost" || outcome === "changed")
        return { written: false, reason: outcome };
      return { written: true, version: value === undefined ? undefined : newVersion };
    },

    async lock(request) {
      checkRequest(request);
      const { name, holder, ttl } = request;
      const args = [holder, String(Math.ceil(ttl))];
      const [current = "", fence = ""] = await run(scripts.lock, [lockKey(name)], args);
      return fence === ""
        ? { taken: false, holder: current }
        : { taken: true, lock: { name, holder, fence: Number(fence) } };
    },

    async unlock(lock) {
      checkLock(lock);
      await run(scripts.unlock, [lockKey(lock.name)], [lock.holder, String(lock.fence)]);
    },
  };
}

/** Milliseconds since the epoch, in Lua. Redis 5 replicates what a script does, and not the script, only if it is asked to. */
const now = `if redis.replicate_commands then redis.replicate_commands() end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** Milliseconds that a lock's hash stays after its time is over, so that its fence does not start again. */
const thirtyDays = 2_592_000_000;

const scripts = {
  read: `local entry = redis.call('HMGET', KEYS[1], 'version', 'value')
if not entry[1] then return {} end
return {'=' .. entry[1], '=' .. entry[2]}`,

  compareAndSet: `${now}
local version, action, value, newVersion, ttl, holder, fence = unpack(ARGV)
if holder ~= '' then
  local lock = redis.call('HMGET', KEYS[2], 'holder', 'fence', 'until')
  if lock[1] ~= holder or lock[2] ~= fence or now >= tonumber(lock[3]) then return {'=lock-lost'} end
end
if (redis.call('HGET', KEYS[1], 'version') or '') ~= version then return {'=changed'} end
redis.call('DEL', KEYS[1])
if action == 'set' then
  redis.call('HSET', KEYS[1], 'version', newVersion, 'value', value)
  if ttl ~= '' then redis.call('PEXPIRE', KEYS[1], ttl) end
end
return {'=written'}`,

  // A fence is at least the time: where a server has lost its data, it still rises.
  lock: `${now}
local holder, ttl = unpack(ARGV)
local lock = redis.call('HMGET', KEYS[1], 'holder', 'fence', 'until')
if lock[1] and lock[1] ~= holder and now < tonumber(lock[3]) then return {'=' .. lock[1], '='} end
local fence = lock[2]
if lock[1] ~= holder then
  fence = string.format('%.0f', math.max(now, tonumber(lock[2] or '0') + 1))
end
redis.call('HSET', KEYS[1], 'holder', holder, 'fence', fence, 'until', string.format('%.0f', now + ttl))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl + ${thirtyDays}))
return {'=' .. holder, '=' .. fence}`,

  unlock: `local lock = redis.call('HMGET', KEYS[1], 'holder', 'fence')
if lock[1] == ARGV[1] and lock[2] == ARGV[2] then
  redis.call('HSET', KEYS[1], 'holder', '', 'until', '0')
  redis.call('PEXPIRE', KEYS[1], ${thirtyDays})
end
return {'='}`,
};

type Evaluate = (script: string, keys: string[], args: string[]) => PromiseLike<unknown>;

function evaluatorOf(client: RedisClient): Evaluate {
  const rest = (script: string, keys: string[], args: string[]) => [
    script,
    String(keys.length),
    ...keys,
    ...args,
  ];
  if (typeof client === "function") return (...call) => client(["EVAL", ...rest(...call)]);
  if ("call" in client) return (...call) => client.call("eval", rest(...call));
  if ("sendCommand" in client && "eval" in client) {
    return (script, keys, args) => client.eval(script, { keys, arguments: args });
  }
  if ("sendCommand" in client) return (...call) => client.sendCommand(["EVAL", ...rest(...call)]);
  return (...call) => client.eval(...call);
}
