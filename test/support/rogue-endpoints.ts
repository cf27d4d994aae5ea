import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { certificates } from "./certificates.ts";
import { closedPort, type Endpoint } from "./endpoints.ts";
import { selfSigned } from "./self-signed.ts";

/** An endpoint and the expected findings about it. */
export interface RogueEndpoint {
  readonly name: string;
  /** The one rule that it breaks and the code that `rcwh check` reports; absent for a correct endpoint. */
  readonly breaks?: { readonly rule: string; readonly code: string };
  /** The result of `rcwh create` if it is not the rule's code; `created` if it succeeds. */
  readonly create?: string;
  /** Rules with a warning only. */
  readonly warns?: readonly string[];
  /** Deliver an event. */
  readonly event?: true;
  /** The caller does not trust the authority of `certificates`. */
  readonly distrusted?: true;
  readonly open: () => Promise<Endpoint>;
}

interface Request {
  /** The token of a handshake; undefined for an event. */
  readonly token: string | undefined;
  readonly socket: Socket;
}

type Respond = (request: Request) => void;

export const rogueEndpoints: readonly RogueEndpoint[] = [
  ...[
    // Its name and address
    away("http off this machine", "http://hooks.example.net/hook", "url", "SUB-523", "USAGE"),
    away("a name without an address", "https://no-such-host.invalid/hook", "dns", "SUB-521"),
    away("a private address", "https://10.0.0.1/hook", "public-address", "SUB-521"),
    away("a link-local address", "https://[fe80::1]/hook", "public-address", "SUB-521"),
  ],
  {
    name: "has a closed port",
    breaks: { rule: "tcp-ipv4", code: "SUB-521" },
    async open() {
      return elsewhere(`http://127.0.0.1:${await closedPort()}/hook`);
    },
  },

  // Its connection
  rogue("never answers", "time", "SUB-521", () => {}),
  rogue("resets the connection", "http", "SUB-521", ({ socket }) => socket.resetAndDestroy()),
  rogue("closes without an answer", "http", "SUB-521", ({ socket }) => socket.end()),
  rogue("closes within the header", "http", "SUB-521", ({ socket }) =>
    socket.end("HTTP/1.1 200 OK\r\nContent-Ty"),
  ),
  rogue("stops within the header", "time", "SUB-521", ({ socket }) =>
    socket.write("HTTP/1.1 200 OK\r\nContent-Ty"),
  ),
  rogue("closes within the body", "http", "SUB-521", ({ socket, token }) =>
    socket.end(answer({ token, headers: { "Content-Length": "10" }, body: "{" })),
  ),
  rogue("stops within the body", "time", "SUB-521", ({ socket, token }) =>
    socket.write(answer({ token, headers: { "Content-Length": "10" }, body: "{" })),
  ),
  rogue("starts its answer too late", "time", "SUB-521", ({ socket, token }) =>
    later(socket, 1500, () => socket.end(answer({ token }))),
  ),
  rogue("sends its answer byte by byte", "time", "SUB-521", ({ socket, token }) =>
    writeSlowly(socket, answer({ token }), 40),
  ),
  rogue("speaks another protocol", "http", "SUB-525", ({ socket }) =>
    socket.end("220 mail.example.net ESMTP\r\n"),
  ),
  rogue("speaks HTTP/0.9", "http", "SUB-525", ({ socket }) => socket.end("<html>Hello</html>")),
  rogue("sends a malformed header", "http", "SUB-525", ({ socket }) =>
    socket.end("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"),
  ),

  rogue("sends a chunk without a size", "http", "SUB-525", ({ socket, token }) =>
    socket.end(
      answer({
        token,
        headers: { "Content-Length": undefined, "Transfer-Encoding": "chunked" },
        body: "zz\r\n{}\r\n0\r\n\r\n",
      }),
    ),
  ),

  // Its status
  ...[
    ["201 Created", "status"],
    ["202 Accepted", "status"],
    ["204 No Content", "status"],
    ["400 Bad Request", "status"],
    ["401 Unauthorized", "status"],
    ["403 Forbidden", "status"],
    ["404 Not Found", "status"],
    ["405 Method Not Allowed", "status"],
    ["500 Internal Server Error", "status"],
    ["503 Service Unavailable", "status"],
    ["301 Moved Permanently", "redirect"],
    ["302 Found", "redirect"],
    ["307 Temporary Redirect", "redirect"],
    ["308 Permanent Redirect", "redirect"],
  ].map(([status = "", rule = ""]) =>
    rogue(status, rule, "SUB-522", ({ socket, token }) => {
      const headers = rule === "redirect" ? { Location: "https://example.com/?next=1" } : {};
      socket.end(answer({ token, status, headers }));
    }),
  ),
  rogue("502 with a proxy's page", "status", "SUB-522", ({ socket }) =>
    socket.end(
      answer({
        status: "502 Bad Gateway",
        headers: { "Content-Type": "text/html" },
        body: `<html>${"x".repeat(2000)}</html>`,
      }),
    ),
  ),

  // Its token
  rogue("returns no token", "validation-token", "SUB-520", ({ socket }) => socket.end(answer({}))),
  ...Object.entries({
    "in upper case": (token: string) => token.toUpperCase(),
    "cut short": (token: string) => token.slice(0, -1),
    doubled: (token: string) => `${token}, ${token}`,
    "in quotation marks": (token: string) => `"${token}"`,
    "replaced by another token": () => "11111111-1111-4111-8111-111111111111",
    "left empty": () => "",
  }).map(([how, change]) =>
    rogue(`returns the token ${how}`, "validation-token", "SUB-520", ({ socket, token = "" }) =>
      socket.end(answer({ token: change(token) })),
    ),
  ),
  rogue("returns the token in the body", "validation-token", "SUB-520", ({ socket, token = "" }) =>
    socket.end(answer({ body: JSON.stringify({ token }) })),
  ),
  rogue("returns the token twice", "validation-token", "SUB-520", ({ socket, token = "" }) =>
    socket.end(answer({ token, headers: { "validation-token": token } })),
  ),

  // Its size
  rogue("sends 100 Continue and answers 1025 bytes", "size", "SUB-525", ({ socket, token }) =>
    socket.end(`HTTP/1.1 100 Continue\r\n\r\n${answerOf(1025, token)}`),
  ),
  rogue("sends 1200 bytes of early hints", "size", "SUB-525", ({ socket, token }) =>
    socket.end(`HTTP/1.1 103 Early Hints\r\nLink: ${"x".repeat(1200)}\r\n\r\n${answer({ token })}`),
  ),
  rogue("answers 1025 bytes", "size", "SUB-525", ({ socket, token }) =>
    socket.end(answerOf(1025, token)),
  ),
  rogue("has 20 KB of headers", "size", "SUB-525", ({ socket, token }) =>
    socket.end(answer({ token, headers: { "X-Padding": "x".repeat(20_000) } })),
  ),
  rogue("sends an endless body", "size", "SUB-525", ({ socket, token }) =>
    writeEndlessly(socket, answer({ token, headers: { "Content-Length": undefined } })),
  ),

  // Its certificate
  tls("is self-signed", "certificate-chain", {
    cert: selfSigned.certificate,
    key: selfSigned.key,
  }),
  tls("lacks the intermediate certificate", "certificate-chain", { cert: certificates.good }),
  {
    ...tls("is of an authority that nobody trusts", "certificate-chain", {
      cert: chain(certificates.good, certificates.root),
    }),
    distrusted: true,
  },
  tls("has expired", "certificate-days", { cert: chain(certificates.expired) }),
  tls("is not valid yet", "certificate-days", { cert: chain(certificates.future) }),
  tls("has another name", "certificate-name", { cert: chain(certificates.other) }),
  tls("speaks TLS 1.1 only", "tls-version", {
    cert: chain(certificates.good),
    minVersion: "TLSv1.1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  }),
  {
    name: "serves http on an https URL",
    breaks: { rule: "tls-version", code: "SUB-524" },
    open: () => listen(plain(good), "https"),
  },
  {
    name: "serves https on an http URL",
    breaks: { rule: "http", code: "SUB-521" },
    open: () => listen(secured({ cert: chain(certificates.good) }), "http"),
  },

  // Its answer to an event, which no handshake shows
  eventRogue("answers 404 to an event", "event-status", "blacklisted-status", ({ socket }) =>
    socket.end(answer({ status: "404 Not Found" })),
  ),
  eventRogue("redirects an event", "event-status", "blacklisted-status", ({ socket }) =>
    socket.end(answer({ status: "302 Found", headers: { Location: "/login" } })),
  ),
  eventRogue("never answers an event", "event-time", "blacklisted-timeout", () => {}),
  eventRogue("hangs up on an event", "event-status", "blacklisted-timeout", ({ socket }) =>
    socket.resetAndDestroy(),
  ),
  eventRogue("answers 1025 bytes to an event", "event-size", "blacklisted-size", ({ socket }) =>
    socket.end(answerOf(1025)),
  ),
];

export const goodEndpoints: readonly RogueEndpoint[] = [
  right("answers as it should", good),
  right("answers exactly 1024 bytes", ({ socket, token }) => socket.end(answerOf(1024, token))),
  right("speaks HTTP/1.0", ({ socket, token }) =>
    socket.end(answer({ token }).replace("HTTP/1.1", "HTTP/1.0")),
  ),
  right("answers in chunks", ({ socket, token }) =>
    socket.write(
      answer({
        token,
        headers: { "Content-Length": undefined, "Transfer-Encoding": "chunked" },
        body: "2\r\n{}\r\n0\r\n\r\n",
      }),
    ),
  ),
  right("ends its answer with the connection", ({ socket, token }) =>
    socket.end(answer({ token, headers: { "Content-Length": undefined }, body: "{}" })),
  ),
  right("keeps the connection", ({ socket, token }) => socket.write(answer({ token }))),
  right("has headers in lower case", ({ socket, token }) =>
    socket.end(answer({ token }).replace(/^[A-Z][\w-]*:/gm, (name) => name.toLowerCase())),
  ),
  right("has headers in upper case", ({ socket, token }) =>
    socket.end(answer({ token }).replace(/^[A-Z][\w-]*:/gm, (name) => name.toUpperCase())),
  ),
  right("names the charset", ({ socket, token }) =>
    socket.end(answer({ token, headers: { "Content-Type": "application/json;charset=utf-8" } })),
  ),
  right("has no reason phrase", ({ socket, token }) =>
    socket.end(answer({ token, status: "200 " })),
  ),
  right("says 100 Continue first", ({ socket, token }) =>
    socket.end(`HTTP/1.1 100 Continue\r\n\r\n${answer({ token })}`),
  ),
  right("says 103 Early Hints first", ({ socket, token }) =>
    socket.end(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answer({ token })}`),
  ),
  right("has a body of JSON", ({ socket, token }) =>
    socket.end(answer({ token, body: '{"ok":true}' })),
  ),
  ...["text/plain", "text/html; charset=utf-8", "application/jsonp", undefined].map((type) => ({
    ...right(`is of type ${type ?? "nothing"}`, ({ socket, token }) =>
      socket.end(answer({ token, headers: { "Content-Type": type } })),
    ),
    warns: ["content-type"],
  })),
  {
    ...right("compresses its body", ({ socket, token }) =>
      socket.end(answer({ token, headers: { "Content-Encoding": "gzip" }, body: "\u001f" })),
    ),
    warns: ["content-encoding"],
  },
  {
    ...right("sends a second answer behind the first", ({ socket, token }) =>
      socket.end(`${answer({ token })}${answer({ token })}`),
    ),
    warns: ["keep-alive"],
  },
  right("comes in two pieces", ({ socket, token }) => {
    const text = answer({ token });
    socket.write(text.slice(0, 20));
    later(socket, 30, () => socket.end(text.slice(20)));
  }),
  {
    name: "sends its whole chain",
    event: true,
    open: async () => byName(await listen(secured({ cert: chain(certificates.good) }), "https")),
  },
  {
    name: "is named by its IP address in the certificate",
    event: true,
    open: () => listen(secured({ cert: chain(certificates.good) }), "https"),
  },
];

/** An endpoint that breaks a rule with its answer to the handshake. */
function rogue(name: string, rule: string, code: string, respond: Respond): RogueEndpoint {
  return { name, breaks: { rule, code }, open: () => listen(plain(respond), "http") };
}

/** An endpoint that fails only on events: the subscription is created. */
function eventRogue(name: string, rule: string, code: string, respond: Respond): RogueEndpoint {
  const answersHandshake: Respond = (request) =>
    request.token === undefined ? respond(request) : good(request);
  return { ...rogue(name, rule, code, answersHandshake), create: "created", event: true };
}

function right(name: string, respond: Respond): RogueEndpoint {
  return { name, event: true, open: () => listen(plain(respond), "http") };
}

function tls(name: string, rule: string, options: TlsOptions): RogueEndpoint {
  return {
    name: `its certificate or TLS ${name}`,
    breaks: { rule, code: "SUB-524" },
    open: async () => byName(await listen(secured(options), "https")),
  };
}

/** The same under the name in the certificates. */
function byName(endpoint: Endpoint): Endpoint {
  return { ...endpoint, url: endpoint.url.replace("127.0.0.1", "localhost") };
}

/** An address of another machine, which is never called. */
function away(name: string, url: string, rule: string, code: string, create = code): RogueEndpoint {
  return { name, breaks: { rule, code }, create, open: async () => elsewhere(url) };
}

function elsewhere(url: string): Endpoint {
  return { url, port: 0, [Symbol.asyncDispose]: async () => {} };
}

function chain(...pems: readonly string[]): string {
  const [leaf = "", ...others] = pems;
  return [leaf, certificates.intermediate, ...others].join("\n");
}

function good({ socket, token }: Request): void {
  socket.end(answer({ token }));
}

interface AnswerChanges {
  readonly status?: string;
  readonly token?: string | undefined;
  /** Headers that replace or extend the usual ones; undefined removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** The bytes of a correct answer with the given changes. */
function answer({ status = "200 OK", token, headers = {}, body = "" }: AnswerChanges): string {
  const all = {
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
    "Validation-Token": token,
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`;
}

/** An answer of this many bytes. */
function answerOf(bytes: number, token?: string): string {
  const padded = (length: number) =>
    answer({ token, headers: { "X-Padding": "x".repeat(length) } });
  return padded(bytes - padded(0).length);
}

function later(socket: Socket, milliseconds: number, work: () => void): void {
  const timer = setTimeout(work, milliseconds);
  socket.on("close", () => clearTimeout(timer));
}

function writeSlowly(socket: Socket, text: string, interval: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(text.charAt(sent));
    sent += 1;
    if (sent === text.length) clearInterval(timer);
  }, interval);
  socket.on("close", () => clearInterval(timer));
}

function writeEndlessly(socket: Socket, head: string): void {
  socket.write(head);
  const more = () => {
    while (!socket.destroyed && socket.write("x".repeat(4096)));
  };
  socket.on("drain", more);
  more();
}

function plain(respond: Respond): Server {
  return createTcpServer((socket) => receive(socket, respond));
}

function secured(options: TlsOptions): Server {
  const server = createTlsServer({ key: certificates.key, ...options }, (socket) =>
    receive(socket, good),
  );
  server.on("tlsClientError", () => {});
  return server;
}

/** Reads one complete request after another. */
function receive(socket: Socket, respond: Respond): void {
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    if (!"POST ".startsWith(text.slice(0, 5))) {
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      return;
    }
    for (;;) {
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = text.slice(0, headEnd);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      const end = headEnd + 4 + length;
      if (text.length < end) return;
      text = text.slice(end);
      respond({ token: /^validation-token: *(\S+)/im.exec(head)?.[1], socket });
    }
  });
}

async function listen(server: Server, scheme: string): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}/hook`,
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
