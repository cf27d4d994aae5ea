import { isObject, parseJson } from "../machine/json.ts";
import { mediaType, readText } from "./body.ts";
import { apiProblem, oauthProblem } from "./problems.ts";

/**
 * The JSON of an API call; undefined without a body. Throws the Problem for another media type (415), for a body
 * that is too large (413) and for one that is not a JSON object (CMN-103).
 */
export async function readJson(
  request: Request,
  maximumBytes: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readBody(request, maximumBytes);
  if (text === "") return undefined;
  if (text === undefined) throw apiProblem(413, "CMN-104", "Request entity is too large");
  if (mediaType(request.headers) !== "application/json") {
    throw apiProblem(415, "CMN-104", "Content-Type must be application/json");
  }
  const value = parseJson(text);
  if (!isObject(value)) throw apiProblem(400, "CMN-103", "JSON can't be parsed");
  return value;
}

/** The form of an OAuth call. Throws the Problem for any other media type (415). */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (mediaType(request.headers) !== "application/x-www-form-urlencoded") {
    const expected = "Content-Type must be application/x-www-form-urlencoded";
    throw oauthProblem(415, "invalid_request", "CMN-104", expected);
  }
  const text = await readBody(request, maximumFormBytes);
  if (text === undefined) {
    throw oauthProblem(413, "invalid_request", "CMN-104", "Request entity is too large");
  }
  return new URLSearchParams(text);
}

// Far more than any real form has.
const maximumFormBytes = 1024 * 1024;

async function readBody(request: Request, maximumBytes: number): Promise<string | undefined> {
  try {
    return await readText(request, maximumBytes);
  } catch (error) {
    throw apiProblem(400, "CMN-104", `Cannot parse request: ${String(error)}`);
  }
}
