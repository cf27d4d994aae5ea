import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe } from "vitest";
import { environmentFor } from "../../src/emulator/testing/environment.ts";
import { executable, warmConfig } from "../support/processes.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Run {
  /** Resolves once stdout has this text. */
  until(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

interface Fixtures {
  /** The published executable with these arguments. */
  readonly spawned: (args: readonly string[], env?: NodeJS.ProcessEnv) => Run;
}

const test = base.extend<Fixtures>({
  spawned: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "rcwh-test-"));
    await use((args, env = {}) => {
      const { PATH } = process.env;
      const child = spawn(process.execPath, [executable, "emulator", "exec", ...args], {
        env: { PATH, RCWH_CONFIG_DIR: warmConfig(directory), ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk) => {
        stdout += chunk;
      });
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
      });
      return {
        until: async (text) => {
          while (!stdout.includes(text)) {
            await new Promise((resolve) => child.stdout.once("data", resolve));
          }
        },
        kill: (signal) => void child.kill(signal),
        ended: new Promise((resolve) =>
          child.once("close", (code) => resolve({ code, stdout, stderr })),
        ),
      };
    });
    await rm(directory, { recursive: true });
  },
});

/** A program of Node's, as arguments. */
function program(script: string): readonly string[] {
  return ["--", process.execPath, "-e", script];
}

describe("rcwh emulator exec", () => {
  test("leads a command to an emulator of its own, and ends with its code", async ({
    spawned,
    expect,
  }) => {
    const script = `
      const { RCWH_SERVER: url, ...env } = process.env;
      fetch(url + "/restapi/v1.0/subscription").then(({ status }) => {
        console.log(JSON.stringify({ url, status, env }));
        process.exit(7);
      });`;
    const real = { RCWH_ACCESS_TOKEN: "secret", RCWH_PROFILE: "work", RC_JWT: "secret", MINE: "1" };

    const { code, stdout, stderr } = await spawned(program(script), real).ended;

    const { url, status, env } = JSON.parse(stdout);
    expect({ code, status }).toEqual({ code: 7, status: 401 });
    expect(stderr).toBe(`Emulated RingCentral at ${url} for \`${process.execPath}\`.\n`);
    const { RCWH_SERVER: _, ...variables } = environmentFor({
      url,
      clientId: "emulator-client",
      clientSecret: "emulator-secret",
      jwt: "user-1",
    });
    expect(env).toMatchObject({ ...variables, MINE: "1" });
    expect(Object.keys(env)).not.toContain("RCWH_ACCESS_TOKEN");
    expect(Object.keys(env)).not.toContain("RCWH_PROFILE");
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  test("keeps the emulator out of the proxy's way", async ({ spawned, expect }) => {
    const script = "console.log(JSON.stringify([process.env.NO_PROXY, process.env.no_proxy]))";
    const env = { HTTPS_PROXY: "http://proxy.example.com:3128", no_proxy: "intranet" };

    const { stdout } = await spawned(program(script), env).ended;

    expect(JSON.parse(stdout)).toEqual(["intranet,127.0.0.1", "intranet,127.0.0.1"]);
  });

  test("gives the command its own flags, and says nothing with --quiet", async ({
    spawned,
    expect,
  }) => {
    const script = "console.log(process.argv.slice(1).join())";
    const args = ["--quiet", ...program(script), "--", "--json", "--port", "x", "-h"];

    expect(await spawned(args).ended).toEqual({
      code: 0,
      stdout: "--json,--port,x,-h\n",
      stderr: "",
    });
  });

  test("passes a signal on, and waits until the command has ended", async ({ spawned, expect }) => {
    // Longer than rcwh itself takes to end.
    const script = `
      process.on("SIGTERM", () => setTimeout(() => {
        fetch(process.env.RCWH_SERVER).then(({ status }) => {
          console.log("still there", status);
          process.exit(3);
        });
      }, 700));
      setInterval(() => {}, 1000);
      console.log("up");`;
    const run = spawned(["-q", ...program(script)]);
    await run.until("up");
    run.kill("SIGTERM");

    expect(await run.ended).toEqual({ code: 3, stdout: "up\nstill there 404\n", stderr: "" });
  });

  test("ends like a shell after a command that a signal ends", async ({ spawned, expect }) => {
    const run = spawned(["-q", ...program('setInterval(() => {}, 1000); console.log("up");')]);
    await run.until("up");
    run.kill("SIGINT");

    expect(await run.ended).toEqual({ code: 130, stdout: "up\n", stderr: "" });
  });

  test("names a command that cannot be started", async ({ spawned, expect }) => {
    expect(await spawned(["-q", "--", "no-such-command"]).ended).toEqual({
      code: 2,
      stdout: "",
      stderr:
        'error: Could not start "no-such-command": command not found.\n' +
        "hint: Give a command that works in this shell, such as `rcwh emulator exec -- npm test`.\n",
    });
    const { code, stderr } = await spawned([]).ended;
    expect([code, stderr]).toEqual([
      2,
      "error: Missing argument <command>.\nhint: See `rcwh emulator exec --help`.\n",
    ]);
  });
});
