import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { ExitCode } from "../../src/errors.ts";
import { collection } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { remaining, stored, subscribe } from "../support/subscriptions.ts";

const day = 86_400_000;
const month = 30 * 86_400;

/** Runs `work` before the first such request is answered, like another process. */
function meanwhile(
  emulator: Emulator,
  isMeant: (request: Request) => boolean,
  work: () => Promise<unknown>,
): void {
  let isDone = false;
  emulator.intercept(async (request) => {
    if (isDone || !isMeant(request)) return undefined;
    isDone = true;
    await work();
    return undefined;
  }, Number.POSITIVE_INFINITY);
}

const isRenewal = ({ method, url }: Request) => method === "POST" && url.endsWith("/renew");
const isList = ({ method, url }: Request) => method === "GET" && url.endsWith(collection);

describe("rcwh renew beside another rcwh", () => {
  test("skips what another process renewed after the run began", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/a`);
    clock.advance(1000);
    await rcwh(`create --filter posts --url ${endpoint.url}/b`);
    const [, later = ""] = emulator.state().subscriptions.map(({ id }) => id);
    clock.advance(6 * day);
    meanwhile(emulator, isRenewal, () => rcwh(`update ${later} --expires-in 30d`));
    const { exitCode, stderr } = await rcwh("renew");
    expect(stderr).toBe("1 renewed, 1 not due.\n");
    expect(exitCode).toBe(ExitCode.ok);
    expect(remaining(emulator)).toEqual([7 * 86_400, month]);
    expect((await stored(directory, "records")).map(({ expiresIn }) => expiresIn)).toEqual([
      undefined,
      month,
    ]);
  });

  test("restores a longer lifetime that was set during its own renewal", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    clock.advance(6 * day);
    const [id = ""] = emulator.state().subscriptions.map((each) => each.id);
    meanwhile(emulator, isRenewal, () => rcwh(`update ${id} --expires-in 30d`));
    const { exitCode, stderr } = await rcwh("renew");
    expect(stderr).toBe("1 renewed.\n");
    expect(exitCode).toBe(ExitCode.ok);
    expect(remaining(emulator)).toEqual([month]);
    expect(await stored(directory, "records")).toMatchObject([{ expiresIn: month }]);
  });

  test("keeps what update recorded after the run began", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [id = ""] = emulator.state().subscriptions.map((each) => each.id);
    meanwhile(emulator, isList, () => rcwh(`update ${id} --expires-in 30d`));
    expect((await rcwh("renew")).stderr).toBe("1 not due.\n");
    expect(await stored(directory, "records")).toMatchObject([{ expiresIn: month }]);
  });

  test("keeps what create recorded after the run began", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}/a`);
    meanwhile(emulator, isList, async () => {
      await rcwh(
        `create --filter sms --url ${endpoint.url}/b --expires-in 30d --verification-token s3cret`,
      );
      clock.advance(1000);
    });
    expect((await rcwh("renew --all")).stderr).toBe("2 renewed.\n");
    expect(remaining(emulator)).toEqual([7 * 86_400, month]);
    const [, made] = await stored(directory, "records");
    expect(made).toMatchObject({ expiresIn: month, verificationToken: "s3cret" });
    expect(made).not.toHaveProperty("foreign");
  });

  test("recovers with the token that create recorded after the run began", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    meanwhile(emulator, isList, async () => {
      await rcwh(`create --filter sms --url ${endpoint.url} --verification-token s3cret`);
      const [id = ""] = emulator.state().subscriptions.map((each) => each.id);
      emulator.blacklist(id);
    });
    expect((await rcwh("renew --recover")).stderr).toContain("1 recovered.");
    expect(emulator.state().subscriptions).toMatchObject([
      { status: "Active", hasVerificationToken: true },
    ]);
  });

  test("moves the recorded lifetime to what somebody else re-created, but not the token", async ({
    directory,
    emulator,
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 30d --verification-token s3cret`,
    );
    clock.advance(31 * day);
    const id = await subscribe(emulator, endpoint.url);
    const { stderr } = await rcwh("renew");
    expect(stderr).toContain("1 gone.");
    expect(stderr).toMatch(
      /^warning: Somebody else re-created .+ as 0{7}.-0000-4000-8000-000000000000, perhaps with another verification token\. rcwh dropped the old token\.$/m,
    );
    const [record, ...others] = await stored(directory, "records");
    expect(others).toEqual([]);
    expect(record).toMatchObject({ id, expiresIn: month, foreign: true });
    expect(record).not.toHaveProperty("verificationToken");
    expect(remaining(emulator)).toEqual([month]);

    // A replacement does not claim to know the token.
    clock.advance(1000);
    emulator.blacklist(id);
    expect((await rcwh("renew --recover")).stderr).toContain(
      "so it cannot know whether it has a verification token",
    );
    expect((await rcwh("renew")).stderr).not.toContain("Somebody else");
  });
});

describe("rcwh finds the records of one user", () => {
  const line = (server: string) =>
    JSON.stringify({
      profile: "acme",
      server,
      clientId: "emulator-client",
      clientSecret: "emulator-secret",
      jwt: "user-1",
    });

  test("under the environment's credentials when --profiles-from names the same user", async ({
    directory,
    emulator,
    clock,
    server,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(
      `create --filter posts --url ${endpoint.url} --expires-in 30d --verification-token s3cret`,
    );
    clock.advance(29 * day);
    const fleet = { env: {}, stdin: `${line(server)}\n` };
    expect((await rcwh("renew --profiles-from -", fleet)).stderr).toBe("1 account: 1 renewed.\n");
    expect(remaining(emulator)).toEqual([month]);
    const [id = ""] = emulator.state().subscriptions.map((each) => each.id);
    clock.advance(1000);
    emulator.blacklist(id);
    expect((await rcwh("renew --recover --profiles-from -", fleet)).stderr).toContain(
      "1 recovered.",
    );
    expect(emulator.state().subscriptions).toMatchObject([
      { status: "Active", hasVerificationToken: true },
    ]);
    expect(await stored(directory, "records")).toMatchObject([
      { expiresIn: month, verificationToken: "s3cret" },
    ]);
  });

  test("under --profiles-from when the environment names the same user", async ({
    directory,
    emulator,
    clock,
    server,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const fleet = { env: {}, stdin: `${line(server)}\n` };
    await rcwh("renew --all --expires-in 30d --profiles-from -", fleet);
    clock.advance(29 * day);
    expect((await rcwh("renew")).stderr).toBe("1 renewed.\n");
    expect(remaining(emulator)).toEqual([month]);
    await rcwh(`update ${id} --expires-in 60d`);
    expect(await stored(directory, "records")).toEqual([]);
    clock.advance(1000);
    await rcwh("renew --all --profiles-from -", fleet);
    expect(remaining(emulator)).toEqual([2 * month]);
  });
});
