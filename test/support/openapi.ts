import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import addFormatsModule from "ajv-formats";

/** A difference between an exchange and RingCentral's definition. */
export interface Complaint {
  /** The kind of difference, such as `401` for a status that is not listed; deviations refer to it. */
  readonly rule: string;
  /** `operationId`. */
  readonly operation: string;
  readonly detail: string;
}

export interface SeenAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

interface SeenRequest {
  readonly contentType: string | null;
  readonly text: string;
}

/** One operation of the definition. */
export interface DefinedOperation {
  readonly id: string;
  readonly takesBody: boolean;
  checkAnswer(answer: SeenAnswer): readonly Complaint[];
  /** For a request that was accepted. */
  checkRequest(request: SeenRequest): readonly Complaint[];
}

export interface OpenApi {
  readonly operationIds: readonly string[];
  /** The operation; the word `unlisted` for another method of one of its paths; undefined for other paths. */
  find(method: string, path: string): DefinedOperation | "unlisted" | undefined;
}

/**
 * RingCentral's definition of the Subscription API, if it is available: the file named by
 * RINGCENTRAL_OPENAPI, or the one next to the project. Undefined if it is missing.
 */
export async function loadOpenApi(): Promise<OpenApi | undefined> {
  const file =
    process.env["RINGCENTRAL_OPENAPI"] ??
    new URL("../../../shared/reference/subscriptions.openapi.json", import.meta.url);
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : createOpenApi(JSON.parse(text) as Definition);
}

interface Definition {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, DefinedAnswer>> };
}

interface Operation {
  readonly operationId: string;
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, DefinedAnswer>>;
}

interface DefinedAnswer extends Content {
  readonly $ref?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, unknown>>;
}

function createOpenApi(definition: Definition): OpenApi {
  const json = createAjv(definition, false);
  // In a form, every value is text.
  const form = createAjv(definition, true);
  const templates = Object.keys(definition.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/\{\w+\}/g, "([^/]+)")}$`),
  }));
  const answered = (answer: DefinedAnswer | undefined, steps: readonly string[]) => {
    const name = answer?.$ref?.replace("#/components/responses/", "");
    return name === undefined
      ? { answer, steps }
      : { answer: definition.components.responses[name], steps: ["components", "responses", name] };
  };

  const define = (
    { operationId: id, requestBody, responses }: Operation,
    steps: readonly string[],
    idInPath: string | undefined,
  ): DefinedOperation => {
    const complain = (rule: string, detail = rule) => [{ rule, operation: id, detail }];
    return {
      id,
      takesBody: requestBody !== undefined,

      checkAnswer({ status, contentType, text }) {
        const { answer, steps: place } = answered(responses[status], [
          ...steps,
          "responses",
          String(status),
        ]);
        const unlisted = answer ? [] : complain(String(status));
        if (!answer?.content && status < 400) {
          return text === "" ? unlisted : [...unlisted, ...complain("body", `a body of ${status}`)];
        }
        const bodiless = answer && !answer.content ? complain(`body of ${status}`) : [];
        if (mediaType(contentType) !== "application/json") {
          return [...unlisted, ...complain("content type", `${status} as ${contentType}`)];
        }
        const pointer = answer?.content
          ? pointerTo([...place, "content", "application/json", "schema"])
          : pointerTo(["components", "schemas", "ApiErrorResponseModel"]);
        const wrong = validate(json, pointer, parse(text));
        if (wrong === undefined) return [...unlisted, ...bodiless];
        const rule = status >= 400 && !text.includes('"errors"') ? "no errors" : "answer";
        return [...unlisted, ...bodiless, ...complain(rule, `${status}: ${wrong} in ${text}`)];
      },

      checkRequest({ contentType, text }) {
        const tooLong = (idInPath?.length ?? 0) > 20 ? complain("long id") : [];
        if (!requestBody) return tooLong;
        if (text === "") {
          return requestBody.required ? [...tooLong, ...complain("no body")] : tooLong;
        }
        const [expected = ""] = Object.keys(requestBody.content ?? {});
        if (mediaType(contentType) !== expected) {
          return [...tooLong, ...complain("content type", `a request as ${contentType}`)];
        }
        const isForm = expected === "application/x-www-form-urlencoded";
        const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : parse(text);
        const pointer = pointerTo([...steps, "requestBody", "content", expected, "schema"]);
        const wrong = validate(isForm ? form : json, pointer, body);
        // Secrets of a form are not printed.
        return wrong === undefined ? tooLong : [...tooLong, ...complain("request", wrong)];
      },
    };
  };

  return {
    operationIds: Object.values(definition.paths).flatMap((each) =>
      Object.values(each).map(({ operationId }) => operationId),
    ),
    find(method, path) {
      for (const { template, pattern } of templates) {
        const match = pattern.exec(path);
        if (!match) continue;
        const verb = method.toLowerCase();
        const operation = definition.paths[template]?.[verb];
        return operation ? define(operation, ["paths", template, verb], match[1]) : "unlisted";
      }
      return undefined;
    },
  };
}

function createAjv(definition: Definition, coerceTypes: boolean): Ajv {
  // Checking the definition itself, and polishing code that runs a few thousand times, take each worker half a second.
  const quick = { validateSchema: false, code: { optimize: false } };
  const schemas = { definition };
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes, schemas, ...quick });
  addFormatsModule.default(ajv);
  return ajv;
}

function mediaType(contentType: string | null): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function validate(ajv: Ajv, pointer: string, value: unknown): string | undefined {
  const check = ajv.getSchema(pointer);
  if (!check) return `no schema at ${pointer}`;
  return check(value) ? undefined : ajv.errorsText(check.errors);
}

function pointerTo(steps: readonly string[]): string {
  const escaped = steps.map((step) =>
    encodeURIComponent(step.replace(/~/g, "~0").replace(/\//g, "~1")),
  );
  return `definition#/${escaped.join("/")}`;
}
