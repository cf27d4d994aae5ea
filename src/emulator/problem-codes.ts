/** Which of the platform's three envelopes an answer comes in. */
export type Envelope = "api" | "gateway" | "oauth";

/** What a code is answered with. */
interface CodeDescription {
  readonly status: number;
  /** What stands in braces is filled in. */
  readonly message: string;
  /** `api` where it is not said. */
  readonly envelope?: Envelope;
  /** RFC 6749's word for it, in the OAuth envelope. */
  readonly error?: string;
  /** Fills in what nobody names. */
  readonly defaults?: Readonly<Record<string, string | number>>;
}

export function descriptionOf(code: ProblemCode): CodeDescription {
  return problemCodes[code];
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(problemCodes, text);
}

export type ProblemCode = keyof typeof problemCodes;

const otherExtension = (what: string) => `Not allowed to subscribe to ${what} of other extensions`;
const tooMany = (what: string) => `Request rate exceeded: ${what}`;

/**
 * Every code that public sources name. Where they give a message it is theirs, because clients were
 * written against it; elsewhere, and where they give none, it is ours.
 */
export const problemCodes = {
  "AGW-401": {
    status: 401,
    message: "Authorization header is not specified",
    envelope: "gateway",
  },
  "AGW-402": { status: 401, message: "Authorization header is malformed", envelope: "gateway" },

  "OAU-112": {
    status: 403,
    message: "The app may not sign in this way",
    envelope: "oauth",
    error: "unauthorized_client",
  },
  "OAU-125": {
    status: 401,
    message: "The app is not allowed this grant type",
    envelope: "oauth",
    error: "unauthorized_client",
  },
  "OAU-127": {
    status: 401,
    message: "Invalid application",
    envelope: "oauth",
    error: "invalid_client",
  },
  "OAU-128": { status: 401, message: "Access token expired" },
  "OAU-129": { status: 401, message: "Access token corrupted" },
  "OAU-136": {
    status: 401,
    message: "Extension not found",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-140": {
    status: 401,
    message: "Invalid resource owner credentials",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-141": {
    status: 401,
    message: "The state of the extension forbids login",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-142": {
    status: 401,
    message: "The state of the account forbids login",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-146": {
    status: 401,
    message: "Invalid client credentials",
    envelope: "oauth",
    error: "invalid_client",
  },
  "OAU-147": {
    status: 400,
    message: "Login is locked after too many failures",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-148": {
    status: 400,
    message: "Login of the account is locked after too many failures",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-149": { status: 401, message: "Unparsable access token" },
  "OAU-151": { status: 401, message: "Authorization method not supported" },
  "OAU-153": {
    status: 400,
    message: "Invalid client",
    envelope: "oauth",
    error: "invalid_client",
  },
  "OAU-165": {
    status: 401,
    message: "Clients of the sandbox are not allowed",
    envelope: "oauth",
    error: "invalid_client",
  },
  "OAU-213": { status: 401, message: "Token not found" },
  "OAU-232": {
    status: 400,
    message: "Extension not found",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-236": {
    status: 400,
    message: "Extension is disabled or frozen",
    envelope: "oauth",
    error: "invalid_grant",
  },
  "OAU-250": {
    status: 400,
    message: "Unsupported grant type",
    envelope: "oauth",
    error: "unsupported_grant_type",
  },
  "OAU-251": {
    status: 400,
    message: "The app is not authorized for the grant type [{grantType}]",
    envelope: "oauth",
    error: "unauthorized_client",
    defaults: { grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer" },
  },

  "SUB-402": { status: 403, message: "Presence feature is disabled for this extension type" },
  "SUB-403": { status: 403, message: "User disallowed to monitor his presence" },
  "SUB-404": { status: 403, message: "User disallowed this subscriber to pick up calls" },
  "SUB-405": { status: 403, message: "Not allowed subscribe for messages to other extensions" },
  "SUB-406": {
    status: 403,
    message: "Not allowed subscribe for events to extensions of other account",
  },
  "SUB-407": { status: 403, message: "APNS needs endpoint_id" },
  "SUB-408": { status: 403, message: "Not allowed subscribe for unknown user" },
  "SUB-412": {
    status: 403,
    message: "Extension permission [{permissionName}] is missing",
    defaults: { permissionName: "HUD" },
  },
  "SUB-505": { status: 403, message: "Subscriptions limit exceeded" },
  "SUB-507": {
    status: 404,
    message: "Subscription with key [{subscriptionId}] was expired",
    defaults: { subscriptionId: "~" },
  },
  "SUB-508": {
    status: 400,
    message: "Invalid event filters: [{filters}]",
    defaults: { parameterName: "eventFilters" },
  },
  "SUB-511": { status: 405, message: "Action not allowed for APNS subscription" },
  "SUB-515": {
    status: 400,
    message: "Subscription containing only reminder filter is not allowed",
    defaults: { parameterName: "eventFilters" },
  },
  "SUB-516": {
    status: 400,
    message: "Invalid reminder parameters",
    defaults: { parameterName: "eventFilters" },
  },
  "SUB-518": { status: 403, message: otherExtension("the favorite list") },
  "SUB-520": {
    status: 400,
    message: "Validation Token is not returned",
    defaults: { parameterName: "deliveryMode.address" },
  },
  "SUB-521": {
    status: 400,
    message: "WebHook is not reachable",
    defaults: { parameterName: "deliveryMode.address" },
  },
  "SUB-522": {
    status: 400,
    message: "WebHook responds with incorrect HTTP status. HTTP status is {status}",
    defaults: { parameterName: "deliveryMode.address", status: 404 },
  },
  "SUB-523": {
    status: 400,
    message: "HTTPS is required",
    defaults: { parameterName: "deliveryMode.address" },
  },
  "SUB-524": {
    status: 400,
    message: "HTTPS certificate is not valid",
    defaults: { parameterName: "deliveryMode.address" },
  },
  "SUB-525": {
    status: 400,
    message: "WebHook server response is invalid",
    defaults: { parameterName: "deliveryMode.address" },
  },
  "SUB-527": { status: 403, message: otherExtension("missed calls") },
  "SUB-528": {
    status: 403,
    message:
      "[{permissionName}] application permission is required for [{transportType}] transport",
    defaults: { permissionName: "SubscriptionWebhook", transportType: "WebHook" },
  },
  "SUB-530": { status: 403, message: otherExtension("incoming calls") },
  "SUB-531": { status: 403, message: otherExtension("presence lines") },

  "CMN-101": {
    status: 400,
    message: "Parameter [{parameterName}] value is invalid",
    defaults: { parameterName: "eventFilters" },
  },
  "CMN-102": {
    status: 404,
    message: "Resource for parameter [{parameterName}] is not found",
    defaults: { parameterName: "subscriptionId" },
  },
  "CMN-103": { status: 400, message: "JSON can't be parsed" },
  "CMN-104": { status: 415, message: "Content-Type must be application/json" },
  "CMN-120": { status: 404, message: "Invalid URI" },
  "CMN-201": { status: 503, message: "Service is temporarily unavailable" },
  "CMN-203": { status: 500, message: "Internal Server Error" },
  "CMN-301": { status: 429, message: tooMany("the group's limit for this user and app") },
  "CMN-302": { status: 429, message: tooMany("the account's limit") },
  "CMN-303": { status: 429, message: tooMany("the service's limit") },
  "CMN-304": { status: 429, message: "The same request is still being processed" },
  "CMN-310": { status: 429, message: tooMany("the limit on all requests") },
  "CMN-401": {
    status: 403,
    message: "To call this API, application needs to have [{permissionName}] permission",
    defaults: { permissionName: "SubscriptionWebhook" },
  },
  "CMN-402": { status: 403, message: "Only an administrator may do this" },
  "CMN-403": { status: 403, message: "The extension's type does not allow this" },
  "CMN-404": { status: 403, message: "This is not allowed for another extension" },
  "CMN-405": { status: 401, message: "Login to an extension is required" },
  "CMN-408": {
    status: 403,
    message: "To call this API, user needs to have [{permissionName}] permission",
    defaults: { permissionName: "SubscriptionWebhook" },
  },
  "CMN-419": {
    status: 403,
    message: "User needs to have [{permissionName}] permission on the other extension",
    defaults: { permissionName: "ReadPresenceStatus" },
  },
} as const satisfies Readonly<Record<string, CodeDescription>>;
