import {
  type Checks,
  changed,
  equal,
  long,
  longer,
  refused,
  refuses,
  short,
  show,
  taken,
  ttl,
  write,
} from "./check-tools.ts";

/** Reads, changes and expiry of entries, and which texts and keys a store takes. */
export const entryChecks: Checks = {
  async "reads nothing where nothing was written"({ stores: [store], key }) {
    equal("read", await store.read(key), undefined);
  },
  async "gives every connection what one has written"({ stores: [first, second], key }) {
    const version = await write(first, key, undefined, "one");
    equal("read", await second.read(key), { value: "one", version });
    const next = await write(second, key, version, "two");
    equal("read", await first.read(key), { value: "two", version: next });
  },
  async "creates an entry only where there is none"({ stores: [first, second], key }) {
    await write(first, key, undefined, "one");
    await changed(second, { key, version: undefined, value: "two" });
    equal("value", (await first.read(key))?.value, "one");
  },
  async "refuses a stale version, and one of an entry that is not there"({
    stores: [first, second],
    key,
  }) {
    await changed(first, { key, version: crypto.randomUUID(), value: "one" });
    equal("read", await first.read(key), undefined);
    const version = await write(first, key, undefined, "one");
    const next = await write(second, key, version, "two");
    await changed(first, { key, version, value: "three" });
    await changed(first, { key, version, value: undefined });
    equal("read", await first.read(key), { value: "two", version: next });
  },
  async "removes an entry, unless it has changed"({ stores: [first, second], key }) {
    const version = await write(first, key, undefined, "one");
    await changed(second, { key, version: undefined, value: undefined });
    const removed = await second.compareAndSet({ key, version, value: undefined });
    equal("outcome", removed, { written: true, version: undefined });
    equal("read", await first.read(key), undefined);
    await changed(first, { key, version, value: undefined });
    const again = await first.compareAndSet({ key, version: undefined, value: undefined });
    equal("outcome of removing nothing", again, { written: true, version: undefined });
  },
  async "never uses a version twice, whatever was there before"({ stores: [first, second], key }) {
    const versions: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const created = await write(first, key, undefined, "a");
      const same = await write(second, key, created, "a");
      const other = await write(first, key, same, "b");
      const back = await write(second, key, other, "a");
      versions.push(created, same, other, back);
      for (const version of versions.slice(0, -1)) {
        await changed(first, { key, version, value: "stale" });
      }
      await second.compareAndSet({ key, version: back, value: undefined });
      await changed(first, { key, version: back, value: "stale" });
    }
    equal("number of versions", new Set(versions).size, versions.length);
  },
  async "gives an entry the version that the change asks for"({ stores: [first, second], key }) {
    const one = crypto.randomUUID();
    const written = await first.compareAndSet({
      key,
      version: undefined,
      value: "one",
      newVersion: one,
      ttl,
    });
    equal("outcome", written, { written: true, version: one });
    equal("read", await second.read(key), { value: "one", version: one });
    const two = crypto.randomUUID();
    await second.compareAndSet({ key, version: one, value: "two", newVersion: two, ttl });
    equal("read", await first.read(key), { value: "two", version: two });
  },
  async "forgets an entry when its time is over, and not before"({
    stores: [first, second],
    key,
    pass,
  }) {
    const [brief, kept, prolonged] = [`${key}/brief`, `${key}/kept`, `${key}/prolonged`];
    const version = await write(first, brief, undefined, "brief", short);
    await write(first, kept, undefined, "kept", long);
    const first_ = await write(first, prolonged, undefined, "prolonged", short);
    const second_ = await second.compareAndSet({
      key: prolonged,
      version: first_,
      value: "prolonged",
    });
    await pass(longer);
    equal("read", await second.read(brief), undefined);
    equal("value of an entry with much time", (await second.read(kept))?.value, "kept");
    // Unless the machine took so long that it had expired before it was written again.
    if (second_.written) {
      const entry = await first.read(prolonged);
      equal("value of an entry whose time was taken off", entry?.value, "prolonged");
      await first.compareAndSet({ key: prolonged, version: entry?.version, value: undefined });
    }
    await changed(second, { key: brief, version, value: "late" });
    await changed(second, { key: brief, version, value: undefined });
    const next = await write(second, brief, undefined, "new");
    equal("read", await first.read(brief), { value: "new", version: next });
  },
  async "keeps any text exactly"({ stores: [first, second], key }) {
    const texts = [
      "",
      " ",
      "null",
      "0",
      "1e3",
      "true",
      '{"a":[1,"\\u0000"]}',
      `'; DROP TABLE x; -- " \\ \` $1 %s {} \r\n\t\u0001\u007f\u2028\ufeff`,
      "äöü ﷽ 漢字 עברית 👩‍👩‍👧 \u{10ffff}",
      "e\u0301 and é",
      `${"x".repeat(1024 * 1024 - 4)}😀`,
    ];
    let version: string | undefined;
    for (const value of texts) {
      version = await write(first, key, version, value);
      const found = await second.read(key);
      if (found?.value === value && found.version === version) continue;
      throw new Error(`${show(value)} came back as ${show(found?.value)}.`);
    }
  },
  async "refuses text that not every store can keep"({ stores: [store], key }) {
    for (const value of ["a\0b", "half \ud83d", "\udc00 half"]) {
      await refuses(`the value ${show(value)}`, () =>
        store.compareAndSet({ key, version: undefined, value }),
      );
    }
    equal("read", await store.read(key), undefined);
  },
  async "takes every key of the documented form, and keeps them apart"({
    stores: [first, second],
    key,
  }) {
    const names = [
      "__proto__",
      "constructor",
      "toString/hasOwnProperty",
      "a_b",
      "axb",
      "a-b",
      "a.b",
      "a",
      "a.json",
      "a.json/b",
      "a.lock",
      "a/b",
      "-",
      "0",
      "x".repeat(199 - key.length),
    ];
    for (const name of names) {
      equal(`read of ${name}`, await first.read(`${key}/${name}`), undefined);
      await write(first, `${key}/${name}`, undefined, `value of ${name}`);
      const { lock } = await taken(first, `${key}/${name}`, `holder of ${name}`);
      equal("fence", lock.fence > 0, true);
    }
    for (const name of names) {
      const found = await second.read(`${key}/${name}`);
      equal(`value of ${name}`, found?.value, `value of ${name}`);
      await refused(second, `${key}/${name}`, "another", `holder of ${name}`);
    }
  },
  async "refuses every other key"({ stores: [store] }) {
    const bad = [
      "",
      "/",
      "/a",
      "a/",
      "a//b",
      ".",
      "..",
      "../a",
      "a/../b",
      ".a",
      "a/.b",
      "a b",
      "ä",
    ];
    for (const key of [...bad, "a\n", "a\\b", "a:b", "a*", "%61", "x".repeat(201)]) {
      await refuses(`read of ${show(key)}`, () => store.read(key));
      await refuses(`a change of ${show(key)}`, () =>
        store.compareAndSet({ key, version: undefined, value: "" }),
      );
      await refuses(`the lock ${show(key)}`, () => store.lock({ name: key, holder: "me", ttl }));
    }
  },
  async "refuses a time that is none"({ stores: [store], key }) {
    for (const time of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await refuses(`the ttl ${time} of an entry`, () =>
        store.compareAndSet({ key, version: undefined, value: "", ttl: time }),
      );
      await refuses(`the ttl ${time} of a lock`, () =>
        store.lock({ name: key, holder: "me", ttl: time }),
      );
    }
  },
};
