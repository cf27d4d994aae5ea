import { readFile } from "node:fs/promises";
import { describe } from "vitest";
import { createEmulator } from "../src/emulator/emulator.ts";
import type { Emulator } from "../src/emulator/interface.ts";
import { watchEmulator } from "./support/conformance.ts";
import { summarize } from "./support/conformance-summary.ts";
import { deviations } from "./support/deviations.ts";
import { type Complaint, loadOpenApi, type SeenAnswer } from "./support/openapi.ts";
import { test as base, now } from "./support/rcwh.ts";
import { subscribe } from "./support/subscriptions.ts";

const definition = await loadOpenApi();
const collection = "/restapi/v1.0/subscription";
const server = "http://127.0.0.1:4010";

/** A correct emulator, except for the answers that a test replaces. */
const test = base.extend<{ genuine: Emulator }>({
  genuine: async ({}, use) => use(createEmulator({ clock: { now: () => now } })),
});

const error = JSON.stringify({ errors: [{ errorCode: "CMN-102", message: "gone" }] });
const json = "application/json; charset=UTF-8";

describe.skipIf(!definition)("RingCentral's definition", () => {
  function complaintsAbout(
    line: string,
    answer: Partial<SeenAnswer> & { readonly status: number },
  ): readonly Complaint[] {
    const [method = "", path = ""] = line.split(" ");
    const operation = definition?.find(method, path);
    if (operation === undefined || operation === "unlisted") throw new Error(`No ${line}`);
    return operation.checkAnswer({ contentType: json, text: "", ...answer });
  }

  test.for([
    [`GET ${collection}`, { status: 200, text: `{"uri":"${server}","records":[]}` }, []],
    [`GET ${collection}`, { status: 200, text: '{"records":[]}' }, ["answer"]],
    [`GET ${collection}`, { status: 200, text: "[" }, ["answer"]],
    [`GET ${collection}`, { status: 200, contentType: "text/html" }, ["content type"]],
    [`GET ${collection}`, { status: 404, text: error }, ["404"]],
    [`GET ${collection}/a`, { status: 404, text: error }, []],
    [`GET ${collection}/a`, { status: 404, text: '{"errorCode":"CMN-102"}' }, ["no errors"]],
    [`GET ${collection}/a`, { status: 404, text: '{"errors":[]}' }, ["answer"]],
    [`DELETE ${collection}/a`, { status: 204 }, []],
    [`DELETE ${collection}/a`, { status: 204, text: "{}" }, ["body"]],
    [`POST ${collection}`, { status: 201, text: "{}" }, ["201", "body"]],
    ["POST /restapi/oauth/token", { status: 429, text: error }, ["body of 429"]],
  ] as const)("returns for %s %o the violations %o", ([line, answer, rules], { expect }) => {
    expect(complaintsAbout(line, answer).map(({ rule }) => rule)).toEqual(rules);
  });

  test.for([
    ["POST", collection, "application/json", "{}", ["request"]],
    ["POST", collection, "application/json", '{"eventFilters":["/a"]}', ["request"]],
    ["POST", collection, "text/plain", "{}", ["content type"]],
    ["POST", collection, null, "", ["no body"]],
    ["PUT", `${collection}/a`, null, "", []],
    ["PUT", `${collection}/a`, "application/json", '{"expiresIn":60}', ["request"]],
    ["GET", `${collection}/${"a".repeat(21)}`, null, "", ["long id"]],
    [
      "POST",
      "/restapi/oauth/token",
      "application/x-www-form-urlencoded",
      "grant_type=refresh_token",
      ["request"],
    ],
    [
      "POST",
      "/restapi/oauth/token",
      "application/x-www-form-urlencoded",
      "grant_type=refresh_token&refresh_token=a&access_token_ttl=600",
      [],
    ],
  ] as const)(
    "rejects %s %s as %s %s: %o",
    ([method, path, contentType, text, rules], { expect }) => {
      const operation = definition?.find(method, path);
      if (operation === undefined || operation === "unlisted") throw new Error(`No ${path}`);
      expect(operation.checkRequest({ contentType, text }).map(({ rule }) => rule)).toEqual(rules);
    },
  );

  test("ignores everything outside its paths", ({ expect }) => {
    expect(definition?.find("GET", "/restapi/v1.0/account/~/extension/~")).toBeUndefined();
    expect(definition?.find("PATCH", collection)).toBe("unlisted");
    expect(definition?.operationIds).toHaveLength(15);
  });
});

describe.skipIf(!definition)("a checked emulator", () => {
  const list = () => new Request(`${server}${collection}`);

  test("has no violations", async ({ genuine, endpoint, expect }) => {
    const watched = watchEmulator(genuine, false);
    await subscribe(watched, endpoint.url);
    await watched.fetch(list());

    await expect(watched.conclude()).resolves.toBeUndefined();
  });

  test("reports an answer that differs from the definition", async ({ genuine, expect }) => {
    const watched = watchEmulator({ ...genuine, fetch: async () => Response.json({}) }, false);
    await watched.fetch(list());

    await expect(watched.conclude()).rejects.toThrow(
      `Not as RingCentral's definition has it:\nGET ${collection} 200: answer: 200: data must have required property 'uri'`,
    );
  });

  test("reports a request that it should have refused", async ({ genuine, expect }) => {
    const answer = async () =>
      Response.json({
        access_token: "a",
        expires_in: 1,
        scope: "",
        token_type: "bearer",
        session_id: "",
      });
    const watched = watchEmulator({ ...genuine, fetch: answer }, false);
    const body = new URLSearchParams({ grant_type: "password" });
    await watched.fetch(new Request(`${server}/restapi/oauth/token`, { method: "POST", body }));

    await expect(watched.conclude()).rejects.toThrow(/POST \/restapi\/oauth\/token 200: request: /);
  });

  test("reports a method that should not exist", async ({ genuine, expect }) => {
    const watched = watchEmulator({ ...genuine, fetch: async () => Response.json({}) }, false);
    await watched.fetch(new Request(`${server}${collection}`, { method: "PATCH" }));

    await expect(watched.conclude()).rejects.toThrow(/PATCH .* 200: unlisted: /);
  });

  test("ignores intercepted requests", async ({ genuine, expect }) => {
    const watched = watchEmulator(genuine, false);
    watched.intercept(() => Response.json({}));
    const response = await watched.fetch(list());

    expect(await response.json()).toEqual({});
    await expect(watched.conclude()).resolves.toBeUndefined();
  });
});

test("summarizes a run in one line", ({ expect }) => {
  expect(
    summarize([
      { answers: { "listSubscriptions 200": 4000, "listSubscriptions 401": 2 }, violations: [] },
      { answers: { "getToken 200": 310, "unlisted 405": 1 }, violations: ["one"] },
    ]),
  ).toBe("4,313 answers of 2 operations, 1 violations");
});

test("the documentation lists every deviation", async ({ expect }) => {
  const text = await readFile(new URL("../docs/emulator-reference.md", import.meta.url), "utf8");
  const [, section = ""] = text.split("\n## Where it differs from RingCentral's definition\n");
  const [own = ""] = section.split("\n## ");
  const rows = [...own.matchAll(/^\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm)].slice(2);
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    deviations.map(({ difference, where, reason }) => [difference, where, reason]),
  );
});
