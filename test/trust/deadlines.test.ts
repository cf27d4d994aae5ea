import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { describe, test } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";
import { certificates } from "../support/certificates.ts";
import { executable, warmConfig } from "../support/processes.ts";
import { createWaitingTime, crowd, untilIdle } from "../support/scheduling.ts";
import {
  dripBody,
  fullListener,
  httpStalls,
  type Peer,
  proxyStalls,
  stallingFront,
  stallingListener,
  stallingServer,
  stallingTlsServer,
} from "./stalling-peers.ts";

/**
 * Every command, place and ending: an hour, where the suite takes a handful. `RCWH_ONLY` matches names, `RCWH_SHARE=3/20`
 * takes every twentieth.
 */
const isWhole = process.env["RCWH_DEADLINES"] === "all";
const only = new RegExp(process.env["RCWH_ONLY"] ?? "");
const [part = 0, parts = 1] = (process.env["RCWH_SHARE"] ?? "0/1").split("/").map(Number);

/** Milliseconds without the time spent waiting for a core, as far as it is known: times the crowd for what is not. */
const allowed = isWhole ? 1_000 : 5_000;
/** Milliseconds. A busy machine takes more than three seconds to start a process that would otherwise take a tenth. */
const deadline = isWhole ? Number(process.env["RCWH_DEADLINE"] ?? 3) * 1_000 : 1_000;
/** Processes at a time. */
const atOnce = Number(process.env["RCWH_PROCESSES"] ?? (isWhole ? 3 : 6));

interface Scene {
  readonly directory: string;
  /** A subscription. */
  readonly id: string;
  /** An address for another one. */
  readonly otherUrl: string;
  /** The port of the peer that stalls. */
  readonly port: number;
}

type Words = (scene: Scene) => readonly string[];

interface Case {
  readonly name: string;
  readonly words: Words;
  /** In front of the emulator at `port` unless `env` says how to reach it. */
  readonly peer?: (port: number) => Promise<Peer | undefined>;
  readonly env?: (scene: Scene) => Readonly<Record<string, string>>;
  /** At the deadline, if not 5. */
  readonly exitCode?: number;
  /** Whether a profile, `main`, is signed in through the peer beforehand, and used instead of the environment. */
  readonly hasProfile?: true;
  /** Whether it runs in a terminal. */
  readonly terminal?: true;
}

const commands: Readonly<Record<string, Words>> = {
  list: () => ["list"],
  "list --no-token-cache": () => ["list", "--no-token-cache"],
  renew: () => ["renew", "--all"],
  "renew --recover": () => ["renew", "--recover"],
  whoami: () => ["whoami"],
  doctor: () => ["doctor"],
  login: () => ["login", "--profile", "other"],
  create: ({ otherUrl }) => ["create", "--filter", "sms", "--url", otherUrl],
  update: ({ id }) => ["update", id, "--add-filter", "voicemail"],
  "update --url": ({ id, otherUrl }) => ["update", id, "--url", otherUrl, "--yes"],
  "rotate-token": ({ id }) => ["rotate-token", id, "--yes", "--no-wait"],
  delete: ({ id }) => ["delete", id, "--yes"],
  recover: ({ id }) => ["recover", id, "--yes"],
  show: ({ id }) => ["show", id],
  forget: () => ["forget", "--all", "--yes"],
  "list --watch": () => ["list", "--watch"],
  "doctor --cron": () => ["doctor", "--cron"],
  "renew --profiles-from": ({ directory }) => [
    "renew",
    "--all",
    "--profiles-from",
    accounts(directory),
  ],
  "emulator log": () => ["emulator", "log"],
  listen: () => ["listen", "--filter", "sms", "--port", "0"],
  "listen --url": ({ otherUrl }) => ["listen", "--filter", "sms", "--port", "0", "--url", otherUrl],
};

/** Requests at which a server may stall. */
const places: Readonly<Record<string, RegExp>> = {
  "at once": /^/,
  "at the list": /GET \/restapi\/v1.0\/subscription/,
  "at the change": /(?:PUT|POST|DELETE) \/restapi\/v1.0\/subscription/,
  "at the deletion": /DELETE \/restapi\/v1.0\/subscription/,
  "at the user": /extension\/~/,
  "at the WebSocket token": /wstoken/,
  "at the gateway": /GET \/ws/,
  "at the revocation": /revoke/,
};
const stallsEverywhere = ["says nothing", "drips its body"];

const remote = "https://platform.example.test";

const stopsInTls = () => stallingListener((socket) => socket.write("\u0016\u0003\u0003", "latin1"));

function serverCases(command: string, words: Words): readonly Case[] {
  const onTheWay = Object.entries(httpStalls).flatMap(([what, stall]) =>
    Object.entries(places)
      .filter(([place]) => place === "at once" || stallsEverywhere.includes(what))
      .map(([place, at]) => ({
        name: `${command}: a server that ${what} ${place}`,
        words,
        peer: (port: number) => stallingFront(port, at, stall),
      })),
  );
  const secure: readonly (readonly [what: string, peer: () => Promise<Peer | undefined>])[] = [
    ["begins no TLS", () => stallingListener(() => {})],
    ["stops in the handshake of TLS", stopsInTls],
    ["says nothing behind TLS", () => stallingTlsServer(() => {})],
    ["accepts no connection", fullListener],
  ];
  const behindTls = secure.map(([what, peer]) => ({
    name: `${command}: a server that ${what}`,
    words,
    peer,
    env: ({ port }: Scene) => ({ RCWH_SERVER: `https://127.0.0.1:${port}` }),
  }));
  return [...onTheWay, ...behindTls];
}

function proxyCases(command: string, words: Words): readonly Case[] {
  const through = (scheme: string, what: string, peer: () => Promise<Peer>) => ({
    name: `${command}: a proxy that ${what}`,
    words,
    peer,
    env: ({ port }: Scene) => ({
      RCWH_SERVER: remote,
      HTTPS_PROXY: `${scheme}://127.0.0.1:${port}`,
    }),
  });
  return [
    ...Object.entries(proxyStalls).map(([what, stall]) =>
      through("http", what, () => stallingServer(stall)),
    ),
    through("https", "begins no TLS", () => stallingListener(() => {})),
  ];
}

const signedOut = {
  RCWH_SERVER: "",
  RCWH_CLIENT_ID: "",
  RCWH_CLIENT_SECRET: "",
  RCWH_JWT: "",
};

/** What ends the session of a profile: its server stalls at that. */
function profileCases(): readonly Case[] {
  const enders: Readonly<Record<string, readonly string[]>> = {
    logout: ["logout", "--profile", "main"],
    "profile remove": ["profile", "remove", "main", "--yes"],
  };
  return Object.entries(enders).flatMap(([command, words]) =>
    Object.entries(httpStalls).map(([what, stall]) => ({
      name: `${command}: a server that ${what} at the revocation`,
      words: () => words,
      peer: (port: number) => stallingFront(port, /revoke/, stall),
      env: () => signedOut,
      hasProfile: true as const,
      // The profile is removed in any case, and a session that lives on is a warning.
      exitCode: 0,
    })),
  );
}

function terminalCases(): readonly Case[] {
  const table: Case = {
    name: "list -i: a server that says nothing",
    words: () => ["list", "-i"],
    peer: (port) => stallingFront(port, /^/, () => {}),
    terminal: true,
  };
  const pager = (what: string, program: string): Case => ({
    name: `filters: a pager that ${what}`,
    words: () => ["filters"],
    env: () => ({ RCWH_PAGER: program }),
    terminal: true,
  });
  return [
    table,
    {
      ...table,
      name: "list -i: a server that drips its body at the list",
      peer: (port) => stallingFront(port, /GET \/restapi\/v1.0\/subscription/, dripBody),
    },
    pager("waits for a key", "less"),
    pager("reads nothing", "sleep 60"),
    pager("ignores signals", stubborn),
  ];
}

const accounts = (directory: string) => join(directory, "accounts.ndjson");
const recording = (directory: string) => join(directory, "events.ndjson");

function endpointCases(): readonly Case[] {
  const at = ({ port }: Scene) => `http://127.0.0.1:${port}/hook`;
  const callers: Readonly<Record<string, Words>> = {
    check: (scene) => ["check", at(scene), "--samples", "1000"],
    trigger: (scene) => ["trigger", "sms", "--to", at(scene), "--count", "1000"],
    "trigger --handshake": (scene) => ["trigger", "sms", "--to", at(scene), "--handshake"],
    replay: (scene) => ["replay", recording(scene.directory), "--to", at(scene), "--speed", "max"],
    "--ping-url": (scene) => ["renew", "--all", "--ping-url", at(scene)],
    "listen --forward-to": (scene) => ["listen", "--receive-only", "--forward-to", at(scene)],
  };
  const secure = [
    ["begins no TLS", () => stallingListener(() => {})],
    ["stops in the handshake of TLS", stopsInTls],
    ["says nothing behind TLS", () => stallingTlsServer(() => {})],
    ["accepts no connection", fullListener],
  ] as const;
  return Object.entries(callers).flatMap(([caller, words]) => [
    ...Object.entries(httpStalls).map(([what, stall]) => ({
      name: `${caller}: an endpoint that ${what}`,
      words,
      peer: () => stallingServer(stall),
      env: () => ({}),
    })),
    ...secure.map(([what, peer]) => ({
      name: `${caller}: an endpoint that ${what}`,
      words: (scene: Scene) =>
        words(scene).map((word) => word.replace(/^http:(?=.*\/hook$)/, "https:")),
      peer,
      env: () => ({}),
    })),
  ]);
}

const stubborn = `sh -c 'trap "" TERM INT HUP; sleep 60 & wait; sleep 60'`;
const nowhere = "http://127.0.0.1:1/";

/** What waits for this machine: programs, standard input, time. */
function machineCases(): readonly Case[] {
  const alone = (...words: readonly string[]): Case => ({
    name: `alone: ${words.join(" ")}`,
    words: () => words,
  });
  return [
    // The renewal has succeeded by then.
    { ...alone("renew", "--all", "--on-renewed", "sleep 60"), exitCode: 8 },
    { ...alone("renew", "--all", "--on-renewed", stubborn), exitCode: 8 },
    {
      ...alone("renew", "--all", "--on-failure", stubborn),
      peer: (port) => stallingFront(port, /^/, () => {}),
    },
    alone("renew", "--profiles-from", "!sleep 60"),
    alone("renew", "--profiles-from", `!${stubborn}`),
    alone("renew", "--profiles-from", "-"),
    alone("list", "--profiles-from", "-"),
    alone("doctor", "--profiles-from", "-"),
    alone("renew", "--all", "--jitter", "10h"),
    alone("login", "--profile", "other", "--jwt-stdin"),
    alone("check", nowhere, "--verification-token-file", "-"),
    alone("replay", "-", "--to", nowhere),
    alone("trigger", "sms", "--to", nowhere, "--body", "@-"),
    alone("listen", "--filter", "sms", "--port", "0"),
    alone("listen", "--receive-only", "--port", "0"),
    alone("list", "--watch"),
    alone("emulator", "--port", "0"),
    alone("demo"),
  ];
}

const signals = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, "SIGINT twice": 130 } as const;
const endings = ["deadline", "SIGTERM", "SIGINT", "SIGHUP", "SIGINT twice"] as const;
type Ending = (typeof endings)[number];

interface Run {
  readonly each: Case;
  readonly ending: Ending;
  readonly name: string;
}

const all: readonly Run[] = [
  ...Object.entries(commands).flatMap(([command, words]) => [
    ...serverCases(command, words),
    ...proxyCases(command, words),
  ]),
  ...endpointCases(),
  ...profileCases(),
  ...terminalCases(),
  ...machineCases(),
].flatMap((each) => endings.map((ending) => ({ each, ending, name: `${ending}: ${each.name}` })));

/** The suite's share: each takes another way through rcwh. */
const some = [
  "deadline: whoami: a server that drips its body at once",
  "deadline: list: a proxy that never answers CONNECT",
  "SIGTERM: renew: a proxy that never ends its header",
  "SIGINT: listen --url: a server that says nothing at the change",
  `SIGTERM: alone: renew --all --on-failure ${stubborn}`,
  `SIGINT twice: alone: renew --profiles-from !${stubborn}`,
];

interface Outcome {
  readonly name: string;
  readonly ending: number | string;
  /** Whether it ended by itself, before its time: that is not what this is about. */
  readonly isEarly: boolean;
  /** Milliseconds after its time. */
  readonly late: number;
  /** The processes that it left behind. */
  readonly left: readonly string[];
  readonly said: string;
}

/** Sets a scene, runs rcwh in it, and removes all of it. */
async function perform({ each, ending, name }: Run): Promise<Outcome> {
  const mark = randomUUID();
  const directory = mkdtempSync(join(tmpdir(), "rcwh-deadline-"));
  const emulator = createEmulator({
    clock: { now: Date.now },
    settings: { rateLimits: "off", endpointDeadline: 60_000 },
  });
  await using server = await serve(emulator.fetch, { upgrade: emulator.upgrade });
  await using hook = await serve(createReceiver({}));
  const id = await subscribe(server.url, `${hook.url}/hook`);
  if (each.name.startsWith("recover")) emulator.blacklist(id);
  writeFileSync(recording(directory), `${JSON.stringify(recordedEvent)}\n`.repeat(1000));
  const authority = join(directory, "root.pem");
  writeFileSync(authority, certificates.root);
  await using peer = await each.peer?.(server.port);
  const port = peer?.port ?? 1;
  const isRemote = each.env?.({ directory, id, otherUrl: "", port })["RCWH_SERVER"] !== undefined;
  const otherUrl = isRemote ? "https://hooks.example.test/other" : `${hook.url}/other`;
  const scene = { directory, id, otherUrl, port };
  const limit = ending === "deadline" ? ["--deadline", `${deadline / 1000}s`] : [];
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    TERM: "xterm",
    RCWH_CONFIG_DIR: warmConfig(join(directory, "config")),
    RCWH_SERVER: peer && (each.hasProfile || !each.env) ? `http://127.0.0.1:${port}` : server.url,
    RCWH_CLIENT_ID: account.clientId,
    RCWH_CLIENT_SECRET: account.clientSecret,
    RCWH_JWT: account.jwt,
    NODE_EXTRA_CA_CERTS: authority,
    RCWH_TEST_MARK: mark,
  };
  const ownEnv: Readonly<Record<string, string>> = { ...env, ...each.env?.(scene) };
  writeFileSync(
    accounts(directory),
    ["a", "b", "c"]
      .map(
        (profile) => `${JSON.stringify({ profile, server: ownEnv["RCWH_SERVER"], ...account })}\n`,
      )
      .join(""),
    { mode: 0o600 },
  );
  if (each.hasProfile) await start(["login", "--profile", "main"], env).exited;
  const run = start([...each.words(scene), ...limit], ownEnv, each);
  try {
    return { name, ...(await end(run, ending, peer?.reached, mark)), said: run.said() };
  } finally {
    for (const pid of processesWith(mark)) process.kill(pid, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Process {
  readonly pid: number;
  kill(signal: string): void;
  /** With the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** The end of its output. */
  said(): string;
}

function start(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  { terminal }: Pick<Case, "terminal"> = {},
): Process {
  const args = [executable, ...words];
  let said = "";
  const keep = (data: unknown) => {
    said = (said + data).slice(-2000);
  };
  if (terminal) {
    const run = spawnInTerminal(process.execPath, args, { env });
    run.onData(keep);
    return {
      pid: run.pid,
      kill: (signal) => process.kill(run.pid, signal),
      exited: new Promise((resolve) =>
        run.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode)),
      ),
      said: () => said,
    };
  }
  const child = spawn(process.execPath, args, { env });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", keep);
  return {
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal as NodeJS.Signals),
    exited: once(child, "exit").then(([code, signal]) => code ?? signal),
    said: () => said,
  };
}

async function end(
  { pid, kill, exited }: Process,
  ending: Ending,
  reached: Promise<unknown> | undefined,
  mark: string,
): Promise<Pick<Outcome, "ending" | "isEarly" | "late" | "left">> {
  let due = performance.now() + deadline;
  let endedAt: number | undefined;
  void exited.then(() => {
    endedAt = performance.now();
  });
  if (ending !== "deadline") {
    if (reached) await Promise.race([reached, exited, wait(60_000)]);
    await Promise.race([untilIdle(pid), exited]);
  }
  if (ending === "deadline") await Promise.race([exited, wait(due - performance.now())]);
  else due = performance.now();
  const isEarly = endedAt !== undefined;
  // What the processes wait for a core is not theirs to answer for.
  const waited = createWaitingTime([pid, process.pid]);
  const [signal = "", again] = ending.split(" ");
  if (!isEarly && signal !== "deadline") kill(signal);
  if (!isEarly && again) {
    await Promise.race([exited, wait(50)]);
    if (endedAt === undefined) kill(signal);
  }
  const late = () => Math.max(0, Math.round((endedAt ?? performance.now()) - due - waited()));
  do await Promise.race([exited, wait(20)]);
  while (endedAt === undefined && late() < 2 * allowed * crowd());
  if (endedAt === undefined) await Promise.race([exited, untilIdle(pid)]);
  const outcome = {
    ending: endedAt === undefined ? "still runs" : await exited,
    isEarly,
    late: late(),
  };
  // A process that was killed still needs a core to end.
  let left = processesWith(mark);
  for (let times = 0; left.length > 0 && times < 100 && endedAt !== undefined; times++) {
    await wait(50);
    left = processesWith(mark);
  }
  return { ...outcome, left: left.map(commandOf) };
}

/** rcwh, and all that has inherited its environment. */
function processesWith(mark: string): readonly number[] {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark);
    } catch {
      return false; // ended, or somebody else's
    }
  });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return String(pid);
  }
}

const account = {
  clientId: "emulator-client",
  clientSecret: "emulator-secret",
  jwt: "user-1",
};

const recordedEvent = {
  uuid: "1",
  event: "/team-messaging/v1/posts",
  timestamp: "2026-11-22T12:00:00Z",
  subscriptionId: "1",
  ownerId: "1",
  body: {},
};

async function subscribe(server: string, address: string): Promise<string> {
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const secret = Buffer.from("emulator-client:emulator-secret").toString("base64");
  const { access_token: token } = await post(`${server}/restapi/oauth/token`, `Basic ${secret}`, {
    body: new URLSearchParams({ grant_type: grant, assertion: "user-1" }),
  });
  const { id } = await post(`${server}/restapi/v1.0/subscription`, `Bearer ${token}`, {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      eventFilters: ["/team-messaging/v1/posts"],
      deliveryMode: { transportType: "WebHook", address },
    }),
  });
  return String(id);
}

async function post(
  url: string,
  authorization: string,
  { headers, body }: RequestInit,
): Promise<Record<string, unknown>> {
  const all = { ...headers, Authorization: authorization };
  const answer = await fetch(url, { method: "POST", headers: all, ...(body && { body }) });
  return answer.json() as Promise<Record<string, unknown>>;
}

/** What is wrong with an outcome. */
function complaintsOf(
  { each, ending }: Run,
  { ending: outcome, isEarly, late, left }: Outcome,
): readonly string[] {
  const [signal = ""] = ending.split(" ");
  const expected = ending === "deadline" ? [each.exitCode ?? 5] : [signals[ending], signal];
  // After the work only the clean-up is cut short.
  const isExpected = isEarly || [...expected, 0].includes(outcome);
  return [
    ...(!isEarly && late > allowed * crowd() ? [`${late} ms late`] : []),
    ...(isExpected ? [] : [`exit ${outcome}`]),
    ...left.map((command) => `left ${command}`),
  ];
}

describe.runIf(process.platform === "linux")("each process is gone, with all it started,", () => {
  const chosen = isWhole
    ? all.filter(({ name }) => only.test(name)).filter((_, index) => index % parts === part)
    : all.filter(({ name }) => some.includes(name));

  test("soon after its deadline or a signal", async ({ expect }) => {
    expect(chosen.length).toBeGreaterThanOrEqual(isWhole ? 1 : some.length);
    const wrong: string[] = [];
    const queue = [...chosen];
    const work = async () => {
      for (let run = queue.shift(); run; run = queue.shift()) {
        const outcome = await perform(run);
        const complaints = complaintsOf(run, outcome);
        if (complaints.length > 0) {
          wrong.push(`${run.name}: ${complaints.join(", ")}: ${outcome.said.slice(-200)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(wrong).toEqual([]);
  }, 7_200_000);
});
