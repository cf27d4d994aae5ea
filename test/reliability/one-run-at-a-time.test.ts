import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe } from "vitest";
import { executable, processCount, warmConfig } from "../support/processes.ts";
import { now } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";
import { heldBy, test, type World } from "./world.ts";

const processes = processCount(3);
const others = processes - 1;

describe("many rcwh renew of one profile at once", () => {
  test("succeed once, and the others end with 5", async ({ world, expect }) => {
    await setScene(world);
    const renewal = holdRenewals(world);

    const outcomes = await renewEverywhere(world, [], (ended) => {
      // The working process gets its answer when all others have ended.
      if (ended === others) renewal.release();
    });

    expect(outcomes.sort()).toEqual(["0 renewed", ...Array(others).fill("5 LOCKED")]);
    expect(renewals(world)).toBe(1);
  });

  test("all succeed with --wait and renew once", async ({ world, expect }) => {
    await setScene(world);
    world.emulator.faults.add({ match: { path: "*/renew" }, delay: "1s", times: "always" });

    const outcomes = await renewEverywhere(world, ["--wait"]);

    expect(outcomes.sort()).toEqual([...Array(others).fill("0 not-due"), "0 renewed"]);
    expect(renewals(world)).toBe(1);
  });
});

async function setScene({ rcwh, clock, emulator, endpoint }: World): Promise<void> {
  clock.advance(Date.now() - now); // real processes use the real time
  await subscribe(emulator, endpoint.url, { expiresIn: 86_400 });
  await rcwh("list");
}

/** Delays the answers to renewals until `release` is called. */
function holdRenewals({ emulator }: World): { release(): void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  emulator.intercept(async ({ url }) => {
    if (url.endsWith("/renew")) await released;
    return undefined;
  }, Number.POSITIVE_INFINITY);
  return { release };
}

/** Exit codes with the subscription's outcome or the error's code. `onEnd` gets the number of ended processes. */
async function renewEverywhere(
  { signedIn, directory }: World,
  flags: readonly string[],
  onEnd: (ended: number) => void = () => {},
) {
  const env = { ...signedIn, RCWH_CONFIG_DIR: warmConfig(join(directory, "config")) };
  let ended = 0;
  const renew = () =>
    new Promise<string>((resolve) => {
      const words = [executable, "renew", "--json", ...flags];
      execFile(process.execPath, words, { env }, (error, stdout, stderr) => {
        const found = /"(?:outcome|code)": ?"([\w-]+)"/.exec(stdout + stderr)?.[1];
        resolve(`${error?.code ?? 0} ${found}`);
        onEnd(++ended);
      });
    });
  return Promise.all(Array.from({ length: processes }, renew));
}

function renewals({ emulator, line }: World): number {
  if (heldBy(emulator).length !== 1) throw new Error("There is one subscription.");
  return line.sent.filter(({ path }) => path.endsWith("/renew")).length;
}
