import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { test } from "../support/rcwh.ts";
import { subscribe, takeRequests } from "../support/subscriptions.ts";

const commands = ["list", "delete --yes", "renew", "recover", "forget --yes"];
const nobody = { env: { RCWH_JWT: undefined } };

describe("a selector that nothing can match", () => {
  test.for([
    [
      "--status Activ",
      'Invalid --status value "Activ": nothing can match it.',
      "Try --status active,",
    ],
    ["--status blacklist", 'Invalid --status value "blacklist"', "Try --status Blacklisted,"],
    ["--transport webhok", 'Invalid --transport value "webhok"', "Try --transport WebHook,"],
    ["--transport 5", 'Invalid --transport value "5"', "Use WebHook, WebSocket, PubNub"],
    ["--filter post", 'Unknown event filter "post".', "Try posts, search with"],
    [
      "--filter calls",
      'Unknown event filter "calls".',
      "Try telephony or missed-calls, search with",
    ],
    ["--filter xyzzy", 'Unknown event filter "xyzzy".', "Search with"],
  ] as const)(
    "as in %s is refused before anything else, exit 2",
    async ([flag, message, hint], { rcwh, expect }) => {
      for (const command of commands) {
        const { exitCode, stdout, stderr } = await rcwh(`${command} ${flag}`, nobody);
        expect({ command, exitCode, stdout }).toEqual({
          command,
          exitCode: ExitCode.usage,
          stdout: "",
        });
        expect(stderr).toContain(`error: ${message}`);
        expect(stderr).toContain(`hint: ${hint}`);
      }
    },
  );

  test("as a path that neither the catalogue nor a subscription has, is refused after the list", async ({
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url);
    takeRequests(emulator);
    for (const command of commands) {
      const { exitCode, stderr } = await rcwh(`${command} --filter team-messaging/v1/pots`);
      expect(exitCode, command).toBe(ExitCode.usage);
      expect(stderr, command).toContain("hint: Try /team-messaging/v1/posts");
    }
    expect(new Set(takeRequests(emulator))).toEqual(new Set(["GET /restapi/v1.0/subscription"]));
  });

  test("is none where it is a glob, or a filter that nobody uses", async ({ rcwh, expect }) => {
    for (const value of [
      "*xyzzy*",
      "voicemail",
      "account/~/presence",
      "account/1/extension/2/presence",
    ]) {
      expect(await rcwh(["list", "--filter", value]), value).toEqual({
        exitCode: ExitCode.ok,
        stdout: "",
        stderr: "No subscription matches.\n",
      });
    }
    for (const flag of [
      "--status SUSPENDED",
      "--status gone",
      "--transport websocket",
      "--url *xyzzy*",
    ]) {
      expect((await rcwh(`list ${flag}`)).exitCode, flag).toBe(ExitCode.ok);
    }
  });
});

describe("a wrong flag", () => {
  test.for([
    ["create --filter post --url https://e.example/", "Unknown event filter"],
    [
      "create --filter posts --url https://e.example/ --expires-in 5x",
      "Invalid --expires-in value",
    ],
    ["update 3f2a --add-filter post", "Unknown event filter"],
    ["list --expiring-within soon", "Invalid --expiring-within value"],
    ["list --fail-on nothing", "Invalid --fail-on condition"],
  ] as const)(
    "of `%s` is reported before a missing sign-in",
    async ([command, message], { rcwh, expect }) => {
      const { exitCode, stderr } = await rcwh(command, nobody);
      expect(exitCode).toBe(ExitCode.usage);
      expect(stderr).toContain(message);
    },
  );
});
