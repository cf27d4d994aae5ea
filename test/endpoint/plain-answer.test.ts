import { type IncomingHttpHeaders, request } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlainAnswer } from "../../src/endpoint/plain-answer.ts";
import { isWhole } from "../support/share.ts";

const ok = "HTTP/1.1 200 OK\r\n";

describe("readPlainAnswer", () => {
  test.each([
    ["a length", `${ok}Content-Length: 2\r\n\r\nab`],
    ["no body", `${ok}Content-Length: 0\r\n\r\n`],
    ["chunks", `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`],
    ["values with spaces", `${ok}content-length:\t0 \r\nX-Empty:\r\n\r\n`],
  ])("reads an answer with %s", (_what, text) => {
    expect(readPlainAnswer(text)).toMatchObject({ answer: { status: 200 }, keepsOpen: true });
    for (let length = text.indexOf("\r\n\r\n") + 4; length < text.length; length += 1) {
      expect(readPlainAnswer(text.slice(0, length))).toBe("more");
    }
    // An answer to a question that nobody asked.
    expect(readPlainAnswer(`${text}${ok}`)).toBe("other");
  });

  test.each([
    ["an incomplete head", ok],
    ["an interim answer", "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"],
    ["an answer that has no body", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["an answer that ends with its connection", `${ok}X: y\r\n\r\n`],
    ["a header that comes twice", `${ok}X: y\r\nx: z\r\nContent-Length: 0\r\n\r\n`],
    ["two lengths", `${ok}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    [
      "a length and chunks",
      `${ok}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["trailers", `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n`],
    ["a name of every object", `${ok}__proto__: y\r\nContent-Length: 0\r\n\r\n`],
    ["more than an answer may have", `${ok}Content-Length: 1000\r\n\r\n${"x".repeat(1000)}`],
  ])("leaves %s to Node", (_what, text) => {
    expect(readPlainAnswer(text)).toBe("other");
  });

  test.each([
    ["Connection: close", false],
    ["Connection: Keep-Alive", true],
    ["Connection: upgrade", false],
    ["Keep-Alive: timeout=5", true],
    ["Keep-Alive: timeout=1, max=100", false],
  ])("knows whether the connection stays open: %s", (line, keepsOpen) => {
    const text = `${ok}${line}\r\nContent-Length: 0\r\n\r\n`;
    expect(readPlainAnswer(text)).toMatchObject({ keepsOpen });
  });

  test("parses answers exactly as Node does", async () => {
    const numRuns = isWhole ? 20_000 : 400;
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(answers, async (text) => {
        const read = readPlainAnswer(text);
        if (typeof read === "string") return;
        plain += 1;
        const { kind: _, ...answer } = read.answer;
        expect(await readWithNode(text)).toEqual(answer);
      }),
      { seed: 20_261_201, numRuns },
    );
    expect(plain).toBeGreaterThan(numRuns / 5);
  });
});

/** Now and then one of the odd ones. */
const mostly = (usual: readonly string[], odd: readonly string[]) =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
const characters = mostly(["a", "Z", "7", " ", "\t", ":", ",", "é"], ["\0", "\r", "\u007f"]);
const lines = fc
  .tuple(
    mostly(["X-One", "x-two", "Date", "Age", "ETag", "Via"], ["Set-Cookie", "X Y", "__proto__"]),
    mostly([":", ": ", ":\t"], [" :"]),
    fc.string({ unit: characters, maxLength: 8 }),
    mostly(["\r\n"], ["\n", "\r"]),
  )
  .map((parts) => parts.join(""));
const bodies = mostly(
  [
    "Content-Length: 0\r\n\r\n",
    "content-length:  03 \r\n\r\nabc",
    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "transfer-encoding:chunked\r\n\r\n003\r\nabc\r\n00\r\n\r\n",
  ],
  [
    "Content-Length: +1\r\n\r\na",
    "Content-Length: 1\r\n\r\nab",
    "Transfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n",
    "\r\nabc",
  ],
);
const answers = fc
  .tuple(
    mostly(["HTTP/1.1"], ["HTTP/1.0", "http/1.1"]),
    mostly([" 200 OK", " 201 ", " 500 Oh dear", " 404 é"], [" 099 x", " 304 x", " 404"]),
    fc.array(lines, { maxLength: 3 }),
    bodies,
  )
  .map(([version, status, headers, body]) => `${version}${status}\r\n${headers.join("")}${body}`);

/** What Node's own client makes of an answer. */
function readWithNode(text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const outgoing = request({ createConnection: () => stream }, (response) => {
      const { statusCode: status, statusMessage: statusText } = response;
      const headers: IncomingHttpHeaders = response.headers;
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status, statusText, headers, body }));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end();
    stream.push(Buffer.from(text, "latin1"));
  });
}
