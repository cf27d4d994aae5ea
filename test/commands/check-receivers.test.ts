import type { RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { describe } from "vitest";
import type { Check } from "../../src/check/check.ts";
import { createReceiver, toNodeHandler } from "../../src/receiver/receiver.ts";
import { httpEndpoint } from "../support/endpoints.ts";
import { hasPython, startPythonReceiver } from "../support/python-receivers.ts";
import { type RunResult, test } from "../support/rcwh.ts";

/** Answers the handshake correctly and leaves every event unanswered, like RingCentral's JavaScript sample. */
const likeTheSample: RequestListener = (request, response) => {
  const token = request.headers["validation-token"];
  if (request.method !== "POST" || request.url !== "/webhook") return;
  if (token === undefined) {
    request.resume();
    return;
  }
  response.setHeader("Content-type", "application/json");
  response.setHeader("Validation-Token", token);
  response.end();
};

/** Correct receivers, each at `/webhook`. */
const proper: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  "node:http": () => (request, response) => {
    const token = request.headers["validation-token"];
    response.setHeader("Content-Type", "application/json");
    if (token !== undefined) response.setHeader("Validation-Token", token);
    request.resume();
    response.end();
  },
  Express: () =>
    express().post("/webhook", express.json(), (request, response) => {
      const token = request.get("Validation-Token");
      if (token !== undefined) response.set("Validation-Token", token);
      response.type("json").send();
    }),
  Fastify: async () => {
    const app = fastify();
    // Its own parser refuses the empty body of a handshake.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) =>
      done(null, body),
    );
    app.post("/webhook", (request, reply) => {
      const token = request.headers["validation-token"];
      if (token !== undefined) reply.header("Validation-Token", token);
      return reply.type("application/json").send("");
    });
    await app.ready();
    return (request, response) => void app.routing(request, response);
  },
  Hono: () => {
    const app = new Hono().post("/webhook", (context) => {
      const token = context.req.header("Validation-Token");
      if (token !== undefined) context.header("Validation-Token", token);
      return context.json({});
    });
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  },
  "rcwh/receiver": () => toNodeHandler(createReceiver({ path: "/webhook", onEvent: () => {} })),
};

/**
 * Receivers of RingCentral's own documentation, tutorials and bots, and of others with live subscriptions, as they answer the
 * handshake: none of them declares JSON.
 */
const untyped: Readonly<Record<string, RequestListener>> = {
  "verification.rb, with the type of its framework": (request, response) => {
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.setHeader("Content-Type", "text/html;charset=utf-8").end();
  },
  "webhook-server.php, with PHP's own type": (request, response) => {
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.setHeader("Content-type", "text/html; charset=UTF-8").end();
  },
  "public-bot.js, which sends no type": express().post(
    "/webhook",
    express.json(),
    (request, response) => {
      const token = request.get("Validation-Token");
      if (token !== undefined) response.header("Validation-Token", token);
      response.statusCode = 200;
      response.end();
    },
  ),
};

function problemsOf({ stdout }: RunResult): readonly object[] {
  const checks: readonly Check[] = JSON.parse(stdout).checks;
  return checks.flatMap(({ rule, status, code }) =>
    status === "fail" || status === "warn" ? [{ rule, status, code }] : [],
  );
}

function rowOf({ stdout }: RunResult, rule: string): Check | undefined {
  const checks: readonly Check[] = JSON.parse(stdout).checks;
  return checks.find((check) => check.rule === rule);
}

describe("rcwh check fails, and RingCentral would blacklist, a receiver like", () => {
  test("RingCentral's sample in JavaScript", async ({ rcwh, expect }) => {
    await using endpoint = await httpEndpoint(likeTheSample);
    const words = `check ${endpoint.url}/webhook --timeout 1s --json`;
    const result = await rcwh(words, { env: {} });

    expect(rowOf(result, "validation-token")).toMatchObject({ status: "pass" });
    expect(problemsOf(result)).toEqual([
      { rule: "event-time", status: "fail", code: "blacklisted-timeout" },
    ]);
    expect(rowOf(result, "event-time")?.measured).toMatch(
      "I/O operation is failed. Details: [Read timed out]",
    );
    expect(JSON.parse(result.stderr).error.message).toMatch(
      "The endpoint passes the handshake, but its answer to an event is slower than --timeout; RingCentral allows 3000 ms.",
    );
    expect(result.exitCode).toBe(6);
    expect(await rcwh(`${words} --no-event`, { env: {} })).toMatchObject({ exitCode: 0 });
  });

  test("RingCentral's sample in Python", async ({ rcwh, expect, skip }) => {
    skip(!hasPython, "there is no python3 on this machine");
    await using endpoint = await startPythonReceiver({ answersEvents: false });
    const result = await rcwh(`check ${endpoint.url} --json`, { env: {} });

    expect(rowOf(result, "validation-token")).toMatchObject({ status: "pass" });
    expect(rowOf(result, "http-version")).toMatchObject({ status: "pass", measured: "HTTP/1.0" });
    expect(problemsOf(result)).toEqual([
      { rule: "event-status", status: "fail", code: "blacklisted-timeout" },
    ]);
    expect(result.exitCode).toBe(6);
  });
});

describe("rcwh check warns about, and rcwh create accepts, a receiver like", () => {
  test.for(Object.entries(untyped))("%s", async ([, listener], { rcwh, expect }) => {
    await using endpoint = await httpEndpoint(listener);
    const url = `${endpoint.url}/webhook`;
    const result = await rcwh(`check ${url} --samples 3 --json`, { env: {} });

    expect(problemsOf(result)).toEqual([{ rule: "content-type", status: "warn", code: "SUB-525" }]);
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await rcwh(`create --filter posts --url ${url} -q`)).toMatchObject({ exitCode: 0 });
  });
});

describe("rcwh check accepts a correct receiver", () => {
  test.for(Object.entries(proper))("with %s", async ([, create], { rcwh, expect }) => {
    await using endpoint = await httpEndpoint(await create());
    const result = await rcwh(`check ${endpoint.url}/webhook --samples 3 --json`, { env: {} });

    expect(problemsOf(result)).toEqual([]);
    expect(rowOf(result, "event-status")).toMatchObject({ status: "pass", measured: "200 OK" });
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test.for(["HTTP/1.0", "HTTP/1.1"] as const)(
    "written with Python's http.server in %s",
    async (protocol, { rcwh, expect, skip }) => {
      skip(!hasPython, "there is no python3 on this machine");
      await using endpoint = await startPythonReceiver({ answersEvents: true, protocol });
      const result = await rcwh(`check ${endpoint.url} --json`, { env: {} });

      expect(problemsOf(result)).toEqual([]);
      expect(rowOf(result, "http-version")?.measured).toBe(protocol);
      expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    },
  );
});
