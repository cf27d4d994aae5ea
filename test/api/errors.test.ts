import fc from "fast-check";
import { describe, test } from "vitest";
import { hintFor, remedyFor } from "../../src/api/error-hints.ts";
import { ApiError, parseErrorBody } from "../../src/api/errors.ts";
import { exitCodeFor } from "../../src/api/exit-code-for.ts";
import {
  createOperation,
  deleteOperation,
  extensionOperation,
  listOperation,
  type Operation,
  readOperation,
  revokeOperation,
  signInOperation,
  updateOperation,
} from "../../src/api/operations.ts";
import { ExitCode } from "../../src/errors.ts";
import { createRedactor } from "../../src/machine/redact.ts";

const list = listOperation("platform");
const create = createOperation("platform");
const read = readOperation("platform", "a");
const { endpoint, auth, notFound, unavailable, failure } = ExitCode;

function codes(prefix: string, first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${prefix}-${first + index}`);
}

describe("the exit code of a refusal", () => {
  const byCode: readonly (readonly [Operation, number, readonly string[], ExitCode])[] = [
    [create, 400, codes("SUB", 520, 525), endpoint],
    [list, 401, ["OAU-128", "OAU-213", "AGW-401", "AGW-402"], auth],
    [list, 400, ["OAU-232", "OAU-250", "AGW-999"], auth],
    [create, 403, [...codes("CMN", 401, 408), "CMN-419"], auth],
    [create, 403, [...codes("SUB", 402, 408), "SUB-528"], auth],
    [create, 500, ["CMN-401", "SUB-528"], auth],
    [read, 404, ["CMN-102", "SUB-507"], notFound],
    [read, 400, ["CMN-102"], notFound],
    [create, 404, ["CMN-102", "SUB-507"], failure],
    [list, 429, ["CMN-301", "CMN-302", "CMN-303", "CMN-304", "CMN-310"], unavailable],
    [list, 403, ["CMN-301"], unavailable],
    [list, 503, ["CMN-201", "CMN-203"], unavailable],
    [create, 403, ["SUB-505", "SUB-412", "SUB-518", "SUB-527", "SUB-530"], failure],
    [read, 404, ["CMN-120"], failure],
    [
      create,
      400,
      ["CMN-101", "SUB-508", "SUB-515", "SUB-516", "SUB-519", "SUB-526", "CMN-409"],
      failure,
    ],
    [signInOperation, 400, ["OAU-140", "CMN-101", "CMN-301", "SUB-505", "invalid_grant"], auth],
    [signInOperation, 408, ["CMN-101"], auth],
    [signInOperation, 429, ["CMN-301"], unavailable],
    [signInOperation, 503, ["CMN-201"], unavailable],
    [revokeOperation, 400, ["invalid_request"], failure],
    [list, 403, ["InsufficientPermissions"], auth],
    [list, 404, ["ResourceNotFound"], notFound],
    [list, 401, ["TokenInvalid", "CMN-999"], auth],
  ];

  test.for(
    byCode.flatMap(([operation, status, list, exitCode]) =>
      list.map((code) => [code, status, operation.attempt, exitCode, operation] as const),
    ),
  )(
    "for %s with HTTP %i on the attempt to %s is %i",
    ([code, status, , exitCode, operation], { expect }) => {
      expect(exitCodeFor(operation, status, code)).toBe(exitCode);
    },
  );

  test.for([
    [401, auth],
    [403, auth],
    [404, notFound],
    [408, unavailable],
    [429, unavailable],
    [500, unavailable],
    [502, unavailable],
    [503, unavailable],
    [504, unavailable],
    [599, unavailable],
    [302, failure],
    [400, failure],
    [405, failure],
    [415, failure],
  ] as const)("without a code depends on HTTP %i: %i", ([status, exitCode], { expect }) => {
    expect(exitCodeFor(read, status, undefined)).toBe(exitCode);
  });
});

describe("an error body", () => {
  const redactor = createRedactor();
  const parse = (body: string | object) =>
    parseErrorBody(typeof body === "string" ? body : JSON.stringify(body), redactor);

  test("is read from its inner code, which is more precise", ({ expect }) => {
    expect(
      parse({
        errorCode: "InvalidParameter",
        message: "Outer",
        parameterName: "outer",
        errors: [
          {
            errorCode: "CMN-101",
            message: "Parameter [expiresIn] value is invalid.",
            parameterName: "expiresIn",
          },
        ],
      }),
    ).toEqual({
      code: "CMN-101",
      message: "Parameter [expiresIn] value is invalid",
      permissionName: undefined,
      parameterName: "expiresIn",
    });
  });

  test("may have an envelope without errors, as a gateway sends", ({ expect }) => {
    expect(
      parse({ errorCode: "AGW-401", message: "Authorization header is not specified" }),
    ).toMatchObject({
      code: "AGW-401",
      message: "Authorization header is not specified",
    });
  });

  test("may have errors without codes", ({ expect }) => {
    expect(parse({ errorCode: "CMN-102", errors: [{ message: "gone" }] })).toMatchObject({
      code: "CMN-102",
      message: "gone",
    });
  });

  test("may have OAuth's format", ({ expect }) => {
    expect(parse({ error: "invalid_client", error_description: "Unknown app" })).toMatchObject({
      code: "invalid_client",
      message: "Unknown app",
    });
    expect(
      parse({
        error: "invalid_grant",
        error_description: "x",
        errors: [{ errorCode: "OAU-140", message: "y" }],
      }),
    ).toMatchObject({
      code: "OAU-140",
      message: "y",
    });
  });

  test.for([
    "In order to call this API endpoint, application needs to have [SubscriptionWebhook] permission",
    "user needs to have [SubscriptionWebhook] permission for requested resource",
    "Extension permission [SubscriptionWebhook] is missing",
    "[SubscriptionWebhook] application permission is required for [WebHook] transport",
  ])('names the missing permission in "%s"', (message, { expect }) => {
    expect(parse({ errorCode: "CMN-401", message }).permissionName).toBe("SubscriptionWebhook");
  });

  test("may be a gateway's page", ({ expect }) => {
    expect(parse("<!DOCTYPE html><HTML><title>\n502 Bad\u0000 Gateway </title>").message).toBe(
      'an HTML page titled "502 Bad Gateway"',
    );
    expect(parse(`<html>${"x".repeat(200_000)}</html>`).message).toBe("an HTML page");
    expect(parse("<html><title></title>").message).toBe("an HTML page");
  });

  test("cannot move the cursor or flood the screen", ({ expect }) => {
    const { message, code } = parse({
      errorCode: "\u001b[2JSUB-505",
      message: `\u001b]0;owned\u0007first\r\nsecond\u202e${"x".repeat(100_000)}`,
    });

    expect(message).toMatch(/^first second x+…$/);
    expect(message).toHaveLength(500);
    expect(code).toBe("SUB-505");
  });

  test("is readable, whatever a server sends", ({ expect }) => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string().map((text) => `<html>${text}`),
        ),
        (body) => {
          const { code, message } = parse(body);
          expect(`${code}${message}`).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});

describe("a hint", () => {
  const facts = {
    status: 400,
    code: undefined,
    message: undefined,
    permissionName: undefined,
    parameterName: undefined,
    retryAfter: undefined,
    operation: create,
    tokenIsBorrowed: false,
  };

  test.for([
    ...["AGW-401", "AGW-402", "OAU-112", "OAU-125", "OAU-127", "OAU-128", "OAU-129", "OAU-136"],
    ...["OAU-140", "OAU-141", "OAU-142", "OAU-146", "OAU-147", "OAU-148", "OAU-149", "OAU-151"],
    ...["OAU-153", "OAU-165", "OAU-213", "OAU-232", "OAU-236", "OAU-250", "OAU-251"],
    ...codes("SUB", 402, 408),
    ...["SUB-412", "SUB-505", "SUB-507", "SUB-508", "SUB-511", "SUB-515", "SUB-516", "SUB-518"],
    ...codes("SUB", 520, 525),
    ...["SUB-527", "SUB-528", "SUB-530", "SUB-531"],
    ...["CMN-101", "CMN-102", "CMN-103", "CMN-120", "CMN-201", "CMN-203", "CMN-301", "CMN-302"],
    ...["CMN-303", "CMN-304", "CMN-310", "CMN-401", "CMN-402", "CMN-403", "CMN-404", "CMN-405"],
    ...["CMN-408", "CMN-419"],
  ])("exists for %s: one sentence with a command", (code, { expect }) => {
    const remedy = remedyFor(code);

    expect(remedy).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/`[^`]+`/);
    expect(hintFor({ ...facts, code })).toBe(remedy);
  });

  test.for([
    ["deliveryMode.address", "rcwh check <url>"],
    ["expiresIn", "--expires-in"],
    ["eventFilters", "rcwh filters"],
    ["verificationToken", "--generate-verification-token"],
  ] as const)("for CMN-101 depends on the parameter %s", ([parameterName, text], { expect }) => {
    expect(hintFor({ ...facts, code: "CMN-101", parameterName })).toContain(text);
  });

  test("tells an app's scope from a user's permission", ({ expect }) => {
    const permissionName = "ReadMessages";

    expect(hintFor({ ...facts, code: "CMN-401", permissionName })).toBe(
      "Add the scope ReadMessages to the app in the Developer Console, then run `rcwh login` again.",
    );
    expect(hintFor({ ...facts, code: "CMN-408", permissionName })).toMatch(
      /role the permission ReadMessages/,
    );
  });

  test.for([
    [{ status: 401 }, "rcwh login"],
    [{ status: 401, tokenIsBorrowed: true }, "new access token"],
    [{ status: 403 }, "rcwh whoami"],
    [{ status: 404, operation: read }, "rcwh list"],
    [{ status: 404, operation: list }, "rcwh profile list"],
    [{ status: 404, operation: extensionOperation }, "rcwh profile list"],
    [{ status: 404, code: "CMN-102", operation: list }, "rcwh profile list"],
    [{ status: 404, code: "CMN-102", operation: read }, "rcwh list"],
    [{ status: 400, code: "CMN-101", operation: create }, "rcwh create --dry-run"],
    [
      { status: 400, code: "CMN-101", operation: updateOperation("platform", "a") },
      "rcwh update --dry-run",
    ],
    [{ status: 400, code: "CMN-101", operation: list }, "--debug"],
    [{ status: 400, code: "CMN-101", operation: deleteOperation("platform", "a") }, "--debug"],
    [{ status: 400, code: "CMN-101", operation: signInOperation }, "JWT"],
    [{ status: 302 }, "redirect"],
    [{ status: 400, operation: signInOperation }, "JWT"],
    [{ status: 429, retryAfter: 12 }, "in 12 s"],
    [{ status: 503 }, "try again"],
    [{ status: 500, code: "XYZ-1" }, "try again"],
  ] as const)("without a known code depends on %o", ([given, text], { expect }) => {
    expect(hintFor({ ...facts, ...given })).toContain(text);
  });
});

describe("an ApiError", () => {
  const base = {
    code: undefined,
    message: undefined,
    permissionName: undefined,
    parameterName: undefined,
    requestId: undefined,
    retryAfter: undefined,
  };

  test("blames the server for a server error", ({ expect }) => {
    expect(new ApiError({ ...base, operation: list, status: 500 }).message).toBe(
      "RingCentral could not list the subscriptions: no explanation (HTTP 500)",
    );
    expect(new ApiError({ ...base, operation: list, status: 400, code: "SUB-508" }).message).toBe(
      "RingCentral refused to list the subscriptions: no explanation (SUB-508)",
    );
  });
});
