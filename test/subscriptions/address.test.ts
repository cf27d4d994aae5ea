import { describe, test } from "vitest";
import { parseAddress, sameAddress } from "../../src/subscriptions/address.ts";

const server = "https://platform.ringcentral.com";
const emulator = "http://127.0.0.1:4010";

describe("parseAddress", () => {
  test.for([
    ["https://exämple.com:8443/ä?b=ü", "https://xn--exmple-cua.com:8443/ä?b=ü"],
    ["https://me:pw@EXÄMPLE.com", "https://me:pw@xn--exmple-cua.com"],
  ] as const)("gives %s its DNS host", ([text, address], { expect }) => {
    expect(parseAddress(text, server)).toBe(address);
  });

  test.for([
    ["https://example.com", server],
    ["https://example.com:8443/hook?key=a%20b&c=ä", server],
    ["HTTPS://Example.COM/", server],
    ["https://user:password@example.com/hook", server],
    ["https://example.com/hook", emulator],
    ["http://127.0.0.1:8080/hook", emulator],
    ["http://127.1.2.3", emulator],
    ["http://localhost:8080/hook?key=1", emulator],
    ["http://[::1]:8080/", emulator],
    ["http://localhost/", "http://localhost:4010"],
  ] as const)("takes %s as typed for a server at %s", ([text, at], { expect }) => {
    expect(parseAddress(text, at)).toBe(text);
  });

  test.for([
    ["", 'Invalid URL "".'],
    ["example.com/hook?key=secret", 'Invalid URL "example.com/hook?…".'],
    ["https:example.com/hook", 'Invalid URL "https:example.com/hook".'],
    ["https:///example.com/hook", 'Invalid URL "https:///example.com/hook".'],
    ["https://", 'Invalid URL "https://".'],
    [
      "https://example.com:0/hook",
      "https://example.com:0/hook has port 0, which no server can listen on.",
    ],
    ["https://example.com:65536/?key=secret", "https://example.com:65536/?… has port 65536,"],
    ["https://exa mple.com/?secret", 'Invalid URL "https://exa mple.com/?…".'],
    [" https://example.com/", 'Invalid URL " https://example.com/".'],
    ["https://example.com\\hook", 'Invalid URL "https://example.com\\hook".'],
    ["https://example.com/hook?…", "https://example.com/hook?… is not a whole URL"],
    ["https://example.com/hook?%e2%80%A6", "https://example.com/hook?… is not a whole URL"],
    ["https://…@example.com/hook", "https://…@example.com/hook is not a whole URL"],
    ["https://example.com/hook#top", "https://example.com/hook#… has a fragment"],
    ["https://a:b@example.com/#", "https://…@example.com/# has a fragment"],
    ["http://example.com/hook", "RingCentral delivers only to https, not to http://."],
    ["ftp://example.com/hook", "RingCentral delivers only to https, not to ftp://."],
    ["http://localhost.example.com/", "RingCentral delivers only to https, not to http://."],
    [
      "http://localhost:8080/hook",
      "RingCentral cannot reach localhost:8080: only this machine can.",
    ],
    [
      "https://hooks.ringcentral.com/webhook/v2/abc",
      "for incoming webhooks, which post messages into a chat",
    ],
    [
      "https://HOOKS.glip.com/webhook/abc",
      "for incoming webhooks, which post messages into a chat",
    ],
  ] as const)("refuses %s", ([text, message], { expect }) => {
    expect(() => parseAddress(text, server)).toThrow(message);
  });

  test("refuses http to other machines even if the server is an emulator", ({ expect }) => {
    expect(() => parseAddress("http://example.com/", emulator)).toThrow("only to https");
    expect(() => parseAddress("http://192.168.1.7/", emulator)).toThrow("only to https");
  });
});

describe("sameAddress", () => {
  test.for([
    ["https://example.com", "HTTPS://EXAMPLE.com:443/", true],
    ["https://example.com/a", "https://example.com/b/../a", true],
    ["https://example.com/a", "https://example.com/A", false],
    ["https://example.com/a?x=1", "https://example.com/a", false],
    ["https://example.com/a", "http://example.com/a", false],
    ["no URL", "no URL", true],
    [undefined, undefined, false],
    ["https://example.com", undefined, false],
  ] as const)("%s and %s: %s", ([one, other, same], { expect }) => {
    expect(sameAddress(one, other)).toBe(same);
    expect(sameAddress(other, one)).toBe(same);
  });
});
