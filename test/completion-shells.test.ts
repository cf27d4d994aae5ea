import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { warmConfig } from "./support/processes.ts";
import { test } from "./support/rcwh.ts";
import { executable, startProgram, type TerminalSession } from "./support/terminal.ts";

/** How each shell is started without the user's own configuration, and loads the script. */
const shells = {
  bash: {
    words: ["--norc", "--noprofile", "-i"],
    load: 'PS1="> "; eval "$(rcwh completion bash)"',
  },
  zsh: { words: ["-f", "-i"], load: 'PS1="> "; source <(rcwh completion zsh)' },
  fish: {
    words: ["--no-config", "-i"],
    load: 'function fish_prompt; printf "> "; end; rcwh completion fish | source',
  },
} as const;

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

for (const [shell, { words, load }] of Object.entries(shells)) {
  describe.skipIf(process.platform === "win32" || !isInstalled(shell))(shell, () => {
    test("completes words with the Tab key", async ({ rcwh, endpoint, directory, expect }) => {
      const local = {
        RCWH_PROFILE: "emulator",
        RCWH_CONFIG_DIR: warmConfig(join(directory, "config")),
      };
      const create = `create --filter posts --url ${endpoint.url}?key=secret --json`;
      const { stdout } = await rcwh(create, { env: local });
      const [{ id }] = JSON.parse(stdout).subscriptions;
      const bin = join(directory, "bin");
      await mkdir(bin);
      await writeFile(
        join(bin, "rcwh"),
        `#!/bin/sh\nexec '${process.execPath}' '${executable}' "$@"\n`,
      );
      await chmod(join(bin, "rcwh"), 0o755);
      const path = `${bin}:${process.env["PATH"]}`;
      const env = { ...local, HOME: directory, PATH: path, LANG: "C.UTF-8" };
      await using session = ended(startProgram(shell, words, { env, columns: 120, rows: 60 }));

      session.type(`${load}; echo loa''ded\r`);
      await session.waitFor("loaded");
      // What differs between shells; test/commands/completion.test.ts has what is suggested.
      for (const [typed, completed] of [
        ["rcwh rotate-", "rcwh rotate-token "],
        ["rcwh create --filter sms,voicem", "rcwh create --filter sms,voicemail "],
        ["rcwh create --filter=voicem", "rcwh create --filter=voicemail "],
        ["rcwh check --verification-token-file /etc/hostn", "-file /etc/hostname "],
        ["rcwh check --verification-token-file=/etc/hostn", "-file=/etc/hostname "],
        ["rcwh schema emulator lo", "rcwh schema emulator log "],
        ["rcwh emulator settings subscriptionLi", "rcwh emulator settings subscriptionLimit="],
        ["rcwh list --url http:", `${endpoint.url}\\* `],
        ["rcwh list --url=http:", `${endpoint.url}\\* `],
        ["rcwh create --extensions queu", "rcwh create --extensions queue:"],
        [`rcwh show ${id.slice(0, 4)}`, `rcwh show ${id} `],
      ] as const) {
        session.type(`${typed}\t`);
        // What was typed is echoed first, so that only the whole shows that it was completed.
        await session.waitFor(completed.trimEnd());
        // A word that goes on has no blank behind it.
        session.type(`${completed.endsWith(" ") ? "" : "!"}\u0015`);
      }
      session.type("rcwh login\b\b\b\b\t\t");
      await session.waitFor("sign in and save the credentials");
      // A flag without a value has a description, a value need not have one.
      session.type("\u0015rcwh move --k\b\t\t");
      await session.waitFor("--keep-going");
      session.type("\u0015rcwh audit --only \t\t");
      await session.waitFor("overlaps");
      session.type("\u0015rcwh list --status=\t\t");
      await session.waitFor("unhealthy");
      // fish lists whole words.
      if (shell !== "fish") expect(session.text()).not.toContain("--status=active");
      expect(session.text()).not.toMatch(/undefined|overlaps +--/);
      expect(session.text()).not.toContain("key=secret");
    });
  });
}

/** The same session, killed at the end of its scope. */
function ended(session: TerminalSession): TerminalSession & AsyncDisposable {
  return { ...session, [Symbol.asyncDispose]: async () => session.kill("SIGKILL") };
}
