import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { emulatorApp } from "../../src/emulator/settings.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";
import { startScriptedServer } from "../support/scripted-server.ts";
import { canaries, findCanary, writings } from "./canaries.ts";

/** Every place, and every way of writing: minutes, where the suite takes a part with a fixed order. */
const isWhole = process.env["RCWH_HOSTILE"] === "all";

const { clientSecret, jwt, verificationToken, recordedToken, urlSecret } = canaries;

/** `{id}` is a subscription's id, `{url}` an endpoint that works. */
const commands = [
  "whoami",
  "list",
  "list --status unhealthy --fail-on any",
  "show {id}",
  "renew {id}",
  "renew --recover",
  "update {id} --add-filter voicemail",
  "update {id} --url {url}/new",
  "rotate-token {id} --no-wait",
  "delete {id}",
  "recover {id}",
  "forget {id}",
  "create --filter sms --url {url}?key={urlSecret} --verification-token-file {token}",
  "create --filter posts --url {url} --if-exists reuse",
  "doctor",
  "status",
  "login",
  "login --no-token-cache",
  "trigger posts --to emulator",
  "logout",
] as const;
const formats = ["table", "json", "ndjson", "yaml", "tsv", "csv"] as const;

/** Where a server repeats what it heard. */
const places: Readonly<
  Record<string, (heard: string, answer: () => Promise<Response>) => unknown>
> = {
  "the texts of an answer": async (heard, answer) => {
    const response = await answer();
    if (!response.headers.get("Content-Type")?.includes("json")) return response;
    return Response.json(withTexts(await response.json(), heard), { status: response.status });
  },
  "an error": (heard) =>
    Response.json(
      {
        errorCode: "CMN-101",
        message: `Value [${heard}] is invalid`,
        errors: [{ errorCode: "CMN-101", message: `Value [${heard}] is invalid` }],
      },
      { status: 400 },
    ),
  "the fields of an error": (heard) =>
    Response.json(
      {
        errorCode: heard,
        message: heard,
        permissionName: heard,
        errors: [{ errorCode: heard, parameterName: heard, permissionName: heard }],
        [heard]: heard,
      },
      { status: 403 },
    ),
  "an OAuth error": (heard) =>
    Response.json({ error: heard, error_description: heard }, { status: 401 }),
  "a page": (heard) =>
    new Response(`<html><title>${"x".repeat(170)} ${heard}</title>${heard}</html>`, {
      status: 502,
      headers: { "Content-Type": "text/html" },
    }),
  "its headers": (heard) => {
    const text = heard.replace(/[^ -~]/g, " ").slice(-2000);
    return new Response(null, {
      status: 307,
      statusText: `${"x".repeat(90)} ${text}`,
      headers: { RCRequestId: `${"x".repeat(90)}${text}`, Location: text, "Retry-After": text },
    });
  },
  "an answer of another shape": (heard) =>
    Response.json({ access_token: [heard], id: heard, records: [heard, { id: heard }] }),
};

/** Everything in an answer that is only shown. */
function withTexts(value: unknown, heard: string, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => withTexts(item, heard, name));
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([key, member]) => [
      key,
      withTexts(member, heard, key),
    ]);
    const blacklisted = "deliveryMode" in value && {
      status: heard,
      blacklistedData: { reason: heard },
      disabledFilters: [{ filter: heard, reason: heard, message: heard }],
    };
    return { ...Object.fromEntries(members), ...blacklisted, note: heard };
  }
  return /^(?:name|status|reason|message|transportType|scope|eventFilters)$/.test(name)
    ? heard
    : value;
}

/** Answers with what all requests so far contained. */
function echo(
  emulator: Emulator,
  write: (heard: string) => string,
  place: (heard: string, answer: () => Promise<Response>) => unknown,
  known: readonly string[] = [],
): { readonly stop: () => void; readonly heard: () => string } {
  const heard = new Set<string>(known);
  let isInner = false;
  const stop = emulator.intercept(async (request) => {
    if (isInner) return undefined;
    const authorization = request.headers.get("Authorization") ?? "";
    const [, basic = ""] = /^Basic (.+)$/.exec(authorization) ?? [];
    const body = await request.clone().text();
    const parts = [
      authorization,
      authorization.replace(/^\w+ /, ""),
      Buffer.from(basic, "base64").toString(),
      ...new URLSearchParams(body).values(),
      ...(/"verificationToken":"([^"]+)"/.exec(body)?.slice(1) ?? []),
      body,
    ];
    for (const part of parts) if (part !== "") heard.add(part);
    const answer = async () => {
      isInner = true;
      return emulator.fetch(request).finally(() => {
        isInner = false;
      });
    };
    const text = [...heard].map((part) => write(part)).join(" ");
    return (await place(text, answer)) as Response;
  }, Number.POSITIVE_INFINITY);
  return { stop, heard: () => [...heard].join(" ") };
}

interface Fixtures {
  /** Runs rcwh with `--debug -v`, and fails if a secret is in what it prints. */
  readonly run: (words: string | readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** A subscription with a token on record, its session in the cache. */
  readonly prepare: () => Promise<string>;
}

const test = base
  .extend("emulatorSettings", {
    rateLimits: "off" as const,
    apps: [{ ...emulatorApp, clientSecret, refreshTokens: true }],
  })
  .extend("signedIn", ({ server }) => ({
    RCWH_SERVER: server,
    RCWH_CLIENT_ID: "emulator-client",
    RCWH_CLIENT_SECRET: clientSecret,
    RCWH_JWT: jwt,
  }))
  .extend<Fixtures>({
    run: async ({ rcwh, emulator, endpoint, directory }, use) => {
      await use(async (words, options) => {
        const id = emulator.state().subscriptions[0]?.id ?? "00000000";
        const line = (typeof words === "string" ? words.split(" ") : words).map((word) =>
          word
            .replaceAll("{id}", id)
            .replaceAll("{url}", endpoint.url)
            .replaceAll("{urlSecret}", urlSecret)
            .replaceAll("{token}", join(directory, "token.txt")),
        );
        const result = await rcwh([...line, "--debug", "-v"], { ...options, hasOtherKeys: true });
        refuseCanaries(line.join(" "), result);
        return result;
      });
    },
    prepare: async ({ emulator, rcwh, endpoint, directory }, use) => {
      await writeFile(join(directory, "token.txt"), verificationToken);
      await writeFile(join(directory, "recorded.txt"), recordedToken);
      await use(async () => {
        emulator.reset();
        const create = `create --filter posts --url ${endpoint.url}?key=${urlSecret}`;
        const words = `${create} --verification-token-file ${join(directory, "recorded.txt")}`;
        const { exitCode, stderr } = await rcwh(`${words} --if-exists new`);
        if (exitCode !== 0) throw new Error(stderr);
        return emulator.state().subscriptions[0]?.id ?? "";
      });
    },
  });

/** Programs get whole URLs on stdout, so that there what a URL has of secrets is none, in whatever spelling. */
function refuseCanaries(line: string, { stdout, stderr }: Omit<RunResult, "exitCode">): void {
  const isForPrograms = /-o (?:json|ndjson|yaml)|--json/.test(line);
  const { urlSecret: _, ...others } = canaries;
  const tokens = /EMU1[\w-]{4}/.exec(stdout + stderr)?.[0];
  const found =
    tokens ??
    findCanary(stdout, Object.values(isForPrograms ? others : canaries)) ??
    findCanary(stderr);
  if (found) throw new Error(`rcwh ${line} printed ${found}:\n${stdout}\n${stderr}`);
}

describe("what a server repeats is not printed", () => {
  for (const [index, [name, place]] of Object.entries(places).entries()) {
    test(`from ${name}`, { timeout: isWhole ? 600_000 : 60_000 }, async ({
      run,
      prepare,
      emulator,
      clock,
      expect,
    }) => {
      await prepare();
      const ways = Object.entries(writings);
      for (const [number, words] of commands.entries()) {
        if (!isWhole && (index + number) % 2 === 1) continue;
        const count = isWhole ? ways.length : 1;
        for (let way = 0; way < count; way++) {
          if (emulator.state().subscriptions.length === 0) await prepare();
          // This one does not need the configuration, so that it knows nothing of that.
          const opens = !words.startsWith("trigger");
          const [, write = String] = ways[(index + number + way) % ways.length] ?? [];
          const format = formats[(index + number + way) % formats.length];
          const { stop, heard } = echo(emulator, write, place, opens ? [recordedToken] : []);
          await run(`${words} --yes --timeout 2s -o ${format}`).finally(stop);
          if (opens) expect(heard(), words).toMatch(/Bearer|Basic|^Kd83/);
          clock.advance(10 * 60_000);
        }
      }
    });
  }

  test("although the one who echoes is the proxy", async ({ run, signedIn, expect }) => {
    const proxy = createServer().on("connect", (request, socket) => {
      const heard = String(request.headers["proxy-authorization"]);
      socket.end(`HTTP/1.1 407 ${heard}\r\nX-Heard: ${heard}\r\n\r\n${heard}`);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const HTTPS_PROXY = `http://somebody:${canaries.proxyPassword}@127.0.0.1:${port}`;
    const env = { ...signedIn, RCWH_SERVER: "https://platform.test", HTTPS_PROXY };
    expect((await run("list", { env })).exitCode).toBe(5);
    await new Promise((resolve) => proxy.close(resolve));
  });

  test("in the report of a bug", async ({ run, signedIn, expect }) => {
    for (const format of ["table", "ndjson"]) {
      const { exitCode, stderr } = await run(`login -o ${format}`, {
        env: { RCWH_SERVER: signedIn["RCWH_SERVER"] },
        tty: true,
        answers: ["http://127.0.0.1:1", "emulator-client", clientSecret, new Error(clientSecret)],
      });
      expect(stderr).toContain("hit a bug");
      expect(exitCode).not.toBe(0);
    }
  });
});

describe("what an endpoint repeats is not printed", () => {
  for (const [index, [name, write]] of Object.entries(writings).entries()) {
    test(name, async ({ run, prepare, directory, expect }) => {
      await prepare();
      await using endpoint = await startScriptedServer(({ headers, path, body }) => {
        const heard = [headers["verification-token"], decodeURIComponent(path)].map((each) =>
          write(String(each)).replace(/[^ -~]/g, "?"),
        );
        const text = heard.join(" ");
        return {
          status: body === "" ? 302 : 500,
          statusText: text,
          headers: { "Content-Type": text, "Content-Encoding": text, Location: text, Server: text },
          body: text,
        };
      });
      const recording = join(directory, "events.ndjson");
      const event = { uuid: "1", event: "/team-messaging/v1/posts", body: {} };
      await writeFile(recording, `${JSON.stringify(event)}\n`);
      const url = `${endpoint.url}/hook?key=${urlSecret}`;
      const token = "--verification-token-file {token}";
      const formatsHere = isWhole ? formats : [index % 4 < 2 ? "table" : "tsv"];
      for (const format of formatsHere) {
        const all = [
          `check ${url} --event posts ${token}`,
          `trigger posts --to ${url} ${token}`,
          `trigger posts --handshake --to ${url} ${token}`,
          `replay ${recording} --speed max --to ${url} ${token}`,
          `create --filter sms --url ${url} ${token}`,
          `update {id} --url ${url}`,
        ];
        for (const words of all.filter((_, number) => isWhole || (index + number) % 2 === 0)) {
          const { exitCode } = await run(`${words} --yes -o ${format}`);
          expect(exitCode, words).toBeGreaterThan(0);
        }
      }
      expect(endpoint.requests.length).toBeGreaterThan(isWhole ? 5 : 2);
    });
  }
});

describe("what a run reports elsewhere has no secret", () => {
  test("in hooks, pings, metrics and its own files", async ({
    run,
    prepare,
    directory,
    emulator,
    expect,
  }) => {
    await using pinged = await startScriptedServer(({ path }) => ({
      status: 400,
      headers: { Location: path },
      body: path,
    }));
    for (const [name, place] of Object.entries(places)) {
      await prepare();
      const { stop } = echo(emulator, String, place, [recordedToken]);
      const hook = join(directory, "hook.sh");
      await writeFile(hook, `cat > "${directory}/hook.json"; env > "${directory}/hook.env"`);
      await rm(join(directory, "run.prom"), { force: true });
      const words = `renew --ping-url ${pinged.url}/${canaries.ping} --metrics-file ${directory}/run.prom`;
      await run([...words.split(" "), "--on-failure", `/bin/sh ${hook}`]).finally(stop);
      for (const file of ["hook.json", "hook.env", "run.prom"]) {
        const text = await readFile(join(directory, file), "utf8").catch(() => "");
        expect(findCanary(text.replaceAll(urlSecret, "…")), `${file}: ${name}`).toBeUndefined();
      }
      for (const file of await readdir(join(directory, "config"))) {
        if (file === "config.json" || !file.endsWith(".json")) continue;
        const text = await readFile(join(directory, "config", file), "utf8");
        expect(findCanary(text), `${file}: ${name}`).toBeUndefined();
      }
    }
    expect(findCanary(pinged.requests.map(({ body }) => body).join("\n"))).toBeUndefined();
    expect(pinged.requests.length).toBeGreaterThan(6);
  });
});

describe("what a server repeats in the scope of a token", () => {
  for (const [index, [name, write]] of Object.entries(writings).entries()) {
    if (!isWhole && index % 4 > 0) continue;
    test(`is neither cached nor printed by a later run: ${name}`, async ({
      run,
      directory,
      emulator,
      clock,
      expect,
    }) => {
      await run("list");
      clock.advance(2 * 3_600_000);
      let refreshToken = "";
      // The refresh token ends with this answer, and no later run knows it.
      let isInner = false;
      emulator.intercept(async (request) => {
        if (isInner || !request.url.endsWith("/token")) return undefined;
        const form = new URLSearchParams(await request.clone().text());
        refreshToken = form.get("refresh_token") ?? "";
        isInner = true;
        const answer = await emulator.fetch(request).finally(() => {
          isInner = false;
        });
        return Response.json({
          ...Object(await answer.json()),
          scope: `A ${write(refreshToken)} B`,
        });
      }, 1);
      expect((await run("list")).exitCode).toBe(0);
      expect(refreshToken).toMatch(/^EMU1/);

      const config = await readFile(join(directory, "config", "config.json"), "utf8");
      expect(findCanary(config, [refreshToken])).toBeUndefined();
      for (const format of isWhole ? formats : ["table", "yaml"]) {
        const { exitCode, stdout, stderr } = await run(`whoami -o ${format}`);
        expect(exitCode).toBe(0);
        expect(findCanary(stdout + stderr, [refreshToken])).toBeUndefined();
      }
    });
  }
});

describe("what a server repeats to one of many accounts is not printed", () => {
  test("although its token was cached by an earlier run", async ({
    run,
    rcwh,
    server,
    directory,
    emulator,
    expect,
  }) => {
    const account = { profile: "acme", server, clientId: "emulator-client", clientSecret, jwt };
    const path = join(directory, "accounts.ndjson");
    await writeFile(path, `${JSON.stringify(account)}\n`, { mode: 0o600 });
    const env = { TERM: "dumb" };
    const first = await rcwh(`list --profiles-from ${path}`, { env });
    expect(first.exitCode, first.stderr).toBe(0);
    for (const [index, [name, place]] of Object.entries(places).entries()) {
      for (const [number, format] of ["table", "ndjson"].entries()) {
        if (!isWhole && (index + number) % 2 === 1) continue;
        const { stop, heard } = echo(emulator, String, place);
        await run(`list --profiles-from ${path} --timeout 2s -o ${format}`, { env }).finally(stop);
        expect(heard(), name).toContain("Bearer");
      }
    }
  });

  test("although the record of its subscription is in a file of its own", async ({
    run,
    rcwh,
    server,
    directory,
    endpoint,
    emulator,
    expect,
  }) => {
    const account = { profile: "acme", server, clientId: "emulator-client", clientSecret, jwt };
    const path = join(directory, "accounts.ndjson");
    await writeFile(path, `${JSON.stringify(account)}\n`, { mode: 0o600 });
    await writeFile(join(directory, "recorded.txt"), recordedToken);
    const many = `list --profiles-from ${path}`;
    expect((await rcwh(many, { env: {} })).exitCode).toBe(0);
    const token = `--verification-token-file ${join(directory, "recorded.txt")}`;
    await rcwh(`create --filter posts --url ${endpoint.url} ${token}`);
    const [file = ""] = await readdir(join(directory, "config", "accounts"));
    const kept = await readFile(join(directory, "config", "accounts", file), "utf8");
    expect(kept).toContain(recordedToken);
    for (const [words, options] of [["list"], [many, { env: {} }]] as const) {
      const place = places["the texts of an answer"];
      if (!place) throw new Error("There is no such place.");
      const { stop } = echo(emulator, String, place, [recordedToken]);
      await run(`${words} -o ndjson`, options).finally(stop);
    }
  });
});
