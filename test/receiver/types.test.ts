import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, test } from "vitest";
import { generateEvent } from "../../src/events/event.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { nameOfEvent } from "../../src/receiver/receiver.ts";
import { eventContext, filters } from "../events/kit.ts";
import { concrete } from "../filters/concrete.ts";
import { isWhole } from "../support/share.ts";

const receiver = join(import.meta.dirname, "../../src/receiver/receiver.ts");

/** The schema of each body in RingCentral's public definition, if it has one. */
const schemas: Readonly<Record<string, string>> = {
  sms: "InstantMessageEventBody",
  messages: "MessageEventBody",
  voicemail: "VoicemailMessageEventBody",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/inbound-messages":
    "InboundMessageEvent",
  telephony: "TelephonySessionsEventBody",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/missed-calls": "MissedCallEvent",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/start-ring": "IncomingCallEvent",
  "account-presence": "AccountPresenceEventBody",
  presence: "ExtensionPresenceEventBody",
  "presence-detailed": "DetailedExtensionPresenceEventBody",
  "presence-sip": "DetailedExtensionPresenceWithSIPEventBody",
  "presence-totals": "DetailedExtensionPresenceWithSIPEventBody",
  "account-presence-sip": "DetailedExtensionPresenceWithSIPEventBody",
  "call-queue-presence": "CallQueuePresenceEventBody",
  favorites: "ExtensionFavoritesEventBody",
  grants: "ExtensionGrantListEventBody",
  extension: "ExtensionInfoEventBody",
  extensions: "ExtensionListEventBody",
};

/** Differences between the types and the definition, with reasons. */
const differences = new Set([
  // Seen in real payloads.
  "messages.accountId is not in the definition",
  "telephony.parties[].from.deviceId is not in the definition",
  "telephony.parties[].to.deviceId is not in the definition",
  // From RingCentral's samples.
  "presence.meetingStatus is not in the definition",
  // From RingCentral's own code, which asks for it in any presence.
  ...["presence-detailed", "presence-sip", "presence-totals", "account-presence-sip"].map(
    (name) => `${name}.aggregatedTelephonyStatus is not in the definition`,
  ),
  "call-queue-presence.records is not in the definition",
  "extensions.extensions is not in the definition",
]);

/** The definition of telephone rings puts the envelope's members and the push service's into the body. */
const envelope = new Set(["uuid", "event", "subscriptionId", "timestamp", "aps", "pn_apns"]);

const file =
  process.env["RINGCENTRAL_EVENTS_OPENAPI"] ??
  new URL("../../../shared/reference/events.openapi.json", import.meta.url);

/** Statements of a receiver's user, each compiled in its own module. */
const consumers = {
  "claims.ts": filters
    .flatMap((filter) =>
      Array.from({ length: isWhole ? 8 : 1 }, (_, seed) =>
        generateEvent(filter, eventContext(seed)),
      ),
    )
    .map(
      (event) =>
        `(${JSON.stringify(event)}) satisfies RingCentralEvent<EventBodies[${JSON.stringify(nameOfEvent({ event: event?.event ?? "" }))}]>;`,
    )
    .join("\n"),
  "member.ts": '({ txt: "Hi" }) satisfies EventBodies["posts"];',
  "handler.ts": "createReceiver({ on: { post: () => {} } });",
  "body.ts": "createReceiver({ on: { posts: ({ body }) => body.subject } });",
  "unknown.ts": "createReceiver({ onEvent: ({ body }) => body.text });",
  "narrowed.ts":
    'createReceiver({ onEvent: (event) => isEvent(event, "posts") && event.body.text });',
} as const;

const program = compile();

describe("the types of events", () => {
  test("include every filter", ({ expect }) => {
    const rows = rowsOf().map(({ name }) => name);
    const names = catalogue.map((entry) => nameOfEvent({ event: concrete(entry) }));

    expect(rows).toEqual(names);
    expect(names).toEqual(
      catalogue.map(({ aliases, filter }) => aliases[0] ?? filter.split("?", 1)[0]),
    );
  });

  test("fit every event that the emulator sends", ({ expect }) => {
    expect(errorsIn("claims.ts")).toEqual([]);
  });

  test("reject mistakes at compile time", ({ expect }) => {
    expect(errorsIn("member.ts")).toMatchObject([
      expect.stringContaining("'txt' does not exist in type 'PostBody'"),
    ]);
    expect(errorsIn("handler.ts")).toMatchObject([
      expect.stringContaining("'post' does not exist"),
    ]);
    expect(errorsIn("body.ts")).toMatchObject([
      expect.stringContaining("'subject' does not exist on type 'PostBody'"),
    ]);
    expect(errorsIn("unknown.ts")).toMatchObject([
      expect.stringContaining("'body' is of type 'unknown'"),
    ]);
    expect(errorsIn("narrowed.ts")).toEqual([]);
  });

  test("agree with RingCentral's API definition", (context) => {
    if (!existsSync(file)) return context.skip("the definition is not beside the project");
    const { components } = JSON.parse(readFileSync(file, "utf8"));
    const checker = program.getTypeChecker();

    const rows = rowsOf().filter(({ name }) => name in schemas);
    const found = rows.flatMap(({ name, type }) =>
      compare(name, type, { $ref: `/${schemas[name]}` }, components.schemas, checker),
    );

    context.expect(rows).toHaveLength(Object.keys(schemas).length);
    context.expect(new Set(found)).toEqual(differences);
  });
});

/** A program of all consumers, each of which imports the whole receiver. */
function compile(): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ["node"],
    strict: true,
    allowImportingTsExtensions: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const texts = new Map(
    Object.entries(consumers).map(([name, statements]) => [
      pathOf(name),
      `import { createReceiver, type EventBodies, isEvent, type RingCentralEvent } from "./receiver.ts";\nexport type Rows = EventBodies;\n${statements}`,
    ]),
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023);
  };
  return ts.createProgram([...texts.keys()], options, host);
}

function pathOf(name: string): string {
  return join(receiver, "..", name);
}

function consumer(name: keyof typeof consumers): ts.SourceFile {
  const source = program.getSourceFile(pathOf(name));
  if (!source) throw new Error("unreachable");
  return source;
}

function errorsIn(name: keyof typeof consumers): string[] {
  return program
    .getSemanticDiagnostics(consumer(name))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

function rowsOf() {
  const checker = program.getTypeChecker();
  const rows = consumer("narrowed.ts").statements.find(ts.isTypeAliasDeclaration);
  if (!rows) throw new Error("unreachable");
  return checker
    .getTypeAtLocation(rows)
    .getProperties()
    .map((symbol) => ({ name: symbol.name, type: checker.getTypeOfSymbol(symbol) }));
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The differences between a type and a schema, as sentences. Ids may be strings or numbers anywhere. */
function compare(
  path: string,
  withUndefined: ts.Type,
  reference: Schema,
  definitions: Readonly<Record<string, Schema>>,
  checker: ts.TypeChecker,
): string[] {
  const type = checker.getNonNullableType(withUndefined);
  const schema = definitions[reference.$ref?.split("/").at(-1) ?? ""] ?? reference;
  const text = checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  if (schema.properties) {
    const members = new Map(type.getProperties().map((each) => [each.name, each]));
    const missing = Object.keys(schema.properties)
      .filter((name) => !members.has(name) && !(path.startsWith("/") && envelope.has(name)))
      .map((name) => `${path}.${name} is in the definition alone`);
    const others = [...members].flatMap(([name, symbol]) => {
      const wanted = schema.properties?.[name];
      const found = checker.getTypeOfSymbol(symbol);
      return wanted
        ? compare(`${path}.${name}`, found, wanted, definitions, checker)
        : [`${path}.${name} is not in the definition`];
    });
    return [...missing, ...others];
  }
  if (schema.items) {
    const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    if (!item) return [`${path} is no array`];
    return compare(`${path}[]`, item, schema.items, definitions, checker);
  }
  if (schema.enum) {
    const literals = (type.isUnion() ? type.types : [type]).map((each) =>
      each.isStringLiteral() ? each.value : checker.typeToString(each),
    );
    const same = literals.toSorted().join() === schema.enum.toSorted().join();
    return same ? [] : [`${path} is ${text}, and ${schema.enum.join()} in the definition`];
  }
  const wanted = schema.type === "integer" ? "number" : (schema.type ?? "");
  const fits = text === wanted || ["Id", "string | number"].includes(text);
  return fits ? [] : [`${path} is ${text}, and ${wanted} in the definition`];
}
