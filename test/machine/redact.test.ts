import fc from "fast-check";
import { describe, test } from "vitest";
import { toJson, toYaml } from "../../src/io/formats.ts";
import { createRedactor, redactAddress } from "../../src/machine/redact.ts";
import { anyCharacter } from "../support/any-text.ts";
import { isWhole } from "../support/share.ts";

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
    // Not fc.webUrl, which takes a second to prepare.
    const unit = fc.constantFrom(..."aZ09-._~!$&'()*+,;=:@/", "%41");
    const part = fc.string({ unit });
    const host = fc.constantFrom("example.com", "a.b-c.example:8443", "127.0.0.1:80");
    const ending = (mark: string) =>
      fc.oneof(
        fc.constant(""),
        part.map((text) => mark + text),
      );
    const urls = fc
      .tuple(fc.constantFrom("http", "https"), host, ending("/"), ending("?"), ending("#"))
      .map(([scheme, ...parts]) => `${scheme}://${parts.join("")}`);
    fc.assert(
      fc.property(urls, (url) => {
        const { search, hash, origin, pathname } = new URL(url);
        const text = redactAddress(url);
        expect(text.startsWith(url.slice(0, url.search(/[?#]|$/)))).toBe(true);
        expect(text.length).toBeLessThanOrEqual(
          url.search(/[?#]|$/) + (search ? 2 : 1) + (hash ? 2 : 1),
        );
        expect(origin + pathname).toBeTruthy();
      }),
      { numRuns: isWhole ? 10_000 : 200 },
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
    const secretText = fc.string({ minLength: 8, maxLength: 40, unit: anyCharacter }).filter(
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
      { numRuns: isWhole ? 1000 : 15 },
    );
  });

  const secret = "aX3+fQ9/Tz=Lw7 %m5\"<Vd>&é'~";
  const utf8 = Buffer.from(secret);
  const ascii = JSON.stringify(secret).slice(1, -1);
  const unicode = (pattern: RegExp) =>
    ascii.replace(pattern, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const spelled: Readonly<Record<string, string>> = {
    "as it is": secret,
    "for a URL": encodeURIComponent(secret),
    "for a URL, in lower case": encodeURIComponent(secret).replace(/%../g, (hex) =>
      hex.toLowerCase(),
    ),
    "as a form": new URLSearchParams({ secret }).toString().slice("secret=".length),
    "in JSON": ascii,
    "in JSON with escaped slashes": ascii.replaceAll("/", "\\/"),
    "in JSON in ASCII": unicode(/[^ -~]/g),
    "in JSON within HTML": unicode(/[^ -~]|[<>&]/g),
    "in JSON within JSON": JSON.stringify(ascii).slice(1, -1),
    "in HTML": secret
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;"),
    "in a header": utf8.toString("latin1"),
    "in upper case": secret.toUpperCase(),
    "in base64": utf8.toString("base64"),
    "in base64 for a URL": utf8.toString("base64url"),
    "in base64 after one byte": Buffer.from(`:${secret}!`).toString("base64"),
    "in base64 after two bytes": Buffer.from(`x:${secret}`).toString("base64"),
    "in base64, percent-encoded": encodeURIComponent(utf8.toString("base64")),
  };
  for (const [name, spelling] of Object.entries(spelled)) {
    test(`hides a known secret ${name}`, ({ expect }) => {
      const redactor = createRedactor();
      redactor.add(secret);
      const eight = Array.from({ length: spelling.length - 7 }, (_, at) =>
        spelling.slice(at, at + 8),
      );
      for (const text of [redactor.text, redactor.quoted, redactor.message, redactor.data]) {
        const shown = text(`before ${spelling} after`);
        expect(shown).toMatch(/^before .*\[redacted\].* after$/);
        expect(eight.filter((part) => shown.includes(part))).toEqual([]);
      }
    });
  }

  test("hides a known secret that one of our formats re-encodes", async ({ expect }) => {
    const redactor = createRedactor();
    redactor.add(secret);
    for (const [name, spelling] of Object.entries(spelled)) {
      const text = `before "${spelling}" after`;
      const csv = `"${text.replaceAll('"', '""')}"`;
      for (const written of [toJson([text]), toJson([text], 2), await toYaml([text]), csv]) {
        const shown = redactor.data(written);
        expect(shown, name).toMatch(/before \\*"+\w{0,3}\[redacted\]\w{0,3}[=\\"]* after/);
      }
    }
  });

  test("hides the beginning of a known secret in truncated text", ({ expect }) => {
    const redactor = createRedactor();
    redactor.add("kT7-mVq2-Xz9w-Rb4n");

    for (const length of [8, 11, 17]) {
      const start = "kT7-mVq2-Xz9w-Rb4n".slice(0, length);
      expect(redactor.message(`Value ${start}… is bad`)).toBe("Value [redacted]… is bad");
      expect(redactor.message(`Value ${start}... is bad`)).toBe("Value [redacted]... is bad");
      expect(redactor.text(`Value ${start}`)).toBe("Value [redacted]");
    }
    expect(redactor.text("Value kT7-mVq")).toBe("Value kT7-mVq");
  });

  test("hides a long beginning of a known secret anywhere, and keeps JSON valid", ({ expect }) => {
    const redactor = createRedactor();
    redactor.add(`${"aX3f".repeat(16)}"${"b".repeat(40)}`);
    const beginning = "aX3f".repeat(16);

    expect(redactor.message(`Value ${beginning} is bad`)).toBe("Value [redacted] is bad");
    expect(redactor.message(`Value ${beginning.slice(1)} is bad`)).toContain("aX3f");
    const json = JSON.stringify({ a: `${beginning}\\`, b: beginning });
    expect(JSON.parse(redactor.data(json))).toEqual({ a: "[redacted]\\", b: "[redacted]" });
  });

  test("hides a known secret as the name of a JSON member or form field", ({ expect }) => {
    const redactor = createRedactor();
    redactor.add("kT7-mVq2-Xz9w-Rb4n");

    expect(redactor.body('{"kT7-mVq2-Xz9w-Rb4n":1}')).toBe('{"[redacted]":1}');
    expect(redactor.body("kT7-mVq2-Xz9w-Rb4n=1&client%5Fsecret=x")).toBe(
      "[redacted]=1&client%5Fsecret=[redacted]",
    );
  });

  test("shows full addresses to programs, and a word that is also a secret", ({ expect }) => {
    const redactor = createRedactor();
    redactor.addAddress("https://me:pass-1234@example.com/hook?env=prod&key=uR4k8Wc1#frag-0123");
    redactor.add("subscription");
    const text = "prod uR4k8Wc1 pass-1234 frag-0123 subscription";

    expect(redactor.data(text)).toBe(text);
    expect(redactor.message(text)).toBe("prod [redacted] [redacted] [redacted] subscription");
    expect(redactor.text(text)).toBe("prod [redacted] [redacted] [redacted] [redacted]");
    expect(createRedactor({ showAddresses: true }).message(text)).toBe(text);
  });

  test("does not redact words of an address in rcwh's own messages", ({ expect }) => {
    const redactor = createRedactor();
    redactor.addAddress(
      "https://example.com/hook?kind=subscription&v=outcome-would&key=eventFilters&p=/restapi/v1.0/posts",
    );
    const text = "subscription outcome-would eventFilters /restapi/v1.0/posts";
    expect(redactor.message(text)).toBe(text);
    expect(redactor.text(text)).toBe("[redacted] [redacted] [redacted] [redacted]");
    redactor.addAddress("https://example.com/hook?correct=correctHorse7&x=qWxErTzUiOpA");
    expect(redactor.message("correctHorse7 qWxErTzUiOpA")).toBe("[redacted] [redacted]");
  });

  test("keeps the bracket that follows a URL", ({ expect }) => {
    expect(
      createRedactor().text("(http://a.example/hook?k=v) from (b), https://c.example?d."),
    ).toBe("(http://a.example/hook?…) from (b), https://c.example?….");
  });

  test("does not redact a token that rcwh announces on purpose", ({ expect }) => {
    const redactor = createRedactor();
    redactor.addAnnounced("kT7-mVq2-Xz9w-Rb4n");
    redactor.add("kT7-mVq2-Xz9w-Rb4n");

    expect(redactor.message("kT7-mVq2-Xz9w-Rb4n")).toBe("kT7-mVq2-Xz9w-Rb4n");
    expect(redactor.text("kT7-mVq2-Xz9w-Rb4n")).toBe("[redacted]");
  });

  test("remembers the secrets of this run, and the latest ones of thousands of accounts", ({
    expect,
  }) => {
    const redactor = createRedactor();
    redactor.add("of-the-run-0123");
    const accounts = redactor.passing;
    for (let number = 0; number < 5000; number++) accounts.add(`of-account-${number}-x`);

    expect(redactor.message("of-the-run-0123, of-account-4999-x, of-account-1-x")).toBe(
      "[redacted], [redacted], of-account-1-x",
    );
  });

  test("reads a long text once, however many secrets it knows", ({ expect }) => {
    const redactor = createRedactor();
    const header = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.";
    for (let number = 0; number < 200; number++) redactor.add(`${header}${number}-abcdefgh`);
    // Every character of some texts begins one of these.
    for (let number = 0; number < 50; number++) redactor.add(`${"a".repeat(5000)}${number}X`);
    redactor.data("");
    const texts = [
      ...["0123456789abcdef", header, "a", `${"a".repeat(60)}Y`, `${"a".repeat(4999)}Y`, "a=b&"],
      ...["\u001b[", "\u0001x", "eyJ", "access_token= "],
    ];
    const start = process.cpuUsage();
    for (const text of texts) {
      const long = text.repeat(Math.ceil(200_000 / text.length));
      redactor.data(long);
      redactor.body(long);
    }
    const { user } = process.cpuUsage(start);

    expect(user / 1000).toBeLessThan(2000);
  });
});
