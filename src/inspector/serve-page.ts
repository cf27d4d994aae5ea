import type { IncomingMessage, ServerResponse } from "node:http";
import type { CommandContext } from "../context.ts";
import { CliError, withHint } from "../errors.ts";
import { serveReceiver } from "../receiver/serve-receiver.ts";
import { ActionError, readAction, toRefusal } from "./actions.ts";
import { createUrlSecret, isAdmitted, isSecret } from "./admission.ts";
import { readJsonBody, refuse, safeHeaders, sendJson, sendText } from "./answers.ts";
import { findFilters, findSample } from "./catalogue.ts";
import type { Feed } from "./feed.ts";
import { readPageFile } from "./page-file.ts";
import type { Action, ActionResult } from "./protocol.ts";

export interface PageServerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly feed: Feed;
  /** Throws an `ActionError` for what cannot be done. */
  readonly act: (action: Action) => Promise<ActionResult>;
  /** Answers for the control API of the emulator, where there is one. */
  readonly control?: (request: Request) => Promise<Response>;
  /** Called for a bug. */
  readonly onError: (error: unknown) => void;
}

export interface PageServer {
  /** The page's address, with the secret that all requests must have. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the page on 127.0.0.1, below a path that is a secret: other users of this machine and pages of other servers get
 * nothing. Throws CliError if the port is taken.
 */
export async function servePage(
  { port, feed, act, control, onError }: PageServerOptions,
  context: Pick<CommandContext, "installation">,
): Promise<PageServer> {
  const { policy, html } = readPageFile(context);
  const headers = { ...safeHeaders, "Content-Security-Policy": policy };
  const secret = createUrlSecret();

  const routes: Readonly<Record<string, Route>> = {
    "": {
      method: "GET",
      answer: (_, response) => refuse(response, 308, { Location: `/${secret}/` }),
    },
    "/": {
      method: "GET",
      answer: (_, response) =>
        sendText(response, 200, html, { "Content-Type": "text/html; charset=utf-8" }),
    },
    "/stream": {
      method: "GET",
      answer(_, response) {
        if (!feed.open(response)) refuse(response, 503);
      },
    },
    "/actions": {
      method: "POST",
      async answer(request, response) {
        const body = await readJsonBody(request, response);
        if (body === undefined) return;
        try {
          sendJson(response, 200, await act(readAction(body.toString())));
        } catch (error) {
          if (!(error instanceof ActionError)) throw error;
          sendJson(response, error.status, toRefusal(error));
        }
      },
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!isAdmitted(request, served.port)) return refuse(response, 403);
    const [, given = "", path = "", query = ""] =
      /^\/([^/?]*)([^?]*)(\?.*)?$/s.exec(request.url ?? "") ?? [];
    if (!isSecret(given, secret)) return refuse(response, 404);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route && request.method !== route.method) {
      return refuse(response, 405, { Allow: route.method });
    }
    if (route) return route.answer(request, response);
    const { pathname, href } = new URL(`http://127.0.0.1${path}${query}`);
    const isControl = pathname.startsWith("/emulator/v1/");
    if (control && isControl) return passOn(request, response, href, control);
    if (control && answerFromCatalogue(new URL(href), response)) return;
    refuse(response, 404);
  }

  const served = await serveReceiver(
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        // A client that leaves in the middle is none of our errors.
        if (!request.destroyed || request.complete) onError(error);
        response.destroy();
      });
    },
    { port, maximumConnections: 256 },
  ).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.code !== "PORT") throw error;
    throw withHint(error, "Use another --ui-port, or --ui-port 0 to pick a free port.");
  });
  return { url: `${served.url}/${secret}/`, close: served.close };
}

interface Route {
  readonly method: "GET" | "POST";
  answer(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

/** Returns whether the page asked for something of the catalogue of event filters. */
function answerFromCatalogue({ pathname, searchParams }: URL, response: ServerResponse): boolean {
  if (pathname === "/filters") {
    sendJson(response, 200, findFilters(searchParams.get("search") ?? ""));
  } else if (pathname === "/sample") {
    const found = findSample(searchParams.get("filter") ?? "");
    if ("body" in found) sendJson(response, 200, found.body);
    else sendJson(response, 404, found.refusal);
  } else return false;
  return true;
}

async function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
  control: (request: Request) => Promise<Response>,
): Promise<void> {
  const { method = "GET" } = request;
  const hasBody = method === "POST" || method === "PATCH";
  if (!hasBody && method !== "GET" && method !== "DELETE") return refuse(response, 405);
  const body = hasBody ? await readJsonBody(request, response) : undefined;
  if (hasBody && body === undefined) return;
  const headers = { "Content-Type": "application/json" };
  const answered = await control(
    new Request(url, {
      method,
      ...(body && body.length > 0 && { headers, body: Uint8Array.from(body) }),
    }),
  );
  const type = answered.headers.get("Content-Type") ?? "application/json";
  sendText(response, answered.status, await answered.text(), { "Content-Type": type });
}
