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
