import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { closedPort } from "../support/endpoints.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";

/** As in a terminal with RCWH_PROFILE=emulator. */
const env = { TERM: "dumb", RCWH_PROFILE: "emulator" };

interface Fixtures {
  readonly run: (command: string, options?: RunOptions) => Promise<RunResult>;
  /** Flags that sign in to an emulator that runs as a server. */
  readonly loginFlags: string;
}

const test = base.extend<Fixtures>({
  run: async ({ rcwh }, use) => use((command, options) => rcwh(command, { env, ...options })),
  loginFlags: async ({ server, directory }, use) => {
    await writeFile(join(directory, "secret"), "emulator-secret\n", { mode: 0o600 });
    await writeFile(join(directory, "jwt"), "user-1\n", { mode: 0o600 });
    await use(
      `--server ${server} --client-id emulator-client --client-secret-file ${directory}/secret --jwt-file ${directory}/jwt`,
    );
  },
});

describe("while RCWH_PROFILE=emulator is set, rcwh", () => {
  test("login says how to sign in, and what still decides after that", async ({
    run,
    loginFlags,
    expect,
  }) => {
    expect(await run("login")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr:
        'error: The profile "emulator" needs no login: it always exists.\nhint: Sign in under another name, such as `rcwh login --profile default`.\n',
    });

    const { exitCode, stderr } = await run(`login --profile default ${loginFlags}`);

    expect(stderr).toContain(
      "\nRCWH_PROFILE is emulator, so commands use that profile. Unset it, or add --profile default.\n",
    );
    expect(exitCode).toBe(0);
  });

  test("profile list and use lead to the other profiles", async ({ run, loginFlags, expect }) => {
    expect(await run("profile list")).toMatchObject({
      stderr:
        "No profiles. Sign in with `rcwh login --profile default`.\nThe profile emulator is in use: see `rcwh whoami --profile emulator`.\n",
    });
    await run(`login --profile acme ${loginFlags}`);

    expect(await run("profile use acme")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr:
        "Profile acme is now the current one.\nRCWH_PROFILE is emulator, so commands use that profile. Unset it, or add --profile acme.\n",
    });
  });

  test("listen refuses a public address before it listens", async ({ run, expect }) => {
    expect(await run("listen --url https://example.com/hook --filter posts")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr:
        "error: The emulator calls only this machine, and example.com is not.\nhint: Leave out --url to receive events over a WebSocket: `rcwh --profile emulator listen --filter posts`.\n",
    });
  });

  test("list says how to begin", async ({ run, expect }) => {
    expect(await run("list")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr:
        "No subscriptions. Start an endpoint with `rcwh listen --receive-only --port 8080 --path /hook`, then create one with `rcwh --profile emulator create --filter posts --url http://127.0.0.1:8080/hook`.\n",
    });
  });

  test("create says how to start an endpoint where nothing listens", async ({ run, expect }) => {
    const port = await closedPort();
    const { exitCode, stderr } = await run(
      `create --filter posts --url http://127.0.0.1:${port}/my/hook`,
    );
    expect(stderr).toContain(
      `hint: Start the endpoint, such as \`rcwh listen --receive-only --port ${port} --path /my/hook\` in another terminal.\n`,
    );
    expect(exitCode).toBe(ExitCode.endpoint);
  });

  test("names no login and no console where a fault or a setting refuses", async ({
    run,
    expect,
  }) => {
    const hint =
      "hint: See why the emulator refuses it with `rcwh --profile emulator emulator fault list` and `rcwh --profile emulator emulator settings`.\n";
    await run("emulator fault --code OAU-213 --path /restapi/v1.0/subscription --times 3");
    expect(await run("list")).toMatchObject({ stderr: expect.stringContaining(hint) });
    await run("emulator fault clear");

    const app = {
      ...{ clientId: "emulator-client", clientSecret: "emulator-secret", jwtFlow: true },
      scopes: ["ReadAccounts"],
    };
    await run(`emulator settings apps=${JSON.stringify([app])}`);
    await run("logout");
    expect(await run("list")).toMatchObject({ stderr: expect.stringContaining(hint) });
    const { stdout } = await run("doctor --json");
    expect(stdout).toContain(hint.slice("hint: ".length, -1));
    expect(stdout).not.toContain("rcwh login");
  });

  test("emulator means the server of the variables, as other commands do", async ({
    rcwh,
    signedIn,
    endpoint,
    expect,
  }) => {
    const both = { ...env, ...signedIn };
    await rcwh(`create --filter posts --url ${endpoint.url}`, { env: both });
    const subscriptions = async (command: string) => {
      const { stdout } = await rcwh(`${command} --json`, { env: both });
      return JSON.parse(stdout).subscriptions;
    };

    expect(await subscriptions("emulator state")).toHaveLength(1);
    expect(await subscriptions("emulator state --profile emulator")).toEqual([]);
  });
});

/** `readme.test.ts` runs the commands of the other ones, as they stand. */
const walkedSections = ["With an account", "Uninstalling"];

test("every command of the README for an account works with the profile, or names one that does", async ({
  run,
  rcwh,
  loginFlags,
  endpoint,
  expect,
}) => {
  const fromReadme = await readCommands();
  expect(fromReadme.length).toBeGreaterThan(6);
  const commands = [
    ...fromReadme,
    "profile list",
    "list --all-profiles",
    "listen --filter posts --url https://x.example/",
  ];
  for (const command of commands) {
    const { exitCode, stderr } = await run(command);
    const ways = [...stderr.matchAll(/`rcwh ([^`]+)`/g)].map((match) => match[1] ?? "");
    if (exitCode !== 0) expect(ways, `${command}\n${stderr}`).not.toEqual([]);
    for (const way of ways) {
      const runs = /(?:^| )(?:listen |emulator --allow-remote)/.test(way);
      const stop = new AbortController();
      const endOnceReady = (text: string) => {
        if (text.includes("Ctrl-C to stop")) stop.abort(new Interruption());
      };
      const line = withPorts(way, loginFlags, await closedPort());
      // As if the listener that the hint names first were still running.
      const result = await rcwh(line.replace("http://127.0.0.1:8080/hook", endpoint.url), {
        env,
        signal: stop.signal,
        ...(runs && { onTalk: endOnceReady, onOutput: endOnceReady }),
      });
      expect(result.exitCode, `${command}: ${way}\n${result.stderr}`).toBe(runs ? 130 : 0);
    }
  }
});

function withPorts(way: string, loginFlags: string, port: number): string {
  if (way.startsWith("login")) return `${way} ${loginFlags}`;
  return way.startsWith("emulator --")
    ? `${way} --port 0`
    : way.replace(/--port \d+/, `--port ${port}`);
}

async function readCommands(): Promise<readonly string[]> {
  const text = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  return text
    .split(/^## /m)
    .filter((section) => walkedSections.some((heading) => section.startsWith(heading)))
    .flatMap((section) => [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)])
    .flatMap(([, block = ""]) => block.split("\n"))
    .flatMap((line) => /^rcwh ([^#]+)/.exec(line)?.[1]?.trim() ?? []);
}
