import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe } from "vitest";
import { test as base, type RunOptions } from "../support/rcwh.ts";

const isWhole = process.env["RCWH_HOSTILE"] === "all";

/** What a shell would do with text that is not quoted, where each kind of value may have it. */
const attacks = [
  ";rcwh-pwned;",
  "$(rcwh-pwned)",
  "'$(rcwh-pwned)'",
  "&rcwh-pwned&",
  "|rcwh-pwned",
  "\nrcwh-pwned\n",
];

interface Fixtures {
  /** Runs rcwh, then has a shell run every command that it prints, as somebody does who pastes it. */
  readonly paste: (words: readonly string[], options?: RunOptions) => Promise<readonly string[]>;
}

const test = base.extend<Fixtures>({
  paste: async ({ rcwh, directory }, use) => {
    const bin = join(directory, "bin");
    const done = join(directory, "pwned");
    await mkdir(bin);
    for (const name of ["rcwh", "curl", "chmod", "mv", "kill"]) {
      await writeFile(join(bin, name), "#!/bin/sh\n", { mode: 0o755 });
      await chmod(join(bin, name), 0o755);
    }
    await writeFile(join(bin, "rcwh-pwned"), `#!/bin/sh\n: > '${done}'\n`, { mode: 0o755 });
    await use(async (words, options) => {
      const { stdout, stderr } = await rcwh(words, options);
      const commands = [...`${stdout}\n${stderr}`.matchAll(/`([^`]+)`/g)]
        .map(([, command = ""]) => command)
        .filter((command) => /^(?:rcwh|curl|chmod|mv) /.test(command) && !/<|…/.test(command));
      const env = { PATH: `${bin}${delimiter}/usr/bin:/bin` };
      const all = 'for each; do (eval "$each") </dev/null >/dev/null 2>&1; done';
      execFileSync("/bin/sh", ["-c", all, "sh", ...commands], { env, cwd: directory });
      if (existsSync(done)) throw new Error(`${words.join(" ")} printed ${commands.join("; ")}`);
      return commands;
    });
  },
});

describe("a command that rcwh names runs nothing else when it is pasted", () => {
  test("whatever the command line said", async ({ paste, directory, signedIn, expect }) => {
    const seen = new Set<string>();
    for (const [number, attack] of attacks.entries()) {
      const lines: (readonly [string[], RunOptions?])[] = [
        [["list", "--profile", `x${attack}`]],
        [["profile", "use", `x${attack}`]],
        [["check", `example.com/${attack}`]],
        [["check", `https://example.com:99999/${attack}`]],
        [["trigger", "posts", "--to", `http://127.0.0.1:1/${attack}`]],
        [["create", "--filter", `/restapi/v1.0/x${attack}`, "--url", "https://example.com"]],
        [["create", "--filter", "posts", "--url", `example.com/${attack}`]],
        [["filters", "show", `posts${attack}`]],
        [["show", `abcd${attack}`]],
        [["explain", `SUB-1${attack}`]],
        [["apply", join(directory, `x${attack}`)]],
        [["replay", join(directory, `x${attack}`)]],
        [["listen", "--receive-only", "--record", join(directory, `no/x${attack}`)]],
        [["emulator", "--profile", "emulator", "--state", `x${attack}`]],
        [["emulator", "state", "--url", `http://127.0.0.1:1/${attack}`]],
        [["doctor"], { env: { ...signedIn, RCWH_SERVER: `http://127.0.0.1:1/${attack}` } }],
        [["whoami", "--credentials-file", join(directory, `x${attack}`)]],
        [["whoami"], { env: { RCWH_CONFIG_DIR: join(directory, `c${attack.trim()}`) } }],
      ];
      for (const [index, [words, options]] of lines.entries()) {
        if (!isWhole && (index + number) % attacks.length > 0) continue;
        for (const command of await paste(words, options)) seen.add(command);
      }
    }
    expect(seen.size).toBeGreaterThan(10);
  });

  test("whatever a server said", async ({ rcwh, paste, emulator, endpoint, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 10d`);
    const [{ id = "" } = {}] = emulator.state().subscriptions;
    for (const attack of isWhole ? attacks : attacks.slice(0, 2)) {
      let isInner = false;
      let count = 0;
      let status = "Active";
      const stop = emulator.intercept(async (request) => {
        if (isInner || !request.url.includes("/subscription")) return undefined;
        isInner = true;
        const answer = await emulator.fetch(request).finally(() => {
          isInner = false;
        });
        count += 1;
        // JavaScript passes over what precedes a date.
        const day = count === 1 ? "Dec 2 2026" : "Nov 25 2026";
        const time = `${attack.replace(/[()]/g, "").trim()} ${day}`;
        const text = (await answer.text())
          .replaceAll(/"expirationTime":"[^"]*"/g, `"expirationTime":${JSON.stringify(time)}`)
          .replaceAll(/"expiresIn":\d+/g, `"expiresIn":${count === 1 ? 864_000 : 259_200}`)
          .replaceAll('"Active"', JSON.stringify(status));
        return new Response(text, { headers: { "Content-Type": "application/json" } });
      }, Number.POSITIVE_INFINITY);
      const commands = [...(await paste(["renew", id, "--expires-in", "30d"]))];
      status = `Odd${attack}`;
      commands.push(...(await paste(["list"])), ...(await paste(["show", id])));
      stop();
      expect(commands.join("\n")).toContain(`rcwh renew ${id} --expires-in`);
    }
  });
});
