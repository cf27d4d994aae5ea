import { describe, test } from "vitest";
import { parseServer } from "../../src/config/server.ts";

describe("a server", () => {
  test.for([
    ["https://platform.ringcentral.com", "https://platform.ringcentral.com"],
    ["https://platform.ringcentral.biz/", "https://platform.ringcentral.biz"],
    ["HTTPS://Platform.RingCentral.com:443", "https://platform.ringcentral.com"],
    ["http://localhost:4010/", "http://localhost:4010"],
    ["http://127.0.0.1:4010", "http://127.0.0.1:4010"],
    ["http://127.8.9.10", "http://127.8.9.10"],
    ["http://[::1]:4010", "http://[::1]:4010"],
  ] as const)("may be %s", ([text, origin], { expect }) => {
    expect(parseServer(text, "RCWH_SERVER")).toBe(origin);
  });

  test.for([
    "http://platform.ringcentral.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://my-localhost",
    "http://0.0.0.0:4010",
    "http://10.0.0.1",
    "http://[::2]",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "platform.ringcentral.com",
    "localhost:4010",
    "https://",
    "https://platform.ringcentral.com/restapi",
    "https://platform.ringcentral.com?a=b",
    "https://platform.ringcentral.com#a",
    "https://me:password@platform.ringcentral.com",
    "https://platform.ringcentral.com@example.com",
    "",
  ])("must not be %j", (text, { expect }) => {
    expect(() => parseServer(text, "RCWH_SERVER")).toThrow(
      expect.objectContaining({ name: "UsageError", exitCode: 2 }),
    );
  });

  test("is not repeated in a message if it contains a password", ({ expect }) => {
    expect(() => parseServer("https://me:hunter2@example.com", "RCWH_SERVER")).toThrow(
      /^Invalid server in RCWH_SERVER: contains a user name or password\.$/,
    );
  });
});
