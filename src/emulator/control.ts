import type { Context } from "hono";
import { isLoopback } from "../loopback.ts";
import { json, noContent } from "./answers.ts";
import type { Backend, Exchange, Routes } from "./backend.ts";
import { type EmulatedEvent, sendEvent } from "./deliveries.ts";
import { apiProblem, invalidParameter, methodNotAllowed } from "./problems.ts";
import { readJson } from "./requests.ts";
import type { EmulatorState } from "./state.ts";

/** What the control routes need beyond what the platform's routes share. */
export interface Controls {
  readonly readState: () => EmulatorState;
  readonly reset: () => void;
}

/**
 * The emulator's own routes, under `/emulator/v1`. They need no token, so they answer only requests that
 * were meant for this machine: a web page could otherwise reach them by rebinding its name to loopback.
 */
export function addControlRoutes(routes: Routes, backend: Backend, controls: Controls): void {
  routes.use(`${root}/*`, async ({ req }, next) => {
    const { hostname } = new URL(req.url);
    const origin = req.header("origin");
    if (!isLoopback(hostname) || (origin && !isLoopback(hostnameOf(origin)))) {
      throw apiProblem(403, "CMN-401", "The emulator's controls answer only to this machine");
    }
    await next();
  });

  routes.get(`${root}/clock`, () => json(readClock(backend)));
  routes.post(`${root}/clock`, async (context) => {
    await moveClock((await readJson(context.req.raw)) ?? {}, backend);
    return json(readClock(backend));
  });
  routes.all(`${root}/clock`, refuseMethod("GET, POST"));

  routes.post(`${root}/events`, async (context) => {
    const event = await readEvent(context);
    return json({ deliveries: await sendEvent(event, backend) });
  });
  routes.all(`${root}/events`, refuseMethod("POST"));

  routes.get(`${root}/state`, () => json(controls.readState()));
  routes.delete(`${root}/state`, () => {
    controls.reset();
    return noContent();
  });
  routes.all(`${root}/state`, refuseMethod("GET, DELETE"));
}

const root = "/emulator/v1";

function hostnameOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}

function readClock({ clock }: Backend) {
  return { now: new Date(clock.now()).toISOString() };
}

async function moveClock(
  body: Readonly<Record<string, unknown>>,
  { clock }: Backend,
): Promise<void> {
  const parameterName = "set" in body ? "set" : "advance";
  const value = body[parameterName];
  if (typeof value !== "string") throw invalidParameter(parameterName);
  const amount = parameterName === "set" ? instantOf(value) : millisecondsOf(value);
  if (!Number.isFinite(amount)) throw invalidParameter(parameterName);
  try {
    if (parameterName === "set") await clock.set(amount);
    else await clock.advance(amount);
  } catch (error) {
    if (error instanceof RangeError) throw invalidParameter(parameterName);
    throw error;
  }
}

/** RFC 3339; NaN for anything else. */
function instantOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
}

/** `90s`, `3d`, `1d12h` or `2w`; NaN for anything else. */
function millisecondsOf(duration: string): number {
  if (!/^(?:\d{1,9}[smhdwy])+$/.test(duration)) return Number.NaN;
  const parts = [...duration.matchAll(/(\d+)([smhdwy])/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}

const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

async function readEvent({ req }: Context<{ Bindings: Exchange }>): Promise<EmulatedEvent> {
  const { filter, body, user } = (await readJson(req.raw)) ?? {};
  if (typeof filter !== "string" || !filter.startsWith("/")) throw invalidParameter("filter");
  if (user === undefined) return { filter, body };
  if (typeof user !== "number" || !Number.isInteger(user) || user < 1) {
    throw invalidParameter("user");
  }
  return { filter, body, user };
}

function refuseMethod(allowed: string) {
  return () => {
    throw methodNotAllowed(allowed);
  };
}
