import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe } from "vitest";
import { now } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";
import { heldBy, test, type World } from "./world.ts";

const executable = join(import.meta.dirname, "../../bin/rcwh.js");

describe("ten rcwh renew of one profile at once", () => {
  test("are one that works, and nine that end with exit 5", async ({ world, expect }) => {
    await setScene(world);
    // Longer than it takes the others to come.
    world.emulator.faults.add({ match: { path: "*/renew" }, delay: "4s", times: "always" });

    const outcomes = await renewEverywhere(world, []);

    const expected = ["0 renewed", ...Array(9).fill("5 LOCKED")];
    expect(outcomes.sort()).toEqual(expected);
    expect(renewals(world)).toBe(1);
  });

  test("are all done with --wait, and renew it once", async ({ world, expect }) => {
    await setScene(world);
    world.emulator.faults.add({ match: { path: "*/renew" }, delay: "1s", times: "always" });

    const outcomes = await renewEverywhere(world, ["--wait"]);

    expect(outcomes.sort()).toEqual([...Array(9).fill("0 not-due"), "0 renewed"]);
    expect(renewals(world)).toBe(1);
  });
});

async function setScene({ rcwh, clock, emulator, endpoint }: World): Promise<void> {
  clock.advance(Date.now() - now); // real processes have the real time
  await subscribe(emulator, endpoint.url, { expiresIn: 86_400 });
  await rcwh("list");
}

/** Exit codes, and what became of the subscription, or the error's code. */
async function renewEverywhere({ signedIn, directory }: World, flags: readonly string[]) {
  const env = { ...signedIn, RCWH_CONFIG_DIR: join(directory, "config") };
  const renew = () =>
    new Promise<string>((resolve) => {
      const words = [executable, "renew", "--json", ...flags];
      execFile(process.execPath, words, { env }, (error, stdout, stderr) => {
        const found = /"(?:outcome|code)": ?"([\w-]+)"/.exec(stdout + stderr)?.[1];
        resolve(`${error?.code ?? 0} ${found}`);
      });
    });
  return Promise.all(Array.from({ length: 10 }, renew));
}

function renewals({ emulator, line }: World): number {
  if (heldBy(emulator).length !== 1) throw new Error("There is one subscription.");
  return line.sent.filter(({ path }) => path.endsWith("/renew")).length;
}
