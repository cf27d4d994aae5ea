import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fault } from "../../src/emulator/control/fault-rules.ts";
import { globMatches } from "../../src/filters/glob.ts";
import { basic } from "../emulator/kit.ts";
import type { World } from "./world.ts";

/** Which requests a fault affects, and how many of them. */
interface FaultTarget {
  readonly match: { readonly method?: string; readonly path?: string };
  readonly times: number | "always";
}

/** A failure between rcwh and the platform. */
export interface FaultKind {
  readonly name: string;
  /** Seconds during which no request may follow. */
  readonly silence?: number;
  /** The affected requests, if the test cannot choose them. */
  readonly path?: string;
  /** Happens only before a run. */
  readonly isOutage?: true;
  strike(world: World, aim: FaultTarget): void | Promise<void>;
}

export const faultKinds: readonly FaultKind[] = [
  {
    name: "connection refused",
    isOutage: true,
    async strike({ line, clock }, { times }) {
      await line.cut();
      if (times === "always") return;
      const { sleep } = clock;
      clock.sleep = async (milliseconds, signal) => {
        await line.mend();
        return sleep(milliseconds, signal);
      };
    },
  },
  {
    name: "reset mid-body",
    strike: afterProcessing((text, { headers }) => {
      // A response without a body breaks before its first byte.
      if (text === "") return Response.error();
      const half = text.slice(0, text.length / 2);
      const whole = new Headers(headers);
      whole.set("Content-Length", String(Buffer.byteLength(text)));
      return new Response(half, { headers: whole });
    }),
  },
  { name: "timeout", strike: (world, aim) => addFault(world, aim, { delay: "1h" }) },
  {
    name: "429, seconds",
    silence: 30,
    strike: (world, aim) => addFault(world, aim, penalty("30")),
  },
  {
    name: "429, HTTP date",
    silence: 30,
    strike(world, aim) {
      // The server's clock is ten minutes ahead.
      const serverNow = world.clock.now() + 600_000;
      const date = (instant: number) => new Date(instant).toUTCString();
      const { headers, ...fault } = penalty(date(serverNow + 30_000));
      addFault(world, aim, { ...fault, headers: { ...headers, Date: date(serverNow) } });
    },
  },
  {
    name: "429, no header",
    silence: 60,
    strike: (world, aim) => addFault(world, aim, { code: "CMN-301" }),
  },
  { name: "500", strike: (world, aim) => addFault(world, aim, { code: "CMN-203", status: 500 }) },
  { name: "502, HTML", strike: (world, aim) => addFault(world, aim, { html: true }) },
  { name: "503", strike: (world, aim) => addFault(world, aim, { code: "CMN-201", status: 503 }) },
  {
    name: "expired token",
    path: "/restapi/v1.0/*",
    strike: (world, aim) => addFault(world, aim, { code: "OAU-128" }),
  },
  {
    name: "revoked session",
    path: "/restapi/v1.0/*",
    async strike(world, aim) {
      await revokeSession(world);
      // It is revoked again at each sign-in.
      if (aim.times === "always") addFault(world, aim, { code: "OAU-213" });
    },
  },
  {
    name: "truncated JSON",
    strike: afterProcessing(
      (text) =>
        new Response(text.slice(0, text.length / 2) || "{", {
          headers: { "Content-Type": "application/json" },
        }),
    ),
  },
  { name: "empty 200", strike: afterProcessing(() => new Response(null, { status: 200 })) },
];

/** The platform processes the request, but its answer is damaged on the way back. */
function afterProcessing(spoil: (text: string, answer: Response) => Response) {
  return ({ emulator }: World, { match, times }: FaultTarget): void => {
    let isInside = false;
    emulator.intercept(
      async (request) => {
        const { method, url } = request;
        const { method: wanted = method, path = "*" } = match;
        if (isInside || method !== wanted || !globMatches(path, new URL(url).pathname)) {
          return undefined;
        }
        isInside = true;
        const answer = await emulator.fetch(request);
        isInside = false;
        return spoil(await answer.clone().text(), answer);
      },
      times === "always" ? Number.POSITIVE_INFINITY : times,
    );
  };
}

function addFault({ emulator }: World, aim: FaultTarget, fault: Fault): void {
  emulator.faults.add({ ...fault, ...aim });
}

function penalty(retryAfter: string) {
  // These codes come from the usage plan instead of another limiter.
  return {
    code: "CMN-301",
    headers: { "X-Rate-Limit-Window": "60", "Retry-After": retryAfter },
  } as const;
}

async function revokeSession({ emulator, directory }: World): Promise<void> {
  const { tokens } = JSON.parse(
    await readFile(join(directory, "config", "config.json"), "utf8"),
  ) as {
    readonly tokens: Readonly<Record<string, { readonly accessToken: string }>>;
  };
  for (const { accessToken } of Object.values(tokens)) {
    await emulator.fetch(
      new Request("http://emulator.test/restapi/oauth/revoke", {
        method: "POST",
        headers: { Authorization: basic },
        body: new URLSearchParams({ token: accessToken }),
      }),
    );
  }
}
