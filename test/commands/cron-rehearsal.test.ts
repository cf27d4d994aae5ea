import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { Check } from "../../src/check/check.ts";
import { warmConfig } from "../support/processes.ts";
import { test as base, now, type RunOptions, type RunResult } from "../support/rcwh.ts";
import { share } from "../support/share.ts";

/** The rehearsal runs in a process with the real time, so this one uses it too. */
const test = base.extend<{ readonly realTime: undefined }>({
  realTime: [
    async ({ clock }, use) => {
      clock.advance(Date.now() - now);
      await use(undefined);
    },
    { auto: true },
  ],
});

const root = join(import.meta.dirname, "../..");

/** Characters that a crontab or a shell could take for its own. */
const odd = `o'd d%\\%\\\\"$x`;

/** What the user has set up, and what they type after `cron print` and `doctor --cron`. */
interface Setup {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly globals?: readonly string[];
  readonly flags?: readonly string[];
  readonly script?: string;
}

interface Places {
  readonly directory: string;
  readonly signedIn: Readonly<Record<string, string>>;
  /** Signs user `n` in. */
  login(user: number, env?: RunOptions["env"], profile?: string): Promise<void>;
}

/** Each returns whether user 1's subscription is renewed by the scheduled runs. */
const setups: Readonly<Record<string, (places: Places) => Promise<Setup & { works: boolean }>>> = {
  "a stored profile": async ({ login }) => {
    await login(1);
    return { env: {}, works: true };
  },
  "a stored profile in the directory of cron's user": async ({ directory, login }) => {
    const env = { RCWH_CONFIG_DIR: undefined, HOME: join(directory, "home") };
    await login(1, env);
    return { env, works: true };
  },
  "a directory that only this shell names, with odd characters": async ({ directory, login }) => {
    const env = { RCWH_CONFIG_DIR: join(directory, odd) };
    await login(1, env);
    return { env, works: true };
  },
  "a directory of XDG_CONFIG_HOME": async ({ directory, login }) => {
    const env = { RCWH_CONFIG_DIR: undefined, XDG_CONFIG_HOME: join(directory, "x d%g") };
    await login(1, env);
    return { env, works: true };
  },
  "a profile of RCWH_PROFILE that is not in use": async ({ login }) => {
    await login(2);
    await login(1, {}, "acme");
    return { env: { RCWH_PROFILE: "acme" }, works: true };
  },
  "a profile by flag": async ({ login }) => {
    await login(2);
    await login(1, {}, "acme");
    return { env: {}, globals: ["--profile", "acme"], works: true };
  },
  "all profiles": async ({ login }) => {
    await login(1);
    await login(2, {}, "acme");
    return { env: {}, flags: ["--all-profiles"], works: true };
  },
  "credentials that only this shell has": async ({ signedIn }) => ({
    env: signedIn,
    works: false,
  }),
  "credentials that only this shell has, and another user's profile": async ({
    signedIn,
    login,
  }) => {
    await login(2);
    return { env: signedIn, works: false };
  },
  "credentials in a file": async ({ directory, signedIn }) => {
    const path = join(directory, `acme ${odd}.env`);
    const lines = Object.entries(signedIn).map(([name, value]) => `${name} = '${value}'\n`);
    // Node would end if it read this file.
    await writeFile(path, `${lines.join("")}NODE_OPTIONS=--require=/missing.js\n`);
    return { env: {}, globals: ["--credentials-file", path], works: true };
  },
  "credentials in a file, by the flag's old name": async ({ directory, signedIn }) => {
    const path = join(directory, "acme.env");
    const lines = Object.entries(signedIn).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(path, `${lines.join("")}NODE_OPTIONS=--require=/missing.js\n`);
    return { env: {}, globals: ["--env-file", path], works: true };
  },
  "nobody signed in": async () => ({ env: {}, works: false }),
  "a JWT that is no longer accepted": async ({ directory, login }) => {
    await login(1);
    const path = join(directory, "config/config.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replaceAll('"user-1"', '"withdrawn"'), { mode: 0o600 });
    return { env: {}, works: false };
  },
  "a server that cannot be reached": async ({ directory, login }) => {
    await login(1);
    const path = join(directory, "config/config.json");
    const text = await readFile(path, "utf8");
    const elsewhere = text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "http://127.0.0.1:9");
    await writeFile(path, elsewhere, { mode: 0o600 });
    return { env: {}, works: false };
  },
  "a script whose path has odd characters": async ({ directory, login }) => {
    await symlink(root, join(directory, odd));
    await login(1);
    return { env: {}, script: join(directory, odd, "bin/rcwh.js"), works: true };
  },
  "a script that is gone": async ({ directory, login }) => {
    await login(1);
    return { env: {}, script: join(directory, "bin/rcwh.js"), works: false };
  },
  "flags with odd characters": async ({ login }) => {
    await login(1);
    return { env: {}, flags: ["--recover", "--ignore", `bad${odd}`], works: true };
  },
  "a metrics file that can be written": async ({ directory, login }) => {
    await login(1);
    return { env: {}, flags: ["--metrics-file", join(directory, "rcwh.prom")], works: true };
  },
  "a metrics file in a directory that does not exist": async ({ directory, login }) => {
    await login(1);
    return { env: {}, flags: ["--metrics-file", join(directory, "no/rcwh.prom")], works: false };
  },
  "a hook that is only in this shell's PATH": async ({ directory, login }) => {
    await login(1);
    await mkdir(join(directory, "bin"));
    await writeFile(join(directory, "bin/notify"), "#!/bin/sh\ncat >/dev/null\n", { mode: 0o755 });
    const PATH = `${join(directory, "bin")}:/usr/bin:/bin`;
    return { env: { PATH }, flags: ["--on-renewed", "notify --to ops"], works: false };
  },
  "a hook by its path": async ({ directory, login }) => {
    await login(1);
    const path = join(directory, "notify");
    await writeFile(path, "#!/bin/sh\ncat >/dev/null\n", { mode: 0o755 });
    return { env: {}, flags: ["--on-renewed", path], works: true };
  },
};

describe("rcwh doctor --cron", () => {
  // Each takes three processes.
  for (const [name, prepare] of share(Object.entries(setups), 4)) {
    test(`passes exactly if the line of cron print works, with ${name}`, async ({
      rcwh,
      signedIn,
      elsewhere,
      endpoint,
      emulator,
      directory,
      expect,
    }) => {
      const created = await rcwh(`create --filter posts --url ${endpoint.url} --json`, {
        env: elsewhere,
      });
      const [{ id }] = JSON.parse(created.stdout).subscriptions;
      const {
        works,
        env,
        globals = [],
        flags = [],
        script,
      } = await prepare({
        directory,
        signedIn,
        async login(user, moreEnv = {}, profile = "default") {
          const loggedIn = { ...signedIn, RCWH_JWT: `user-${user}`, ...moreEnv };
          expect(await rcwh(["login", "--profile", profile], { env: loggedIn })).toMatchObject({
            exitCode: 0,
          });
        },
      });
      warmConfig(join(directory, "config"));
      const options = { env, ...(script !== undefined && { script }) };
      const runFlags = ["--", "--within", "30d", ...flags];
      const isChange = ({ method, path }: { method: string; path: string }) =>
        method !== "GET" && path.includes("/subscription");

      const before = emulator.requests.length;
      const doctor = await rcwh([...globals, "doctor", "--cron", "--json", ...runFlags], options);
      expect(emulator.requests.slice(before).filter(isChange)).toEqual([]);
      const printed = await rcwh([...globals, "cron", "print", ...runFlags], options);
      const ended = await runAsCron(printed, directory);

      const renewed = emulator.requests
        .slice(before)
        .filter(({ method, path }) => method === "POST" && path.endsWith(`/${id}/renew`));
      expect({ works: ended.exitCode === 0 && renewed.length === 1 }, ended.output).toEqual({
        works,
      });
      const { status, measured, hint } = cronRow(doctor);
      // It would lead back here.
      expect(hint ?? "").not.toContain("`rcwh doctor`");
      expect({ passes: status === "pass" }, measured).toEqual({ passes: works });
      if (works) expect(printed.stdout.replaceAll("\\%", "%")).toContain(` * * ${measured}\n`);
      // A warning of cron print is what doctor says.
      else if (printed.stderr.startsWith("warning:")) {
        expect(printed.stderr).toBe(`warning: ${measured} ${hint}\n`);
      }
    });
  }
});

describe("rcwh doctor --cron compares the crontab", () => {
  /** A `crontab` command that prints this text, or fails with it if `fails`. */
  async function fakeCrontab(directory: string, text: string, fails = false) {
    const bin = join(directory, "fake");
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "text"), text);
    const script = `#!/bin/sh\n/bin/cat ${bin}/text ${fails ? ">&2; exit 1" : ""}\n`;
    await writeFile(join(bin, "crontab"), script, { mode: 0o755 });
    return { PATH: `${bin}:/usr/bin:/bin` };
  }

  test("with the line of cron print", async ({ rcwh, signedIn, directory, expect }) => {
    warmConfig(join(directory, "config"));
    await rcwh("login", { env: signedIn });
    const { stdout } = await rcwh("cron print", { env: {} });
    const line = stdout.replaceAll("/tmp/rcwh-test", directory);
    const found: Record<string, unknown> = {};
    const crontabs = {
      none: undefined,
      empty: await fakeCrontab(directory, "no crontab for tester\n", true),
    };
    for (const [name, PATH] of Object.entries(crontabs)) {
      found[name] = row(
        await rcwh("doctor --cron --json", { env: { PATH: "/nowhere", ...PATH } }),
        "crontab",
      );
    }
    const texts = {
      other: "MAILTO=ops\n# rcwh renew\n0 4 * * * /usr/bin/backup\n",
      same: `MAILTO=ops\n0 4 * * * /usr/bin/backup\n${line}`,
      more: `@hourly ${line.trimEnd().split("\n").at(-1)?.split(" ").slice(5).join(" ")} --recover >> /tmp/log 2>&1\n`,
      old: "0 4 * * * /opt/node18/bin/node /opt/rcwh/bin/rcwh.js renew -q\n",
    };
    for (const [name, text] of Object.entries(texts)) {
      const env = await fakeCrontab(directory, text);
      found[name] = row(await rcwh("doctor --cron --json", { env }), "crontab");
    }
    expect(found).toMatchInlineSnapshot(`
      {
        "empty": {
          "hint": "Install the line of \`rcwh cron print\` with \`crontab -e\`.",
          "limit": "the line of \`rcwh cron print\`",
          "measured": "no crontab for tester",
          "rule": "crontab",
          "status": "skip",
        },
        "more": {
          "limit": "the line of \`rcwh cron print\`",
          "measured": "line 1 of \`crontab -l\`",
          "rule": "crontab",
          "status": "pass",
        },
        "none": {
          "hint": "See \`rcwh cron print --help\` for other schedulers.",
          "limit": "the line of \`rcwh cron print\`",
          "measured": "this machine has no crontab command",
          "rule": "crontab",
          "status": "skip",
        },
        "old": {
          "hint": "Replace it with the line of \`rcwh cron print\`, using \`crontab -e\`.",
          "limit": "the line of \`rcwh cron print\`",
          "measured": "line 1 of \`crontab -l\` differs before \`renew\`",
          "rule": "crontab",
          "status": "warn",
        },
        "other": {
          "hint": "Install the line of \`rcwh cron print\` with \`crontab -e\`.",
          "limit": "the line of \`rcwh cron print\`",
          "measured": "no line with \`rcwh renew\`",
          "rule": "crontab",
          "status": "skip",
        },
        "same": {
          "limit": "the line of \`rcwh cron print\`",
          "measured": "line 9 of \`crontab -l\`",
          "rule": "crontab",
          "status": "pass",
        },
      }
    `);
  });
});

function cronRow(result: RunResult): Check {
  return row(result, "cron");
}

function row({ stdout }: RunResult, wanted: string): Check {
  const { checks }: { checks: readonly Check[] } = JSON.parse(stdout);
  const found = checks.find(({ rule }) => rule === wanted);
  if (!found) throw new Error(`No row for ${wanted} in ${stdout}`);
  return found;
}

/** Runs the last line of a crontab as cron would. */
async function runAsCron({ stdout }: RunResult, directory: string) {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  const command = line.split(" ").slice(5).join(" ").replaceAll("/tmp/rcwh-test", directory);
  const env = {
    HOME: join(directory, "home"),
    LOGNAME: "tester",
    SHELL: "/bin/sh",
    PATH: "/usr/bin:/bin",
  };
  const given = afterCron(command);
  return new Promise<{ exitCode: unknown; output: string }>((resolve) => {
    execFile("/bin/sh", ["-c", given], { cwd: "/", env }, (error, out, errors) =>
      resolve({ exitCode: error ? error.code : 0, output: `${given}\n${out}${errors}` }),
    );
  });
}

/** What the shell gets: as in ISC's cron, where a backslash escapes a percent sign or another backslash. */
function afterCron(command: string): string {
  let given = "";
  for (let at = 0; at < command.length; at++) {
    const [character = "", next = ""] = command.slice(at, at + 2);
    if (character === "%") break;
    if (character !== "\\") given += character;
    else {
      given += next === "%" || next === "\\" ? next : character + next;
      at += 1;
    }
  }
  return given;
}
