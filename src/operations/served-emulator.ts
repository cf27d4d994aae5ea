import { NetworkError } from "../api/errors.ts";
import type { ExchangeLimits, HttpAnswer, HttpRequest } from "../api/http.ts";
import { createTransport } from "../api/transport.ts";
import type { CommandContext } from "../context.ts";
import { createEmulator } from "../emulator/emulator.ts";
import { serveState } from "../emulator/server/serve-state.ts";
import { LockedError } from "../machine/locks/locked-error.ts";

/** The emulator of the profile `emulator`, on a port of this machine. */
export interface ServedEmulator {
  fetch(request: Request): Promise<Response>;
  /** Rejects when the state can no longer be saved, or another run has taken the file. */
  readonly failed: Promise<never>;
  /** Saves the state, and releases the file. Throws if that fails. */
  close(): Promise<void>;
}

/** Throws LockedError if another run uses the file, and CliError if it cannot be used. */
export async function serveEmulator(
  path: string,
  { clock, signal }: Pick<CommandContext, "clock" | "signal">,
): Promise<ServedEmulator> {
  const emulator = createEmulator({ clock });
  try {
    const { url, failed, close } = await serveState(path, emulator, { clock, signal });
    return {
      // Through the port, because a token for the gateway names the address that it was requested at.
      fetch: async (request) => (await askHost(url, request)) ?? Response.error(),
      failed,
      close: () => close().finally(emulator.reset),
    };
  } catch (error) {
    emulator.reset();
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof LockedError ? cause : error;
  }
}

/** Sends a request to the emulator at an address of this machine. Undefined, with nothing done, if none answers. */
export async function askHost(host: string, request: Request): Promise<Response | undefined> {
  const { method, url, headers, signal } = request;
  const { pathname, search } = new URL(url);
  const body = (await request.clone().text()) || undefined;
  try {
    // A run that is suspended accepts connections, and answers nothing.
    const probe = await send(host, readClock, { timeout: probeTimeout, signal });
    if (!isEmulators(probe)) return undefined;
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
  try {
    const sent = { method, path: pathname + search, headers: Object.fromEntries(headers), body };
    return toResponse(await send(host, sent, { timeout: longestTimeout, signal }));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return error.maybeProcessed ? Response.error() : undefined;
  }
}

/** Over a connection of its own: the host cuts idle ones when it ends. */
async function send(
  server: string,
  request: HttpRequest,
  limits: Pick<ExchangeLimits, "timeout" | "signal">,
): Promise<HttpAnswer> {
  const transport = createTransport({ server, env: {} });
  try {
    return await transport.exchange(request, {
      attempt: "ask the emulator",
      endsWithRun: false,
      ...limits,
    });
  } finally {
    transport.close();
  }
}

/** Not so where another server has the port by now. */
function isEmulators({ headers }: HttpAnswer): boolean {
  return headers["rcrequestid"] !== undefined;
}

function toResponse({ status, statusText, headers, body }: HttpAnswer): Response {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  return new Response(bodiless.has(status) ? null : body, { status, statusText, headers: given });
}

const bodiless = new Set([204, 205, 304]);

const readClock: HttpRequest = {
  method: "GET",
  path: "/emulator/v1/clock",
  headers: {},
  body: undefined,
};

/** Milliseconds. */
const probeTimeout = 2000;

/** Milliseconds: the caller has a timeout of its own. */
const longestTimeout = 2 ** 31 - 1;
