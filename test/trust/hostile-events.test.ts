import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe } from "vitest";
import { createReceiver, toExpressHandler } from "../../src/receiver/receiver.ts";
import { test as base, envelope, post, startTarget } from "../listener/kit.ts";
import { test as serving } from "../support/rcwh.ts";

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const event = (body: string) => `{"event":"/restapi/v1.0/account/~/extension/~/x","body":${body}}`;

/** Bodies that are no event's, because no event is nested as deep. */
const refused = [
  event(nested(200_000)),
  event(`${'{"text":'.repeat(20_000)}1${"}".repeat(20_000)}`),
];

const bodies = [
  // Forty megabytes once it is indented.
  event(`${"[".repeat(190)}${"1,".repeat(100_000)}1${"]".repeat(190)}`),
  event(`[${Array(50_000).fill("{}").join()}]`),
  event(`"${"\\n".repeat(400_000)}"`),
  '{"event":"constructor","body":{"__proto__":{"event":1},"toString":"x","hasOwnProperty":1}}',
  '{"__proto__":{"body":1},"event":"__proto__","ownerId":{"toString":1},"timestamp":1e999}',
];

const oddNames = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "then"];

/** Posts with header names that `fetch` would change. */
function postOdd(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = oddNames.flatMap((name) => [name, `of ${name}`]);
    const outgoing = httpRequest(url, {
      method: "POST",
      agent: false,
      headers: ["Host", "127.0.0.1", "Content-Type", "application/json", ...headers],
    });
    outgoing.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(envelope("odd")));
  });
}

describe("a listener outlives any event", () => {
  for (const [flags, terminal] of [
    ["-v", { tty: true }],
    ["--json --record {file}", {}],
    ["-o tsv --forward-to {target}", {}],
  ] as const) {
    base(`with ${flags}`, async ({ listen, directory, expect }) => {
      await using target = await startTarget();
      const file = join(directory, "events.ndjson");
      const words = flags.replace("{file}", file).replace("{target}", `${target.port}`);
      const { url, ...listener } = await listen(`--receive-only ${words}`, terminal);
      for (const body of [...refused, ...bodies])
        expect((await post(`${url}/`, body)).status).toBe(200);
      expect(await postOdd(`${url}/`)).toBe(200);
      if (words.includes("forward")) await target.until(bodies.length + 1);
      await post(`${url}/`, envelope("the last"));
      if (words.includes("forward")) await target.until(bodies.length + 2);
      const { stdout, stderr } = await listener.stop();

      expect(stderr).toContain("Ignored a delivery: the body is not JSON.");
      expect(stderr).toContain(`Received ${bodies.length + 2} events`);
      expect(stdout).toContain("the last");
      expect(stdout.length).toBeLessThan(5_000_000);
      if (!words.includes("json")) return;
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      expect(JSON.parse(lines.at(-2) ?? "").headers).toEqual({
        Host: "127.0.0.1",
        "Content-Type": "application/json",
        "Transfer-Encoding": "chunked",
        Connection: "close",
        ...Object.fromEntries(
          oddNames.filter((name) => name !== "__proto__").map((name) => [name, `of ${name}`]),
        ),
      });
    });
  }
});

serving("a receiver whose body was parsed already refuses one nested too deep", ({ expect }) => {
  const statuses: number[] = [];
  const reasons: string[] = [];
  const handle = toExpressHandler(
    createReceiver({ onRejected: (reason) => void reasons.push(reason) }),
  );
  handle(
    {
      method: "POST",
      url: "/",
      headers: {},
      on() {},
      readableDidRead: true,
      body: JSON.parse(event(nested(200_000))),
    },
    { writeHead: (status) => statuses.push(status), end() {} },
  );
  expect(statuses).toEqual([200]);
});
