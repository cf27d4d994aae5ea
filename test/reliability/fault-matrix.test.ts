import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type ExpectStatic } from "vitest";
import { globMatches } from "../../src/filters/glob.ts";
import { share } from "../support/share.ts";
import { type CommandRow, commandRows, setScene } from "./commands.ts";
import { type FaultKind, faultKinds } from "./fault-kinds.ts";
import { type Held, heldBy, type Sent, test, type World } from "./world.ts";

/** With `RCWH_TESTS=all` every cell; else a part in which each command and each fault, once and always, has its turn. */
const cellShare = 7;
/** Of the other faults at a first request, which is the same list request for most commands. */
const firstRequestShare = 16;

/** One cell of the table in docs/reliability.md. */
interface ExpectedCell {
  /** The exit code if the fault happens once. */
  readonly once: number;
  /** The exit code if it always happens, and the number of tries. */
  readonly always: number;
  readonly tries: number;
}

const page = readFileSync(join(import.meta.dirname, "../../docs/reliability.md"), "utf8");
const promises = readTable(page);

const cases = commandRows.flatMap((row) =>
  faultKinds.flatMap((kind) => {
    const times = [1, "always"] as const;
    return times.map((each) => ({ row, kind, times: each, name: row.name, fault: kind.name }));
  }),
);

test("the table in docs/reliability.md has a row for each fault and a column for each command", ({
  expect,
}) => {
  expect([...promises.keys()]).toEqual(faultKinds.map(({ name }) => name));
  const names = commandRows.map(({ name }) => name);
  for (const cells of promises.values()) expect([...cells.keys()]).toEqual(names);
});

describe("a fault at the decisive request", () => {
  test.concurrent.for(share(cases, cellShare))(
    "$name: $fault, $times",
    async ({ row, kind, times }, { world, expect }) => {
      const promised = promises.get(kind.name)?.get(row.name);
      const { exitCode, sent, before, after } = await runWithFault(world, row, kind, {
        match: kind.path === undefined || row.meant ? row.decides : { path: kind.path },
        times,
      });

      expect(exitCode).toBe(times === 1 ? promised?.once : promised?.always);
      if (times === "always") expect(countTries(row, kind, sent, world)).toBe(promised?.tries);
      expectSilence(sent, kind, expect);
      await expectConsistentState({ row, exitCode, before, after }, world, expect);
    },
  );
});

describe("a fault at the first request", () => {
  const others = cases.filter(
    ({ row, kind }) => !row.isFirst && row.name !== "its delete" && !kind.isOutage,
  );

  test.concurrent.for(share(others, firstRequestShare))(
    "$name: $fault, $times",
    async ({ row, kind, times }, { world, expect }) => {
      // It is a list of all of them.
      const promised = promises.get(kind.name)?.get("list");
      const { exitCode, sent, before, after } = await runWithFault(world, row, kind, {
        match: {},
        times,
      });

      expect(exitCode).toBe(times === 1 ? promised?.once : promised?.always);
      expectSilence(sent, kind, expect);
      if (times === "always") expect(after.held).toEqual(before.held);
      await expectConsistentState({ row, exitCode, before, after }, world, expect);
    },
  );
});

interface State {
  readonly held: readonly Held[];
  readonly id: string;
  readonly otherUrl: string;
}

interface EndedRun {
  readonly row: CommandRow;
  readonly exitCode: number;
  readonly before: State;
  readonly after: State;
}

async function runWithFault(
  world: World,
  row: CommandRow,
  kind: FaultKind,
  aim: Parameters<FaultKind["strike"]>[1],
) {
  const { rcwh, emulator, clock, line } = world;
  const scene = await setScene(world);
  await row.prepare?.(world, scene);
  const before = { ...scene, held: heldBy(emulator) };
  line.sent.length = 0;
  clock.sleeps.length = 0;
  await kind.strike(world, aim);
  const timeoutFlags = kind.name === "timeout" ? ["--timeout", "2s"] : [];
  const { exitCode } = await rcwh([...row.words(scene), ...timeoutFlags], row.options);
  return { exitCode, sent: [...line.sent], before, after: { ...scene, held: heldBy(emulator) } };
}

/** A request that never arrives was tried once more than the number of waits. */
function countTries(row: CommandRow, kind: FaultKind, sent: readonly Sent[], { clock }: World) {
  if (kind.isOutage) return clock.sleeps.length + 1;
  const { method, path } =
    kind.path && !row.meant ? { method: "GET", path: kind.path } : row.decides;
  return sent.filter((one) => one.method === method && globMatches(path, one.path)).length;
}

/** No request follows during the whole time that a 429 demands. */
function expectSilence(sent: readonly Sent[], { silence = 0 }: FaultKind, expect: ExpectStatic) {
  for (const [index, { status, at }] of sent.entries()) {
    const next = sent[index + 1];
    if (status === 429 && next) expect(next.at - at).toBeGreaterThanOrEqual(silence * 1000);
  }
}

/** The state is the one before or the expected one; after the next run that includes a replacement. */
async function expectConsistentState(
  { row, exitCode, before, after }: EndedRun,
  world: World,
  expect: ExpectStatic,
): Promise<void> {
  const { meant = () => isUntouched(before, after), replaces } = row;
  const isExpected = meant(before.held, after.held, before);
  if (exitCode === 0) return expect(isExpected).toBe(true);
  if (!replaces) return expect(isExpected || isUntouched(before, after)).toBe(true);

  const { rcwh, emulator, line, clock } = world;
  emulator.faults.clear();
  await line.mend();
  clock.advance(3_600_000);
  await rcwh("renew");
  const held = heldBy(emulator);
  expect(held).toHaveLength(1);
  const finished = { ...before, held };
  expect(meant(before.held, held, before) || isUntouched(before, finished)).toBe(true);
}

function isUntouched(before: State, after: State): boolean {
  return JSON.stringify(before.held) === JSON.stringify(after.held);
}

/** By fault and command: a cell `0, 5×3` means exit 0 for one fault, and exit 5 after three tries for lasting ones. */
function readTable(markdown: string): ReadonlyMap<string, ReadonlyMap<string, ExpectedCell>> {
  const rows = markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
  const [heading = [], ...body] = rows.slice(rows.findIndex(([first]) => first === "fault"));
  const [, ...names] = heading;
  return new Map(
    body
      .slice(1)
      .map(([fault = "", ...cells]) => [
        fault,
        new Map(cells.map((cell, index) => [names[index] ?? "", readCell(cell)])),
      ]),
  );
}

function readCell(cell: string): ExpectedCell {
  const [, once, always, tries] = /^(\d), (\d)×(\d)$/.exec(cell) ?? [];
  return { once: Number(once), always: Number(always), tries: Number(tries) };
}
