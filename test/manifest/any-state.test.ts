import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { userOf } from "../../src/emulator/sign-in/users.ts";
import { createSeededRandom } from "../../src/events/samples/seeded-random.ts";
import { canonicalFilter } from "../../src/filters/compare.ts";
import { crashAt } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";
import { ownFilters, subscribe } from "../support/subscriptions.ts";

const { accountId, extensionId } = userOf(1);
const own = { accountId: String(accountId), extensionId: String(extensionId) };
/** Those of the slice have webhooks that take over each other's filters, or a crash in between. */
const seeds = isWhole ? Array.from({ length: 400 }, (_, index) => index) : [82, 385];

/** What delivers: each filter by itself, and each with its URL. */
function delivering(emulator: Emulator): ReadonlySet<string> {
  return new Set(
    emulator
      .state()
      .subscriptions.flatMap(({ eventFilters, address }) =>
        eventFilters.flatMap((filter) => [
          canonicalFilter(filter, own),
          `${canonicalFilter(filter, own)} at ${address}`,
        ]),
      ),
  );
}

/** Each subscription as text, without its id. */
function shape(emulator: Emulator): readonly string[] {
  return emulator
    .state()
    .subscriptions.map(({ eventFilters, address, hasVerificationToken }) => {
      const filters = eventFilters.map((filter) => canonicalFilter(filter, own)).sort();
      return `${address} ${filters.join(",")} ${hasVerificationToken}`;
    })
    .sort();
}

/** What there is at each request, before it is answered. */
function watch(emulator: Emulator) {
  const seen: ReadonlySet<string>[] = [];
  const stop = emulator.intercept(() => {
    seen.push(delivering(emulator));
    return undefined;
  }, Number.POSITIVE_INFINITY);
  return {
    stop,
    /** What was to stay, and was away at some time. */
    gaps(): readonly string[] {
      const [before = new Set<string>()] = seen;
      const after = delivering(emulator);
      return [...before].filter((one) => after.has(one) && seen.some((all) => !all.has(one)));
    },
  };
}

describe("any state and any file", () => {
  test.for(seeds)(
    "come together, whatever interrupts it (seed %i)",
    { timeout: 60_000 },
    async (seed, { clock, directory, emulator, endpoint, elsewhere, rcwh, expect }) => {
      const random = createSeededRandom(`any state ${seed}`);
      const below = (count: number) => Math.floor(random() * count);
      const chance = (share: number) => random() < share;
      const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
      const some = <Item>(items: readonly Item[]): readonly Item[] => {
        const chosen = items.filter(() => chance(0.5));
        return chosen.length > 0 ? chosen : [one(items)];
      };
      const filters = ["posts", "sms", "voicemail", "presence"] as const;
      const urls = [0, 1, 2].map((index) => `${endpoint.url}/${index}`);
      const file = join(directory, "rcwh.yaml");

      async function writeManifest(): Promise<void> {
        const names = some(["one", "two", "three", "four"]);
        const known = new Set<string>();
        const webhooks = names.flatMap((name) => {
          const url = one(urls);
          const chosen = some(filters);
          const key = `${url} ${chosen}`;
          if (known.has(key)) return [];
          known.add(key);
          return [
            `  ${name}:`,
            `    url: ${url}`,
            `    filters: [${chosen.join(", ")}]`,
            ...(chance(0.3) ? [`    expiresIn: ${one(["7d", "30d", "90d"])}`] : []),
            ...(chance(0.2) ? [`    verificationToken: { generate: true }`] : []),
            ...(chance(0.2) ? [`    verificationToken: { env: TOKEN_${below(2)} }`] : []),
          ].filter(
            (line, index, lines) =>
              !(line.includes("env:") && lines[index - 1]?.includes("generate")),
          );
        });
        await writeFile(file, ["version: 1", "webhooks:", ...webhooks, ""].join("\n"));
      }

      const env = { TOKEN_0: "first-token-of-the-file", TOKEN_1: "second-token-of-the-file" };
      const signedIn = { ...elsewhere, RCWH_CONFIG_DIR: join(directory, "config"), ...env };
      const run = (words: string) => rcwh(`${words} -f ${file}`, { env: signedIn });
      const records = async () => {
        const text = await readFile(join(directory, "config", "config.json"), "utf8").catch(
          () => "{}",
        );
        const { records: kept = {}, replacements = {} } = JSON.parse(text);
        return { kept, replacements };
      };

      for (let count = below(3); count > 0; count--) {
        await writeManifest();
        await run(`apply --yes${chance(0.5) ? " --allow-deletes" : ""}`);
      }
      for (let count = below(4); count > 0; count--) {
        const id = () => one(emulator.state().subscriptions)?.id;
        const what = below(6);
        if (what <= 1) {
          const eventFilters = some(Object.values(ownFilters));
          await subscribe(emulator, one(urls), { eventFilters });
        } else if (!id()) {
        } else if (what === 2) {
          await rcwh(`update ${id()} --filter ${some(filters).join(",")}`, { env: elsewhere });
        } else if (what === 3) {
          await rcwh(`delete ${id()} --yes`, { env: elsewhere });
        } else if (what === 4) {
          emulator.blacklist(id() ?? "");
        } else {
          clock.advance(86_400_000 * (1 + below(8)));
          emulator.clock.advance(0);
        }
      }
      if (chance(0.2)) await rm(join(directory, "config"), { recursive: true, force: true });
      await writeManifest();

      const [before, kept] = [emulator.state().subscriptions, await records()];
      const planned = await run("plan --json");
      expect(emulator.state().subscriptions).toEqual(before);
      expect(await records()).toEqual(kept);
      if (planned.exitCode === 2) {
        expect(planned.stderr).toMatch(/AMBIGUOUS/);
        const applied = await run("apply --yes --allow-deletes");
        expect(applied.exitCode).toBe(2);
        expect(emulator.state().subscriptions).toEqual(before);
        return;
      }
      const { changes } = JSON.parse(planned.stdout);
      const managed = new Set(changes.map(({ id }: { id?: string }) => id));
      const foreign = before.filter(({ id }) => !managed.has(id));

      const seen = watch(emulator);
      if (seed % 2 === 1) {
        const restore = crashAt(emulator, below(12), { processed: chance(0.5) });
        const cut = await run("apply --yes --allow-deletes");
        restore();
        expect(cut.stderr).not.toContain("hit a bug");
        clock.advance(600_000);
      }
      const applied = await run("apply --yes --allow-deletes");
      seen.stop();
      const text = `${await readFile(file, "utf8")}\n${planned.stdout}\n${applied.stdout}\n${applied.stderr}`;
      expect([0, 8], text).toContain(applied.exitCode);
      expect(seen.gaps(), text).toEqual([]);

      const after = await run("plan --json");
      expect(after, `${text}\n${after.stdout}`).toMatchObject({ exitCode: 0 });
      const wanted = changes.filter(({ action }: { action: string }) => action !== "delete");
      expect(emulator.state().subscriptions, text).toHaveLength(wanted.length + foreign.length);
      const there = emulator.state().subscriptions;
      for (const each of foreign) expect(there, text).toContainEqual(each);
      const shaped = shape(emulator);
      await run("apply --yes --allow-deletes");
      expect(shape(emulator)).toEqual(shaped);
      for (const token of Object.values(env)) {
        expect(`${text}${after.stdout}${after.stderr}`).not.toContain(token);
      }
    },
  );
});
