import { Ajv2020 } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { expect } from "vitest";
import { manifestSchema } from "../../src/manifest/reading/schema.ts";
import { test } from "../support/rcwh.ts";

test("rcwh schema prints the schema, without an account", async ({ rcwh }) => {
  const { stdout, stderr, exitCode } = await rcwh("schema", { env: {} });
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  expect(JSON.parse(stdout)).toEqual(manifestSchema);
  expect(stdout.split("\n").length).toBeGreaterThan(100);
});

test("rcwh schema -o ndjson prints it on one line", async ({ rcwh }) => {
  const { stdout } = await rcwh("schema -o ndjson", { env: {} });
  expect(stdout).toBe(`${JSON.stringify(manifestSchema)}\n`);
});

test("rcwh schema <command> prints the schema of what it prints", async ({ rcwh }) => {
  const ajv = new Ajv2020();
  addFormatsModule.default(ajv);
  const schemaOf = async (words: string) => {
    const { stdout, stderr, exitCode } = await rcwh(`schema ${words}`, { env: {} });
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    return ajv.compile(JSON.parse(stdout));
  };
  const filters = await rcwh("filters sms --json");
  const [line = ""] = (await rcwh("filters sms -o ndjson")).stdout.split("\n");
  const failed = await rcwh("show nothing --json");
  const isDocument = await schemaOf("filters");
  const isLine = await schemaOf("filters --line");
  const isError = await schemaOf("--error");

  expect(isDocument(JSON.parse(filters.stdout)), JSON.stringify(isDocument.errors)).toBe(true);
  expect(isDocument(JSON.parse(line))).toBe(false);
  expect(isLine(JSON.parse(line)), JSON.stringify(isLine.errors)).toBe(true);
  expect(isLine(JSON.parse(filters.stdout))).toBe(false);
  expect(isError(JSON.parse(failed.stderr)), JSON.stringify(isError.errors)).toBe(true);
  expect(isError(JSON.parse(filters.stdout))).toBe(false);
});

test("rcwh schema allows keys of a later rcwh", async ({ rcwh }) => {
  const { stdout } = await rcwh("schema emulator clock", { env: {} });
  const validate = new Ajv2020({ formats: { "date-time": true } }).compile(JSON.parse(stdout));

  expect(
    validate({ schemaVersion: 1, clocks: [{ now: "", frozen: true, zone: "" }], more: 1 }),
  ).toBe(true);
});

test("rcwh schema refuses what has no schema", async ({ rcwh }) => {
  const refused = async (words: string) => (await rcwh(`schema ${words}`, { env: {} })).stderr;

  expect(await refused("demo")).toBe(
    "error: No command \"demo\" has JSON output.\nhint: List those that have it with `rcwh commands --json | jq -r '.commands[] | select(.json).name'`.\n",
  );
  expect(await refused("listen")).toBe(
    "error: `rcwh listen` prints lines only.\nhint: Use `rcwh schema listen --line`.\n",
  );
  expect(await refused("--line")).toBe(
    "error: Which command? --line needs one.\nhint: Try `rcwh schema listen --line`.\n",
  );
  expect(await refused("list --error")).toBe(
    "error: --error is the same for all commands.\nhint: Use `rcwh schema --error`.\n",
  );
});
