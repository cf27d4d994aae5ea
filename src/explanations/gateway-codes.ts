import type { Codes } from "./explanation.ts";

const emulatorsOwn = "RingCentral's own code for this is not known; the emulator answers with it.";
const connectAnew =
  "Get a new token with `POST /restapi/oauth/wstoken`, connect with it, and subscribe again.";
const webhookInstead =
  "Have RingCentral call you instead, which needs no connection: make a webhook with `rcwh create`.";

/** The codes of the WebSocket gateway. */
export const gatewayCodes: Codes = {
  "WSG-400": {
    status: 400,
    meaning: "The gateway could not make sense of a frame.",
    causes: ["The frame is not JSON, or lacks what a request needs: its type, a method, a path."],
    remedies: ["Correct the frame; `rcwh emulator` answers to the same mistakes, for a test."],
  },
  "WSG-401": {
    status: 401,
    meaning: "The gateway does not take the token of the connection.",
    causes: ["The token has expired, was used before, or is an access token for the API."],
    remedies: [connectAnew],
    open: emulatorsOwn,
  },
  "WSG-429": {
    status: 429,
    meaning: "There are too many connections, or too many requests under way on one.",
    causes: ["A client connects again without closing, or does not wait for answers."],
    remedies: ["Close what is not needed, wait, and connect again.", webhookInstead],
    open: emulatorsOwn,
  },
  "WSG-902": {
    status: 408,
    meaning: "The gateway closed a connection on which the client was silent for too long.",
    causes: ["The client sends no heartbeats, or was asleep."],
    remedies: [`${connectAnew} Send heartbeats while nothing else is to be said.`],
  },
  "WSG-903": {
    meaning: "The gateway closed a connection that had lasted as long as one may.",
    causes: ["Every connection ends after some time, whatever is done with it."],
    remedies: [connectAnew],
  },
  "WSG-1003": {
    meaning: "The gateway does not recover a session for somebody else.",
    causes: ["The token that the client connected with is of another OAuth session."],
    remedies: [connectAnew],
  },
  "WSG-1005": {
    meaning: "The session that was to be recovered is not there any more.",
    causes: ["The client was away for too long, or its subscription has ended."],
    remedies: [connectAnew],
  },
};
