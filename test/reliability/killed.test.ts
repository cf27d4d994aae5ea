import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, type ExpectStatic } from "vitest";
import { createRandom } from "../../src/emulator/random.ts";
import { ownIdentity } from "../../src/machine/locks/process-identity.ts";
import { executable, warmConfig } from "../support/processes.ts";
import { now } from "../support/rcwh.ts";
import { isWhole, share } from "../support/share.ts";
import { stored } from "../support/subscriptions.ts";
import { heldBy, test, type World } from "./world.ts";

const oneDay = 86_400_000;

/** Random moments; `RCWH_KILLS=200` for a campaign, `RCWH_SEED` to choose them. */
const isCampaign = process.env["RCWH_KILLS"] !== undefined;
const kills = Number(process.env["RCWH_KILLS"] ?? 3);
const seed = process.env["RCWH_SEED"] ?? "killed";

interface KillTarget {
  readonly name: string;
  /** The requests of a run without a kill. */
  readonly requests: number;
  readonly words: (scene: Scene) => readonly string[];
  /** Its token has expired. */
  readonly signsIn?: true;
  readonly prepare?: (world: World, scene: Scene) => void;
  /** The next run, which completes the job or finds it done. */
  readonly again: (scene: Scene) => readonly string[];
  /** The expected addresses at the end, `*` with a verification token. */
  readonly ends: (scene: Scene) => readonly string[];
}

interface Scene {
  readonly id: string;
  readonly url: string;
  readonly otherUrl: string;
}

const killTargets: readonly KillTarget[] = [
  {
    name: "create",
    requests: 2,
    words: ({ otherUrl }) => [
      ...["create", "--filter", "posts", "--url", otherUrl],
      "--generate-verification-token",
    ],
    again: ({ otherUrl }) => [
      ...["create", "--filter", "posts", "--url", otherUrl],
      ...["--if-exists", "reuse", "--generate-verification-token"],
    ],
    ends: ({ url, otherUrl }) => [`${url}*`, `${otherUrl}*`],
  },
  {
    name: "renew",
    requests: 3,
    words: ({ id }) => ["renew", id],
    again: ({ id }) => ["renew", id],
    ends: ({ url }) => [`${url}*`],
  },
  {
    name: "renew, signing in",
    signsIn: true,
    requests: 5,
    words: ({ id }) => ["renew", id],
    again: ({ id }) => ["renew", id],
    ends: ({ url }) => [`${url}*`],
  },
  {
    name: "update --url",
    requests: 6,
    words: ({ id, otherUrl }) => ["update", id, "--url", otherUrl, "--yes"],
    again: ({ id, otherUrl }) => ["update", id, "--url", otherUrl, "--yes"],
    ends: ({ otherUrl }) => [`${otherUrl}*`],
  },
  {
    name: "recover",
    requests: 6,
    words: ({ id }) => ["recover", id, "--yes"],
    prepare: ({ emulator }, { id }) => emulator.blacklist(id),
    again: () => ["recover", "--yes"],
    ends: ({ url }) => [`${url}*`],
  },
];

/** Milliseconds of each run without a kill. */
const lifetimes = new Map<KillTarget, number>();

describe("a killed run", () => {
  // In the suite one of the two for one request in five, by turns: every kill takes nine runs.
  const momentsOf = (index: number) =>
    isCampaign || isWhole ? ["before", "after"] : [index % 2 === 0 ? "after" : "before"];
  const all = killTargets.flatMap((target) =>
    Array.from({ length: target.requests }, (_, index) =>
      momentsOf(index).map((moment) => ({
        target,
        index,
        moment,
        name: target.name,
        place: index + 1,
      })),
    ).flat(),
  );
  const boundaries = isCampaign ? all : share(all, 5);

  test.concurrent.for(killTargets)(
    "sends a known number of requests without a kill: $name",
    async (target, { world, expect }) => {
      const scene = await setScene(world, target);
      world.line.sent.length = 0;
      const startedAt = performance.now();
      const child = start(world, target, scene);
      const [exitCode] = await once(child, "exit");
      lifetimes.set(target, performance.now() - startedAt);

      expect(exitCode).toBe(0);
      expect(world.line.sent).toHaveLength(target.requests);
      expect(await settle(world, target, scene)).toEqual(target.ends(scene));
    },
  );

  test.concurrent.for(boundaries)(
    "$name, $moment request $place is processed",
    async ({ target, index, moment }, { world, expect }) => {
      const scene = await setScene(world, target);
      await killAt(world, target, scene, index, moment === "after");

      await expectRecovery(world, target, scene, expect);
    },
  );
});

describe(`a run killed at a random moment (seed ${seed})`, () => {
  const random = createRandom(seed);
  const moments = Array.from({ length: kills }, (_, index) => ({
    number: index + 1,
    target: killTargets[Math.floor(random.next() * killTargets.length)] ?? killTargets[0],
    moment: random.next(),
  }));

  test.concurrent.for(moments)("$number", async ({ target, moment }, { world, expect }) => {
    if (!target) throw new Error("There is no run to kill.");
    const scene = await setScene(world, target);
    const child = start(world, target, scene);
    const ended = once(child, "exit");
    await Promise.race([ended, setTimeout(moment * (lifetimes.get(target) ?? 300))]);
    child.kill("SIGKILL");
    await ended;

    await expectRecovery(world, target, scene, expect);
  });
});

async function setScene(world: World, target: KillTarget): Promise<Scene> {
  const { rcwh, emulator, endpoint, clock } = world;
  clock.advance(Date.now() - now - oneDay); // real processes use the real time
  const url = endpoint.url;
  await rcwh(["create", "--filter", "sms", "--url", url, "--generate-verification-token"]);
  clock.advance(oneDay);
  if (!target.signsIn) await rcwh("list");
  const id = heldBy(emulator)[0]?.id ?? "";
  const scene = { id, url, otherUrl: `${url}/other` };
  target.prepare?.(world, scene);
  return scene;
}

function start({ signedIn, directory }: World, target: KillTarget, scene: Scene): ChildProcess {
  return spawn(process.execPath, [executable, ...target.words(scene)], {
    env: { ...signedIn, RCWH_CONFIG_DIR: warmConfig(join(directory, "config")) },
    stdio: "ignore",
  });
}

/** Kills it when this many requests have been answered and the next one has arrived. */
async function killAt(
  world: World,
  target: KillTarget,
  scene: Scene,
  index: number,
  isProcessed: boolean,
): Promise<void> {
  const { emulator } = world;
  let child: ChildProcess | undefined;
  let position = 0;
  let isInside = false;
  const withdraw = emulator.intercept(async (request) => {
    if (isInside) return undefined;
    if (position++ < index) return undefined;
    if (isProcessed) {
      isInside = true;
      await emulator.fetch(request);
      isInside = false;
    }
    child?.kill("SIGKILL");
    return Response.error();
  }, Number.POSITIVE_INFINITY);
  child = start(world, target, scene);
  const [, signal] = await once(child, "exit");
  withdraw();
  if (signal !== "SIGKILL") throw new Error(`${target.name} ended before request ${index + 1}`);
}

/** Nothing is broken, lost or duplicated, and the next runs reach the expected state. */
async function expectRecovery(
  world: World,
  target: KillTarget,
  scene: Scene,
  expect: ExpectStatic,
): Promise<void> {
  const { rcwh, emulator, directory, clock } = world;
  const config = join(directory, "config");
  expect(statSync(join(config, "config.json")).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(join(config, "config.json"), "utf8"))).toBeTypeOf("object");
  const held = heldBy(emulator).length;
  expect([1, 2]).toContain(held);

  if (ownIdentity() === undefined) ageLocks(config);
  const renewal = await rcwh("renew -q");
  expect([0, 8]).toContain(renewal.exitCode);
  // Nothing is there whose verification token nobody knows.
  const known = new Map((await stored(directory, "records")).map((each) => [each.id, each]));
  for (const { id, hasVerificationToken } of emulator.state().subscriptions) {
    expect(known.get(id)?.verificationToken !== undefined).toBe(hasVerificationToken);
  }
  expect(await settle(world, target, scene)).toEqual(target.ends(scene));

  // The next login and the next write remove the leftovers.
  clock.advance(oneDay);
  expect((await rcwh("list")).exitCode).toBe(0);
  const left = readdirSync(config, { recursive: true, encoding: "utf8" });
  expect(
    left.filter(
      (name) => !/^(?:config\.json|compiled.*|(?:quota|runs)(?:\/\w+\.json)?)$/.test(name),
    ),
  ).toEqual([]);
}

/** Completes the job twice and returns the final state. */
async function settle({ rcwh, emulator }: World, target: KillTarget, scene: Scene) {
  await rcwh(target.again(scene));
  await rcwh(target.again(scene));
  return emulator
    .state()
    .subscriptions.filter(({ status }) => status === "Active")
    .map(({ address, hasVerificationToken }) => `${address}${hasVerificationToken ? "*" : ""}`);
}

/** Simulates the ten seconds after which a lock's owner is taken for dead where the system does not tell. */
function ageLocks(config: string): void {
  const longAgo = new Date(Date.now() - 60_000);
  for (const name of readdirSync(config, { recursive: true, encoding: "utf8" })) {
    const path = join(config, name);
    if (/\.(?:lock|stale)$/.test(name) && lstatSync(path)) utimesSync(path, longAgo, longAgo);
  }
}
