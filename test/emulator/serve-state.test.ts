import { join } from "node:path";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { serveState } from "../../src/emulator/server/serve-state.ts";
import { readStateFile } from "../../src/emulator/server/state-file.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { test } from "../support/rcwh.ts";

test("an emulator that shuts down still answers requests that are in progress", async ({
  clock,
  directory,
  expect,
}) => {
  const { signal } = new AbortController();
  const emulator = createEmulator({ clock });
  const file = join(directory, "state.json");
  const server = await serveState(file, emulator, { clock, signal });
  let closed: Promise<void> | undefined;
  await using slow = await httpEndpoint((request, response) => {
    closed = server.close();
    setTimeout(() => goodHandshake(request, response), 50);
  });

  const created = await subscribeAt(server.url, slow.url);
  await closed;

  expect(created.status).toBe(200);
  expect((await readStateFile(file))?.subscriptions).toHaveLength(1);
});

async function subscribeAt(server: string, address: string): Promise<Response> {
  const basic = Buffer.from("emulator-client:emulator-secret").toString("base64");
  const login = await fetch(`${server}/restapi/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "user-1",
    }),
  });
  const { access_token: token } = (await login.json()) as { readonly access_token: string };
  return fetch(`${server}/restapi/v1.0/subscription`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      eventFilters: ["/restapi/v1.0/glip/posts"],
      deliveryMode: { transportType: "WebHook", address },
    }),
  });
}
