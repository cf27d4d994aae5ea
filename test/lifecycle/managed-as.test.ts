import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";
import { crashAt } from "../support/faults.ts";
import { test } from "../support/rcwh.ts";
import { stored, subscribe } from "../support/subscriptions.ts";

const managedAs = {
  manifest: "default",
  webhook: "orders",
  asked: { eventFilters: ["/team-messaging/v1/posts"], address: "https://example.com/" },
};

/** Says in the only record that its subscription is a webhook of a manifest. */
async function manage(directory: string): Promise<void> {
  const path = join(directory, "config", "config.json");
  const file = JSON.parse(await readFile(path, "utf8"));
  for (const list of Object.values<SubscriptionRecord[]>(file.records)) {
    for (const [index, record] of list.entries()) list[index] = { ...record, managedAs };
  }
  await writeFile(path, JSON.stringify(file), { mode: 0o600 });
}

describe("the record of a webhook of a manifest", () => {
  test.for([
    "renew <id>",
    "renew <id> --expires-in 30d",
    "update <id> --add-filter voicemail",
    "update <id> --url <url>/new --yes",
    "rotate-token <id> --yes",
  ])("says so after %s", async (command, { directory, emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await manage(directory);
    const [{ id } = { id: "" }] = emulator.state().subscriptions;

    await rcwh(command.replace("<id>", id).replace("<url>", endpoint.url));
    expect(await stored(directory, "records")).toMatchObject([{ managedAs }]);
  });

  test("says so once it is recovered, re-created, or re-created by somebody else", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 1d`);
    await manage(directory);
    const [{ id } = { id: "" }] = emulator.state().subscriptions;
    emulator.blacklist(id);
    await rcwh("recover --yes");
    expect(await stored(directory, "records")).toMatchObject([
      { managedAs, recoveredAt: expect.any(String) },
    ]);

    emulator.clock.advance(86_400_000);
    await rcwh("renew --recreate");
    expect(emulator.state().subscriptions).toHaveLength(1);
    expect(await stored(directory, "records")).toMatchObject([{ managedAs }]);

    emulator.clock.advance(86_400_000);
    await subscribe(emulator, endpoint.url);
    await rcwh("renew");
    expect(await stored(directory, "records")).toMatchObject([{ managedAs, foreign: true }]);
  });

  test("says so after a replacement that a crash interrupted", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    await manage(directory);
    const [{ id } = { id: "" }] = emulator.state().subscriptions;
    const restore = crashAt(emulator, 2, { processed: true });
    await rcwh(`update ${id} --url ${endpoint.url}/new --yes`);
    restore();
    await rcwh("renew");
    expect(await stored(directory, "records")).toMatchObject([
      { managedAs, address: `${endpoint.url}/new` },
    ]);
  });
});
