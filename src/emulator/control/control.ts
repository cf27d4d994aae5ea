import { globMatches } from "../../filters/glob.ts";
import { json, noContent } from "../answers.ts";
import type { Backend, Delivery, EmulatedEvent, Routes } from "../backend.ts";
import { sendEvent } from "../deliveries/deliveries.ts";
import type { Emulator } from "../interface.ts";
import { invalidParameter, problemOf } from "../problems.ts";
import type { LoggedRequest } from "../request-log.ts";
import { readJson } from "../requests.ts";
import { addPath } from "../routes.ts";
import { isShape, type Rule, rule } from "../rules.ts";
import { instantOf } from "../time.ts";
import { changeClock, clockShape, readClock } from "./clock.ts";
import { eventShape } from "./events.ts";
import { checkFault } from "./fault-rules.ts";
import { readSettings } from "./settings.ts";

/** What the control routes need besides the backend. */
type Controls = Pick<
  Emulator,
  "state" | "reset" | "configure" | "blacklist" | "faults" | "requests" | "deliveries" | "clearLog"
>;

/** The control API, under `/emulator/v1`. It needs no token: whoever serves it keeps web pages out. */
export function addControlRoutes(routes: Routes, backend: Backend, controls: Controls): void {
  const { faults } = controls;
  addPath(routes, `${root}/clock`, {
    GET: () => json(readClock(backend)),
    POST: async ({ req }) => {
      await changeClock(await readBody(req.raw, clockShape), backend);
      return json(readClock(backend));
    },
  });

  addPath(routes, `${root}/events`, {
    POST: async ({ req }) => {
      const event = await readBody<EmulatedEvent>(req.raw, eventShape);
      if (!event.filter.startsWith("/")) throw invalidParameter("filter");
      const deliveries = await sendEvent(event, backend);
      const { reason } = deliveries;
      return json({ deliveries, ...(reason !== undefined && { reason }) });
    },
  });

  addPath(routes, `${root}/settings`, {
    GET: () => json(backend.settings),
    PATCH: async ({ req }) => {
      controls.configure(readSettings(await readObject(req.raw), backend.settings));
      return json(backend.settings);
    },
  });

  addPath(routes, `${root}/subscriptions/:subscriptionId/blacklist`, {
    POST: async ({ req }) => {
      const { reason } = await readBody<{ reason?: string }>(req.raw, blacklistShape);
      const id = req.param("subscriptionId") ?? "";
      if (!backend.subscriptions.find(id)) throw problemOf("CMN-102");
      controls.blacklist(id, reason);
      return noContent();
    },
  });

  addPath(routes, `${root}/faults`, {
    GET: () => json({ faults: faults.list() }),
    POST: async ({ req }) => {
      const fault: unknown = await readObject(req.raw);
      checkFault(fault);
      const id = faults.add(fault);
      return json(
        faults.list().find((one) => one.id === id),
        201,
      );
    },
    DELETE: () => {
      faults.clear();
      return noContent();
    },
  });
  addPath(routes, `${root}/faults/:faultId`, {
    DELETE: ({ req }) => {
      const parameterName = "faultId";
      if (!faults.remove(req.param(parameterName) ?? "")) {
        throw problemOf("CMN-102", { parameterName });
      }
      return noContent();
    },
  });

  addPath(routes, `${root}/log`, {
    GET: ({ req }) => json(readLog(req.query(), controls)),
    DELETE: () => {
      controls.clearLog();
      return noContent();
    },
  });

  addPath(routes, `${root}/websockets/cut`, {
    POST: () => json({ cut: backend.gateway.cut() }),
  });

  addPath(routes, `${root}/state`, {
    GET: () => json(controls.state()),
    DELETE: () => {
      controls.reset();
      return noContent();
    },
  });
}

const root = "/emulator/v1";

const blacklistShape = isShape({
  reason: rule("a reason", (value) => typeof value === "string" && value.trim() !== ""),
});

// A constant, so that no setting can prevent a request that changes it back.
const maximumControlBytes = 1024 * 1024;

async function readObject(request: Request) {
  return (await readJson(request, maximumControlBytes)) ?? {};
}

/** Throws the 400 Problem that names the field that breaks the shape. */
async function readBody<Body>(request: Request, shape: Rule): Promise<Body> {
  const body = await readObject(request);
  const flaw = shape.find(body, "");
  if (flaw) throw invalidParameter(flaw.name);
  return body as Body;
}

interface Logs {
  readonly requests: readonly LoggedRequest[];
  readonly deliveries: readonly Delivery[];
}

/**
 * The entries that match a query: `method` and `path` filter requests, `user` and `since` both logs. Throws the 400
 * Problem for an invalid query.
 */
function readLog(query: Readonly<Record<string, string>>, { requests, deliveries }: Logs): Logs {
  const { method = "*", path = "*", user, since, ...others } = query;
  for (const name of Object.keys(others)) throw invalidParameter(name);
  if (user !== undefined && !/^[1-9]\d*$/.test(user)) throw invalidParameter("user");
  const earliest = since === undefined ? 0 : instantOf(since);
  if (Number.isNaN(earliest)) throw invalidParameter("since");

  const isWanted = (entry: LoggedRequest | Delivery) =>
    (user === undefined || entry.user === Number(user)) && Date.parse(entry.timestamp) >= earliest;
  return {
    requests: requests.filter(
      (entry) =>
        isWanted(entry) &&
        globMatches(method.toUpperCase(), entry.method) &&
        globMatches(path, entry.path),
    ),
    deliveries: deliveries.filter(isWanted),
  };
}
