import { describe } from "vitest";
import { now, test } from "../support/rcwh.ts";

const day = 86_400_000;
const end = "2026-12-24T00:00:00Z";

/** How far this machine's clock may be off. */
const errors = [0, 130 * day, -130 * day];

describe("--expires-in with a time goes by the server's clock", () => {
  for (const clockError of errors) {
    test(`where this machine's is ${clockError / day} days ahead`, async ({
      rcwh,
      emulator,
      endpoint,
      expect,
    }) => {
      const expiry = () => emulator.state().subscriptions.map((each) => each.expirationTime);
      const asked = { exitCode: 0, stderr: "" };
      const create = `create --filter posts --url ${endpoint.url} --expires-in ${end}`;
      expect(await rcwh(create, { clockError })).toMatchObject(asked);
      expect(expiry()).toEqual([expect.stringMatching(/^2026-12-24T00:00:0/)]);

      const later = "2026-12-25T00:00:00Z";
      const [{ id } = { id: "" }] = emulator.state().subscriptions;
      const update = await rcwh(`update ${id} --expires-in ${later}`, { clockError });
      expect(update).toMatchObject(asked);
      expect(expiry()).toEqual([expect.stringMatching(/^2026-12-25T00:00:0/)]);

      const latest = "2026-12-26T00:00:00Z";
      const renew = await rcwh(`renew ${id} --expires-in ${latest}`, { clockError });
      expect(renew.exitCode).toBe(0);
      expect(expiry()).toEqual([expect.stringMatching(/^2026-12-26T00:00:0/)]);
    });
  }

  test("and is refused where it has passed there, before anything changes", async ({
    rcwh,
    emulator,
    endpoint,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [{ id } = { id: "" }] = emulator.state().subscriptions;
    const before = emulator.state().subscriptions;
    const past = new Date(now - day).toISOString();
    for (const command of [
      `create --filter sms --url ${endpoint.url} --expires-in ${past}`,
      `update ${id} --expires-in ${past}`,
      `renew --expires-in ${past}`,
    ]) {
      // By this machine's clock it is still to come.
      const { exitCode, stderr } = await rcwh(command, { clockError: -2 * day });
      expect({ exitCode, stderr }, command).toEqual({
        exitCode: 2,
        stderr: `error: Invalid --expires-in value "${past}": must be in the future.\nhint: Use a later time.\n`,
      });
    }
    expect(emulator.state().subscriptions).toEqual(before);
  });
});
