import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createReceiver, toNodeHandler } from "rcwh/receiver";
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
  const messages = [];
  let subscription;

  // It answers each delivery with 200 before it calls a handler: RingCentral waits for three seconds only, and blacklists
  // an endpoint that answers 401 or 500.
  const receiver = createReceiver({
    path: "/webhook",
    verificationToken,
    on: {
      sms: ({ body }) => {
        messages.push({ from: body.from.phoneNumber, text: body.subject });
      },
      reminder: renew,
    },
    // The same event may come twice.
    dedupe: true,
    onRejected: (reason) => onError(`A delivery was dropped: ${reason}`),
    onError: (error) => onError(error),
  });
  const server = createServer(toNodeHandler(receiver));
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = `${url ?? `http://127.0.0.1:${server.address().port}`}/webhook`;

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
    await receiver.idle();
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
    messages: () => [...messages],
    /** Resolves when the app has handled the deliveries so far. */
    idle: receiver.idle,
  };
}
