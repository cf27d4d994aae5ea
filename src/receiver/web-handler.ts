import type { Answer, Answering, Body, Head } from "./answering.ts";
import type { ReceiverContext } from "./options.ts";

export function createWebHandler(answering: Answering) {
  return async (request: Request, context?: ReceiverContext): Promise<Response> => {
    const head = headOf(request);
    const answer =
      answering.answerHead(head) ?? answering.answerBody(head, await readBody(request, answering));
    const work = afterwards(answer);
    context?.waitUntil?.(work);
    const { status, headers } = answer;
    return new Response(null, { status, headers });
  };
}

function headOf({ method, url, headers }: Request): Head {
  return {
    method,
    get path() {
      return new URL(url).pathname;
    },
    header: (name) => headers.get(name) ?? undefined,
    headers,
  };
}

async function readBody({ headers, body }: Request, answering: Answering): Promise<Body> {
  const reader = answering.createBodyReader(headers.get("content-length") ?? undefined);
  const stream = body?.getReader();
  if (!reader) {
    void drain(stream);
    return "too-large";
  }
  try {
    for (;;) {
      const { done = true, value } = (await stream?.read()) ?? {};
      if (value && !reader.add(value)) {
        void drain(stream);
        return "too-large";
      }
      if (done) return { text: reader.end() };
    }
  } catch {
    reader.abandon();
    return "broken-off";
  }
}

/** Reads on, because to stop would close the connection before the client gets its answer. */
async function drain(stream: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  try {
    while (stream && !(await stream.read()).done);
  } catch {
    // The client hung up.
  }
}

/** In the next turn of the event loop, when the answer is on its way. */
function afterwards({ after }: Answer): Promise<void> {
  if (!after) return Promise.resolve();
  return new Promise((resolve) => setImmediate(() => resolve(after())));
}
