import { type Codes, withStatus } from "./explanation.ts";
import { slowDown, waitAndSee } from "./general-codes.ts";

const followNothing = "Check the server's URL with `rcwh whoami`: rcwh follows no redirects.";
const redirected = {
  meaning: "The server answered with a redirect.",
  causes: ["The URL is that of a website, or a gateway wants a login."],
  remedies: [followNothing],
};

/** HTTP statuses of answers without a code. */
export const httpStatuses: Codes = {
  HTTP_301: { status: 301, ...redirected },
  HTTP_302: { status: 302, ...redirected },
  HTTP_307: { status: 307, ...redirected },
  HTTP_308: { status: 308, ...redirected },
  HTTP_401: withStatus(401, {
    meaning: "The server requires valid credentials.",
    causes: "The session has ended, or a proxy requires credentials of its own.",
    remedies: "Sign in again with `rcwh login`.",
  }),
  HTTP_403: withStatus(403, {
    meaning: "The credentials are valid, but the request is not allowed.",
    causes: "A scope or a permission is missing, or a firewall blocks the request.",
    remedies:
      "See the app's scopes with `rcwh whoami`, and what a filter needs with `rcwh filters show <filter>`.",
  }),
  HTTP_404: withStatus(404, {
    meaning: "The resource does not exist.",
    causes: "The subscription is gone, or the server is not RingCentral's.",
    remedies: "See what exists with `rcwh list`.",
  }),
  HTTP_408: withStatus(408, {
    meaning: "The server timed out waiting for the request.",
    causes: "The connection is slow, or broke.",
    remedies: "Wait a minute and try again.",
  }),
  HTTP_429: withStatus(429, {
    meaning: "Too many requests were sent.",
    causes: "A limit was reached; rcwh cannot tell which.",
    remedies: slowDown,
  }),
  ...Object.fromEntries(
    [500, 502, 503, 504].map((status) => [
      `HTTP_${status}`,
      {
        status,
        meaning: "RingCentral, or a gateway in front of it, could not answer.",
        causes: ["The server failed or is unavailable. Nothing is wrong with the request."],
        remedies: [waitAndSee],
      },
    ]),
  ),
};
