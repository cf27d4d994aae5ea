import { AsyncLocalStorage } from "node:async_hooks";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../src/emulator/interface.ts";
import { deviations } from "./deviations.ts";
import { type Complaint, type DefinedOperation, loadOpenApi } from "./openapi.ts";

/** An emulator that compares its requests and answers with RingCentral's definition. */
export interface WatchedEmulator extends Emulator {
  /** Throws for every difference that is not a documented deviation. */
  conclude(): Promise<void>;
}

/** The observations of one emulator; the summary of a run adds them up. */
export interface Tally {
  readonly answers: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** The directory for tallies, set by the global setup. */
export const tallyVariable = "RCWH_CONFORMANCE_DIR";

const definition = await loadOpenApi();

/**
 * Whether a test's own answer replaced the emulator's, for the current request. One for all emulators:
 * Node 20 copies every existing storage to each promise.
 */
const current = new AsyncLocalStorage<{ injected: boolean }>();

/**
 * Ignores answers that a test puts in place of the emulator's own, and requests that were refused.
 *
 * @param counts whether the summary of the run counts the observations
 */
export function watchEmulator(emulator: Emulator, counts = true): WatchedEmulator {
  const answers: Record<string, number> = {};
  const violations: string[] = [];
  const checks = new Set<Promise<void>>();

  const check = async (request: Request, respond: () => Promise<Response>): Promise<Response> => {
    const { method } = request;
    const { pathname } = new URL(request.url);
    const operation = definition?.find(method, pathname);
    if (operation === undefined) return respond();

    const body =
      operation !== "unlisted" && operation.takesBody ? readCopy(request) : Promise.resolve("");
    const place = { injected: false };
    const response = await current.run(place, respond);
    if (place.injected || wasFaulty(emulator, response)) return response;

    const checked = compare(operation, request, body, response.clone()).then((complaints) => {
      const name = `${operation === "unlisted" ? "unlisted" : operation.id} ${response.status}`;
      answers[name] = (answers[name] ?? 0) + 1;
      violations.push(
        ...complaints
          .filter((each) => !deviations.some(({ covers }) => covers(each)))
          .map(
            ({ rule, detail }) => `${method} ${pathname} ${response.status}: ${rule}: ${detail}`,
          ),
      );
    });
    checks.add(checked);
    checked.finally(() => checks.delete(checked)).catch(() => {});
    return response;
  };

  return Object.create(emulator, {
    fetch: { value: (request: Request) => check(request, () => emulator.fetch(request)) },
    intercept: {
      value: ((answer, times) =>
        emulator.intercept(async (request) => {
          const response = await answer(request);
          const place = current.getStore();
          if (place && response) place.injected = true;
          return response;
        }, times)) satisfies Emulator["intercept"],
    },
    conclude: {
      value: async () => {
        await Promise.all(checks);
        if (counts) keepTally({ answers, violations });
        if (violations.length > 0) {
          throw new Error(`Not as RingCentral's definition has it:\n${violations.join("\n")}`);
        }
      },
    },
  });
}

async function compare(
  operation: DefinedOperation | "unlisted",
  { headers }: Request,
  body: Promise<string | undefined>,
  response: Response,
): Promise<readonly Complaint[]> {
  const { status } = response;
  const answer = {
    status,
    contentType: response.headers.get("content-type"),
    text: await response.text(),
  };
  if (operation === "unlisted") {
    return status < 400
      ? [{ rule: "unlisted", operation, detail: "the definition has no such method" }]
      : [];
  }
  const complaints = operation.checkAnswer(answer);
  // A refused request may be incomplete.
  const requestText = status < 400 ? await body : undefined;
  if (requestText === undefined) return complaints;
  const request = { contentType: headers.get("content-type"), text: requestText };
  return [...complaints, ...operation.checkRequest(request)];
}

const mostBytes = 1024 * 1024;

/** The body, without affecting other readers of the request; undefined if it is huge or incomplete. */
async function readCopy(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.clone().body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}

function wasFaulty({ requests }: Emulator, { headers, type }: Response): boolean {
  const requestId = headers.get("rcrequestid");
  const entry = requests.findLast((each) => each.requestId === requestId);
  return type === "error" || entry?.fault !== undefined;
}

/** At once, which takes a tenth of the processor that three turns of the thread pool take. */
function keepTally(tally: Tally): void {
  const directory = process.env[tallyVariable];
  if (directory === undefined || Object.keys(tally.answers).length === 0) return;
  appendFileSync(join(directory, `${process.pid}.ndjson`), `${JSON.stringify(tally)}\n`);
}
