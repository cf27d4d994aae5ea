import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, asyncProperty, constantFrom, integer, nat, record, uniqueArray } from "fast-check";
import type { Emulator } from "../../src/emulator/interface.ts";
import { crashAt } from "../support/faults.ts";
import { test as base } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";

const test = base.extend({ emulatorSettings: { rateLimits: "off" } });

interface State {
  /** The users beside the first. */
  readonly members: readonly number[];
  readonly filters: string;
  readonly limit: number;
}

const users = uniqueArray(integer({ min: 2, max: 9 }), { maxLength: 8 });
const state = record({
  members: users,
  filters: constantFrom("sms", "voicemail", "sms, voicemail"),
  limit: integer({ min: 1, max: 5 }),
});

/** `user filter` of each filter, of all subscriptions. */
function delivered(emulator: Emulator): readonly string[] {
  return emulator
    .state()
    .subscriptions.flatMap(({ eventFilters }) =>
      eventFilters.map((filter) =>
        filter.replace(/.*\/extension\/7(\d+)\/(.*)/, (_, id, rest) => `${Number(id)} ${rest}`),
      ),
    );
}

test("whoever joins or leaves, and wherever a run was killed, the next one ends with what the file asks for", async ({
  emulator,
  endpoint,
  directory,
  rcwh,
  expect,
}) => {
  const file = join(directory, "rcwh.yaml");
  const apply = `apply -f ${file} --yes --allow-deletes -q`;
  const become = async ({ members, filters, limit }: State) => {
    const colleagues = members.map((user) => [user, { account: 1 }] as const);
    emulator.configure({ users: Object.fromEntries([[1, {}], ...colleagues]) });
    await writeFile(
      file,
      `version: 1\nwebhooks:\n  all: { url: "${endpoint.url}", filters: [${filters}], extensions: all, filtersPerSubscription: ${limit} }\n`,
    );
    const names = { sms: "message-store/instant?type=SMS", voicemail: "voicemail" };
    return [1, ...members].flatMap((user) =>
      filters.split(", ").map((name) => `${user} ${names[name as keyof typeof names]}`),
    );
  };
  const run = asyncProperty(state, state, nat(6), async (one, other, crash) => {
    emulator.reset();
    const before = await become(one);
    await rcwh(apply);
    expect(delivered(emulator).toSorted()).toEqual(before.toSorted());

    const after = await become(other);
    const kept = before.filter((each) => after.includes(each));
    const missing = new Set<string>();
    const stopWatching = emulator.watch(() => {
      const now = delivered(emulator);
      for (const each of kept) if (!now.includes(each)) missing.add(each);
    });
    const endOutage = crashAt(emulator, crash, { processed: crash % 2 === 0 });
    await rcwh(`${apply} --timeout 1s`);
    endOutage();
    await rcwh(apply);
    stopWatching();
    expect([...missing]).toEqual([]);
    expect(delivered(emulator).toSorted()).toEqual(after.toSorted());
    const { exitCode, stderr } = await rcwh(`plan -f ${file} -q`);
    expect([exitCode, stderr]).toEqual([0, ""]);
  });
  await assert(run, { seed: 3, numRuns: isWhole ? 300 : 3 });
}, 60_000);
