import fc from "fast-check";
import { describe, test } from "vitest";
import { createRedactor, redactAddress } from "../../src/machine/redact.ts";

describe("redactAddress", () => {
  test("hides query strings, fragments and credentials", ({ expect }) => {
    expect(redactAddress("https://example.com/hook?key=s3cret&x=1")).toBe(
      "https://example.com/hook?…",
    );
    expect(redactAddress("https://me:s3cret@example.com:8443/hook#s3cret")).toBe(
      "https://…@example.com:8443/hook#…",
    );
    expect(redactAddress("not a url?s3cret")).toBe("not a url?…");
  });

  test("keeps addresses without secrets", ({ expect }) => {
    expect(redactAddress("https://example.com/hook")).toBe("https://example.com/hook");
    expect(redactAddress("https://example.com/?")).toBe("https://example.com/?");
    expect(redactAddress("")).toBe("");
  });

  test("shows everything when asked to", ({ expect }) => {
    expect(redactAddress("https://example.com/hook?key=1", true)).toBe(
      "https://example.com/hook?key=1",
    );
  });

  test("hides every secret of a URL", ({ expect }) => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        const { search, hash, origin, pathname } = new URL(url);
        const text = redactAddress(url);
        expect(text.startsWith(url.slice(0, url.search(/[?#]|$/)))).toBe(true);
        expect(text.length).toBeLessThanOrEqual(
          url.search(/[?#]|$/) + (search ? 2 : 1) + (hash ? 2 : 1),
        );
        expect(origin + pathname).toBeTruthy();
      }),
    );
  });
});

describe("the redactor", () => {
  test.for([
    ["Authorization: Bearer U0pDMTFQMDFQQVMwMHxBQURk", "Authorization: Bearer [redacted]"],
    ["Basic Y2xpZW50OnNlY3JldC1vZi1hcHA=", "Basic [redacted]"],
    ["Use Basic authentication", "Use Basic authentication"],
    ["JWT eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln is invalid", "JWT [redacted] is invalid"],
    ["access_token=abc&x=1", "access_token=[redacted]&x=1"],
    ['bad {"verificationToken":"a b"}', 'bad {"verificationToken":[redacted]}'],
    [
      "Parameter [verificationToken] value is invalid",
      "Parameter [verificationToken] value is invalid",
    ],
    ["See https://example.com/a?key=1#x now", "See https://example.com/a?…#… now"],
    ["See https:\\/\\/example.com\\/a?key=1 now", "See https:\\/\\/example.com\\/a?… now"],
    ["See https://user:pass@example.com/a", "See https://…@example.com/a"],
    ["filter /restapi/v1.0/a/instant?type=SMS", "filter /restapi/v1.0/a/instant?type=SMS"],
    ["a\r\n\u001b[31mb\u001b]0;owned\u0007\u001bc", "a b c"],
    ['bad {"secretKey":"sec-c"}', 'bad {"secretKey":[redacted]}'],
  ] as const)('turns "%s" into "%s"', ([text, expected], { expect }) => {
    expect(createRedactor().text(text)).toBe(expected);
  });

  test("hides the secret members of a JSON body at any depth", ({ expect }) => {
    const body = JSON.stringify({
      access_token: "a",
      nested: [{ verificationToken: "b", validationToken: null, refreshToken: 5 }],
      deliveryMode: { address: 'https://example.com/a?key="c d"' },
      pubNub: { encryptionKey: "e", secretKey: "s", subscriberKey: "sub-c" },
      expires_in: 3600,
    });

    expect(createRedactor().body(body)).toBe(
      '{"access_token":"[redacted]","nested":[{"verificationToken":"[redacted]","validationToken":null,"refreshToken":"[redacted]"}],"deliveryMode":{"address":"https://example.com/a?…"},"pubNub":{"encryptionKey":"[redacted]","secretKey":"[redacted]","subscriberKey":"sub-c"},"expires_in":3600}',
    );
  });

  test("hides the fields of a form", ({ expect }) => {
    expect(
      createRedactor().body("grant_type=x%3Ay&assertion=secret&token=t%20=1&client_id=me"),
    ).toBe("grant_type=x%3Ay&assertion=[redacted]&token=[redacted]&client_id=me");
  });

  test("handles malformed and deeply nested JSON", ({ expect }) => {
    const { body } = createRedactor();

    expect(body("{ not JSON\n")).toBe("{ not JSON");
    expect(body("[".repeat(60_000) + "]".repeat(60_000))).toMatch(/^\[+…?/);
    expect(body("")).toBe("");
  });

  test("takes linear time with hostile text", ({ expect }) => {
    const startedAt = performance.now();
    createRedactor().text("http://".repeat(500_000));
    createRedactor().text("eyJaaaaaa".repeat(500_000));
    createRedactor().text("Bearer ".repeat(500_000));

    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  test("finds a known secret after or around an escape sequence", ({ expect }) => {
    const redactor = createRedactor();
    redactor.add("s3cret-of-the-app");

    expect(redactor.text("a \u001b[s3cret-of-the-app")).not.toContain("3cret-of-the-app");
    expect(redactor.text("a s3cret-\u001b[0mof-the-app")).toBe("a [redacted]");
  });

  test("hides a known secret in every position and spelling", ({ expect }) => {
    const secretText = fc.string({ minLength: 8, maxLength: 40, unit: "binary" }).filter(
      // Text that the placeholder contains anyway, and white space alone, are not secret.
      (text) =>
        !"[redacted]".includes(text.trim()) && text.replace(/[\p{Cc}\p{Cf}\s]/gu, "").length >= 8,
    );
    fc.assert(
      fc.property(secretText, fc.string(), fc.string(), (secret, before, after) => {
        const redactor = createRedactor();
        redactor.add(secret);
        const spellings = [
          secret,
          encodeURIComponent(Buffer.from(secret).toString()),
          JSON.stringify(secret).slice(1, -1),
        ];
        for (const spelling of spellings) {
          expect(redactor.text(`${before}${spelling}${after}`)).not.toContain(spelling.trim());
          expect(redactor.body(`${before}=${spelling}&${after}`)).not.toContain(spelling.trim());
        }
        const json = redactor.body(
          JSON.stringify({ [before]: [secret, { [after]: `x${secret}` }] }),
        );
        expect(json).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
    );
  });
});
