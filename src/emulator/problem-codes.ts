/** Which of the platform's three error formats an answer has. */
export type Envelope = "api" | "gateway" | "oauth";

/** What a code is answered with. */
interface CodeDescription {
  readonly status: number;
  /** Names in braces are filled in. */
  readonly message: string;
  /** `api` by default. */
  readonly envelope?: Envelope;
  /** RFC 6749's error code, in the OAuth envelope. */
  readonly error?: string;
  /** What is filled in by default. */
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

const oauth = (status: number, error: string, message: string) =>
  ({ status, message, envelope: "oauth", error }) as const;
const about = (parameterName: string, status: number, message: string) =>
  ({ status, message, defaults: { parameterName } }) as const;

/**
 * Every code that public sources name. Where they give a message it is theirs, because clients were
 * written against it; otherwise it is ours.
 */
export const problemCodes = {
  "AGW-401": { status: 401, message: "Authorization header is not specified", envelope: "gateway" },
  "AGW-402": { status: 401, message: "Authorization header is malformed", envelope: "gateway" },

  "OAU-112": oauth(403, "unauthorized_client", "The app may not sign in this way"),
  "OAU-125": oauth(401, "unauthorized_client", "The app is not allowed this grant type"),
  "OAU-127": oauth(401, "invalid_client", "Invalid application"),
  "OAU-128": { status: 401, message: "Access token expired" },
  "OAU-129": { status: 401, message: "Access token corrupted" },
  "OAU-136": oauth(401, "invalid_grant", "Extension not found"),
  "OAU-140": oauth(401, "invalid_grant", "Invalid resource owner credentials"),
  "OAU-141": oauth(401, "invalid_grant", "The state of the extension forbids login"),
  "OAU-142": oauth(401, "invalid_grant", "The state of the account forbids login"),
  "OAU-146": oauth(401, "invalid_client", "Invalid client credentials"),
  "OAU-147": oauth(400, "invalid_grant", "Login is locked after too many failures"),
  "OAU-148": oauth(400, "invalid_grant", "Login of the account is locked after too many failures"),
  "OAU-149": { status: 401, message: "Unparsable access token" },
  "OAU-151": { status: 401, message: "Authorization method not supported" },
  "OAU-153": oauth(400, "invalid_client", "Invalid client"),
  "OAU-165": oauth(401, "invalid_client", "Clients of the sandbox are not allowed"),
  "OAU-213": { status: 401, message: "Token not found" },
  "OAU-232": oauth(400, "invalid_grant", "Extension not found"),
  "OAU-236": oauth(400, "invalid_grant", "Extension is disabled or frozen"),
  "OAU-250": oauth(400, "unsupported_grant_type", "Unsupported grant type"),
  "OAU-251": {
    ...oauth(
      400,
      "unauthorized_client",
      "The app is not authorized for the grant type [{grantType}]",
    ),
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
  "SUB-508": about("eventFilters", 400, "Invalid event filters: [{filters}]"),
  "SUB-511": { status: 405, message: "Action not allowed for APNS subscription" },
  "SUB-515": about(
    "eventFilters",
    400,
    "Subscription containing only reminder filter is not allowed",
  ),
  "SUB-516": about("eventFilters", 400, "Invalid reminder parameters"),
  "SUB-518": { status: 403, message: otherExtension("the favorite list") },
  "SUB-520": about("deliveryMode.address", 400, "Validation Token is not returned"),
  "SUB-521": about("deliveryMode.address", 400, "WebHook is not reachable"),
  "SUB-522": {
    status: 400,
    message: "WebHook responds with incorrect HTTP status. HTTP status is {status}",
    defaults: { parameterName: "deliveryMode.address", status: 404 },
  },
  "SUB-523": about("deliveryMode.address", 400, "HTTPS is required"),
  "SUB-524": about("deliveryMode.address", 400, "HTTPS certificate is not valid"),
  "SUB-525": about("deliveryMode.address", 400, "WebHook server response is invalid"),
  "SUB-527": { status: 403, message: otherExtension("missed calls") },
  "SUB-528": {
    status: 403,
    message:
      "[{permissionName}] application permission is required for [{transportType}] transport",
    defaults: { permissionName: "SubscriptionWebhook", transportType: "WebHook" },
  },
  "SUB-530": { status: 403, message: otherExtension("incoming calls") },
  "SUB-531": { status: 403, message: otherExtension("presence lines") },

  "CMN-101": about("eventFilters", 400, "Parameter [{parameterName}] value is invalid"),
  "CMN-102": about("subscriptionId", 404, "Resource for parameter [{parameterName}] is not found"),
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
