import { isLoopback } from "../../machine/loopback.ts";
import { json, noContent } from "../answers.ts";
import type { Backend, EmulatedEvent, Routes } from "../backend.ts";
import { sendEvent } from "../deliveries/deliveries.ts";
import type { Emulator } from "../interface.ts";
import { apiProblem, invalidParameter, problemOf, refuseMethod } from "../problems.ts";
import { readJson, refuseStrangers } from "../requests.ts";
import { changeClock, readClock } from "./clock.ts";
import { checkFault } from "./fault-rules.ts";
import type { Faults } from "./faults.ts";
import { readLog } from "./log.ts";
import { readSettings } from "./settings.ts";

/** What the control routes need beyond what the platform's routes share. */
type Controls = Pick<
  Emulator,
  "state" | "reset" | "configure" | "blacklist" | "faults" | "requests" | "deliveries" | "clearLog"
>;

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

  const read = async (request: Request) => (await readJson(request, maximumControlBytes)) ?? {};

  routes.get(`${root}/clock`, () => json(readClock(backend)));
  routes.post(`${root}/clock`, async ({ req }) => {
    await changeClock(await read(req.raw), backend);
    return json(readClock(backend));
  });
  routes.all(`${root}/clock`, refuseMethod("GET, POST"));

  routes.post(`${root}/events`, async ({ req }) => {
    const event = readEvent(await read(req.raw));
    return json({ deliveries: await sendEvent(event, backend) });
  });
  routes.all(`${root}/events`, refuseMethod("POST"));

  routes.get(`${root}/settings`, () => json(backend.settings));
  routes.patch(`${root}/settings`, async ({ req }) => {
    controls.configure(readSettings(await read(req.raw), backend.settings));
    return json(backend.settings);
  });
  routes.all(`${root}/settings`, refuseMethod("GET, PATCH"));

  routes.post(`${root}/subscriptions/:subscriptionId/blacklist`, async ({ req }) => {
    const body = await read(req.raw);
    refuseStrangers(body, ["reason"]);
    const { reason } = body;
    if (reason !== undefined && (typeof reason !== "string" || reason.trim() === "")) {
      throw invalidParameter("reason");
    }
    const id = req.param("subscriptionId");
    if (!backend.subscriptions.find(id)) throw problemOf("CMN-102");
    controls.blacklist(id, reason);
    return noContent();
  });
  routes.all(`${root}/subscriptions/:subscriptionId/blacklist`, refuseMethod("POST"));

  addFaultRoutes(routes, controls.faults, read);
  addLogRoutes(routes, controls);

  routes.post(`${root}/websockets/cut`, () => json({ cut: backend.gateway.cut() }));
  routes.all(`${root}/websockets/cut`, refuseMethod("POST"));

  routes.get(`${root}/state`, () => json(controls.state()));
  routes.delete(`${root}/state`, () => {
    controls.reset();
    return noContent();
  });
  routes.all(`${root}/state`, refuseMethod("GET, DELETE"));
}

const root = "/emulator/v1";

// Of its own, so that no setting keeps anybody from changing it back.
const maximumControlBytes = 1024 * 1024;

function hostnameOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}

function addFaultRoutes(
  routes: Routes,
  faults: Faults,
  read: (request: Request) => Promise<unknown>,
): void {
  routes.get(`${root}/faults`, () => json({ faults: faults.list() }));
  routes.post(`${root}/faults`, async ({ req }) => {
    const id = faults.add(checkFault(await read(req.raw)));
    return json(
      faults.list().find((fault) => fault.id === id),
      201,
    );
  });
  routes.delete(`${root}/faults`, () => {
    faults.clear();
    return noContent();
  });
  routes.all(`${root}/faults`, refuseMethod("GET, POST, DELETE"));

  routes.delete(`${root}/faults/:faultId`, ({ req }) => {
    if (!faults.remove(req.param("faultId"))) {
      throw problemOf("CMN-102", { parameterName: "faultId" });
    }
    return noContent();
  });
  routes.all(`${root}/faults/:faultId`, refuseMethod("DELETE"));
}

function addLogRoutes(routes: Routes, controls: Controls): void {
  routes.get(`${root}/log`, ({ req }) => json(readLog(req.query(), controls)));
  routes.delete(`${root}/log`, () => {
    controls.clearLog();
    return noContent();
  });
  routes.all(`${root}/log`, refuseMethod("GET, DELETE"));
}

function readEvent(event: Readonly<Record<string, unknown>>): EmulatedEvent {
  refuseStrangers(event, ["filter", "body", "user"]);
  const { filter, body, user } = event;
  if (typeof filter !== "string" || !filter.startsWith("/")) throw invalidParameter("filter");
  if (user === undefined) return { filter, body };
  if (typeof user !== "number" || !Number.isInteger(user) || user < 1) {
    throw invalidParameter("user");
  }
  return { filter, body, user };
}
