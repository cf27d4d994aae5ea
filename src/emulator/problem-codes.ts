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

const api = (status: number, message: string, defaults: CodeDescription["defaults"] = {}) =>
  ({ status, message, defaults }) as const;
const oauth = (status: number, error: string, message: string) =>
  ({ status, message, envelope: "oauth", error }) as const;
const about = (parameterName: string, status: number, message: string) =>
  api(status, message, { parameterName });

/**
 * Every code that public sources name. Where they give a message it is theirs, because clients were
 * written against it; otherwise it is ours.
 */
export const problemCodes = {
  "AGW-401": { status: 401, message: "Authorization header is not specified", envelope: "gateway" },
  "AGW-402": { status: 401, message: "Authorization header is malformed", envelope: "gateway" },

  "OAU-101": oauth(403, "invalid_request", "Parameter [brandId] is invalid"),
  "OAU-102": oauth(403, "server_error", "Unable to issue authorization code"),
  "OAU-105": {
    ...oauth(403, "invalid_grant", "Login for {extensionType} extension is not allowed."),
    defaults: { extensionType: "Department" },
  },
  "OAU-106": oauth(403, "invalid_grant", "Invalid authorization code"),
  "OAU-108": oauth(403, "invalid_grant", "Authorization code is expired"),
  "OAU-109": oauth(403, "invalid_grant", "Redirect URIs do not match"),
  "OAU-110": oauth(403, "invalid_grant", "Authorization code was not issued for this application"),
  "OAU-111": oauth(400, "invalid_request", "Request parameter duplication detected"),
  "OAU-112": oauth(403, "unauthorized_client", "The app may not sign in this way"),
  "OAU-113": oauth(403, "invalid_request", "No redirect uri is registered for the client"),
  "OAU-116": oauth(403, "invalid_request", "Invalid authorization method"),
  "OAU-117": oauth(
    403,
    "invalid_scope",
    "The scope of requesting application cannot be narrower than the target application",
  ),
  "OAU-119": oauth(403, "invalid_grant", "International Virtual number cannot be used to login"),
  "OAU-120": oauth(401, "invalid_client", "Wrong Application ID"),
  "OAU-121": oauth(401, "invalid_client", "Wrong Application"),
  "OAU-123": api(401, "Invalid Authorization header value: {parameter}", { parameter: "…" }),
  "OAU-125": oauth(401, "unauthorized_client", "The app is not allowed this grant type"),
  "OAU-127": oauth(401, "invalid_client", "Invalid application"),
  "OAU-128": api(401, "Access token expired"),
  "OAU-129": api(401, "Access token corrupted"),
  "OAU-134": api(401, "Invalid Authorization header."),
  "OAU-136": oauth(401, "invalid_grant", "Extension not found"),
  "OAU-140": oauth(401, "invalid_grant", "Invalid resource owner credentials"),
  "OAU-141": oauth(401, "invalid_grant", "The state of the extension forbids login"),
  "OAU-142": oauth(401, "invalid_grant", "The state of the account forbids login"),
  "OAU-146": oauth(401, "invalid_client", "Invalid client credentials"),
  "OAU-147": oauth(400, "invalid_grant", "Login is locked after too many failures"),
  "OAU-148": oauth(400, "invalid_grant", "Login of the account is locked after too many failures"),
  "OAU-149": api(401, "Unparsable access token"),
  "OAU-150": api(
    400,
    "The value of query parameter [{queryParameter}] should be equal to parameter [{bodyParameter}] in request body",
    { queryParameter: "client_id", bodyParameter: "client_id" },
  ),
  "OAU-151": api(401, "Authorization method not supported"),
  "OAU-153": oauth(400, "invalid_client", "Invalid client"),
  "OAU-165": oauth(401, "invalid_client", "Clients of the sandbox are not allowed"),
  "OAU-168": oauth(401, "invalid_grant", "Password grant is not allowed because MFA is required."),
  "OAU-213": api(401, "Token not found"),
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

  "SUB-402": api(403, "Presence feature is disabled for this extension type"),
  "SUB-403": api(403, "User disallowed to monitor his presence"),
  "SUB-404": api(403, "User disallowed this subscriber to pick up calls"),
  "SUB-405": api(403, "Not allowed subscribe for messages to other extensions"),
  "SUB-406": api(403, "Not allowed subscribe for events to extensions of other account"),
  "SUB-407": api(403, "APNS needs endpoint_id"),
  "SUB-408": api(403, "Not allowed subscribe for unknown user"),
  "SUB-412": api(403, "Extension permission [{permissionName}] is missing", {
    permissionName: "HUD",
  }),
  "SUB-505": api(403, "Subscriptions limit exceeded"),
  "SUB-507": api(404, "Subscription with key [{subscriptionId}] was expired", {
    subscriptionId: "~",
  }),
  "SUB-508": about("eventFilters", 400, "Invalid event filters: [{filters}]"),
  "SUB-509": api(400, "findSubscription only works with PubNub transport type"),
  "SUB-511": api(405, "Action not allowed for APNS subscription"),
  "SUB-515": about(
    "eventFilters",
    400,
    "Subscription containing only reminder filter is not allowed",
  ),
  "SUB-516": about("eventFilters", 400, "Invalid reminder parameters"),
  "SUB-518": api(403, otherExtension("the favorite list")),
  "SUB-520": about("deliveryMode.address", 400, "Validation Token is not returned"),
  "SUB-521": about("deliveryMode.address", 400, "WebHook is not reachable"),
  "SUB-522": api(400, "WebHook responds with incorrect HTTP status. HTTP status is {status}", {
    parameterName: "deliveryMode.address",
    status: 404,
  }),
  "SUB-523": about("deliveryMode.address", 400, "HTTPS is required"),
  "SUB-524": about("deliveryMode.address", 400, "HTTPS certificate is not valid"),
  "SUB-525": about("deliveryMode.address", 400, "WebHook server response is invalid"),
  "SUB-527": api(403, otherExtension("missed calls")),
  "SUB-528": api(
    403,
    "[{permissionName}] application permission is required for [{transportType}] transport",
    { permissionName: "SubscriptionWebhook", transportType: "WebHook" },
  ),
  "SUB-530": api(403, otherExtension("incoming calls")),
  "SUB-531": api(403, otherExtension("presence lines")),

  "CMN-101": about("eventFilters", 400, "Parameter [{parameterName}] value is invalid"),
  "CMN-102": about("subscriptionId", 404, "Resource for parameter [{parameterName}] is not found"),
  "CMN-103": api(400, "JSON can't be parsed"),
  "CMN-104": api(400, "Cannot parse request"),
  "CMN-105": api(
    400,
    "URL should not contain query string when method is [{method}] and content type is [{contentType}]",
    { method: "POST", contentType: "application/x-www-form-urlencoded" },
  ),
  "CMN-106": api(400, "Batch request is limited to {limit} entries", { limit: 30 }),
  "CMN-107": api(416, "Requested Range Not Satisfiable"),
  "CMN-108": about(
    "subscriptionId",
    400,
    "Parameter {parameterName} value in request body doesn't match specified in path.",
  ),
  "CMN-109": api(403, "Feature not available."),
  "CMN-110": api(400, "Header {header} should be specified.", { header: "Content-Type" }),
  "CMN-120": api(404, "Invalid URI"),
  "CMN-201": api(503, "Service is temporarily unavailable"),
  "CMN-202": api(501, "Operation is not supported"),
  "CMN-203": api(500, "Internal Server Error"),
  "CMN-301": api(429, tooMany("the group's limit for this user and app")),
  "CMN-302": api(429, "Unknown application. Rate limits undefined"),
  "CMN-303": api(429, "Can not resolve API plan. Rate limits undefined"),
  "CMN-304": api(429, "The same request is still being processed"),
  "CMN-310": api(429, tooMany("the limit on all requests")),
  "CMN-401": api(403, "To call this API, application needs to have [{permissionName}] permission", {
    permissionName: "SubscriptionWebhook",
  }),
  "CMN-402": api(403, "Only an administrator may do this"),
  "CMN-403": api(403, "The extension's type does not allow this"),
  "CMN-404": api(403, "This is not allowed for another extension"),
  "CMN-405": api(401, "Login to an extension is required"),
  "CMN-406": api(
    400,
    "Duplicate value for parameter {parameterName}: {parameterValue} found in request",
    { parameterName: "eventFilters", parameterValue: "/team-messaging/v1/posts" },
  ),
  "CMN-407": api(400, "Parameter in header is invalid"),
  "CMN-408": api(403, "To call this API, user needs to have [{permissionName}] permission", {
    permissionName: "SubscriptionWebhook",
  }),
  "CMN-419": api(403, "User needs to have [{permissionName}] permission on the other extension", {
    permissionName: "ReadPresenceStatus",
  }),
} as const satisfies Readonly<Record<string, CodeDescription>>;
