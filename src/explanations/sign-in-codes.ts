import type { Codes } from "./explanation.ts";

const signInAgain = "Sign in again with `rcwh login`.";
const enableJwtFlow =
  "Turn the JWT auth flow on for the app in the Developer Console, then run `rcwh login` again.";
const askForLogin =
  "Ask the account's administrator whether the user may sign in, then run `rcwh login` again.";
const newJwt =
  "Create a JWT credential in the Developer Console that permits this app, then run `rcwh login` again.";
const checkPair =
  "Copy the client id and the client secret of one and the same app from the Developer Console, then run `rcwh login` again.";
const waitOutLock =
  "Stop every job that signs in with these credentials, wait, then run `rcwh login`.";
const notAJwt = "Give an access token, not a JWT, or sign in with `rcwh login`.";
const watchSessions =
  "See that few programs sign in as this user with this app: about five sessions live at once, and a newer one ends the oldest.";
const undocumentedForJwt = "No public source says which codes a JWT that is refused gets.";

/** The codes of signing in and of access tokens. */
export const signInCodes: Codes = {
  "AGW-401": {
    status: 401,
    meaning: "The request carried no access token.",
    causes: ["The Authorization header is missing: a proxy may have removed it."],
    remedies: [signInAgain, "See with `--debug` what is sent, and try without the proxy."],
  },
  "AGW-402": {
    status: 401,
    meaning:
      "The Authorization header is malformed, for example a JWT where an access token belongs.",
    causes: [
      "RCWH_ACCESS_TOKEN or `--access-token-file` holds a JWT, or text that is no token.",
      "The token was cut off, or has a line break in it.",
    ],
    remedies: [notAJwt],
  },
  "OAU-112": {
    status: 403,
    meaning: "The app may not sign in this way.",
    causes: ["The JWT auth flow is off in the app's settings. This is an older form of OAU-251."],
    remedies: [enableJwtFlow],
  },
  "OAU-125": {
    status: 401,
    meaning: "The app may not sign in this way.",
    causes: ["The JWT auth flow is off in the app's settings. This is an older form of OAU-251."],
    remedies: [enableJwtFlow],
  },
  "OAU-127": {
    status: 401,
    meaning: "The app is disabled, or not released for this environment.",
    causes: ["The app was disabled.", "The app has not been graduated to production."],
    remedies: ["Check the app's status in the Developer Console, then run `rcwh login` again."],
  },
  "OAU-128": {
    status: 401,
    meaning: "The access token has expired.",
    causes: [
      "It lives an hour at most. rcwh replaces its own; one that was given to it, it cannot.",
    ],
    remedies: [signInAgain],
  },
  "OAU-129": {
    status: 401,
    meaning: "The access token is damaged.",
    causes: ["It was cut off or changed on its way here."],
    remedies: [signInAgain],
  },
  "OAU-136": {
    status: 401,
    meaning: "The user that the JWT belongs to does not exist.",
    causes: ["The extension was deleted, or belongs to an account that is gone."],
    remedies: [newJwt],
  },
  "OAU-140": {
    status: 401,
    meaning: "The JWT is revoked, expired, or not permitted for this app.",
    causes: [
      "The JWT was deleted in the console, or its date has passed.",
      "It permits certain apps only, and this one is not among them.",
    ],
    remedies: [newJwt, "See which server and app are in use with `rcwh whoami`."],
    open: undocumentedForJwt,
  },
  "OAU-141": {
    status: 401,
    meaning: "The state of the user's extension forbids signing in.",
    causes: ["The extension is disabled, frozen, or has never been activated."],
    remedies: [askForLogin],
  },
  "OAU-142": {
    status: 401,
    meaning: "The state of the account forbids signing in.",
    causes: ["The account is not in order; its administrator can see why."],
    remedies: [askForLogin],
  },
  "OAU-146": {
    status: 401,
    meaning: "The client id and the client secret do not belong together, or not to this server.",
    causes: [
      "They are those of two apps, or the secret was renewed.",
      "One of them has a blank or a quotation mark too many.",
      "The app lives in another environment, such as that of a partner.",
    ],
    remedies: [checkPair, "See which server is in use with `rcwh whoami`."],
  },
  "OAU-147": {
    status: 400,
    meaning: "Signing in is locked after too many failures.",
    causes: ["A job goes on signing in with credentials that are refused."],
    remedies: [waitOutLock],
    open: "How long the lock lasts is not published.",
  },
  "OAU-148": {
    status: 400,
    meaning: "Signing in is locked after too many failures.",
    causes: ["A job goes on signing in with credentials that are refused."],
    remedies: [waitOutLock],
    open: "How long the lock lasts is not published.",
  },
  "OAU-149": {
    status: 401,
    meaning: "The access token cannot be read.",
    causes: ["The text that was sent is no access token of this server."],
    remedies: [signInAgain],
  },
  "OAU-151": {
    status: 401,
    meaning: "The request authenticated in a way that the API does not support.",
    causes: ["A JWT, or the app's client id and secret, stood where an access token belongs."],
    remedies: [notAJwt],
  },
  "OAU-153": {
    meaning: "The app is unknown, or its credentials did not arrive, which a proxy may cause.",
    causes: [
      "The client id is wrong, or the app was deleted.",
      "Something on the way removed the Authorization header.",
    ],
    remedies: [checkPair],
    open: "The HTTP status that it comes with is not known.",
  },
  "OAU-165": {
    status: 401,
    meaning: "The client id comes from the sandbox that RingCentral has shut down.",
    causes: ["The credentials are those that the app had before it went to production."],
    remedies: [
      "Graduate the app in the Developer Console and run `rcwh login` with its production credentials.",
    ],
    open: "RingCentral's own definition has no text for it; the meaning was read from its front end.",
  },
  "OAU-213": {
    status: 401,
    meaning:
      "The session is gone: revoked, or pushed out by newer ones, of which a user and app have about five.",
    causes: [
      "Other programs signed in as the same user with the same app.",
      "The session was revoked, or the user's password changed.",
    ],
    remedies: [signInAgain, watchSessions],
    open: "RingCentral says of the number of sessions only that it is usually five.",
  },
  "OAU-232": {
    status: 400,
    meaning: "The user that the JWT belongs to does not exist any more.",
    causes: ["The extension was deleted after the JWT was made."],
    remedies: [newJwt],
  },
  "OAU-236": {
    status: 400,
    meaning: "The user that the JWT belongs to is disabled or frozen.",
    causes: ["An administrator disabled the extension, or it is frozen."],
    remedies: [askForLogin],
  },
  "OAU-250": {
    status: 400,
    meaning: "The server does not know the way to sign in that was asked for.",
    causes: [
      "The grant type is misspelt, or the login was not sent as a form.",
      "The server is no RingCentral server, or something on the way changes requests.",
    ],
    remedies: [
      "Check that the server is RingCentral's own with `rcwh whoami`, then run `rcwh login` again.",
    ],
  },
  "OAU-251": {
    status: 400,
    meaning: "The app may not sign in with a JWT.",
    causes: ["The JWT auth flow is off in the app's settings."],
    remedies: [enableJwtFlow],
  },
  TokenInvalid: {
    status: 401,
    meaning: "The access token is not accepted; the code inside says more, such as OAU-149.",
    causes: ["The token has expired, is damaged, or belongs to a session that has ended."],
    remedies: [signInAgain, watchSessions],
  },
};

const checkCredentials =
  "Check the client id, the client secret and the JWT, then run `rcwh login` again.";

/** The words of RFC 6749, which the token endpoint says beside a code, or instead of one. */
export const oauthWords: Codes = {
  invalid_request: {
    status: 400,
    meaning: "The sign-in request lacks something, or says it in the wrong way.",
    causes: ["A credential is empty, or a proxy changes requests."],
    remedies: [checkCredentials],
  },
  invalid_client: {
    status: 401,
    meaning: "The app is unknown, or its client secret is wrong.",
    causes: ["The client id and the client secret are not those of one app of this server."],
    remedies: [checkCredentials, checkPair],
  },
  invalid_grant: {
    status: 400,
    meaning: "The JWT, or the refresh token, is not accepted.",
    causes: ["It has expired, is revoked, or was issued for another app."],
    remedies: [checkCredentials, newJwt],
    open: undocumentedForJwt,
  },
  unauthorized_client: {
    status: 400,
    meaning: "The app may not sign in in this way.",
    causes: ["The JWT auth flow is off in the app's settings."],
    remedies: [checkCredentials, enableJwtFlow],
  },
  unsupported_grant_type: {
    status: 400,
    meaning: "The server does not know the way to sign in that was asked for.",
    causes: ["The server is no RingCentral server, or something on the way changes requests."],
    remedies: [checkCredentials, "See which server is in use with `rcwh whoami`."],
  },
  invalid_scope: {
    status: 400,
    meaning: "A scope was asked for that the app does not have.",
    causes: ["The app's permissions were changed in the Developer Console."],
    remedies: [checkCredentials],
  },
};
