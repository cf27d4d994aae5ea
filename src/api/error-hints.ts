import type { Operation } from "./operations.ts";

/** What one of RingCentral's codes means, and what to do about it. */
export interface ErrorHint {
  /** One sentence, in our own words. */
  readonly meaning: string;
  /** One imperative sentence, with a command where there is one. */
  readonly hint: string;
}

export interface ErrorFacts {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly permissionName: string | undefined;
  readonly parameterName: string | undefined;
  readonly retryAfter: number | undefined;
  /** What was refused. */
  readonly operation: Pick<Operation, "method" | "namesSubscription" | "signsIn">;
  /** The access token is somebody else's. */
  readonly tokenIsBorrowed: boolean;
}

const waitAndSee =
  "Wait a minute and try again; `--debug` shows the request id that RingCentral's support asks for.";
/** The platform's handshake, done by hand. */
const tryHandshake = "`curl -i -X POST -H 'Validation-Token: abc' <url>` shows what it answers";

/** One imperative sentence for a refusal: by its code, else by its HTTP status. */
export function hintFor(facts: ErrorFacts): string | undefined {
  const { operation, status, code = "", permissionName, retryAfter } = facts;
  if (status === 401 && facts.tokenIsBorrowed) {
    return "Get a new access token from whoever gave this one, or sign in with `rcwh login`.";
  }
  if ((code === "CMN-401" || code === "SUB-528") && permissionName) {
    return `Add the scope ${permissionName} to the app in the Developer Console, then run \`rcwh login\` again.`;
  }
  if (code === "CMN-408" && permissionName) {
    return `Ask the account's administrator to give the user's role the permission ${permissionName}, then try again.`;
  }
  if (status === 429) return waitHint(retryAfter);
  if (code === "CMN-101") return parameterHint(facts);
  if (code === "CMN-102" && !operation.namesSubscription && operation.method === "GET") {
    return checkServer;
  }
  const known = errorHints[code]?.hint;
  if (known) return known;
  if (operation.signsIn && status >= 400 && status < 500) return checkCredentials;
  if (status >= 500) return waitAndSee;
  if (status === 404 && !operation.namesSubscription) return checkServer;
  return hintsByStatus[status];
}

const checkServer =
  "Check the server's address in RCWH_SERVER, or in the profile with `rcwh profile list`.";
const checkCredentials =
  "Check the client id, the client secret and the JWT, then run `rcwh login` again.";

/** Only a creation and an update send parameters that people chose. */
function parameterHint({ operation, parameterName }: ErrorFacts): string | undefined {
  if (operation.signsIn) return checkCredentials;
  const known = parameterHints.find(({ pattern }) => pattern.test(parameterName ?? ""));
  if (known) return known.hint;
  if (operation.method === "PUT") {
    return "Correct the parameter that the message names; `rcwh update --dry-run` shows what would be sent.";
  }
  if (operation.method === "POST" && !operation.namesSubscription) {
    return errorHints["CMN-101"]?.hint;
  }
  return "Run it again with `--debug`, and see whether a proxy changes requests.";
}

const parameterHints: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  {
    pattern: /address/i,
    hint: `Give a public https address whose endpoint answers the handshake; ${tryHandshake}.`,
  },
  {
    pattern: /expiresIn/i,
    hint: "Give a lifetime between one second and ten years, such as `--expires-in 30d`.",
  },
  {
    pattern: /eventFilters/i,
    hint: "Look up the right spelling of the filter with `rcwh filters <query>`.",
  },
  {
    pattern: /verificationToken/i,
    hint: "Give another verification token, or have one made with `--generate-verification-token`.",
  },
];

const hintsByStatus: Readonly<Record<number, string>> = {
  301: "Check the server's address: rcwh follows no redirect; see `rcwh whoami`.",
  302: "Check the server's address: rcwh follows no redirect; see `rcwh whoami`.",
  307: "Check the server's address: rcwh follows no redirect; see `rcwh whoami`.",
  308: "Check the server's address: rcwh follows no redirect; see `rcwh whoami`.",
  401: "Sign in again with `rcwh login`.",
  403: "See the app's scopes with `rcwh whoami`, and what a filter needs with `rcwh filters show <filter>`.",
  404: "See what exists with `rcwh list`.",
  408: "Wait a minute and try again.",
};

function waitHint(retryAfter: number | undefined): string {
  return `Run the command again in ${retryAfter ?? 60} s, or allow it more time, such as \`--deadline 5m\`.`;
}

const signInAgain = "Sign in again with `rcwh login`.";
const enableJwtFlow =
  "Turn the JWT auth flow on for the app in the Developer Console, then run `rcwh login` again.";
const askForLogin =
  "Ask the account's administrator whether the user may sign in, then run `rcwh login` again.";
const newJwt =
  "Create a JWT credential in the Developer Console that permits this app, then run `rcwh login` again.";
const checkPair =
  "Copy the client id and the client secret of one and the same app from the Developer Console, then run `rcwh login` again.";
const slowDown =
  "Wait a minute, or let the run wait with `--deadline 5m`, and see that no other program uses up the quota of this user and app.";
const otherExtension =
  "Sign in as that user with `rcwh login --profile <name>`, or leave the filter out.";
const findFilter = "Look up the right spelling of the filter with `rcwh filters <query>`.";

/**
 * RingCentral's documented codes, by the code. Codes that no public source explains are not here.
 */
export const errorHints: Readonly<Record<string, ErrorHint>> = {
  "AGW-401": { meaning: "The request carried no access token.", hint: signInAgain },
  "AGW-402": {
    meaning:
      "The Authorization header is malformed, for example a JWT where an access token belongs.",
    hint: "Give an access token, not a JWT, or sign in with `rcwh login`.",
  },
  "OAU-112": { meaning: "The app may not sign in this way.", hint: enableJwtFlow },
  "OAU-125": { meaning: "The app may not sign in this way.", hint: enableJwtFlow },
  "OAU-127": {
    meaning: "The app is disabled, or not released for this environment.",
    hint: "Check the app's status in the Developer Console, then run `rcwh login` again.",
  },
  "OAU-128": { meaning: "The access token has expired.", hint: signInAgain },
  "OAU-129": { meaning: "The access token is damaged.", hint: signInAgain },
  "OAU-136": {
    meaning: "The user that the JWT belongs to does not exist.",
    hint: newJwt,
  },
  "OAU-140": {
    meaning: "The JWT is revoked, expired, or not permitted for this app.",
    hint: newJwt,
  },
  "OAU-141": {
    meaning: "The state of the user's extension forbids signing in.",
    hint: askForLogin,
  },
  "OAU-142": { meaning: "The state of the account forbids signing in.", hint: askForLogin },
  "OAU-146": {
    meaning: "The client id and the client secret do not belong together, or not to this server.",
    hint: checkPair,
  },
  "OAU-147": {
    meaning: "Signing in is locked after too many failures.",
    hint: "Stop every job that signs in with these credentials, wait, then run `rcwh login`.",
  },
  "OAU-148": {
    meaning: "Signing in is locked after too many failures.",
    hint: "Stop every job that signs in with these credentials, wait, then run `rcwh login`.",
  },
  "OAU-149": { meaning: "The access token cannot be read.", hint: signInAgain },
  "OAU-151": {
    meaning: "The request authenticated in a way that the API does not support.",
    hint: "Give an access token, not a JWT, or sign in with `rcwh login`.",
  },
  "OAU-153": {
    meaning: "The app is unknown, or its credentials did not arrive, which a proxy may cause.",
    hint: checkPair,
  },
  "OAU-165": {
    meaning: "The client id comes from the sandbox that RingCentral has shut down.",
    hint: "Graduate the app in the Developer Console and run `rcwh login` with its production credentials.",
  },
  "OAU-213": {
    meaning:
      "The session is gone: revoked, or pushed out by newer ones, of which a user and app have about five.",
    hint: signInAgain,
  },
  "OAU-232": { meaning: "The user that the JWT belongs to does not exist any more.", hint: newJwt },
  "OAU-236": {
    meaning: "The user that the JWT belongs to is disabled or frozen.",
    hint: askForLogin,
  },
  "OAU-250": {
    meaning: "The server does not know the way to sign in that was asked for.",
    hint: "Check that the server is RingCentral's own with `rcwh whoami`, then run `rcwh login` again.",
  },
  "OAU-251": { meaning: "The app may not sign in with a JWT.", hint: enableJwtFlow },

  "SUB-402": {
    meaning: "The extension is of a type that has no presence.",
    hint: "Leave the filter out, or name a user's extension; see `rcwh filters presence`.",
  },
  "SUB-403": {
    meaning: "The user does not let others watch their presence.",
    hint: "Ask the user to allow it in their presence settings, or leave the filter out; see `rcwh filters presence`.",
  },
  "SUB-404": {
    meaning: "The user does not let this user pick up their calls.",
    hint: "Ask the user to allow it in their presence settings, or leave the filter out; see `rcwh filters presence`.",
  },
  "SUB-405": {
    meaning:
      "Messages of another extension are visible to itself and to super administrators only.",
    hint: "Sign in as that user, or as a super administrator, with `rcwh login --profile <name>`.",
  },
  "SUB-406": {
    meaning:
      "The filter names an extension of another account, or a new bot's that is not ready yet.",
    hint: "Write `~` for your own account and extension, or sign in to the other one with `rcwh login --profile <name>`.",
  },
  "SUB-407": {
    meaning: "This kind of subscription is for mobile push and needs an endpoint id.",
    hint: "Make a webhook subscription instead with `rcwh create`.",
  },
  "SUB-408": {
    meaning: "The filter names an extension that does not exist.",
    hint: "Correct the extension id in the filter, or write `~` for your own; see `rcwh filters <query>`.",
  },
  "SUB-412": {
    meaning: "The filter is disabled, because the user lacks a permission that it needs.",
    hint: "Have the permission added to the user's role, then run `rcwh update` with the same filters.",
  },
  "SUB-505": {
    meaning: "The user has 30 subscriptions with this app already, which is the most there can be.",
    hint: "Find one that is not needed with `rcwh list`, then run `rcwh delete <id>`.",
  },
  "SUB-507": {
    meaning: "The subscription has expired.",
    hint: "Make it anew with `rcwh create`.",
  },
  "SUB-508": { meaning: "RingCentral does not know one of the event filters.", hint: findFilter },
  "SUB-511": {
    meaning: "This cannot be done with a subscription for mobile push.",
    hint: "See each subscription's transport with `rcwh list`.",
  },
  "SUB-515": {
    meaning: "The renewal reminder is the only filter, and it cannot stand alone.",
    hint: "Add a filter for the events themselves; see `rcwh filters`.",
  },
  "SUB-516": {
    meaning:
      "The reminder's threshold is over half the lifetime, or its interval over half the threshold.",
    hint: "Give a shorter reminder or a longer life, such as `--remind 3d/12h --expires-in 30d`.",
  },
  "SUB-518": {
    meaning: "Another extension's list of favourites cannot be watched.",
    hint: otherExtension,
  },
  "SUB-520": {
    meaning: "The endpoint did not return the Validation-Token header that it was sent.",
    hint: `Make the endpoint copy the Validation-Token request header to its answer; ${tryHandshake}.`,
  },
  "SUB-521": {
    meaning: "The endpoint could not be reached from the internet within three seconds.",
    hint: `See that the name resolves, that the firewall lets RingCentral in, and that the answer takes less than 3 s; ${tryHandshake}.`,
  },
  "SUB-522": {
    meaning: "The endpoint answered with another status than 200.",
    hint: `Make the endpoint answer the handshake with exactly 200, without a redirect or a login; ${tryHandshake}.`,
  },
  "SUB-523": {
    meaning: "The endpoint's address is not https.",
    hint: "Serve the endpoint over https, and give that address with `--url`.",
  },
  "SUB-524": {
    meaning:
      "The endpoint's certificate has expired, has another name, or comes without its chain.",
    hint: "Install a certificate of a public authority for this name, with its intermediate ones; `openssl s_client -connect <host>:443` shows what is served.",
  },
  "SUB-525": {
    meaning:
      "The endpoint's answer is over 1024 bytes with its headers, or is not declared as JSON.",
    hint: `Answer with \`Content-Type: application/json\`, no body and few headers, at most 1024 bytes in all; ${tryHandshake}.`,
  },
  "SUB-527": {
    meaning: "Another extension's missed calls cannot be watched.",
    hint: otherExtension,
  },
  "SUB-528": {
    meaning: "The app lacks the scope for this way of delivery.",
    hint: "Add the scope SubscriptionWebhook to the app in the Developer Console, then run `rcwh login` again.",
  },
  "SUB-530": {
    meaning: "Another extension's incoming calls cannot be watched.",
    hint: otherExtension,
  },
  "SUB-531": {
    meaning: "Another extension's presence lines cannot be watched.",
    hint: otherExtension,
  },

  "CMN-101": {
    meaning: "A value is not acceptable; the message names the parameter.",
    hint: "Correct the parameter that the message names; `rcwh create --dry-run` shows what would be sent.",
  },
  "CMN-102": {
    meaning: "The thing does not exist, has expired, or belongs to another user or app.",
    hint: "See what this user and app have with `rcwh list`, and who you are with `rcwh whoami`.",
  },
  "CMN-103": {
    meaning: "The server could not read the request's JSON.",
    hint: "Run it again with `--debug`, and see whether a proxy changes requests.",
  },
  "CMN-120": {
    meaning: "The server has no such path.",
    hint: "Check the server's address with `rcwh whoami`.",
  },
  "CMN-201": {
    meaning: "The service is unavailable for the moment.",
    hint: waitAndSee,
  },
  "CMN-203": {
    meaning: "Something broke inside RingCentral.",
    hint: "Wait a minute and try again; if it stays, give RingCentral's support the request id from `--debug`.",
  },
  "CMN-301": {
    meaning: "The user and app have sent too many requests of this group within a minute.",
    hint: slowDown,
  },
  "CMN-302": { meaning: "Too many requests were sent.", hint: slowDown },
  "CMN-303": { meaning: "Too many requests were sent.", hint: slowDown },
  "CMN-304": {
    meaning: "The same request was still being worked on.",
    hint: "Run one `rcwh` at a time for this user and app.",
  },
  "CMN-310": { meaning: "A limit on all requests to RingCentral was reached.", hint: slowDown },
  "CMN-401": {
    meaning: "The app lacks a scope.",
    hint: "Add the scope that the message names to the app in the Developer Console, then run `rcwh login` again.",
  },
  "CMN-402": {
    meaning: "Only an administrator may do this.",
    hint: "Sign in as an administrator with `rcwh login --profile <name>`.",
  },
  "CMN-403": {
    meaning: "The extension is of a type that cannot do this.",
    hint: "Sign in as a user with `rcwh login --profile <name>`.",
  },
  "CMN-404": {
    meaning: "This belongs to another extension.",
    hint: "Sign in as its user with `rcwh login --profile <name>`.",
  },
  "CMN-405": {
    meaning: "The token belongs to an app and not to a user.",
    hint: "Sign in as a user with `rcwh login`.",
  },
  "CMN-408": {
    meaning: "The user lacks a permission, whatever the app may do.",
    hint: "Ask the account's administrator to add the permission that the message names to the user's role; `rcwh filters show <filter>` tells what a filter needs.",
  },
  "CMN-419": {
    meaning: "The user lacks a permission on the other extension.",
    hint: "Ask the account's administrator for it, or sign in as that user with `rcwh login --profile <name>`.",
  },
};
