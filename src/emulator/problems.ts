import { descriptionOf, type Envelope, type ProblemCode } from "./problem-codes.ts";

/** An error of the platform, thrown anywhere below a route and answered in the platform's format. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, body: object, headers = {}) {
    super(message);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** Values for a message. `parameterName` and `permissionName` are fields of the answer too. */
type Details = Readonly<Record<string, string | number>>;

/** The problem for one of RingCentral's codes, with its status and in its format. */
export function problemOf(
  code: ProblemCode,
  details: Details = {},
  envelope: Envelope = descriptionOf(code).envelope ?? "api",
): Problem {
  const { status, message, error = "invalid_request", defaults } = descriptionOf(code);
  const filled = { ...defaults, ...details };
  const text = message.replace(/\{(\w+)\}/g, (_, name: string) => String(filled[name] ?? ""));
  const named = pick(filled, ["parameterName", "permissionName"]);
  if (envelope === "gateway") return gatewayProblem(status, code, text);
  if (envelope === "oauth") return oauthProblem(status, error, code, text, named);
  return apiProblem(status, code, text, named);
}

export interface ProblemDetails {
  readonly parameterName?: string;
  readonly permissionName?: string;
}

/** The format of the REST API: the same code outside and inside, except for the pairs that were seen to differ. */
export function apiProblem(
  status: number,
  code: string,
  message: string,
  details: ProblemDetails = {},
): Problem {
  const errors = [{ errorCode: code, message, ...details }];
  return new Problem(status, message, {
    errorCode: outerCodes.get(code) ?? code,
    message,
    errors,
    ...details,
  });
}

/** The format of the gateway in front of the API: without `errors`. */
function gatewayProblem(status: number, code: string, message: string): Problem {
  return new Problem(status, message, { errorCode: code, message });
}

/** The format of the OAuth endpoints: RFC 6749's `error`, with RingCentral's codes added. */
export function oauthProblem(
  status: number,
  error: string,
  code: string,
  message: string,
  details: ProblemDetails = {},
): Problem {
  return new Problem(status, message, {
    error,
    error_description: message,
    errors: [{ errorCode: code, message, ...details }],
  });
}

export function invalidParameter(parameterName: string): Problem {
  return problemOf("CMN-101", { parameterName });
}

/** The app, not the user, lacks a permission. */
export function missingScope(permissionName: string): Problem {
  return problemOf("CMN-401", { permissionName });
}

/** `allowed` are methods as the header `Allow` lists them; HEAD is added to GET. */
export function methodNotAllowed(allowed: string): Problem {
  const message = "Method is not allowed";
  const body = { errorCode: "CMN-104", message, errors: [{ errorCode: "CMN-104", message }] };
  return new Problem(405, message, body, { Allow: allowed.replace(/\bGET\b/, "GET, HEAD") });
}

export function unknownPath(): Problem {
  return problemOf("CMN-120");
}

const outerCodes: ReadonlyMap<string, string> = new Map([
  ["CMN-101", "InvalidParameter"],
  ["OAU-149", "TokenInvalid"],
]);

function pick(details: Details, names: readonly string[]): Readonly<Record<string, string>> {
  const given = names.filter((name) => name in details);
  return Object.fromEntries(given.map((name) => [name, String(details[name])]));
}
