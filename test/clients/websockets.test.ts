import { SDK } from "@ringcentral/sdk";
import { Subscriptions } from "@ringcentral/subscriptions";
import { createQueue, test } from "./emulator-process.ts";

const posts = "/team-messaging/v1/posts";

test("@ringcentral/subscriptions subscribes, receives, loses its connection and recovers by itself", async ({
  emulator,
  control,
  expect,
}) => {
  const { url: server, clientId, clientSecret } = emulator;
  const sdk = new SDK({ server, clientId, clientSecret, cachePrefix: "clients" });
  await sdk.platform().login({ jwt: "user-1" });
  const events = createQueue();
  const subscriptions = new Subscriptions({ sdk });
  const subscription = subscriptions.createSubscription().setEventFilters([posts]);
  subscription.on(subscription.events.notification, events.put);
  const registered = await subscription.register();
  const id = registered.subscriptionInfo?.id;
  const happen = (text: string) =>
    control("POST", "/events", { filter: posts, user: 1, body: { text } });

  await happen("before");
  expect(await events.next()).toMatchObject({ subscriptionId: id, body: { text: "before" } });

  expect(await control("POST", "/websockets/cut")).toEqual({ cut: 1 });
  await happen("while it was away");
  // It checks its connection every two seconds.
  expect(await events.next()).toMatchObject({
    subscriptionId: id,
    body: { text: "while it was away" },
  });
  await happen("after");
  expect(await events.next()).toMatchObject({ subscriptionId: id, body: { text: "after" } });
  expect(await control("GET", "/state")).toMatchObject({ subscriptions: [{ id }] });

  // Its timers stop with it.
  await subscriptions.rc.revoke();
  expect(await control("GET", "/state")).toMatchObject({ subscriptions: [] });
});
