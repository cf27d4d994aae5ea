import { describe, test } from "vitest";
import { createLocalTransport } from "../../src/api/local-transport.ts";

const request = { method: "POST", path: "/path?query", headers: { a: "b" }, body: "{}" };

function limits(change: { readonly signal?: AbortSignal; readonly endsWithRun?: boolean } = {}) {
  return { attempt: "try", timeout: 20, endsWithRun: false, signal: undefined, ...change };
}

/** A server that never answers, and the requests that it got. */
function silent() {
  const requests: Request[] = [];
  const fetch = (asked: Request) => {
    requests.push(asked);
    return new Promise<Response>(() => {});
  };
  return { requests, transport: createLocalTransport("http://emulator.localhost", fetch) };
}

describe("a transport to a function", () => {
  test("carries a request there and an answer back", async ({ expect }) => {
    const { exchange } = createLocalTransport("http://emulator.localhost", async (asked) =>
      Response.json(
        {
          url: asked.url,
          method: asked.method,
          a: asked.headers.get("a"),
          body: await asked.text(),
        },
        { status: 201, statusText: "Made", headers: { RCRequestId: "1" } },
      ),
    );

    expect(await exchange(request, limits())).toEqual({
      status: 201,
      statusText: "Made",
      headers: { "content-type": "application/json", rcrequestid: "1" },
      body: '{"url":"http://emulator.localhost/path?query","method":"POST","a":"b","body":"{}"}',
    });
  });

  test("reports a timeout and hangs up", async ({ expect }) => {
    const { transport, requests } = silent();

    await expect(transport.exchange(request, limits())).rejects.toMatchObject({
      message: "Could not try: the emulator did not answer within 0 s.",
      code: "TIMEOUT",
      exitCode: 5,
      maybeProcessed: true,
    });

    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true]);
  });

  test("reports the end of the deadline", async ({ expect }) => {
    const { transport } = silent();
    await expect(transport.exchange(request, limits({ endsWithRun: true }))).rejects.toMatchObject({
      code: "DEADLINE",
    });
  });

  test("ends with the run and hangs up", async ({ expect }) => {
    const { transport, requests } = silent();
    const stop = new AbortController();
    const exchanged = transport.exchange(request, limits({ signal: stop.signal }));

    stop.abort(new Error("Ctrl-C"));

    await expect(exchanged).rejects.toThrow("Ctrl-C");
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true]);
  });

  test("sends nothing once the run has ended", async ({ expect }) => {
    const { transport, requests } = silent();
    const signal = AbortSignal.abort(new Error("Ctrl-C"));
    await expect(transport.exchange(request, limits({ signal }))).rejects.toThrow("Ctrl-C");
    expect(requests).toEqual([]);
  });

  const broken = {
    "no answer": [Response.error(), "the emulator closed the connection without an answer"],
    "half an answer": [
      new Response("12345", { headers: { "content-length": "10" } }),
      "the answer was cut off",
    ],
    "an answer that fails": [
      new Response(new ReadableStream({ start: (controller) => controller.error(new Error()) })),
      "the answer was cut off",
    ],
  } as const;
  for (const [kind, [response, reason]] of Object.entries(broken)) {
    test(`tells ${kind} from a complete one`, async ({ expect }) => {
      const { exchange } = createLocalTransport("http://emulator.localhost", async () => response);
      await expect(exchange(request, limits())).rejects.toMatchObject({
        message: `Could not try: ${reason}.`,
        code: "NETWORK",
        maybeProcessed: true,
      });
    });
  }

  test("passes on the function's error", async ({ expect }) => {
    const { exchange } = createLocalTransport("http://emulator.localhost", async () => {
      throw new Error("no such file");
    });
    await expect(exchange(request, limits())).rejects.toThrow("no such file");
  });
});
