import type { Codes } from "./explanation.ts";

export const waitAndSee =
  "Wait a minute and try again; `--debug` shows the request id that RingCentral's support asks for.";
export const slowDown =
  "Wait a minute, or let the run wait with `--deadline 5m`, and see that no other program uses up the quota of this user and app.";
const askSupport =
  "Run it again with `--debug`, and give RingCentral's support the request id that it shows.";
const seeChanges = "Run it again with `--debug`, and see whether a proxy changes requests.";
const otherLimits =
  "Beside the limit of a user and app there are others: of an account, of an address, of a service.";
const noSource = "No public source says what this code means.";

/** The codes that all of RingCentral's APIs share, and the words of the outer envelope. */
export const generalCodes: Codes = {
  "CMN-101": {
    status: 400,
    meaning: "A value is not acceptable; the message names the parameter.",
    causes: [
      "`expiresIn` is zero, negative or no whole number.",
      "`deliveryMode.address` cannot be reached: an older answer to what is SUB-520 to SUB-525 today.",
      "`eventFilters` holds an unknown filter: an older answer to what is SUB-508 today.",
      "`deliveryMode.verificationToken` is not acceptable, for example as a header.",
    ],
    remedies: [
      "Correct the parameter that the message names; `rcwh create --dry-run` shows what would be sent.",
    ],
    open: "It comes with 403 at times.",
  },
  "CMN-102": {
    status: 404,
    meaning: "The thing does not exist, has expired, or belongs to another user or app.",
    causes: [
      "The subscription has expired, or somebody deleted it.",
      "It was made by another user, or with another app: each sees only its own.",
    ],
    remedies: [
      "See what this user and app have with `rcwh list`, and who you are with `rcwh whoami`.",
    ],
    open: "It comes with 400 at times; of an expired subscription some sources say SUB-507.",
  },
  "CMN-103": {
    status: 400,
    meaning: "The server could not read the request's JSON.",
    causes: ["The body was cut off or changed on its way."],
    remedies: [seeChanges],
  },
  "CMN-104": {
    status: 400,
    meaning: "The server could not parse the request.",
    causes: ["A proxy may have changed the request: its method, content type or length."],
    remedies: [seeChanges],
    open: "RingCentral does not say what else causes it. The emulator answers it to a wrong method, content type or length.",
  },
  "CMN-120": {
    status: 404,
    meaning: "The server has no such path.",
    causes: ["The server's address has a path of its own, or is that of another service."],
    remedies: ["Check the server's address with `rcwh whoami`."],
  },
  "CMN-201": {
    status: 503,
    meaning: "The service is unavailable for the moment.",
    causes: ["RingCentral is overloaded, or being maintained."],
    remedies: [waitAndSee],
    open: "One table says 500 instead of 503.",
  },
  "CMN-203": {
    status: 500,
    meaning: "Something broke inside RingCentral.",
    causes: ["A fault of the server. Nothing is wrong with the request."],
    remedies: [
      "Wait a minute and try again; if it stays, give RingCentral's support the request id from `--debug`.",
    ],
  },
  "CMN-301": {
    status: 429,
    meaning: "The user and app have sent too many requests of this group within a minute.",
    causes: [
      "Logins are five a minute: a script that signs in at each start uses them up.",
      "Another program of the same user and app sends a lot.",
      "A program goes on asking while the penalty lasts, and each request starts it again.",
    ],
    remedies: [slowDown],
  },
  "CMN-302": {
    status: 429,
    meaning: "Too many requests were sent.",
    causes: [otherLimits],
    remedies: [slowDown],
    open: "The numbers of this limit are not published.",
  },
  "CMN-303": {
    status: 429,
    meaning: "Too many requests were sent.",
    causes: [otherLimits],
    remedies: [slowDown],
    open: "The numbers of this limit are not published.",
  },
  "CMN-304": {
    status: 429,
    meaning: "The same request was still being worked on.",
    causes: ["Two programs did the same at the same time."],
    remedies: ["Run one `rcwh` at a time for this user and app."],
  },
  "CMN-310": {
    status: 429,
    meaning: "A limit on all requests to RingCentral was reached.",
    causes: [otherLimits],
    remedies: [slowDown],
    open: "The numbers of this limit are not published.",
  },
  "CMN-401": {
    status: 403,
    meaning: "The app lacks a scope.",
    causes: [
      "The Developer Console does not give the app the scope that the message names.",
      "It was added after the last login: a token knows only the scopes of its day.",
    ],
    remedies: [
      "Add the scope that the message names to the app in the Developer Console, then run `rcwh login` again.",
      "See the scopes of the current session with `rcwh whoami`.",
    ],
    open: "For the scope of a transport it may be SUB-528.",
  },
  "CMN-402": {
    status: 403,
    meaning: "Only an administrator may do this.",
    causes: ["The user's role is no administrator's."],
    remedies: ["Sign in as an administrator with `rcwh login --profile <name>`."],
  },
  "CMN-403": {
    status: 403,
    meaning: "The extension is of a type that cannot do this.",
    causes: ["The session belongs to an extension that is no user's."],
    remedies: ["Sign in as a user with `rcwh login --profile <name>`."],
  },
  "CMN-404": {
    status: 403,
    meaning: "This belongs to another extension.",
    causes: ["A path or a filter has another extension's id in place of `~`."],
    remedies: ["Sign in as its user with `rcwh login --profile <name>`."],
  },
  "CMN-405": {
    status: 401,
    meaning: "The token belongs to an app and not to a user.",
    causes: ["The access token was issued for the app alone."],
    remedies: ["Sign in as a user with `rcwh login`."],
  },
  "CMN-408": {
    status: 403,
    meaning: "The user lacks a permission, whatever the app may do.",
    causes: [
      "The user's role does not have the permission that the message names.",
      "Account-wide telephony and presence are often for administrators.",
    ],
    remedies: [
      "Ask the account's administrator to add the permission that the message names to the user's role; `rcwh filters show <filter>` tells what a filter needs.",
    ],
  },
  "CMN-419": {
    status: 403,
    meaning: "The user lacks a permission on the other extension.",
    causes: ["A path or a filter names an extension that this user may not look at."],
    remedies: [
      "Ask the account's administrator for it, or sign in as that user with `rcwh login --profile <name>`.",
    ],
  },
  InvalidParameter: {
    status: 400,
    meaning: "A value is not acceptable; the code inside is CMN-101.",
    causes: ["It is the outer word of the envelope, and the inner code says more."],
    remedies: [
      "Correct the parameter that the message names; `rcwh create --dry-run` shows what would be sent.",
    ],
  },
  InsufficientPermissions: {
    status: 403,
    meaning: "Something is missing: a scope of the app, or a permission of the user.",
    causes: ["It is the outer word of the envelope, and the inner code says more."],
    remedies: [
      "See the app's scopes with `rcwh whoami`, and what a filter needs with `rcwh filters show <filter>`.",
    ],
    open: "No public source describes the word; what it says here is taken from the word itself.",
  },
};

/** Codes that are known to exist, and nothing else. */
export const unexplainedCodes: Codes = Object.fromEntries(
  ["SUB-401", "SUB-506", "SUB-526", "SUB-529"].map((code) => [
    code,
    {
      meaning: "RingCentral has this code, but does not say in public what for.",
      causes: ["The message beside it is all there is to go by."],
      remedies: [askSupport],
      open: noSource,
    },
  ]),
);
