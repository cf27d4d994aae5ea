import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { createRingCentral } from "./ringcentral.js";

const smsFilter = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS";
/** RingCentral reminds the app a day before the subscription expires, and then every hour. */
const reminderFilter = "/restapi/v1.0/subscription/~?threshold=86400&interval=3600";
const lifetime = 7 * 24 * 60 * 60;

/**
 * An app that stores the text messages of one RingCentral user. `url` is its public address, if that differs from the
 * one it listens on.
 */
export async function startApp({
  port = 0,
  url,
  onError = process.emitWarning,
  ...ringCentralOptions
}) {
  const ringCentral = createRingCentral(ringCentralOptions);
  const verificationToken = randomBytes(16).toString("hex");
  const messages = new Map();
  let subscription;
  /** The work on the events so far, one after another. */
  let work = Promise.resolve();

  const server = createServer(async (request, response) => {
    const { status, headers = {}, event } = await receive(request, verificationToken);
    // Answer first: RingCentral waits for three seconds only.
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end();
    if (event) work = work.then(() => handle(event)).catch(onError);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = `${url ?? `http://127.0.0.1:${server.address().port}`}/webhook`;

  async function handle({ uuid, event, body }) {
    if (event.includes("/subscription/")) return renew();
    // The same event may come twice.
    if (!messages.has(uuid))
      messages.set(uuid, { from: body.from.phoneNumber, text: body.subject });
  }

  async function subscribe() {
    subscription = await ringCentral.call("POST", "/restapi/v1.0/subscription", {
      eventFilters: [smsFilter, reminderFilter],
      deliveryMode: { transportType: "WebHook", address, verificationToken },
      expiresIn: lifetime,
    });
  }

  async function renew() {
    subscription = await ringCentral.call(
      "POST",
      `/restapi/v1.0/subscription/${subscription.id}/renew`,
    );
  }

  /** Re-creates the subscription if it is gone or blacklisted. Call it from time to time. */
  async function check() {
    const path = `/restapi/v1.0/subscription/${subscription.id}`;
    const current = await ringCentral.call("GET", path, undefined, { missing: undefined });
    if (current?.status === "Active") return;
    if (current) await ringCentral.call("DELETE", path);
    await subscribe();
  }

  async function close() {
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
    await work;
  }

  try {
    await subscribe();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address,
    check,
    close,
    get subscription() {
      return subscription;
    },
    messages: () => [...messages.values()],
  };
}

/** The answer to a request to the webhook, and its event. */
async function receive(request, verificationToken) {
  if (request.method !== "POST" || request.url !== "/webhook") return { status: 404 };
  if (!isRight(request.headers["verification-token"], verificationToken)) return { status: 401 };
  const validationToken = request.headers["validation-token"];
  if (validationToken) return { status: 200, headers: { "Validation-Token": validationToken } };
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    return { status: 200, event: JSON.parse(Buffer.concat(chunks).toString()) };
  } catch {
    return { status: 400 };
  }
}

function isRight(token, expected) {
  const given = Buffer.from(token ?? "");
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}
