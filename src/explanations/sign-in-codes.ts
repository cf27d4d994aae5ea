import { type Codes, explain, type Row, withStatus } from "./explanation.ts";

const signInAgain = "Sign in again with `rcwh login`.";
const enableJwtFlow =
  "Enable the JWT auth flow for the app in the Developer Console, then run `rcwh login` again.";
const askForLogin =
  "Ask the account's administrator whether the user may sign in, then run `rcwh login` again.";
const newJwt =
  "Create a JWT credential in the Developer Console that permits this app, then run `rcwh login` again.";
const checkPair =
  "Copy the client id and client secret of the same app from the Developer Console, then run `rcwh login` again.";
const waitOutLock =
  "Stop every job that signs in with these credentials, wait, then run `rcwh login`.";
const notAJwt = "Use an access token instead of a JWT, or sign in with `rcwh login`.";
const watchSessions =
  "Let fewer programs sign in as this user with this app: only about five sessions can be open, and a new one ends the oldest.";
const undocumentedForJwt = "No public source lists the codes for a rejected JWT.";

const signInWithJwt =
  "rcwh signs in with a JWT, without a browser: run `rcwh login`. In an app of your own, start the sign-in again.";
const registerRedirect =
  "Enter the app's redirect URI in the Developer Console exactly as the app sends it; rcwh needs none: run `rcwh login`.";
const ofTheCodeFlow = "It belongs to the sign-in through a browser, which rcwh does not use.";

/** A code of the authorization code flow. */
function codeFlow(row: Pick<Row, "meaning" | "causes"> & { readonly remedies?: string }) {
  return withStatus(403, { remedies: signInWithJwt, ...row, open: ofTheCodeFlow });
}

const olderFlowForm = {
  meaning: "The app may not sign in with this flow.",
  causes: ["The JWT auth flow is off in the app's settings. This is an older form of OAU-251."],
  remedies: [enableJwtFlow],
};
const lockedOut = {
  status: 400,
  meaning: "Signing in is locked after too many failures.",
  causes: ["A job keeps signing in with rejected credentials."],
  remedies: [waitOutLock],
  open: "How long the lock lasts is not published.",
};

/** Codes for signing in and for access tokens. */
export const signInCodes: Codes = {
  "AGW-401": withStatus(401, {
    meaning: "The request had no access token.",
    causes: "The Authorization header is missing: a proxy may have removed it.",
    remedies: [signInAgain, "Check with `--debug` what is sent, and try without the proxy."],
  }),
  "AGW-402": withStatus(401, {
    meaning:
      "The Authorization header is malformed, for example a JWT in place of an access token.",
    causes: [
      "RCWH_ACCESS_TOKEN or `--access-token-file` has a JWT, or text that is not a token.",
      "The token was cut off, or contains a line break.",
    ],
    remedies: notAJwt,
  }),
  "OAU-101": codeFlow({
    meaning: "The brand in the sign-in request does not exist.",
    causes:
      "The parameter brandId is not that of RingCentral, or of the partner whose server it is.",
  }),
  "OAU-102": codeFlow({
    meaning: "The server could not issue an authorization code.",
    causes: "The sign-in in the browser did not finish.",
  }),
  "OAU-105": withStatus(403, {
    meaning: "Extensions of this type cannot sign in.",
    causes:
      "The credentials are those of a call queue, a site, a fax or another extension without a user.",
    remedies: newJwt,
  }),
  "OAU-106": codeFlow({
    meaning: "The authorization code is invalid.",
    causes: "The code was cut off, or has been used before.",
  }),
  "OAU-108": codeFlow({
    meaning: "The authorization code has expired.",
    causes: "The app exchanged it too late.",
  }),
  "OAU-109": codeFlow({
    meaning: "The redirect URI differs from the one that the code was requested with.",
    causes: "The app sends another URI with the code than before.",
    remedies: registerRedirect,
  }),
  "OAU-110": codeFlow({
    meaning: "The authorization code was issued for another app.",
    causes: "The client id with which it was requested is not the one that it was sent with.",
  }),
  "OAU-111": withStatus(400, {
    meaning: "The sign-in request has a parameter twice.",
    causes: "A program or a proxy adds a parameter that is there already.",
    remedies: "Run it again with `--debug`, and check whether a proxy changes requests.",
  }),
  "OAU-112": { status: 403, ...olderFlowForm },
  "OAU-113": codeFlow({
    meaning: "The app has no redirect URI.",
    causes: "None is entered in the app's settings.",
    remedies: registerRedirect,
  }),
  "OAU-116": withStatus(403, {
    meaning: "The server does not take this way of signing in.",
    causes: "The request names a method of authorization that the server does not have.",
    remedies: "Sign in with a JWT: `rcwh login`.",
    open: "RingCentral does not say which methods it means.",
  }),
  "OAU-117": withStatus(403, {
    meaning: "The app has fewer scopes than the app whose session it asks for.",
    causes: "A program asks for a code for another app, which has more scopes than itself.",
    remedies:
      "Add the missing scopes to the app in the Developer Console, then run `rcwh login` again.",
  }),
  "OAU-119": withStatus(403, {
    meaning: "An international virtual number cannot be used to sign in.",
    causes: "A program signs in with a telephone number as user name.",
    remedies: "Sign in with a JWT instead: `rcwh login`.",
  }),
  "OAU-120": withStatus(401, {
    meaning: "The app's id is wrong.",
    causes: "The client id has a typing error, or is that of another environment.",
    remedies: checkPair,
  }),
  "OAU-121": withStatus(401, {
    meaning: "The app is not the right one for this request.",
    causes: "A token or code of one app was sent with the credentials of another.",
    remedies: checkPair,
    open: "RingCentral's message says no more than that the application is wrong.",
  }),
  "OAU-123": withStatus(401, {
    meaning: "The value of the Authorization header is invalid.",
    causes: "A token contains a line break or a space, or a proxy changed the header.",
    remedies: notAJwt,
  }),
  "OAU-125": { status: 401, ...olderFlowForm },
  "OAU-127": withStatus(401, {
    meaning: "The app is disabled, or not released for this environment.",
    causes: ["The app was disabled.", "The app has not been graduated to production."],
    remedies: "Check the app's status in the Developer Console, then run `rcwh login` again.",
  }),
  "OAU-128": withStatus(401, {
    meaning: "The access token has expired.",
    causes: "It lasts an hour at most. rcwh replaces its own token, but not one that you gave it.",
    remedies: signInAgain,
  }),
  "OAU-129": withStatus(401, {
    meaning: "The access token is corrupted.",
    causes: "It was cut off or changed.",
    remedies: signInAgain,
  }),
  "OAU-134": withStatus(401, {
    meaning: "The Authorization header is invalid.",
    causes: "A token was cut off, or a proxy changed the header.",
    remedies: notAJwt,
  }),
  "OAU-136": withStatus(401, {
    meaning: "The user that the JWT belongs to does not exist.",
    causes: "The extension or its account was deleted.",
    remedies: newJwt,
  }),
  "OAU-140": withStatus(401, {
    meaning: "The JWT is revoked, expired, or not permitted for this app.",
    causes: [
      "The JWT was deleted in the Developer Console, or has expired.",
      "It is limited to certain apps, and this one is not among them.",
    ],
    remedies: [newJwt, "See which server and app are in use with `rcwh whoami`."],
    open: undocumentedForJwt,
  }),
  "OAU-141": withStatus(401, {
    meaning: "The state of the user's extension forbids signing in.",
    causes: "The extension is disabled, frozen, or has never been activated.",
    remedies: askForLogin,
  }),
  "OAU-142": withStatus(401, {
    meaning: "The state of the account forbids signing in.",
    causes: "The account's state does not allow it; its administrator can see why.",
    remedies: askForLogin,
  }),
  "OAU-146": withStatus(401, {
    meaning: "The client id and the client secret do not belong together, or not to this server.",
    causes: [
      "They belong to two apps, or the secret was regenerated.",
      "One of them has an extra space or quotation mark.",
      "The app is in another environment, such as a partner's.",
    ],
    remedies: [checkPair, "See which server is in use with `rcwh whoami`."],
  }),
  "OAU-147": lockedOut,
  "OAU-148": lockedOut,
  "OAU-149": withStatus(401, {
    meaning: "The access token cannot be read.",
    causes: "The text sent is not an access token of this server.",
    remedies: signInAgain,
  }),
  "OAU-150": withStatus(400, {
    meaning: "The URL and the body of the sign-in request name different values.",
    causes: "A program sends a parameter in both places; the message names it.",
    remedies: "Run it again with `--debug`, and check whether a proxy changes requests.",
  }),
  "OAU-151": withStatus(401, {
    meaning: "The API does not support this authentication method.",
    causes: "A JWT, or the app's client id and secret, was sent in place of an access token.",
    remedies: notAJwt,
  }),
  "OAU-153": explain({
    meaning: "The app is unknown, or its credentials did not reach the server.",
    causes: [
      "The client id is wrong, or the app was deleted.",
      "A proxy removed the Authorization header.",
    ],
    remedies: checkPair,
    open: "The HTTP status is not known.",
  }),
  "OAU-165": withStatus(401, {
    meaning: "The client id is from the sandbox, which RingCentral has shut down.",
    causes: "The credentials are those that the app had before it went to production.",
    remedies:
      "Graduate the app in the Developer Console and run `rcwh login` with its production credentials.",
    open: "RingCentral's definition has no text for it; the meaning comes from its front-end code.",
  }),
  "OAU-168": withStatus(401, {
    meaning: "The account requires a second factor, so a password alone cannot sign in.",
    causes: "A program signs in with a user name and a password.",
    remedies: "Sign in with a JWT instead: `rcwh login`.",
  }),
  "OAU-213": withStatus(401, {
    meaning: "The session has ended: it was revoked, or newer sessions displaced it.",
    causes: [
      "Other programs signed in as the same user with the same app.",
      "The session was revoked, or the user's password changed.",
    ],
    remedies: [signInAgain, watchSessions],
    open: "RingCentral says only that the number of sessions is usually five.",
  }),
  "OAU-232": withStatus(400, {
    meaning: "The user that the JWT belongs to no longer exists.",
    causes: "The extension was deleted after the JWT was created.",
    remedies: newJwt,
  }),
  "OAU-236": withStatus(400, {
    meaning: "The user that the JWT belongs to is disabled or frozen.",
    causes: "An administrator disabled the extension, or it is frozen.",
    remedies: askForLogin,
  }),
  "OAU-250": withStatus(400, {
    meaning: "The server does not support the requested grant type.",
    causes: [
      "The grant type is misspelled, or the login was not sent as a form.",
      "The server is not RingCentral's, or a proxy changes requests.",
    ],
    remedies:
      "Check that the server is RingCentral's own with `rcwh whoami`, then run `rcwh login` again.",
  }),
  "OAU-251": withStatus(400, {
    meaning: "The app may not sign in with a JWT.",
    causes: "The JWT auth flow is off in the app's settings.",
    remedies: enableJwtFlow,
  }),
  TokenInvalid: withStatus(401, {
    meaning: "The access token is invalid; the inner code, such as OAU-149, is more specific.",
    causes: "The token has expired, is corrupted, or belongs to an ended session.",
    remedies: [signInAgain, watchSessions],
  }),
};

const checkCredentials =
  "Check the client id, the client secret and the JWT, then run `rcwh login` again.";

/** The error codes of RFC 6749, which the token endpoint returns with RingCentral's code or instead of one. */
export const oauthWords: Codes = {
  invalid_request: withStatus(400, {
    meaning: "The sign-in request is incomplete or malformed.",
    causes: "A credential is empty, or a proxy changes requests.",
    remedies: checkCredentials,
  }),
  invalid_client: withStatus(401, {
    meaning: "The app is unknown, or its client secret is wrong.",
    causes: "The client id and client secret do not belong to one app on this server.",
    remedies: [checkCredentials, checkPair],
  }),
  invalid_grant: withStatus(400, {
    meaning: "The JWT or refresh token was rejected.",
    causes: "It has expired, was revoked, or was issued for another app.",
    remedies: [checkCredentials, newJwt],
    open: undocumentedForJwt,
  }),
  unauthorized_client: withStatus(400, {
    meaning: "The app may not sign in with this flow.",
    causes: "The JWT auth flow is off in the app's settings.",
    remedies: [checkCredentials, enableJwtFlow],
  }),
  unsupported_grant_type: withStatus(400, {
    meaning: "The server does not support the requested grant type.",
    causes: "The server is not RingCentral's, or a proxy changes requests.",
    remedies: [checkCredentials, "See which server is in use with `rcwh whoami`."],
  }),
  invalid_scope: withStatus(400, {
    meaning: "The request asked for a scope that the app does not have.",
    causes: "The app's permissions were changed in the Developer Console.",
    remedies: checkCredentials,
  }),
};
