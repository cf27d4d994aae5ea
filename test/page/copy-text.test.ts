import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecording } from "../../src/listener/recording.ts";
import { asCurl, asFixture, variablesOf } from "../../src/page/copy-text.ts";
import { sampleEvent } from "../support/inspected-events.ts";

describe("An event as a curl command", () => {
  test("is sent to the target, with its headers, and a variable for what is secret", () => {
    const event = sampleEvent(1, {
      headers: {
        host: "localhost:3000",
        "content-length": "12",
        "content-type": "application/json",
        "verification-token": "…",
        "x-note": "it's $HOME `date`",
      },
      text: `{"text":"it's"}`,
    });

    expect(asCurl(event)).toMatchInlineSnapshot(`
      "curl \\
        -X POST http://localhost:3000/webhook \\
        -H 'content-type: application/json' \\
        -H "verification-token: $VERIFICATION_TOKEN" \\
        -H 'x-note: it'\\''s $HOME \`date\`' \\
        --data-raw '{"text":"it'\\''s"}'"
    `);
    expect(variablesOf(event)).toEqual(["VERIFICATION_TOKEN"]);
  });

  test("has the headers that the target was sent, where they are known", () => {
    const event = sampleEvent(1, {
      headers: { "user-agent": "RingCentral-WebHook/9.1" },
      sent: {
        Host: "localhost:3000",
        Accept: "application/json",
        "Accept-Encoding": "UTF-8",
        "User-Agent": "RingCentral-Webhook/8.3",
        "X-Empty": "",
        "Verification-Token": "…",
      },
      text: "{}",
    });

    expect(asCurl(event)).toMatchInlineSnapshot(`
      "curl \\
        -X POST http://localhost:3000/webhook \\
        -H 'Accept: application/json' \\
        -H 'Accept-Encoding: UTF-8' \\
        -H 'User-Agent: RingCentral-Webhook/8.3' \\
        -H 'X-Empty;' \\
        -H "Verification-Token: $VERIFICATION_TOKEN" \\
        --data-raw '{}'"
    `);
  });

  test("has a variable where the target is not known whole", () => {
    const { delivery = expect.unreachable() } = sampleEvent(1);
    const hidden = sampleEvent(1, {
      headers: {},
      delivery: { ...delivery, target: "http://a/?…" },
    });
    const { delivery: _, ...kept } = sampleEvent(1, { headers: {} });

    expect(asCurl(hidden)).toContain('-X POST "$TARGET_URL"');
    expect(variablesOf(kept)).toEqual(["TARGET_URL"]);
  });

  test("comes out of a shell as it went in, long bodies too", () => {
    const awkward = fc.string({ unit: fc.constantFrom(..."'\"\\$`!#&;|<>()*?[]{}~ \n\tä@-") });
    const texts = [
      ...fc.sample(awkward, { seed: 7, numRuns: 100 }).filter((text) => text !== ""),
      `@${"it's ".repeat(50_000)}`,
    ];
    // Prints what curl would get: its last word, or what comes through a pipe.
    const curl = `curl() { for word; do :; done; case $word in @-) cat;; *) printf %s "$word";; esac; printf '\\0'; }`;
    const lines = texts.map((text) => asCurl(sampleEvent(1, { headers: {}, text })));
    const input = [curl, ...lines].join("\n");
    const printed = execFileSync("sh", { input, encoding: "utf8", maxBuffer: 1e7 });

    expect(printed.split("\0").slice(0, -1)).toEqual(texts);
  });
});

describe("An event as a fixture", () => {
  test("is a line that a replay reads, with the text as it came", async () => {
    const text = '{\n  "event": "/restapi/v1.0/glip/posts",\n  "uuid": 12345678901234567890\n}';
    const event = sampleEvent(1, { text });
    async function* lines() {
      yield asFixture(event).trimEnd();
    }
    const { value: read } = await readRecording(lines(), "fixture").next();

    expect(asFixture(event).split("\n")).toHaveLength(2);
    expect(read).toMatchObject({ receivedAt: event.receivedAt, transport: "WebHook" });
    expect(read?.text).toBe(text.replaceAll("\n", " "));
    expect(read?.headers).not.toHaveProperty("verification-token");
  });
});
