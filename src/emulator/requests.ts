import { isObject, parseJson } from "../machine/json.ts";
import { mediaType, readText } from "./body.ts";
import { apiProblem, oauthProblem, type Problem } from "./problems.ts";

/**
 * The JSON of an API call; undefined without a body. Throws the Problem for another media type (CMN-104), for a body
 * that is too large (413) and for one that is not a JSON object, or has a million values (CMN-103).
 */
export async function readJson(
  request: Request,
  maximumBytes: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readBody(request, maximumBytes);
  if (text === "") return undefined;
  if (text === undefined) throw apiProblem(413, "CMN-104", "Request entity is too large");
  if (mediaType(request.headers) !== "application/json") {
    throw cannotParse("Content-Type must be application/json");
  }
  const value = hasTooMany(text) ? undefined : parseJson(text);
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

/** Values in a body, about: parsed, a hundred megabytes of empty objects take more memory than a process has. */
const mostValues = 1_000_000;

function hasTooMany(text: string): boolean {
  let commas = 0;
  for (let at = text.indexOf(","); at >= 0 && commas < mostValues; at = text.indexOf(",", at + 1)) {
    commas += 1;
  }
  return commas >= mostValues;
}

// Far more than any real form has.
const maximumFormBytes = 1024 * 1024;

async function readBody(request: Request, maximumBytes: number): Promise<string | undefined> {
  try {
    return await readText(request, maximumBytes);
  } catch (error) {
    throw cannotParse(String(error));
  }
}

function cannotParse(why: string): Problem {
  return apiProblem(400, "CMN-104", `Cannot parse request: ${why}`);
}
