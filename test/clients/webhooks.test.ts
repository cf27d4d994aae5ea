import RingCentral from "@rc-ex/core";
import { SDK } from "@ringcentral/sdk";
import { test } from "./emulator-process.ts";

const posts = "/team-messaging/v1/posts";
const chats = "/team-messaging/v1/chats";
const collection = "/restapi/v1.0/subscription";

test("@ringcentral/sdk handles the whole life of a webhook subscription", async ({
  emulator,
  control,
  webhook,
  expect,
}) => {
  const { url: server, clientId, clientSecret } = emulator;
  const client = new SDK({ server, clientId, clientSecret, cachePrefix: "clients" }).platform();
  // biome-ignore lint/suspicious/noExplicitAny: the client knows no types.
  const json = async (call: Promise<Response>): Promise<any> => (await call).json();

  await control("POST", "/clock", { freeze: true });
  await client.login({ jwt: "user-1" });
  const created = await json(
    client.post(collection, {
      eventFilters: [posts],
      deliveryMode: { transportType: "WebHook", address: webhook.url },
      expiresIn: 3600,
    }),
  );
  const one = `${collection}/${created.id}`;
  expect(created).toMatchObject({ status: "Active", eventFilters: [posts], expiresIn: 3599 });
  expect(await json(client.get(one))).toMatchObject({ id: created.id });
  expect(await json(client.get(collection))).toMatchObject({ records: [{ id: created.id }] });

  await control("POST", "/events", { filter: posts, user: 1, body: { text: "Hello" } });
  expect(await webhook.next()).toMatchObject({
    event: posts,
    subscriptionId: created.id,
    body: { text: "Hello" },
  });

  const changed = await json(client.put(one, { eventFilters: [chats], expiresIn: 600 }));
  expect(changed).toMatchObject({ eventFilters: [chats], expiresIn: 599 });
  expect(await json(client.post(`${one}/renew`))).toMatchObject({ expiresIn: 604_799 });
  expect((await client.delete(one)).status).toBe(204);
  await expect(client.get(one)).rejects.toMatchObject({ response: { status: 404 } });
  await client.logout();
});

test("@rc-ex/core handles the whole life of a webhook subscription", async ({
  emulator,
  control,
  webhook,
  expect,
}) => {
  const { url: server, clientId, clientSecret } = emulator;
  const client = new RingCentral({ server, clientId, clientSecret });

  await control("POST", "/clock", { freeze: true });
  await client.authorize({ jwt: "user-2" });
  const subscriptions = client.restapi().subscription();
  const created = await subscriptions.post({
    eventFilters: [posts],
    deliveryMode: { transportType: "WebHook", address: webhook.url },
    expiresIn: 3600,
  });
  const one = client.restapi().subscription(created.id);
  expect(created).toMatchObject({ status: "Active", eventFilters: [posts], expiresIn: 3599 });
  expect(await one.get()).toMatchObject({ id: created.id });
  expect(await subscriptions.list()).toMatchObject({ records: [{ id: created.id }] });

  await control("POST", "/events", { filter: posts, user: 2, body: { text: "Hello" } });
  expect(await webhook.next()).toMatchObject({
    event: posts,
    subscriptionId: created.id,
    body: { text: "Hello" },
  });

  const changed = await one.put({ eventFilters: [chats], expiresIn: 600 });
  expect(changed).toMatchObject({ eventFilters: [chats], expiresIn: 599 });
  expect(await one.renew().post()).toMatchObject({ expiresIn: 604_799 });
  await one.delete();
  await expect(one.get()).rejects.toMatchObject({ response: { status: 404 } });
  await client.revoke();
});
