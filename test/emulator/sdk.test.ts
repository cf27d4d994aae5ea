import { SDK } from "@ringcentral/sdk";
import { serve } from "../../src/emulator/server/serve.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { own, platform, test } from "./kit.ts";

test("the official SDK handles a subscription's whole lifecycle", async ({
  emulator,
  configure,
  webhook,
  expect,
}) => {
  configure({ apps: [{ ...emulatorApp, refreshTokens: true }] });
  await using server = await serve((request) => emulator.fetch(request));
  const client = new SDK({
    server: server.url,
    clientId: emulatorApp.clientId,
    clientSecret: emulatorApp.clientSecret,
    cachePrefix: "emulator-test",
  }).platform();

  await client.login({ jwt: "user-1" });
  const extension = await client.get("/restapi/v1.0/account/~/extension/~");
  expect(await extension.json()).toMatchObject({ id: Number(own.extensionId) });

  const created = await client.post(platform, {
    eventFilters: ["/team-messaging/v1/posts"],
    deliveryMode: { transportType: "WebHook", address: webhook.url },
  });
  const { id } = (await created.json()) as { readonly id: string };
  const listed = await client.get(platform);
  expect(await listed.json()).toMatchObject({ records: [{ id, status: "Active" }] });

  expect((await client.post(`${platform}/${id}/renew`)).status).toBe(200);
  const updated = await client.put(`${platform}/${id}`, {
    eventFilters: ["/team-messaging/v1/chats"],
    expiresIn: 3600,
  });
  expect(await updated.json()).toMatchObject({ expiresIn: 3599 });

  // It requests an access_token_ttl of -1 here.
  await client.refresh();
  expect((await client.delete(`${platform}/${id}`)).status).toBe(204);
  await expect(client.get(`${platform}/${id}`)).rejects.toThrow(/is not found/);
  await client.logout();
  expect(emulator.state()).toMatchObject({ subscriptions: [], sessions: [] });
});
