import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { wrapHelp } from "../src/commands/flags/wrap-help.ts";
import { topics } from "../src/program/topics.ts";
import { findCommandPaths } from "./support/command-paths.ts";
import { type RunOptions, test } from "./support/rcwh.ts";

describe("rcwh -h", () => {
  test("fits a screen, and is what `rcwh` and global flags alone print", async ({
    rcwh,
    expect,
  }) => {
    const help = await rcwh("-h");

    expect(help.stdout).toMatchInlineSnapshot(`
      "Usage: rcwh <command> [flags]

      Manage RingCentral webhook subscriptions.

      Common commands:
        create                      create a webhook subscription
        list|ls                     list subscriptions, soonest to expire first
        renew                       renew subscriptions that are due; made for cron
        delete|rm                   delete subscriptions
        filters                     search the catalogue of event filters
        check                       check an endpoint against RingCentral's rules
        listen                      receive events on this machine, and forward them
        login                       sign in and save the credentials

      Examples:
        # the whole life of a webhook in seconds, without an account
        rcwh demo
        # sign in, with the credentials of a REST API App
        rcwh login
        # new posts, for 7 days
        rcwh create posts https://example.com/hook

      See all commands, flags and topics with \`rcwh --help\`.
      "
    `);
    expect(help.stdout.split("\n").length).toBeLessThanOrEqual(24);
    for (const words of [[], ["-q"], ["-qh"]]) {
      expect(await rcwh(words), words.join(" ")).toEqual(help);
    }
  });
});

describe("rcwh <command> -h", () => {
  test("describes renew", async ({ rcwh, expect }) => {
    const help = await rcwh("renew -h");

    expect(help.stdout).toMatchInlineSnapshot(`
      "Usage: rcwh renew [flags] [selector...]

      Renew the subscriptions that are due, or the selected ones.

      Arguments:
        selector                      ids, unique prefixes of ids, or URLs

      Common flags:
        --within <duration>           renew what expires within this time
        --expires-in <duration>       new lifetime (default: as recorded, else 7d)
        --recover                     replace blacklisted subscriptions, each URL once
                                      in 24 hours
        --dry-run                     print what would be done without doing it
        --all                         every subscription, due or not

      Examples:
        # everything that is due
        rcwh renew
        # from cron: silent while all is well
        rcwh renew -q --recover --jitter 5m
        # one subscription, due or not
        rcwh renew 3f2a

      See all flags with \`rcwh renew --help\`.
      "
    `);
    expect(await rcwh("renew --all -qh")).toEqual(help);
  });

  test("describes subcommands", async ({ rcwh, expect }) => {
    expect((await rcwh("emulator clock -h")).stdout).toMatchInlineSnapshot(`
      "Usage: rcwh emulator clock [flags]

      Show the clock of a running emulator, or move it.

      Flags:
        --advance <duration>        move forward by this long: 90s, 3d, 1h30m
        --set <instant>             move to this instant, RFC 3339
        --freeze                    stop the clock
        --resume                    start the clock again
        --url <url>                 address of the running emulator (default:
                                    RCWH_SERVER or the profile's server on this
                                    machine, else http://127.0.0.1:4010)

      Examples:
        # show its time
        rcwh emulator clock
        # move forward by three days
        rcwh emulator clock --advance 3d
        # stop the clock at an instant
        rcwh emulator clock --set 2027-01-31T00:00:00Z --freeze

      See all flags with \`rcwh emulator clock --help\`.
      "
    `);
  });

  test("has the purpose, five flags or all, three examples, and where the rest is", async ({
    rcwh,
    expect,
  }) => {
    const flagsIn = (text: string) => [...text.matchAll(/^ {2}(-.*)$/gm)].map(([, flag]) => flag);
    for (const path of await findCommandPaths()) {
      const { stdout: whole } = await rcwh(`${path} --help`);
      const { stdout: short, ...rest } = await rcwh(`${path} -h`);

      expect(rest, path).toEqual({ exitCode: 0, stderr: "" });
      const [usage, , ...lines] = short.split("\n");
      expect(usage).toBe(whole.split("\n")[0]);
      expect(whole.replaceAll("\n", " ")).toContain(short.split("\n\n")[1]?.replaceAll("\n", " "));
      const own = flagsIn(whole.slice(0, whole.indexOf("\nGlobal flags")));
      const shown = flagsIn(short);
      expect(shown.length, path).toBe(Math.min(own.length, 5));
      expect(own).toEqual(expect.arrayContaining(shown));
      expect(short.includes("\nCommon flags:\n"), path).toBe(own.length > 5);
      expect(short.match(/^ {2}# /gm), path).toHaveLength(3);
      expect(short.endsWith(`\n\nSee all flags with \`rcwh ${path} --help\`.\n`), path).toBe(true);
      expect(lines.length, path).toBeLessThanOrEqual(36);
    }
  });
});

describe("help for a terminal of fewer than 80 columns", () => {
  test("says the same in lines that fit", async ({ rcwh, expect }) => {
    const pages = [...topics.values()];
    for (const path of ["", ...(await findCommandPaths())]) {
      pages.push((await rcwh(`${path} --help`.trim())).stdout);
    }
    const wordsOf = (text: string) => text.split(/\s+/).filter((word) => !/^[#\\]$/.test(word));
    for (const page of pages) {
      expect(wrapHelp(page, { width: 80, textWidth: Number.POSITIVE_INFINITY })).toBe(page);
      for (const width of [79, 60, 45, 40]) {
        const fitted = wrapHelp(page, { width, textWidth: width });
        expect(wordsOf(fitted)).toEqual(wordsOf(page));
        const tooLong = fitted.split("\n").filter((line) => [...line].length > width);
        // A word alone, such as a URL or what is quoted.
        expect(tooLong.filter((line) => / \S+ \S/.test(line.replace(/ \\$|'[^']*'/, "")))).toEqual(
          [],
        );
      }
    }
  });

  test("keeps two columns while there is room, and paragraphs", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("completion --help", { tty: true, columns: 50 });
    const narrow = await rcwh("completion -h", { tty: true, columns: 40 });

    expect(stdout.slice(0, stdout.indexOf("\nGlobal"))).toMatchInlineSnapshot(`
      "Usage: rcwh completion [shell] [flags]

      Complete commands, flags, values, event filters,
      profiles and the ids of subscriptions with the Tab
      key, in bash, zsh, fish and PowerShell. Prints the
      script for a shell, or installs it.

      Commands:
        suggest <word...>           print what completes
                                    a command line
        refresh                     list the
                                    subscriptions for
                                    the Tab key

      Arguments:
        shell                       bash, zsh, fish,
                                    powershell (default:
                                    the one that SHELL
                                    names)

      Flags:
        --install                   install it for this
                                    user, and say what
                                    was changed
      "
    `);
    expect(narrow.stdout).toMatchInlineSnapshot(`
      "Usage: rcwh completion [shell] [flags]

      Complete commands, flags, values, event
      filters, profiles and the ids of
      subscriptions with the Tab key, in bash,
      zsh, fish and PowerShell.

      Commands:
        suggest <word...>
            print what completes a command
            line
        refresh
            list the subscriptions for the Tab
            key

      Arguments:
        shell
            bash, zsh, fish, powershell
            (default: the one that SHELL
            names)

      Flags:
        --install
            install it for this user, and say
            what was changed

      Examples:
        # for the shell that you use: says
        # what it changed
        rcwh completion --install
        # bash, in this shell only
        eval "$(rcwh completion bash)"
        # zsh, in this shell only
        eval "$(rcwh completion zsh)"

      See all flags with
      \`rcwh completion --help\`.
      "
    `);
  });
});

/** Another terminal, or other variables. */
interface Change extends Pick<RunOptions, "rows"> {
  readonly env?: Readonly<Record<string, string>>;
  readonly isElsewhere?: boolean;
}

test("wraps the comments of examples in a pipe of 40 columns", async ({
  rcwh,
  signedIn,
  expect,
}) => {
  const { stdout } = await rcwh("create --help", { env: { ...signedIn, COLUMNS: "40" } });
  const comments = stdout.split("\n").filter((line) => line.startsWith("  # "));

  expect(comments.length).toBeGreaterThan(8);
  expect(comments.filter(({ length }) => length > 40)).toEqual([]);
});

test("check -h and trigger -h have what is needed first", async ({ rcwh, expect }) => {
  const { stdout: check } = await rcwh("check -h");
  const { stdout: trigger } = await rcwh("trigger -h");

  expect(check).not.toContain("--no-event");
  expect(check).toContain("--verification-token-file");
  expect(trigger.indexOf("--to ")).toBeLessThan(trigger.indexOf("--set "));
});

describe("the pager of help", () => {
  test.for<[string, Change, boolean]>([
    ["renew --help", {}, true],
    ["help create", {}, true],
    ["help", {}, true],
    ["help environment", {}, true],
    ["renew -h", {}, false],
    ["", {}, false],
    ["renew --help", { rows: 200 }, false],
    ["renew --help", { isElsewhere: true }, false],
    ["renew --help", { env: { TERM: "dumb" } }, false],
    ["renew --help", { env: { CI: "1" } }, false],
    ["renew --help", { env: { PAGER: "" } }, false],
    ["renew --help", { env: { PAGER: "cat" } }, false],
    ["renew --help", { env: { RCWH_PAGER: "" } }, false],
    ["renew --help", { env: { PAGER: "sh -c 'exit 127'" } }, false],
    ["renew --help", { env: { PAGER: "sh -c 'exit 1'" } }, false],
    ["renew --help --no-input", {}, false],
  ])("rcwh %s %o: %s", async ([words, change, isPaged], { rcwh, directory, expect }) => {
    const read = join(directory, "read");
    const { rows = 24, isElsewhere = false, env } = change;
    const command = words.split(" ").filter(Boolean);
    const shown = await rcwh(command, {
      tty: true,
      rows,
      ...(!isElsewhere && { onView: () => {} }),
      env: { PAGER: `sh -c 'cat > ${read}'`, ...env },
    });

    const { stdout } = await rcwh(
      command.filter((word) => word !== "--no-input"),
      { tty: true },
    );
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toBe(isPaged ? "" : stdout);
    expect(await readFile(read, "utf8").catch(() => "")).toBe(isPaged ? stdout : "");
    const [, code] = /exit (\d+)/.exec(env?.["PAGER"] ?? "") ?? [];
    expect(shown.stderr).toBe(code ? `The pager sh printed nothing: exit code ${code}.\n` : "");
  });

  const hasLinkCounts = process.platform === "linux";
  test.runIf(hasLinkCounts)(
    "reads a file without a name, which a killed rcwh cannot leave behind",
    async ({ rcwh, directory, expect }) => {
      const links = join(directory, "links");
      const env = { PAGER: `sh -c 'stat -Lc %h - > ${links}; cat'` };
      const { exitCode } = await rcwh("renew --help", { tty: true, rows: 24, onView() {}, env });
      expect(exitCode).toBe(0);
      expect(await readFile(links, "utf8")).toBe("0\n");
    },
  );
});
