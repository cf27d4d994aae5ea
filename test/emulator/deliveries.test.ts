import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { describe } from "vitest";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { own, platform, stranger, test } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const presence = "/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true";
const ownPresence = `/restapi/v1.0/account/${own.accountId}/extension/${own.extensionId}/presence?detailedTelephonyState=true`;

describe("an event", () => {
  test("arrives in the platform's envelope", async ({ emulator, subscribe, webhook, expect }) => {
    const { body } = await subscribe({ filters: [presence] });
    emulator.clock.advance(60_000);

    const deliveries = await emulator.sendEvent({ filter: presence, body: { sequence: 1 } });

    expect(webhook.events).toEqual([
      {
        uuid: expect.stringMatching(/^[\w-]{36}$/),
        event: ownPresence,
        timestamp: "2026-11-22T12:01:00.000Z",
        subscriptionId: body.id,
        ownerId: own.extensionId,
        body: { sequence: 1 },
      },
    ]);
    expect(deliveries).toEqual([
      {
        uuid: expect.any(String),
        subscriptionId: body.id,
        user: 1,
        event: ownPresence,
        address: webhook.url,
        timestamp: "2026-11-22T12:01:00.000Z",
        delivered: true,
        status: 200,
      },
    ]);
    expect(emulator.deliveries).toEqual(deliveries);
  });

  test("carries the platform's headers", async ({ emulator, subscribe, expect }) => {
    const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
    await using endpoint = await httpEndpoint(async (request, response) => {
      seen.push({ headers: request.headers, body: await bodyOf(request) });
      goodHandshake(request, response);
    });
    await subscribe({ address: endpoint.url, verificationToken: "s3cret" });
    await emulator.sendEvent({ filter: posts, body: { text: "ä" } });

    expect(seen[1]?.headers).toMatchObject({
      "content-type": "application/json; charset=UTF-8",
      "content-length": String(Buffer.byteLength(seen[1]?.body ?? "")),
      accept: "application/json",
      "accept-encoding": "UTF-8",
      "user-agent": "RingCentral-Webhook/8.3",
      "verification-token": "s3cret",
    });
    expect(seen[1]?.headers).not.toHaveProperty("validation-token");
    expect(seen[1]?.body).toContain("ä");
  });

  test("has a realistic body where none is given", async ({
    emulator,
    subscribe,
    webhook,
    expect,
  }) => {
    await subscribe({ filters: [presence] });
    await emulator.sendEvent({ filter: presence });

    expect(webhook.events).toMatchObject([{ body: { telephonyStatus: expect.any(String) } }]);
  });

  test("goes to every subscriber, with each one's own ids", async ({
    emulator,
    subscribe,
    signIn,
    webhook,
    expect,
  }) => {
    await subscribe({ filters: [presence, posts] });
    await subscribe({ filters: [presence] });
    await subscribe({ filters: [presence], token: await signIn(2) });
    await subscribe({ filters: [posts] });

    await emulator.sendEvent({ filter: presence, body: {} });
    expect(webhook.events).toHaveLength(3);
    expect(webhook.events).toContainEqual(
      expect.objectContaining({
        event: ownPresence
          .replace(own.accountId, stranger.accountId)
          .replace(own.extensionId, stranger.extensionId),
        ownerId: stranger.extensionId,
      }),
    );

    expect(await emulator.sendEvent({ filter: presence, body: {}, user: 2 })).toHaveLength(1);
    expect(await emulator.sendEvent({ filter: ownPresence, body: {} })).toHaveLength(2);
    const template = "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence";
    expect(await emulator.sendEvent({ filter: template, body: {} })).toHaveLength(3);
    expect(await emulator.sendEvent({ filter: "/nothing", body: {} })).toEqual([]);
  });

  test("does not go where it is not wanted any more", async ({
    emulator,
    configure,
    call,
    subscribe,
    signIn,
    expect,
  }) => {
    configure({ users: { 2: { disabledFilters: [{ filter: posts, permission: "Glip" }] } } });
    const token = await signIn();
    const deleted = await subscribe({ token });
    const blacklisted = await subscribe({ token });
    await subscribe({ token, expiresIn: 60 });
    await subscribe({ token: await signIn(2) });
    await call("DELETE", `${platform}/${deleted.body.id}`, { token });
    emulator.blacklist(blacklisted.body.id);
    emulator.clock.advance(60_000);

    expect(await emulator.sendEvent({ filter: posts, body: {} })).toEqual([]);
  });
});

describe("deliveries", () => {
  test("are one after another for each subscription, and side by side otherwise", async ({
    emulator,
    subscribe,
    expect,
  }) => {
    const order: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using slow = await httpEndpoint(async (request, response) => {
      const name = nameOf(await bodyOf(request));
      if (name === "first") await held;
      if (name) order.push(`slow ${name}`);
      goodHandshake(request, response);
    });
    await using quick = await httpEndpoint(async (request, response) => {
      const name = nameOf(await bodyOf(request));
      if (name) order.push(`quick ${name}`);
      goodHandshake(request, response);
      if (name === "second") release();
    });
    await subscribe({ address: slow.url });
    await subscribe({ address: quick.url });

    await Promise.all([
      emulator.sendEvent({ filter: posts, body: { name: "first" } }),
      emulator.sendEvent({ filter: posts, body: { name: "second" } }),
    ]);

    expect(order).toEqual(["quick first", "quick second", "slow first", "slow second"]);
  });

  test("that fail say why, and hold up nobody", async ({
    emulator,
    configure,
    subscribe,
    webhook,
    expect,
  }) => {
    configure({ endpointDeadline: 100 });
    await using endpoint = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) return goodHandshake(request, response);
      if (request.url === "/404") response.writeHead(404, "Not Here").end();
      if (request.url === "/201") response.writeHead(201).end();
      if (request.url === "/large") response.end("x".repeat(2000));
      if (request.url === "/hang-up") response.destroy();
    });
    for (const path of ["/404", "/201", "/large", "/hang-up", "/silent"]) {
      await subscribe({ address: endpoint.url + path });
    }
    await subscribe();

    const deliveries = await emulator.sendEvent({ filter: posts, body: {} });

    expect(
      deliveries.map(({ address, delivered, status, reason }) => [
        address?.replace(endpoint.url, ""),
        delivered,
        status,
        reason,
      ]),
    ).toEqual([
      ["/404", false, 404, "Webhook responses with code: [404], reason: [Not Here]"],
      ["/201", false, 201, "Webhook responses with code: [201], reason: [Created]"],
      ["/large", false, 200, "Webhook response exceeds max size. Read bytes count: [1024]"],
      ["/hang-up", false, undefined, "I/O operation is failed. Details: [socket hang up]"],
      ["/silent", false, undefined, "I/O operation is failed. Details: [Read timed out]"],
      [webhook.url, true, 200, undefined],
    ]);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function nameOf(text: string): string | undefined {
  if (text === "") return undefined;
  const event: { readonly body: { readonly name: string } } = JSON.parse(text);
  return event.body.name;
}
