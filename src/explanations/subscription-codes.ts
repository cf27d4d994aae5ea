import { type Codes, withExitCode, withStatus } from "./explanation.ts";

const otherExtension = (what: string, filter: string) => ({
  status: 403,
  meaning: `Another extension's ${what} cannot be monitored.`,
  causes: [`A filter for ${filter} has another extension's id in place of \`~\`.`],
  remedies: ["Sign in as that user with `rcwh login --profile <name>`, or leave the filter out."],
});
const askForPresence =
  "Ask the user to allow it in their presence settings, or leave the filter out; see `rcwh filters presence`.";
const findFilter = "Look up the spelling of the filter with `rcwh filters <query>`.";
const webhookInstead = "Make a webhook subscription instead with `rcwh create`.";

/** The codes of the Subscription API, except those of the handshake. */
export const subscriptionCodes: Codes = {
  "SUB-402": withStatus(403, {
    meaning: "This type of extension has no presence.",
    causes:
      "The filter names a department, an announcement line or another extension that is not a user.",
    remedies: "Leave the filter out, or name a user's extension; see `rcwh filters presence`.",
  }),
  "SUB-403": withStatus(403, {
    meaning: "The user does not allow others to monitor their presence.",
    causes: "The presence settings of the user named in the filter forbid it.",
    remedies: askForPresence,
  }),
  "SUB-404": withStatus(403, {
    meaning: "The user does not allow this user to pick up their calls.",
    causes: "The presence settings of the user named in the filter forbid it.",
    remedies: askForPresence,
  }),
  "SUB-405": withStatus(403, {
    meaning: "Only super administrators may subscribe to the messages of other extensions.",
    causes: "A message filter has another extension's id in place of `~`.",
    remedies:
      "Sign in as that user, or as a super administrator, with `rcwh login --profile <name>`.",
  }),
  "SUB-406": withStatus(403, {
    meaning:
      "The filter names an extension of another account, or a new bot that is not ready yet.",
    causes: [
      "The filter was copied with another account's id.",
      "The profile is signed in to the wrong account.",
      "A bot was installed moments ago; bot frameworks retry after a while.",
    ],
    remedies: [
      "Write `~` for your own account and extension, or sign in to the other one with `rcwh login --profile <name>`.",
      "See who is signed in with `rcwh whoami`.",
    ],
  }),
  "SUB-407": withStatus(403, {
    meaning: "Subscriptions for mobile push need an endpoint id.",
    causes: "The requested transport is Apple's push service.",
    remedies: webhookInstead,
  }),
  "SUB-408": withStatus(403, {
    meaning: "The filter names an extension that does not exist.",
    causes: "The extension id is misspelled, or its user has left.",
    remedies:
      "Correct the extension id in the filter, or write `~` for your own; see `rcwh filters <query>`.",
  }),
  "SUB-412": withExitCode(8, {
    meaning: "The filter is disabled, because the user lacks a permission that it needs.",
    causes:
      "The user's role does not have the permission that the message names. The subscription still delivers its other filters.",
    remedies: [
      "Have the permission added to the user's role, then run `rcwh update <id> --add-filter <filter>`.",
      "See what is disabled with `rcwh show <id>`.",
    ],
    open: "Whether a disabled filter starts to work once the permission is granted is not documented.",
  }),
  "SUB-505": withStatus(403, {
    meaning: "The user already has 30 subscriptions with this app, the maximum.",
    causes: "A program creates a subscription at each start and never deletes one.",
    remedies: [
      "Find an unused one with `rcwh list`, then run `rcwh delete <id>`.",
      "Put several filters into one subscription with `rcwh update <id> --add-filter <filter>`.",
    ],
    open: "The API's definition says 30, a community article of 2023 says 20.",
  }),
  "SUB-507": withStatus(404, {
    meaning: "The subscription has expired.",
    causes: "It was not renewed in time. The default lifetime is seven days.",
    remedies: [
      "Create it again with `rcwh create`.",
      "Run `rcwh renew` regularly; see `rcwh help scheduling`.",
    ],
    open: "RingCentral may answer CMN-102 instead.",
  }),
  "SUB-508": withStatus(400, {
    meaning: "RingCentral does not know one of the event filters.",
    causes: [
      "A path is misspelled, or lacks the prefix `/restapi/v1.0`.",
      "A query parameter has the REST API's name: it is `type=SMS`, not `messageType=SMS`.",
      "A webinar filter went to the platform's API, or the other way round.",
    ],
    remedies: findFilter,
    open: "An older form is CMN-101 for the parameter eventFilters.",
  }),
  "SUB-509": withStatus(400, {
    meaning: "Looking for a subscription works only with PubNub, which RingCentral has given up.",
    causes: "A program of old times looks for a PubNub subscription.",
    remedies: "See the subscriptions with `rcwh list`.",
  }),
  "SUB-511": withStatus(405, {
    meaning: "This is not possible with a subscription for mobile push.",
    causes:
      "The subscription was created by a phone app, and delivers through Apple's push service.",
    remedies: "See each subscription's transport with `rcwh list`.",
  }),
  "SUB-515": withStatus(400, {
    meaning: "The renewal reminder cannot be the only filter.",
    causes: "The other filters were removed, or never given.",
    remedies: "Add a filter for the events themselves; see `rcwh filters`.",
  }),
  "SUB-516": withStatus(400, {
    meaning:
      "The reminder's threshold exceeds half the lifetime, or its interval exceeds half the threshold.",
    causes: [
      "The lifetime became shorter than twice the threshold.",
      "The threshold or interval is shorter than the interval of RingCentral's reminder job.",
    ],
    remedies:
      "Use a shorter reminder or a longer lifetime, such as `--remind 3d/12h --expires-in 30d`.",
    open: "The shortest threshold and interval are not published.",
  }),
  "SUB-518": otherExtension("list of favorites", "favorites"),
  "SUB-527": otherExtension("missed calls", "missed calls"),
  "SUB-528": withStatus(403, {
    meaning: "The app lacks the scope for this transport.",
    causes: [
      "The app's permissions in the Developer Console do not include the scope.",
      "The scope was added after the last login: a token keeps the scopes it was issued with.",
    ],
    remedies:
      "Add the scope SubscriptionWebhook to the app in the Developer Console, then run `rcwh login` again.",
    open: "Seen in production for an app without SubscriptionWebhook; some sources suggest CMN-401 instead.",
  }),
  "SUB-530": otherExtension("incoming calls", "ringing calls"),
  "SUB-531": otherExtension("presence lines", "presence lines"),
};
