import { type Codes, explain, withStatus } from "./explanation.ts";

const emulatorsOwn = "RingCentral's own code for this is unknown; the emulator uses this one.";
const reconnect =
  "Get a new token with `POST /restapi/oauth/wstoken`, connect with it, and subscribe again.";
const webhookInstead = "Use a webhook instead, which needs no connection: `rcwh create`.";

/** The codes of the WebSocket gateway. */
export const gatewayCodes: Codes = {
  "WSG-400": withStatus(400, {
    meaning: "The gateway could not parse a frame.",
    causes: "The frame is not JSON, or lacks its type, a method or a path.",
    remedies: "Correct the frame; test it against `rcwh emulator`, which checks the same.",
  }),
  "WSG-401": withStatus(401, {
    meaning: "The gateway rejected the connection's token.",
    causes: "The token has expired, was already used, or is an access token for the API.",
    remedies: reconnect,
    open: emulatorsOwn,
  }),
  "WSG-429": withStatus(429, {
    meaning: "There are too many connections, or too many pending requests on one.",
    causes: "A client reconnects without closing, or does not wait for answers.",
    remedies: ["Close unused connections, wait, and reconnect.", webhookInstead],
    open: emulatorsOwn,
  }),
  "WSG-808": withStatus(400, {
    meaning: "The body of the request is null.",
    causes: "The client sends a frame of two elements although the request has no body.",
    remedies:
      "Send the frame without a second element; test it against `rcwh emulator`, which checks the same.",
    open: "It was seen live; RingCentral does not document it.",
  }),
  "WSG-902": withStatus(408, {
    meaning: "The gateway closed the connection because the client was silent for too long.",
    causes: "The client sends no heartbeats, or the machine was asleep.",
    remedies: `${reconnect} Send heartbeats while idle.`,
  }),
  "WSG-903": explain({
    meaning: "The connection reached its maximum age, and the gateway closed it.",
    causes: "Every connection has a maximum age.",
    remedies: reconnect,
  }),
  "WSG-1003": explain({
    meaning: "The WebSocket session belongs to another OAuth session, so it cannot be recovered.",
    causes: "The client connected with a token from another OAuth session.",
    remedies: reconnect,
  }),
  "WSG-1005": explain({
    meaning: "The session to recover no longer exists.",
    causes: "The client was away for too long, or its subscription has ended.",
    remedies: reconnect,
  }),
};
