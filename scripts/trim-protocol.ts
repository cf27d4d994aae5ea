/**
 * Leaves out what `rcwh mcp` does not use of the Model Context Protocol's packages, which is half of them:
 * - Validators of JSON Schema (ajv). rcwh checks the arguments itself, and asks clients for no input.
 * - `McpServer` and the transport over HTTP: `Server` over a stream is enough. Both are kept only for an `instanceof`.
 * - The registry of all types by name, and with it OAuth's.
 * - What makes JSON Schemas of zod's, and zod's messages in other languages than English.
 * Fails the build where a package is not as expected any more.
 */
export function trimProtocol() {
  const shims = "\0protocol-shims";
  return {
    name: "trim-protocol",
    resolveId: (id: string) => (id === "@modelcontextprotocol/server/_shims" ? shims : undefined),
    load: (id: string) =>
      id === shims ? { code: shimsCode, moduleType: "js" as const } : undefined,
    transform(code: string, id: string) {
      const path = id.replaceAll("\\", "/");
      if (/\/zod\/v4\/locales\/index\.js$/.test(path)) return "export {};";
      if (/\/zod\/v4\/core\/(?:json-schema-processors|to-json-schema)\.js$/.test(path)) {
        return stubOf(code);
      }
      if (!path.includes("/@modelcontextprotocol/server/dist/")) return undefined;
      const found = cuts.filter(({ text }) => code.includes(text));
      for (const cut of found) used.add(cut);
      return found.reduce((trimmed, { text, by }) => trimmed.replace(text, by), code);
    },
    buildEnd() {
      const unused = cuts.filter((cut) => used.size > 0 && !used.has(cut));
      const [missing] = unused;
      if (missing) throw new Error(`The protocol's packages do not have ${missing.text}`);
    },
  };
}

const used = new Set<object>();

const cuts = [
  { text: "product instanceof McpServer ? product.server : product", by: "product" },
  {
    text: "transport instanceof PerRequestHTTPServerTransport ? readClassification(transport) : void 0",
    by: "void 0",
  },
  { text: "for (const key of SPEC_SCHEMA_KEYS) register(key, schemas_exports[key]);", by: "" },
  {
    text: "for (const [key, schema] of Object.entries(authSchemas)) register(key, schema);",
    by: "",
  },
];

/** It is constructed, but never called. */
const shimsCode =
  'export class DefaultJsonSchemaValidator {} export { default as process } from "node:process";';

/** The same exports, none of which is called. */
function stubOf(code: string): string {
  const names = [...code.matchAll(/^export (?:function|const|class) ([\w$]+)/gm)].map(
    ([, name]) => name,
  );
  return names.map((name) => `export const ${name} = () => () => ({});`).join("\n");
}
