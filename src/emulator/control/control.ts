import { globMatches } from "../../filters/glob.ts";
import { json, noContent } from "../answers.ts";
import type { Backend, Delivery, EmulatedEvent, Routes } from "../backend.ts";
import { sendEvent } from "../deliveries/deliveries.ts";
import type { Emulator } from "../interface.ts";
import { apiProblem, invalidParameter, problemOf } from "../problems.ts";
import type { LoggedRequest } from "../request-log.ts";
import { readJson } from "../requests.ts";
import { addPath } from "../routes.ts";
import { isShape, type Rule, rule } from "../rules.ts";
import type { IdleOptions } from "../server/running-emulator.ts";
import { comeToRest, idleShape } from "../testing/rest.ts";
import type { Stub, Stubs } from "../testing/stubs.ts";
import { instantOf } from "../time.ts";
import { changeClock, clockShape, readClock } from "./clock.ts";
import { eventShape } from "./events.ts";
import { checkFault } from "./fault-rules.ts";
import { readSettings } from "./settings.ts";

/** What the control routes need besides the backend. */
type Controls = Pick<
  Emulator,
  | "state"
  | "reset"
  | "configure"
  | "blacklist"
  | "faults"
  | "stubs"
  | "idle"
  | "requests"
  | "deliveries"
  | "clearLog"
>;

/** The control API, under `/emulator/v1`. It needs no token: its server keeps web pages out. */
export function addControlRoutes(routes: Routes, backend: Backend, controls: Controls): void {
  const { faults, stubs } = controls;
  const idle = async (options: IdleOptions = {}) => {
    const never = new AbortController().signal;
    await comeToRest(controls, options, never).catch((error: Error) => {
      throw apiProblem(400, "CMN-101", error.message.replace(/\.$/, ""));
    });
  };
  addPath(routes, `${root}/clock`, {
    GET: () => json(readClock(backend)),
    POST: async ({ req }) => {
      await changeClock(await readBody(req.raw, clockShape), backend, idle);
      return json(readClock(backend));
    },
  });

  addPath(routes, `${root}/idle`, {
    POST: async ({ req }) => {
      await idle(await readBody<IdleOptions>(req.raw, idleShape));
      return noContent();
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

  addPath(routes, `${root}/stubs`, {
    GET: () => json({ stubs: stubs.list().map(describeStub) }),
    POST: async ({ req }) => {
      const { method, path, answer, ...options } = await readObject(req.raw);
      const given = [method, path, answer, options] as Parameters<Stubs["add"]>;
      return json(describeStub(inTheWordsOfHttp(() => stubs.add(...given))), 201);
    },
    DELETE: () => {
      stubs.clear();
      return noContent();
    },
  });
  addPath(routes, `${root}/stubs/:stubId`, {
    DELETE: ({ req }) => {
      const parameterName = "stubId";
      if (!stubs.remove(req.param(parameterName) ?? "")) {
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

function describeStub({ id, method, path, calls }: Stub) {
  return { id, method, path, calls };
}

/** Turns an Error about a value into the 400 Problem with its message. */
function inTheWordsOfHttp<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw apiProblem(400, "CMN-101", error.message.replace(/\.$/, ""));
  }
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
