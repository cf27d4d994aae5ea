import { DurableObject } from "cloudflare:workers";

/** A store of `rcwh/client` in one Durable Object, the only place of Workers that can compare and set. */
export function durableObjectStore(namespace) {
  const object = () => namespace.get(namespace.idFromName("rcwh"));
  return {
    async read(key) {
      checkKey(key);
      return object().read(key);
    },
    async compareAndSet(change) {
      checkKey(change.key);
      if (change.value !== undefined) checkText(change.value);
      if (change.ttl !== undefined) checkTtl(change.ttl);
      return object().compareAndSet(change);
    },
    async lock(request) {
      checkKey(request.name);
      checkText(request.holder);
      checkTtl(request.ttl);
      return object().lock(request);
    },
    async unlock(lock) {
      await object().unlock(lock);
    },
  };
}

/** One call at a time: while it waits for its storage, no other begins. */
export class StoreObject extends DurableObject {
  async read(key) {
    const entry = await this.#entry(key);
    return entry && { value: entry.value, version: entry.version };
  }

  async compareAndSet({ key, version, value, newVersion = crypto.randomUUID(), ttl, lock }) {
    const { storage } = this.ctx;
    if (lock && !isHeldBy(await this.#lock(lock.name), lock)) {
      return { written: false, reason: "lock-lost" };
    }
    if ((await this.#entry(key))?.version !== version) return { written: false, reason: "changed" };
    if (value === undefined) {
      await storage.delete(`entry/${key}`);
      return { written: true, version: undefined };
    }
    const until = Date.now() + (ttl ?? Number.POSITIVE_INFINITY);
    await storage.put(`entry/${key}`, { value, version: newVersion, until });
    return { written: true, version: newVersion };
  }

  async lock({ name, holder, ttl }) {
    const current = (await this.#lock(name)) ?? { holder: "", fence: 0, until: 0 };
    const isSame = current.holder === holder;
    if (!isSame && Date.now() < current.until) return { taken: false, holder: current.holder };
    const fence = isSame ? current.fence : current.fence + 1;
    await this.ctx.storage.put(`lock/${name}`, { holder, fence, until: Date.now() + ttl });
    return { taken: true, lock: { name, holder, fence } };
  }

  async unlock({ name, holder, fence }) {
    const current = await this.#lock(name);
    if (current?.holder !== holder || current.fence !== fence) return;
    // Its number stays: the next holder's is higher.
    await this.ctx.storage.put(`lock/${name}`, { holder: "", fence, until: 0 });
  }

  async #entry(key) {
    const entry = await this.ctx.storage.get(`entry/${key}`);
    return entry && Date.now() < entry.until ? entry : undefined;
  }

  #lock(name) {
    return this.ctx.storage.get(`lock/${name}`);
  }
}

function isHeldBy(current, { holder, fence }) {
  return current?.holder === holder && current.fence === fence && Date.now() < current.until;
}

function checkKey(key) {
  if (key.length <= 200 && /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/.test(key)) return;
  throw new RangeError(`Invalid key ${JSON.stringify(key)}.`);
}

function checkText(text) {
  if (text.isWellFormed() && !text.includes("\0")) return;
  throw new RangeError("Text with U+0000 or half a character.");
}

function checkTtl(ttl) {
  if (ttl > 0 && Number.isFinite(ttl)) return;
  throw new RangeError(`Invalid ttl ${ttl}.`);
}
