import type { Codes } from "./explanation.ts";
import { slowDown, waitAndSee } from "./general-codes.ts";

const followNothing = "Check the server's address: rcwh follows no redirect; see `rcwh whoami`.";
const redirected = {
  meaning: "The server sent rcwh elsewhere.",
  causes: ["The address is that of a website, or a gateway wants a login."],
  remedies: [followNothing],
};

/** What a bare HTTP status means, where the answer has no code. */
export const httpStatuses: Codes = {
  HTTP_301: { status: 301, ...redirected },
  HTTP_302: { status: 302, ...redirected },
  HTTP_307: { status: 307, ...redirected },
  HTTP_308: { status: 308, ...redirected },
  HTTP_401: {
    status: 401,
    meaning: "The server wants to know who is asking, and is not content with the answer.",
    causes: ["The session has ended, or a proxy in between wants credentials of its own."],
    remedies: ["Sign in again with `rcwh login`."],
  },
  HTTP_403: {
    status: 403,
    meaning: "The server knows who is asking, and refuses.",
    causes: ["A scope or a permission is missing, or a firewall in between refuses."],
    remedies: [
      "See the app's scopes with `rcwh whoami`, and what a filter needs with `rcwh filters show <filter>`.",
    ],
  },
  HTTP_404: {
    status: 404,
    meaning: "The server knows nothing of this name.",
    causes: ["The subscription is gone, or the server is no RingCentral server."],
    remedies: ["See what exists with `rcwh list`."],
  },
  HTTP_408: {
    status: 408,
    meaning: "The server waited too long for the request.",
    causes: ["The connection is slow, or broke in the middle."],
    remedies: ["Wait a minute and try again."],
  },
  HTTP_429: {
    status: 429,
    meaning: "Too many requests were sent.",
    causes: ["A limit was reached; rcwh cannot tell which."],
    remedies: [slowDown],
  },
  ...Object.fromEntries(
    [500, 502, 503, 504].map((status) => [
      `HTTP_${status}`,
      {
        status,
        meaning: "RingCentral, or a gateway before it, could not answer.",
        causes: ["A fault or a break of the server. Nothing is wrong with the request."],
        remedies: [waitAndSee],
      },
    ]),
  ),
};
