import { execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { executable, warmConfig } from "../support/processes.ts";
import { test as base } from "../support/rcwh.ts";
import { untilIdle } from "../support/scheduling.ts";

/** Only this machine has it, and nothing listens at its port 53. */
const address = "127.0.53.53";

/** Runs a program that has `$1` for /etc/resolv.conf. */
const withNameServer = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

/** Root may listen at port 53, and have a file system of its own. */
function isPossible(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    execFileSync("unshare", ["-m", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface Resolver {
  /** Answers queries for addresses after so many milliseconds, with this machine's. */
  answerAfter(milliseconds: number): void;
  run(
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): {
    readonly pid: number;
    kill(signal: NodeJS.Signals): void;
    /** Its exit code or signal, and what it wrote on stderr. */
    readonly ended: Promise<readonly [unknown, string]>;
  };
}

const test = base.extend<{ resolver: Resolver }>({
  resolver: async ({ directory }, use) => {
    const socket = createSocket("udp4");
    socket.bind(53, address);
    await once(socket, "listening");
    const configuration = join(directory, "resolv.conf");
    await writeFile(configuration, `nameserver ${address}\n`);
    await use({
      answerAfter: (milliseconds) => answer(socket, milliseconds),
      run(words, env) {
        const rcwh = [process.execPath, executable, ...words];
        const child = spawn(
          "unshare",
          ["-m", "sh", "-c", withNameServer, "sh", configuration, ...rcwh],
          {
            stdio: ["ignore", "ignore", "pipe"],
            env: {
              PATH: process.env["PATH"],
              RCWH_CONFIG_DIR: warmConfig(directory),
              RCWH_SERVER: "https://platform.example.test",
              RCWH_CLIENT_ID: "id",
              RCWH_CLIENT_SECRET: "secret",
              RCWH_JWT: "jwt",
              ...env,
            },
          },
        );
        let stderr = "";
        child.stderr.on("data", (data) => (stderr += data));
        return {
          pid: child.pid ?? 0,
          kill: (signal) => child.kill(signal),
          ended: once(child, "close").then(([code, signal]) => [code ?? signal, stderr]),
        };
      },
    });
    socket.close();
  },
});

/** The types of DNS records, which queries end with: A has an address, AAAA none. */
function answer(socket: Socket, milliseconds: number): void {
  socket.on("message", (query, { port, address }) => {
    let end = 12;
    while (query[end]) end += (query[end] ?? 0) + 1;
    const question = query.subarray(12, end + 5);
    const isA = query.readUInt16BE(end + 1) === 1;
    const header = Buffer.from([0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1]);
    const all = [query.subarray(0, 2), header, question, ...(isA ? [record] : [])];
    setTimeout(() => socket.send(Buffer.concat(all), port, address), milliseconds);
  });
}

/** The processes that look up names on behalf of a process. */
function helpersOf(parent: number): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      const [, ppid] = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8")) ?? [];
      // Before it is rcwh, the process runs other programs.
      return (
        Number(ppid) === parent && /node:dns/.test(readFileSync(`/proc/${name}/cmdline`, "utf8"))
      );
    } catch {
      return false; // no process, or one that has ended
    }
  });
}

describe.runIf(isPossible())("a name server that says nothing", () => {
  test("lets a run end at its deadline with exit code 5", async ({ resolver, expect }) => {
    const { ended } = resolver.run(["list", "--deadline", "2s"]);
    const [code, stderr] = await ended;
    expect(stderr).toMatch(
      /^error: Could not (?:sign in|finish this run): .+\nhint: Allow the run more time, such as `--deadline 5m`\.\n$/,
    );
    expect(code).toBe(ExitCode.unavailable);
  });

  test("lets a run end after SIGTERM, with all that it started", async ({ resolver, expect }) => {
    const { pid, kill, ended } = resolver.run(["list"]);
    await expect.poll(() => helpersOf(pid)).toHaveLength(1);
    const [helper = 0] = helpersOf(pid).map(Number);
    await untilIdle(helper);
    kill("SIGTERM");
    expect(await ended).toEqual([ExitCode.terminated, ""]);
    const isGone = () => {
      try {
        return readFileSync(`/proc/${helper}/stat`, "utf8").includes(") Z ");
      } catch {
        return true;
      }
    };
    while (!isGone()) await wait(20);
  });
});

describe.runIf(isPossible())("a name server that answers", () => {
  test.for([0, 900])("after %i ms is heard", async (milliseconds, { resolver, expect }) => {
    resolver.answerAfter(milliseconds);
    const proxy = createServer().listen(0);
    proxy.on("connect", (_request, socket) => socket.end("HTTP/1.1 418 Teapot\r\n\r\n"));
    const { port } = proxy.address() as AddressInfo;
    const name = `proxy.example.test:${port}`;
    const [code, stderr] = await resolver.run(["list"], { HTTPS_PROXY: `http://${name}` }).ended;
    expect(stderr).toBe(
      `error: Could not sign in: the proxy ${name} refused the connection to platform.example.test:443 (HTTP 418).\nhint: Check HTTPS_PROXY and NO_PROXY; \`rcwh help environment\` explains them.\n`,
    );
    expect(code).toBe(ExitCode.unavailable);
    proxy.close();
  });
});
