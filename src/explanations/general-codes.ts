import { type Codes, withStatus } from "./explanation.ts";

export const waitAndSee =
  "Wait a minute and try again; `--debug` shows the request id for RingCentral support.";
export const slowDown =
  "Wait a minute, or let the run wait with `--deadline 5m`, and stop other programs from using up the quota of this user and app.";
const askSupport =
  "Run it again with `--debug`, and give RingCentral support the request id that it shows.";
const seeChanges = "Run it again with `--debug`, and check whether a proxy changes requests.";
const onlyMessage = "RingCentral documents the message only; the causes are our reading of it.";
const noSource = "No public source says what this code means.";

/** The codes that all of RingCentral's APIs share, and the outer codes of the error envelope. */
export const generalCodes: Codes = {
  "CMN-101": withStatus(400, {
    meaning: "A value is invalid; the message names the parameter.",
    causes: [
      "`expiresIn` is zero, negative or not a whole number.",
      "`deliveryMode.address` cannot be reached: an older form of today's SUB-520 to SUB-525.",
      "`eventFilters` has an unknown filter: an older form of today's SUB-508.",
      "`deliveryMode.verificationToken` is invalid, for example as a header value.",
    ],
    remedies:
      "Correct the parameter that the message names; `rcwh create --dry-run` shows what would be sent.",
    open: "It sometimes comes with 403.",
  }),
  "CMN-102": withStatus(404, {
    meaning: "The resource does not exist, has expired, or belongs to another user or app.",
    causes: [
      "The subscription has expired, or somebody deleted it.",
      "It was created by another user or app: each sees only its own.",
    ],
    remedies: "See your subscriptions with `rcwh list`, and who is signed in with `rcwh whoami`.",
    open: "It sometimes comes with 400. For an expired subscription some sources say SUB-507.",
  }),
  "CMN-103": withStatus(400, {
    meaning: "The server could not read the request's JSON.",
    causes: "The body was cut off or changed in transit.",
    remedies: seeChanges,
  }),
  "CMN-104": withStatus(400, {
    meaning: "The server could not parse the request.",
    causes: "A proxy may have changed the request: its method, content type or length.",
    remedies: seeChanges,
    open: "RingCentral does not say what else causes it. The emulator answers it to a wrong method (405), content type or length (413).",
  }),
  "CMN-105": withStatus(400, {
    meaning: "The URL has a query that this method and content type do not allow.",
    causes: "A program sent parameters in both places: in the URL and in a form.",
    remedies: `Send them in the body only. ${seeChanges}`,
  }),
  "CMN-106": withStatus(400, {
    meaning: "The request has more entries than a batch may have.",
    causes: "A program asked for too many objects at once; the message names the limit.",
    remedies: `Ask for fewer at a time. ${seeChanges}`,
  }),
  "CMN-107": withStatus(416, {
    meaning: "The server cannot send the part of a file that was asked for.",
    causes: "The Range header of a download begins after the file's end.",
    remedies: `Download the file whole. ${seeChanges}`,
  }),
  "CMN-108": withStatus(400, {
    meaning: "An id in the body differs from the one in the path.",
    causes: "The body names another object than the URL; the message names the parameter.",
    remedies: `Leave the id out of the body, or correct it. ${seeChanges}`,
  }),
  "CMN-109": withStatus(403, {
    meaning: "The feature is not available to this account or extension.",
    causes: "The account's plan or the extension's type does not include it.",
    remedies:
      "See who is signed in with `rcwh whoami`, and ask the account's administrator for the feature.",
  }),
  "CMN-110": withStatus(400, {
    meaning: "A header that the request needs is missing.",
    causes: "A proxy removed it; the message names it.",
    remedies: seeChanges,
  }),
  "CMN-120": withStatus(404, {
    meaning: "The server has no such path.",
    causes: "The server's URL has a path, or is that of another service.",
    remedies: "Check the server's URL with `rcwh whoami`.",
  }),
  "CMN-201": withStatus(503, {
    meaning: "The service is temporarily unavailable.",
    causes: "RingCentral is overloaded or under maintenance.",
    remedies: waitAndSee,
    open: "One table says 500 instead of 503.",
  }),
  "CMN-202": withStatus(501, {
    meaning: "The server does not support this operation.",
    causes: "The path exists, but not with this method, or not on this server.",
    remedies: "Check the server's URL with `rcwh whoami`.",
  }),
  "CMN-203": withStatus(500, {
    meaning: "RingCentral had an internal error.",
    causes: "The server failed. Nothing is wrong with the request.",
    remedies:
      "Wait a minute and try again; if it persists, give RingCentral support the request id from `--debug`.",
  }),
  "CMN-301": withStatus(429, {
    meaning: "This user and app sent too many requests of one group within a minute.",
    causes: [
      "Only five logins a minute are allowed: a script that signs in at each start uses them up.",
      "Another program of the same user and app sends many requests.",
      "A program keeps sending requests during the penalty, and each one restarts it.",
    ],
    remedies: slowDown,
  }),
  "CMN-302": withStatus(429, {
    meaning: "RingCentral does not know the app, and so has no rate limits for it.",
    causes: [
      "The app was deleted, or its client id belongs to another server.",
      "The app is so new that not all of RingCentral knows it.",
    ],
    remedies: [
      "Compare the server and the client id of `rcwh profile list`, or those in the environment, with the app in the Developer Console.",
      `If they are right, wait a while. ${askSupport}`,
    ],
    open: onlyMessage,
  }),
  "CMN-303": withStatus(429, {
    meaning: "RingCentral cannot find the app's API plan, and so has no rate limits for it.",
    causes: "The app, or the account, has no API plan, or one that is not set up completely.",
    remedies: [
      "Look at the app's API plan in the Developer Console, then give RingCentral support the request id that `--debug` shows.",
    ],
    open: onlyMessage,
  }),
  "CMN-304": withStatus(429, {
    meaning: "The same request was still in progress.",
    causes: "Two programs sent the same request at the same time.",
    remedies: "Run one `rcwh` at a time for this user and app.",
  }),
  "CMN-310": withStatus(429, {
    meaning: "A limit on all requests to RingCentral was reached.",
    causes:
      "There are other limits besides the one per user and app: per account, per IP address, per service.",
    remedies: slowDown,
    open: "This limit is not published.",
  }),
  "CMN-401": withStatus(403, {
    meaning: "The app lacks a scope.",
    causes: [
      "The app does not have the scope that the message names.",
      "The scope was added after the last login: a token keeps the scopes it was issued with.",
    ],
    remedies: [
      "Add the scope that the message names to the app in the Developer Console, then run `rcwh login` again.",
      "See the scopes of the current session with `rcwh whoami`.",
    ],
    open: "For a transport's scope it may be SUB-528.",
  }),
  "CMN-402": withStatus(403, {
    meaning: "Only an administrator may do this.",
    causes: "The user is not an administrator.",
    remedies: "Sign in as an administrator with `rcwh login --profile <name>`.",
  }),
  "CMN-403": withStatus(403, {
    meaning: "The extension is of a type that cannot do this.",
    causes: "The session belongs to an extension that is not a user.",
    remedies: "Sign in as a user with `rcwh login --profile <name>`.",
  }),
  "CMN-404": withStatus(403, {
    meaning: "This belongs to another extension.",
    causes: "A path or a filter has another extension's id in place of `~`.",
    remedies: "Sign in as its user with `rcwh login --profile <name>`.",
  }),
  "CMN-405": withStatus(401, {
    meaning: "The token belongs to an app, not to a user.",
    causes: "The access token was issued for the app alone.",
    remedies: "Sign in as a user with `rcwh login`.",
  }),
  "CMN-406": withStatus(400, {
    meaning: "The request has the same value twice.",
    causes: "A list has an entry two times; the message names the parameter and the value.",
    remedies: "Remove one of them; `rcwh create --dry-run` shows what would be sent.",
    open: "It sometimes comes with 403.",
  }),
  "CMN-407": withStatus(400, {
    meaning: "A parameter in a header is invalid.",
    causes: "A program or a proxy set a header to a value that RingCentral does not take.",
    remedies: seeChanges,
  }),
  "CMN-408": withStatus(403, {
    meaning: "The user lacks a permission, regardless of the app's scopes.",
    causes: [
      "The user's role does not have the permission that the message names.",
      "Account-wide telephony and presence often require an administrator.",
    ],
    remedies:
      "Ask the account's administrator to add the permission that the message names to the user's role; `rcwh filters show <filter>` shows what a filter needs.",
  }),
  "CMN-419": withStatus(403, {
    meaning: "The user lacks a permission on the other extension.",
    causes: "A path or a filter names an extension that this user may not access.",
    remedies:
      "Ask the account's administrator for it, or sign in as that user with `rcwh login --profile <name>`.",
  }),
  InvalidParameter: withStatus(400, {
    meaning: "A value is invalid; the inner code is CMN-101.",
    causes: "It is an outer code; the inner code is more specific.",
    remedies:
      "Correct the parameter that the message names; `rcwh create --dry-run` shows what would be sent.",
  }),
  InsufficientPermissions: withStatus(403, {
    meaning: "The app lacks a scope, or the user lacks a permission.",
    causes: "It is an outer code; the inner code is more specific.",
    remedies:
      "See the app's scopes with `rcwh whoami`, and what a filter needs with `rcwh filters show <filter>`.",
    open: "No public source describes this code; the meaning is taken from its name.",
  }),
};

/** Codes about which nothing but their existence is known. */
export const unexplainedCodes: Codes = Object.fromEntries(
  ["SUB-401", "SUB-506", "SUB-526", "SUB-529"].map((code) => [
    code,
    {
      meaning: "RingCentral has this code, but does not document it.",
      causes: ["Only the message says more."],
      remedies: [askSupport],
      open: noSource,
    },
  ]),
);
