import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "tsdown";
import { test as base } from "vitest";
import { type ConfigOptions, type OwnConfig, openConfig } from "../../src/config/config.ts";
import type { StoredProfile } from "../../src/config/credentials.ts";
import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";

export const now = Date.parse("2026-11-22T12:00:00Z");

interface Fixtures {
  /** An empty directory that is removed after the test. */
  readonly place: string;
  /** The configuration directory of `open`, which does not exist yet. */
  readonly directory: string;
  readonly warnings: string[];
  readonly open: (options?: Partial<ConfigOptions>) => Promise<OwnConfig>;
}

export const test = base.extend<Fixtures>({
  place: async ({}, use) => {
    const place = mkdtempSync(path.join(tmpdir(), "rcwh-config-"));
    await use(place);
    rmSync(place, { recursive: true, force: true });
  },
  directory: async ({ place }, use) => use(path.join(place, "home", "rcwh")),
  warnings: async ({}, use) => use([]),
  open: async ({ directory, warnings }, use) =>
    use((options) =>
      openConfig({
        env: { RCWH_CONFIG_DIR: directory },
        platform: "linux",
        clock: fakeClock(),
        warn: (line) => void warnings.push(line),
        signal: new AbortController().signal,
        ...options,
      }),
    ),
});

/** A clock that moves only during a sleep, which ends at once. */
export function fakeClock() {
  let time = now;
  return {
    now: () => time,
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      time += milliseconds;
    },
  };
}

export function profile(change: Partial<StoredProfile> = {}): StoredProfile {
  return {
    server: "https://platform.ringcentral.com",
    clientId: "client",
    clientSecret: "secret",
    jwt: "jwt",
    ...change,
  };
}

export function record(id: string, change: Partial<SubscriptionRecord> = {}): SubscriptionRecord {
  return {
    id,
    api: "platform",
    eventFilters: ["/team-messaging/v1/posts"],
    address: "https://example.com/hook",
    expirationTime: "2026-11-29T12:00:00.000Z",
    ...change,
  };
}

/** Bundles the worker like rcwh itself and returns its path. */
export async function buildWorker(place: string): Promise<string> {
  const outDir = path.join(place, "worker");
  await build({
    config: false,
    entry: [path.join(import.meta.dirname, "worker.ts")],
    outDir,
    format: "cjs",
    dts: false,
    noExternal: [/./],
    logLevel: "silent",
  });
  return path.join(outDir, "worker.cjs");
}

export interface WorkerOptions {
  /** A shell command to run before the worker, such as `umask 000`. */
  readonly before?: string;
  /** Whether to run as an ordinary user if the tests run as root. */
  readonly asNobody?: boolean;
}

/** Runs the worker to its end and returns its output and its JSON result. */
export async function runWorker(
  command: readonly string[],
  directory: string,
  options: WorkerOptions = {},
) {
  const child = startWorker(command, directory, options);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, stderr };
}

export function startWorker(
  command: readonly string[],
  directory: string,
  { before = "", asNobody = false }: WorkerOptions = {},
) {
  const env = { PATH: process.env["PATH"], RCWH_CONFIG_DIR: directory };
  return spawn("sh", ["-c", `${before}\nexec "$0" "$@"`, process.execPath, ...command], {
    env,
    // Root may read and write everything, so the worker runs as nobody.
    ...(process.getuid?.() === 0 && asNobody && { uid: 65534, gid: 65534 }),
    stdio: ["ignore", "pipe", "pipe"],
  });
}
