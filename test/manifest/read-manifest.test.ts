import { Ajv } from "ajv";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { UsageError } from "../../src/errors.ts";
import { checkShape } from "../../src/manifest/reading/check-shape.ts";
import { manifestError } from "../../src/manifest/reading/problems.ts";
import { readManifest } from "../../src/manifest/reading/read-manifest.ts";
import { manifestSchema } from "../../src/manifest/reading/schema.ts";
import { parseYaml } from "../../src/manifest/reading/yaml-document.ts";
import { now } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";
import { badFiles } from "./bad-files.ts";

const variables: Record<string, string> = {
  A: "https://example.com/a",
  EMPTY: "",
  TOKEN: "two words",
  SECRET: "s3cret-of-a-variable",
  RCWH_JWT: "eyJ.secret",
};

function read(text: string) {
  return readManifest(text, "rcwh.yaml", {
    now,
    variables: (name) => variables[name],
    server: async () => "https://platform.ringcentral.com",
    async secretFile(path) {
      if (path === "orders.token") return "s3cret-of-the-file";
      throw new UsageError(`verificationToken: cannot read ${path}: no such file or directory.`);
    },
  });
}

/** Where each `‸` stands, and the text without them. */
function unmark(marked: string) {
  const parts = marked.split("‸");
  const places = parts.slice(0, -1).map((_, index) => {
    const lines = parts
      .slice(0, index + 1)
      .join("")
      .split("\n");
    return `${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
  });
  return { text: parts.join(""), places };
}

test.for(badFiles)(
  "readManifest refuses $title, and says where",
  async ({ text: marked, said }) => {
    const { text, places } = unmark(marked);
    const result = await read(text);
    const problems = "problems" in result ? result.problems : [];
    const found = problems.map(({ file, line, column }) => [file, `${line}:${column}`].join(" "));
    const wanted = said.length > places.length ? said.map(() => places[0]) : places;
    expect(found).toEqual(wanted.map((place) => `rcwh.yaml ${place}`));
    for (const [index, words] of said.entries()) {
      const { message = "", hint = "" } = problems[index] ?? {};
      if (typeof words === "string") expect(`${message} ${hint}`).toContain(words);
      else expect(`${message} ${hint}`).toMatch(words);
    }
  },
);

test("readManifest reads everything that a file can have", async () => {
  const result = await read(`# yaml-language-server: $schema=./rcwh.schema.json
version: 1
name: billing
profile: \${PROFILE:-production}
webhooks:
  orders:
    url: \${A}/hooks?price=$\${x}
    filters: [sms, "fax,voicemail"]
    expiresIn: 10y
    remind: 3d/12h
    verificationToken: { env: SECRET }
    extensions: [101, queue:Support]
    filtersPerSubscription: 50
  sessions: &sessions
    url: https://example.com/sessions
    filters: /webinar/notifications/v1/company/~/sessions
    allowUnknownFilter: true
    verificationToken: { file: orders.token }
  generated: { url: https://example.com/c, filters: fax, verificationToken: { generate: true }, extensions: all }
`);
  expect(result).toEqual({
    remarks: expect.any(Array),
    manifest: {
      name: "billing",
      profile: "production",
      webhooks: [
        {
          name: "orders",
          api: "platform",
          address: "https://example.com/a/hooks?price=${x}",
          eventFilters: [
            "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS",
            "/restapi/v1.0/account/~/extension/~/fax?direction=Inbound",
            "/restapi/v1.0/account/~/extension/~/voicemail",
            "/restapi/v1.0/subscription/~?threshold=259200&interval=43200",
          ],
          lifetime: expect.objectContaining({ seconds: 315_360_000 }),
          verificationToken: { given: "s3cret-of-a-variable" },
          extensions: ["101", "queue:Support"],
          filtersPerSubscription: 50,
          place: { file: "rcwh.yaml", line: 6, column: 3 },
        },
        {
          name: "sessions",
          api: "webinar",
          address: "https://example.com/sessions",
          eventFilters: ["/webinar/notifications/v1/company/~/sessions"],
          lifetime: undefined,
          verificationToken: { given: "s3cret-of-the-file" },
          extensions: undefined,
          filtersPerSubscription: 100,
          place: { file: "rcwh.yaml", line: 14, column: 3 },
        },
        expect.objectContaining({ verificationToken: { generate: true }, extensions: ["all"] }),
      ],
    },
  });
});

test.for([
  ["a byte order mark", (text: string) => `\uFEFF${text}`],
  ["CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
  ["JSON", () => '{"version":1,"webhooks":{"a":{"url":"https://example.com","filters":["sms"]}}}'],
  ["an end of the document", (text: string) => `---\n${text}...\n`],
  ["tabs after values", (text: string) => text.replaceAll("\n", "\t\n")],
  [
    "an alias",
    (text: string) =>
      text.replace("[sms]", "&f [sms]\n  b:\n    url: https://b.com\n    filters: *f"),
  ],
  ["YAML 1.1", (text: string) => `%YAML 1.1\n---\n${text}`],
] as const)("readManifest reads %s", async ([, change]) => {
  const text = "version: 1\nwebhooks:\n  a:\n    url: https://example.com\n    filters: [sms]\n";
  const result = await read(change(text));
  expect("manifest" in result && result.manifest.webhooks[0]).toMatchObject({
    name: "a",
    address: "https://example.com",
  });
});

test("What a variable holds is never read as YAML", async () => {
  variables["YAML"] = 'x"\n    filters: [fax]\n#: ${A} &a *b';
  const text =
    'version: 1\nwebhooks:\n  a:\n    url: "https://example.com/${YAML}"\n    filters: [sms]\n';
  expect(await read(text)).toMatchObject({
    problems: [{ line: 4, column: 10, message: expect.stringContaining("Invalid URL") }],
  });
});

test("Aliases that repeat too much are refused", async () => {
  const filters = Array.from({ length: 250 }, () => "sms").join(", ");
  const others = Array.from(
    { length: 250 },
    (_, at) => `  a${at}: { url: https://a.com/${at}, filters: *f }\n`,
  );
  const first = `  a: { url: https://a.com, filters: &f [${filters}] }\n`;
  expect(await read(`version: 1\nwebhooks:\n${first}${others.join("")}`)).toMatchObject({
    problems: [{ message: "Aliases expand to too much here." }],
  });
  const bomb = ["version: 1", "a: &a [x, x]", "b: &b [*a, *a]", "c: &c [*b, *b]", "webhooks: *c"];
  expect(await read(bomb.join("\n"))).toMatchObject({ problems: expect.any(Array) });
});

test("Three hundred webhooks with a mistake each are three hundred problems", async () => {
  const webhooks = Array.from(
    { length: 300 },
    (_, at) => `  a${at}:\n    url: https://a.com/${at}\n    filters: [smss]\n`,
  );
  const result = await read(`version: 1\nwebhooks:\n${webhooks.join("")}`);
  const problems = "problems" in result ? result.problems : [];
  expect(problems.map(({ line }) => line)).toEqual(webhooks.map((_, at) => 5 + 3 * at));
  const lines = manifestError(problems).message.split("\n");
  expect(lines[0]).toBe("300 problems in rcwh.yaml.");
  expect(lines.slice(100)).toEqual([
    expect.stringContaining("rcwh.yaml:302:15: Unknown"),
    "  … and 200 more.",
  ]);
});

test("A literal token draws a warning, one from a variable does not", async () => {
  const remarksOf = async (token: string) => {
    const result = await read(
      `version: 1\nwebhooks:\n  a: { url: https://a.com, filters: sms, verificationToken: ${token} }\n`,
    );
    return "remarks" in result
      ? result.remarks.map(({ column, message }) => `${column} ${message}`)
      : result;
  };
  expect(await remarksOf("s3cret")).toEqual([expect.stringMatching(/^61 Whoever reads this file/)]);
  expect(await remarksOf('"${SECRET}"')).toEqual([]);
  expect(await remarksOf("{ env: SECRET }")).toEqual([]);
});

const validate = new Ajv({ allErrors: true }).compile(manifestSchema);

/** Whether the schema and we refuse a text, that is YAML. */
async function verdicts(text: string) {
  const document = await parseYaml(text, "rcwh.yaml");
  if (document.problems.length > 0 || !document.root) return undefined;
  const { problems } = await checkShape(document, manifestSchema, (name) => variables[name]);
  const value: unknown = parseDocument(text, { uniqueKeys: false }).toJS();
  return { text, schema: !validate(value), ours: problems.length > 0 };
}

test("The schema and readManifest agree about files", async () => {
  const beyond = /twice|of one name|alias|merge|zero first|variable|list as a name/;
  const files = badFiles.filter(({ title }) => !beyond.test(title));
  const all = await Promise.all(files.map(({ text }) => verdicts(unmark(text).text)));
  const known = all.filter((each) => each !== undefined);
  expect(known.length).toBeGreaterThan(55);
  expect(known.filter(({ schema, ours }) => schema !== ours)).toEqual([]);
});

test("The schema and readManifest agree about whatever has keys of a manifest", async () => {
  const text = fc.constantFrom("", "sms", "all", "a b", "101", "A_B", "true");
  const scalar = fc.oneof(
    text,
    fc.integer({ min: -1, max: 20_000 }),
    fc.boolean(),
    fc.constant(null),
  );
  const list = fc.array(fc.oneof(scalar, fc.constant([])), { maxLength: 2 });
  const keys = (names: readonly string[], values: fc.Arbitrary<unknown>) =>
    fc.dictionary(fc.constantFrom(...names, "other"), values, {
      maxKeys: 4,
      noNullPrototype: true,
    });
  const token = keys(["env", "file", "generate"], scalar);
  const { webhooks } = manifestSchema.properties;
  const names = Object.keys(webhooks.additionalProperties.properties);
  const webhook = fc
    .tuple(
      fc.constantFrom({}, { url: "x", filters: "sms" }),
      keys(names, fc.oneof(scalar, list, token)),
    )
    .map(([base, rest]) => ({ ...base, ...rest }));
  const file = fc
    .tuple(
      fc.constantFrom({}, { version: 1 }, { version: 1 }, { version: "1" }),
      keys(["name", "profile"], scalar),
      fc.option(keys(["a", "b-1", " x"], fc.oneof(webhook, scalar))),
    )
    .map(([base, rest, webhooks]) => ({ ...base, ...rest, ...(webhooks && { webhooks }) }));
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(file, async (value) => {
      const result = await verdicts(JSON.stringify(value));
      if (result?.ours === false) accepted += 1;
      if (result) expect(result.ours).toBe(result.schema);
    }),
    { seed: 15, numRuns: isWhole ? 20_000 : 300 },
  );
  expect(accepted).toBeGreaterThan(3);
});

test("Webhooks are in the order of the file, those with a number for a name too", async () => {
  const entry = (name: string) => `{ url: "https://example.com/${name}", filters: [sms] }`;
  const names = ["orders", "42", "chat", "7"];
  const lines = names.map((name) => `  "${name}": ${entry(name)}\n`).join("");
  for (const text of [
    `version: 1\nwebhooks:\n${lines}`,
    `{ version: 1, webhooks: { ${names.map((name) => `"${name}": ${entry(name)}`).join(", ")} } }`,
  ]) {
    const result = await read(text);
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    expect(result.manifest.webhooks.map(({ name }) => name)).toEqual(names);
  }
});
