import type { Emulator } from "../../src/emulator/interface.ts";
import { subscription } from "./subscriptions.ts";

/** The path of the platform's subscriptions. */
export const collection = "/restapi/v1.0/subscription";

/** How an answer is damaged on its way back. */
export const losses = {
  "a gateway's 502": () => new Response("<html><title>Bad Gateway</title>", { status: 502 }),
  "a cut connection": () =>
    new Response('{"id":', {
      headers: { "Content-Type": "application/json", "Content-Length": "900" },
    }),
  "an empty 200": () => new Response(null, { status: 200 }),
  "half of the JSON": () => new Response('{"id":"0000', { status: 200 }),
} as const;

export interface Loss {
  /** Whether the platform processes the request before the answer gets lost. */
  readonly processed: boolean;
  readonly answer: () => Response;
  readonly times?: number;
}

/** Loses the answers to requests of this kind, such as `POST /restapi/v1.0/subscription`. */
export function loseAnswers(emulator: Emulator, line: string, loss: Loss): () => void {
  let inside = false;
  return emulator.intercept(async (request) => {
    if (inside || lineOf(request) !== line) return undefined;
    if (loss.processed) {
      inside = true;
      await emulator.fetch(request);
      inside = false;
    }
    return loss.answer();
  }, loss.times ?? 1);
}

/**
 * A power failure: of the coming API requests, all before the given one (from 0) are answered, that one is
 * processed or not, and no later one is answered. Returns a function that ends the outage.
 */
export function crashAt(
  emulator: Emulator,
  index: number,
  { processed, onCrash }: { readonly processed: boolean; readonly onCrash?: () => void },
): () => void {
  let inside = false;
  let count = 0;
  return emulator.intercept(async (request) => {
    if (inside || !new URL(request.url).pathname.startsWith(collection)) return undefined;
    const position = count++;
    if (position < index) return undefined;
    if (position === index) {
      onCrash?.();
      if (processed) {
        inside = true;
        await emulator.fetch(request);
        inside = false;
      }
    }
    return losses["a cut connection"]();
  }, Number.POSITIVE_INFINITY);
}

/** Lists 29 extra subscriptions, which is all that RingCentral allows next to one. */
export function fillToLimit(emulator: Emulator): () => void {
  let inside = false;
  return emulator.intercept(async (request) => {
    if (inside || lineOf(request) !== `GET ${collection}`) return undefined;
    inside = true;
    const answer = await emulator.fetch(request);
    inside = false;
    const text = await answer.clone().text();
    // One that another fault has cut off.
    if (!text.endsWith("}")) return answer;
    const { records, ...rest } = JSON.parse(text) as { readonly records: readonly object[] };
    const others = Array.from({ length: 29 }, (_, index) => subscription(`f00000${10 + index}`));
    return Response.json({ ...rest, records: [...records, ...others] });
  }, Number.POSITIVE_INFINITY);
}

/** `METHOD path` of the emulator's requests without sign-ins, ids shortened to their first eight characters. */
export function asked(emulator: Emulator): readonly string[] {
  return emulator.requests
    .filter(({ path }) => !path.startsWith("/restapi/oauth/"))
    .map(({ method, path }) => `${method} ${path.replace(/(?<=\/[0-9a-f]{8})-[0-9a-f-]{27}/, "")}`);
}

function lineOf({ method, url }: Request): string {
  return `${method} ${new URL(url).pathname}`;
}
