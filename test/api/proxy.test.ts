import { describe, test } from "vitest";
import { proxyFor } from "../../src/api/proxy.ts";
import { UsageError } from "../../src/errors.ts";
import { isLoopback } from "../../src/machine/loopback.ts";

const server = new URL("https://platform.ringcentral.com");
const proxy = "http://proxy.example.com:3128";

describe("the proxy", () => {
  test.for([
    [{}, undefined],
    [{ HTTPS_PROXY: proxy }, `${proxy}/`],
    [{ https_proxy: proxy }, `${proxy}/`],
    [{ https_proxy: proxy, HTTPS_PROXY: "http://other" }, `${proxy}/`],
    [{ HTTPS_PROXY: "proxy.example.com:3128" }, `${proxy}/`],
    [{ HTTPS_PROXY: "" }, undefined],
    [{ HTTPS_PROXY: "  " }, undefined],
    [{ HTTP_PROXY: proxy }, undefined],
    [{ HTTPS_PROXY: proxy, NO_PROXY: "*" }, undefined],
    [{ HTTPS_PROXY: proxy, NO_PROXY: "platform.ringcentral.com" }, undefined],
    [{ HTTPS_PROXY: proxy, NO_PROXY: "a.example, .RingCentral.com" }, undefined],
    [{ HTTPS_PROXY: proxy, NO_PROXY: "a.example ringcentral.com" }, undefined],
    [{ HTTPS_PROXY: proxy, NO_PROXY: "*.ringcentral.com" }, undefined],
    [{ HTTPS_PROXY: proxy, no_proxy: "ringcentral.com:443" }, undefined],
    [{ HTTPS_PROXY: proxy, no_proxy: "ringcentral.com:8443" }, `${proxy}/`],
    [{ HTTPS_PROXY: proxy, NO_PROXY: "central.com,127.0.0.1" }, `${proxy}/`],
    [{ HTTPS_PROXY: proxy, NO_PROXY: ",," }, `${proxy}/`],
  ] as const)("under %o is %s", ([env, expected], { expect }) => {
    expect(proxyFor(server, env)?.href).toBe(expected);
  });

  test("for http comes from HTTP_PROXY", ({ expect }) => {
    expect(proxyFor(new URL("http://example.com"), { http_proxy: proxy })?.port).toBe("3128");
  });

  test.for([
    "http://localhost:4010",
    "http://127.0.0.1",
    "https://127.8.8.8",
    "http://[::1]:4010",
    "http://a.localhost",
  ])("is not used for %s", (address, { expect }) => {
    const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };

    expect(proxyFor(new URL(address), env)).toBeUndefined();
  });

  test.for(["socks5://proxy:1080", "http://", "http://user:secret@:80", "http://a b:secret"])(
    "%s is a usage error that hides the value",
    (value, { expect }) => {
      let error: unknown;
      try {
        proxyFor(server, { HTTPS_PROXY: value });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toBe("UsageError: HTTPS_PROXY is not the address of an HTTP proxy.");
      expect(JSON.stringify(error)).not.toContain("secret");
    },
  );

  test.for([
    "example.com",
    "localhost.example.com",
    "127.example.com",
    "1127.0.0.1",
    "128.0.0.1",
    "[::2]",
  ])("%s is not loopback", (hostname, { expect }) => {
    expect(isLoopback(hostname)).toBe(false);
  });
});
