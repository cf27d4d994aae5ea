import { describe } from "vitest";
import { test } from "../support/rcwh.ts";
import { stored, subscribe } from "../support/subscriptions.ts";

describe("two machines that recover the same subscription", () => {
  test("leave a duplicate, which renew and doctor report and renew --recover deletes", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    const [old] = emulator.state().subscriptions;
    emulator.blacklist(old?.id ?? "");
    expect((await rcwh("renew --recover")).exitCode).toBe(0);
    const [kept] = emulator.state().subscriptions;
    // The other machine does not know the token.
    emulator.clock.advance(60_000);
    const extra = await subscribe(emulator, endpoint.url);

    const reported = await rcwh("renew");
    expect(reported).toMatchObject({
      exitCode: 8,
      stderr: `1 not due, 1 duplicate.\nattention: 1 of 2 needs attention:\n  ${extra} (http://127.0.0.1:50100/hook) delivers the same events as ${kept?.id}: two machines replaced the same subscription.\nhint: Delete ${extra} with \`rcwh renew --recover\`.\n`,
    });
    expect(reported.stdout).toContain(`${extra}\tduplicate\t`);
    const doctor = await rcwh("doctor");
    expect(doctor.exitCode).toBe(8);
    expect(doctor.stdout).toMatch(/^duplicates\twarn\t/m);

    const cleaned = await rcwh("renew --recover");
    expect(cleaned).toMatchObject({
      exitCode: 0,
      stderr: `Deleted ${extra} (http://127.0.0.1:50100/hook), a duplicate of ${kept?.id}.\n1 not due, 1 deleted.\n`,
    });
    expect(emulator.state().subscriptions).toMatchObject([
      { id: kept?.id, hasVerificationToken: true },
    ]);
    expect((await rcwh("renew")).stderr).toBe("1 not due.\n");
    expect((await rcwh("doctor")).stdout).not.toContain("duplicates");
    expect(await stored(directory, "records")).toMatchObject([
      { id: kept?.id, replaces: old?.id, verificationToken: "s3cret" },
    ]);
  });

  test("lose nothing where both delete the other's at the same time", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    const [old] = emulator.state().subscriptions;
    emulator.blacklist(old?.id ?? "");
    await rcwh("renew --recover");
    const [kept] = emulator.state().subscriptions;
    await subscribe(emulator, endpoint.url);
    let seen = 0;
    emulator.intercept(async (request) => {
      if (request.method !== "GET" || !request.url.endsWith(kept?.id ?? "")) return undefined;
      seen += 1;
      // The other machine deletes it between the two looks.
      if (seen === 2) {
        const headers = { Authorization: request.headers.get("Authorization") ?? "" };
        await emulator.fetch(new Request(request.url, { method: "DELETE", headers }));
      }
      return undefined;
    });
    const { stdout, exitCode } = await rcwh("renew --recover");
    expect(stdout).toContain(`${kept?.id}\trecreated\t`);
    expect(exitCode).toBe(0);
    expect(emulator.state().subscriptions).toMatchObject([
      { address: endpoint.url, hasVerificationToken: true },
    ]);
    expect((await rcwh("renew")).stderr).toBe("1 not due.\n");
  });

  test("keep the one that delivers where the other is blacklisted again", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    emulator.blacklist(emulator.state().subscriptions[0]?.id ?? "");
    await rcwh("renew --recover");
    const [ours] = emulator.state().subscriptions;
    const other = await subscribe(emulator, endpoint.url);
    emulator.blacklist(ours?.id ?? "");
    await rcwh("renew --recover");
    expect(emulator.state().subscriptions).toMatchObject([
      { id: ours?.id, status: "Blacklisted" },
      { id: other, status: "Active" },
    ]);
  });

  test("are not suspected of what was created on purpose", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await rcwh(`create --filter posts --url ${endpoint.url} --if-exists new`);
    for (const { id } of emulator.state().subscriptions) await rcwh(`rotate-token ${id} --yes`);
    expect(emulator.state().subscriptions).toHaveLength(2);
    expect((await rcwh("renew --recover")).stderr).toBe("2 not due.\n");
    emulator.clock.advance(3_600_000);
    await subscribe(emulator, endpoint.url);
    expect((await rcwh("renew")).stderr).toBe("3 not due.\n");
  });
});
