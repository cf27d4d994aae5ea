import type { Codes } from "./explanation.ts";

const otherExtension =
  "Sign in as that user with `rcwh login --profile <name>`, or leave the filter out.";
const askForPresence =
  "Ask the user to allow it in their presence settings, or leave the filter out; see `rcwh filters presence`.";
const findFilter = "Look up the right spelling of the filter with `rcwh filters <query>`.";
const webhookInstead = "Make a webhook subscription instead with `rcwh create`.";

/** The codes of the Subscription API, but for those of the handshake. */
export const subscriptionCodes: Codes = {
  "SUB-402": {
    status: 403,
    meaning: "The extension is of a type that has no presence.",
    causes: [
      "The filter names a department, an announcement line or another extension that is no user's.",
    ],
    remedies: ["Leave the filter out, or name a user's extension; see `rcwh filters presence`."],
  },
  "SUB-403": {
    status: 403,
    meaning: "The user does not let others watch their presence.",
    causes: ["The presence settings of the user that the filter names forbid it."],
    remedies: [askForPresence],
  },
  "SUB-404": {
    status: 403,
    meaning: "The user does not let this user pick up their calls.",
    causes: ["The presence settings of the user that the filter names forbid it."],
    remedies: [askForPresence],
  },
  "SUB-405": {
    status: 403,
    meaning:
      "Messages of another extension are visible to itself and to super administrators only.",
    causes: ["A message filter has another extension's id in place of `~`."],
    remedies: [
      "Sign in as that user, or as a super administrator, with `rcwh login --profile <name>`.",
    ],
  },
  "SUB-406": {
    status: 403,
    meaning:
      "The filter names an extension of another account, or a new bot's that is not ready yet.",
    causes: [
      "The filter was copied with the account id of somebody else.",
      "The profile is signed in to another account than was meant.",
      "A bot was installed moments ago: those who write bots try again after a while.",
    ],
    remedies: [
      "Write `~` for your own account and extension, or sign in to the other one with `rcwh login --profile <name>`.",
      "See who is signed in with `rcwh whoami`.",
    ],
  },
  "SUB-407": {
    status: 403,
    meaning: "This kind of subscription is for mobile push and needs an endpoint id.",
    causes: ["The transport asked for is Apple's push service."],
    remedies: [webhookInstead],
  },
  "SUB-408": {
    status: 403,
    meaning: "The filter names an extension that does not exist.",
    causes: ["The extension id is mistyped, or its owner has left."],
    remedies: [
      "Correct the extension id in the filter, or write `~` for your own; see `rcwh filters <query>`.",
    ],
  },
  "SUB-412": {
    exitCode: 8,
    meaning: "The filter is disabled, because the user lacks a permission that it needs.",
    causes: [
      "The user's role does not have the permission that the message names. The subscription lives, and delivers its other filters.",
    ],
    remedies: [
      "Have the permission added to the user's role, then ask again with `rcwh update <id> --add-filter <filter>`.",
      "See what is disabled with `rcwh show <id>`.",
    ],
    open: "Whether a disabled filter begins to work by itself once the permission is there is not documented.",
  },
  "SUB-505": {
    status: 403,
    meaning: "The user has 30 subscriptions with this app already, which is the most there can be.",
    causes: ["A program makes a subscription at each start, and never deletes one."],
    remedies: [
      "Find one that is not needed with `rcwh list`, then run `rcwh delete <id>`.",
      "Put several filters into one subscription with `rcwh update <id> --add-filter <filter>`.",
    ],
    open: "The API's definition says 30, a community article of 2023 says 20.",
  },
  "SUB-507": {
    status: 404,
    meaning: "The subscription has expired.",
    causes: ["Nobody renewed it in time. Without another wish it lives for seven days."],
    remedies: [
      "Make it anew with `rcwh create`.",
      "Have `rcwh renew` run regularly; see `rcwh help scheduling`.",
    ],
    open: "CMN-102 may come in its place.",
  },
  "SUB-508": {
    status: 400,
    meaning: "RingCentral does not know one of the event filters.",
    causes: [
      "A path is misspelt, or lacks `/restapi/v1.0` in front.",
      "A query parameter has the REST API's name: it is `type=SMS`, not `messageType=SMS`.",
      "A webinar filter went to the platform's API, or the other way round.",
    ],
    remedies: [findFilter],
    open: "Older answers to the same mistake are CMN-101 for the parameter eventFilters.",
  },
  "SUB-511": {
    status: 405,
    meaning: "This cannot be done with a subscription for mobile push.",
    causes: [
      "The subscription was made by a phone app, and delivers through Apple's push service.",
    ],
    remedies: ["See each subscription's transport with `rcwh list`."],
  },
  "SUB-515": {
    status: 400,
    meaning: "The renewal reminder is the only filter, and it cannot stand alone.",
    causes: ["The other filters were removed, or never given."],
    remedies: ["Add a filter for the events themselves; see `rcwh filters`."],
  },
  "SUB-516": {
    status: 400,
    meaning:
      "The reminder's threshold is over half the lifetime, or its interval over half the threshold.",
    causes: [
      "The lifetime became shorter than twice the threshold.",
      "Threshold or interval are below the interval of RingCentral's own reminder job.",
    ],
    remedies: [
      "Give a shorter reminder or a longer life, such as `--remind 3d/12h --expires-in 30d`.",
    ],
    open: "The shortest threshold and interval are not published.",
  },
  "SUB-518": {
    status: 403,
    meaning: "Another extension's list of favourites cannot be watched.",
    causes: ["A filter for favourites has another extension's id in place of `~`."],
    remedies: [otherExtension],
  },
  "SUB-527": {
    status: 403,
    meaning: "Another extension's missed calls cannot be watched.",
    causes: ["A filter for missed calls has another extension's id in place of `~`."],
    remedies: [otherExtension],
  },
  "SUB-528": {
    status: 403,
    meaning: "The app lacks the scope for this way of delivery.",
    causes: [
      "The app's permissions in the Developer Console do not include it.",
      "It was added after the last login: a token knows only the scopes of its day.",
    ],
    remedies: [
      "Add the scope SubscriptionWebhook to the app in the Developer Console, then run `rcwh login` again.",
    ],
    open: "For an app without the scope for webhooks some sources let expect CMN-401 instead.",
  },
  "SUB-530": {
    status: 403,
    meaning: "Another extension's incoming calls cannot be watched.",
    causes: ["A filter for ringing calls has another extension's id in place of `~`."],
    remedies: [otherExtension],
  },
  "SUB-531": {
    status: 403,
    meaning: "Another extension's presence lines cannot be watched.",
    causes: ["A filter for presence lines has another extension's id in place of `~`."],
    remedies: [otherExtension],
  },
};
