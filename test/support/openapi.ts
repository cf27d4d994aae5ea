import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import addFormatsModule from "ajv-formats";

/** Why an answer is not what RingCentral's definition promises; undefined where it is. */
export type Conformance = (
  method: string,
  path: string,
  status: number,
  body: unknown,
) => string | undefined;

/**
 * A check of answers against RingCentral's definition of the Subscription API, where that is at hand:
 * the file named by RINGCENTRAL_OPENAPI, or the one beside the project. Undefined where it is not.
 */
export async function loadConformance(): Promise<Conformance | undefined> {
  const file =
    process.env["RINGCENTRAL_OPENAPI"] ??
    new URL("../../../shared/reference/subscriptions.openapi.json", import.meta.url);
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : createConformance(JSON.parse(text) as Definition);
}

interface Definition {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Answer>> };
}

interface Operation {
  readonly responses?: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

function createConformance(definition: Definition): Conformance {
  const ajv = new Ajv({ strict: false, allErrors: true, schemas: { definition } });
  addFormatsModule.default(ajv);

  return (method, path, status, body) => {
    const template = Object.keys(definition.paths).find((one) =>
      new RegExp(`^${one.replace(/\{\w+\}/g, "[^/]+")}$`).test(path),
    );
    const verb = method.toLowerCase();
    if (template === undefined) return undefined;
    const answer = definition.paths[template]?.[verb]?.responses?.[status];
    if (!answer) return undefined;

    const name = answer.$ref?.replace("#/components/responses/", "");
    const resolved = name === undefined ? answer : definition.components.responses[name];
    if (!resolved?.content) {
      return body === undefined || status >= 400 ? undefined : `${status} has no body`;
    }

    const steps =
      name === undefined
        ? ["paths", template, verb, "responses", String(status)]
        : ["components", "responses", name];
    const pointer = [...steps, "content", "application/json", "schema"].map(escaped).join("/");
    const validate = ajv.getSchema(`definition#/${pointer}`);
    if (!validate) return `no schema at ${pointer}`;
    return validate(body) ? undefined : ajv.errorsText(validate.errors);
  };
}

function escaped(step: string): string {
  return encodeURIComponent(step.replace(/~/g, "~0").replace(/\//g, "~1"));
}
