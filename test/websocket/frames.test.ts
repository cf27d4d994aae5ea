import fc from "fast-check";
import { describe, test } from "vitest";
import { parseFrame, requestFrame } from "../../src/websocket/frames.ts";

const meta = fc.record({ type: fc.string(), messageId: fc.string(), more: fc.jsonValue() });

describe("a WebSocket frame", () => {
  test("keeps the text of its body exactly", ({ expect }) => {
    fc.assert(
      fc.property(meta, fc.jsonValue(), fc.constantFrom(0, 1, 3), (head, body, indent) => {
        const [indented, alone] = [[head, body], body].map((each) =>
          JSON.stringify(each, undefined, indent),
        );
        const frame = parseFrame(indented ?? "");
        expect(frame).toMatchObject({ type: head.type, messageId: head.messageId });
        expect(frame?.body).toEqual(JSON.parse(alone ?? ""));
        expect(JSON.parse(frame?.bodyText ?? "")).toEqual(frame?.body);
        if (indent === 0) expect(frame?.bodyText).toBe(alone);
      }),
    );
  });

  test("keeps numbers beyond JavaScript's precision", ({ expect }) => {
    const body = '{"id": 12345678901234567890, "text": "],\\"[{"}';
    expect(parseFrame(`[{"type":"ServerNotification"}, ${body} ]`)?.bodyText).toBe(body);
  });

  test("is either parsed or rejected, whatever it contains", ({ expect }) => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const frame = parseFrame(text);
        if (frame) expect(typeof frame.type).toBe("string");
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (value) => {
        expect(() => parseFrame(JSON.stringify(value))).not.toThrow();
      }),
    );
  });

  test("can have the maximum length", ({ expect }) => {
    const body = { text: `${'\\"[{'.repeat(500_000)}${"x".repeat(4_000_000)}` };
    const text = JSON.stringify([{ type: "ServerNotification" }, body]);
    expect(parseFrame(text)?.bodyText).toBe(JSON.stringify(body));
  });

  test("can have any number of escapes in a string", ({ expect }) => {
    const body = { text: "\n".repeat(3_000_000), more: '"]' };
    const text = JSON.stringify([{ type: "ServerNotification" }, body, 1]);
    expect(parseFrame(text)?.bodyText).toBe(JSON.stringify(body));
  });

  test("is read as it was written", ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.object(), (messageId, path, body) => {
        const frame = parseFrame(requestFrame(messageId, "POST", path, body));
        expect(frame).toMatchObject({ type: "ClientRequest", messageId });
        expect(frame?.bodyText).toBe(JSON.stringify(body));
      }),
    );
  });
});
