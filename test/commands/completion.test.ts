import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import type { ProgramDescription } from "../../src/commands/completion/description.ts";
import { suggest } from "../../src/commands/completion/suggest.ts";
import { test as base } from "../support/rcwh.ts";

interface Completion {
  /** What is suggested for a line whose last word is being typed. */
  readonly suggest: (line: string) => Promise<readonly string[]>;
  /** The same through the program, which knows profiles and subscriptions. */
  readonly press: (
    line: string,
    env?: Readonly<Record<string, string>>,
  ) => Promise<readonly string[]>;
}

/** Made once: it takes loading every command. */
let described: Promise<ProgramDescription> | undefined;

const test = base.extend<Completion>({
  suggest: async ({ rcwh }, use) => {
    described ??= rcwh("commands --json").then(({ stdout }) => JSON.parse(stdout));
    const program = await described;
    const none = async () => [];
    const sources = {
      profiles: none,
      subscriptions: none,
      codes: none,
      settings: none,
      rules: none,
    };
    await use(async (line) => {
      const topics = () => program.topics;
      const { list, also } = await suggest(program, line.split(" "), { ...sources, topics });
      const lines = list.map(({ value, description }) => `${value}\t${description}`);
      return also ? [...lines, `:${also}`] : lines;
    });
  },
  press: async ({ rcwh }, use) => {
    await use(async (line, env = {}) => {
      const words = ["completion", "suggest", "--", ...line.split(" ")];
      const { stdout, stderr, exitCode } = await rcwh(words, { env });
      if (stderr !== "" || exitCode !== 0) throw new Error(`${exitCode}: ${stderr}`);
      return stdout.split("\n").slice(0, -1);
    });
  },
});

/** Without the descriptions. */
function values(lines: readonly string[]): string[] {
  return lines.map((line) => line.split("\t")[0] ?? "");
}

describe("rcwh completion suggest", () => {
  test("completes commands, with what they do", async ({ suggest, expect }) => {
    expect(await suggest("ro")).toEqual([
      "rotate-token\tgive a subscription a new verification token",
    ]);
    expect(values(await suggest("l"))).toEqual(["list", "ls", "listen", "login", "logout"]);
    expect(values(await suggest(""))).toContain("help");
    expect(values(await suggest("emulator fault "))).toEqual(["list", "clear"]);
    expect(values(await suggest("--profile x -v whoa"))).toEqual(["whoami"]);
  });

  test("completes the names of commands, a word at a time", async ({ suggest, expect }) => {
    expect(await suggest("schema li")).toEqual([
      "list\tlist subscriptions, soonest to expire first",
      "listen\treceive events on this machine, and forward them",
    ]);
    expect(values(await suggest("schema emulator lo"))).toEqual(["log"]);
    expect(values(await suggest("schema emulator nosuch "))).toEqual([]);
    // Commands without JSON output have no schema, but a description.
    expect(values(await suggest("schema mc"))).toEqual([]);
    expect(values(await suggest("commands mc"))).toEqual(["mcp"]);
  });

  test("completes flags, except those that are there", async ({ suggest, expect }) => {
    expect(values(await suggest("create --verification"))).toEqual([
      "--verification-token-out",
      "--verification-token-file",
      "--verification-token",
    ]);
    expect(values(await suggest("list --json --js"))).toEqual([]);
    expect(values(await suggest("create --filter sms --fil"))).toEqual([
      "--filter",
      "--filters-per-subscription",
    ]);
    expect(values(await suggest("--no-"))).toEqual([
      "--no-input",
      "--no-color",
      "--no-token-cache",
    ]);
    expect(values(await suggest("cron print -- --recr"))).toEqual(["--recreate"]);
  });

  test("completes values of flags, also after =", async ({ suggest, expect }) => {
    expect(values(await suggest("list --output "))).toEqual([
      "table",
      "tsv",
      "json",
      "ndjson",
      "csv",
      "yaml",
    ]);
    expect(values(await suggest("list -o s"))).toEqual([]);
    expect(values(await suggest("forecast -o s"))).toEqual(["svg"]);
    expect(values(await suggest("list -o=ya"))).toEqual([]);
    expect(values(await suggest("list --output=ya"))).toEqual(["--output=yaml"]);
    expect(values(await suggest("list --status BLA"))).toEqual(["Blacklisted"]);
    expect(await suggest("create --verification-token-file ")).toEqual([":files"]);
    expect(await suggest("emulator exec -- np")).toEqual([":commands"]);
    expect(await suggest("create --expires-in ")).toEqual([]);
  });

  test("completes filters: aliases, paths, the last of a list", async ({ suggest, expect }) => {
    expect(await suggest("create --filter voicem")).toEqual([
      "voicemail\tSomebody left the extension a voicemail",
    ]);
    expect(values(await suggest("trigger account/~/teleph"))).toEqual([
      "account/~/telephony/sessions",
    ]);
    expect(values(await suggest("create --filter sms,voicem"))).toEqual(["sms,voicemail"]);
    expect(values(await suggest("filters show a2p-op"))).toEqual(["a2p-opt-outs"]);
  });

  test("completes codes and topics", async ({ suggest, press, expect }) => {
    expect(values(await press("explain SUB-40"))).toContain("SUB-406");
    expect(await press("emulator settings subscriptionL")).toEqual([
      "subscriptionLimit=\tdefault: 30",
      ":open",
    ]);
    expect(await suggest("help sel")).toEqual(["selectors\thow to name subscriptions"]);
    expect(values(await suggest("help creat"))).toEqual(["create"]);
  });

  test("completes how extensions are named, and rules, each of a list", async ({
    suggest,
    press,
    expect,
  }) => {
    expect(await suggest("create --extensions ")).toEqual([
      "all\tevery enabled user of the account",
      "queue:\tthe members of a call queue",
      "site:\tthe users of a site",
      "department:\tthe users of a department",
      ":open",
    ]);
    expect(values(await suggest("create --extensions 101,dep"))).toEqual([
      "101,department:",
      ":open",
    ]);
    expect(await press("audit --only st")).toEqual(["status\t"]);
    expect(await press("audit --ignore=status,over")).toEqual(["--ignore=status,overlaps\t"]);
    expect(await press("audit --ignore=status,st")).toEqual([]);
  });

  test("completes profiles", async ({ rcwh, signedIn, press, expect }) => {
    await rcwh("login --profile acme", { env: signedIn });
    expect(values(await press("list --profile "))).toEqual(["acme", "emulator"]);
    expect(values(await press("profile use a"))).toEqual(["acme"]);
  });

  test("completes ids on record, without a request", async ({
    rcwh,
    signedIn,
    endpoint,
    press,
    expect,
  }) => {
    const create = `create --filter posts --url ${endpoint.url}?key=secret --json`;
    const { stdout } = await rcwh(create, { env: signedIn });
    const [{ id }] = JSON.parse(stdout).subscriptions;
    const elsewhere = { ...signedIn, RCWH_SERVER: "" };

    expect(await press(`show ${id.slice(0, 3)}`, signedIn)).toEqual([
      expect.stringMatching(/^[0-9a-f]{8}-0000-4000-8000-000000000000\thttp:.*\?…$/),
    ]);
    expect(values(await press(`delete ${id} `, signedIn))).toEqual([]);
    expect(values(await press("update ", elsewhere))).toEqual([]);
  });

  test("completes URLs only as far as they are known, or to what matches them", async ({
    rcwh,
    signedIn: env,
    endpoint,
    press,
    expect,
  }) => {
    const origin = "http://127.0.0.1:50100";
    const create = (url: string) => rcwh(`create --filter posts --url ${url}`, { env });
    await create(`${endpoint.url}?key=secret`);
    await create(`${endpoint.url}/other`);

    expect(values(await press("list --url http", env))).toEqual([
      `${origin}/hook*`,
      `${origin}/hook/other`,
    ]);
    expect(values(await press("move --from=http", env))).toEqual([
      `--from=${origin}/hook`,
      `--from=${origin}/hook/other`,
    ]);
    for (const words of ["update 3f2a --url http", "trigger sms --to http", "show http"]) {
      expect(values(await press(words, env)), words).toEqual([`${origin}/hook/other`]);
    }
  });

  test("completes ids of other clients once they were listed", async ({
    rcwh,
    elsewhere,
    signedIn,
    endpoint,
    press,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`, { env: elsewhere });
    expect(await rcwh("completion refresh", { env: signedIn })).toMatchObject({ exitCode: 0 });
    // The Tab key does not sign in.
    expect(await press("show ", signedIn)).toEqual([]);

    await rcwh("list", { env: signedIn });
    expect(await rcwh("completion refresh", { env: signedIn })).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    expect(values(await press("show ", signedIn))).toEqual([
      expect.stringMatching(/^[0-9a-f]{8}-0000-4000-8000-000000000000$/),
    ]);
  });

  test("says nothing to who is not signed in", async ({ press, expect }) => {
    expect(await press("show ")).toEqual([]);
    expect(await press("--profile nobody show ")).toEqual([]);
    expect(await press("nonsense ")).toEqual([]);
  });
});

describe("rcwh completion", () => {
  test("prints the script of the shell in use", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("completion", { env: { SHELL: "/usr/bin/fish" } });
    expect(stdout).toContain("complete -c rcwh");
    expect(await rcwh("completion", { env: { SHELL: "/bin/tcsh" } })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `error: Which shell? SHELL is "/bin/tcsh".\nhint: Name one: bash, zsh, fish or powershell, such as \`rcwh completion bash\`.\n`,
    });
    expect(await rcwh("completion ksh")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: 'error: Invalid shell "ksh": use bash, zsh, fish or powershell.\n',
    });
  });

  test("installs itself once, and says what it did", async ({ rcwh, directory, expect }) => {
    const home = join(directory, "it's home");
    const shown = "/tmp/rcwh-test/it's home";
    await mkdir(home);
    await writeFile(join(home, ".zshrc"), "setopt no_beep");
    const env = { HOME: home, SHELL: "/bin/zsh", XDG_DATA_HOME: "", XDG_CONFIG_HOME: "" };
    const script = `${shown}/.local/share/rcwh/completion.zsh`;
    const line = `source '${script.replace("'", "'\\''")}'`;

    expect(await rcwh("completion --install", { env })).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: `Wrote ${script}.\nAdded \`${line}\` to ${shown}/.zshrc.\nStart a new zsh to use it.\n`,
    });
    const startup = await readFile(join(home, ".zshrc"), "utf8");
    expect(startup.replaceAll(directory, "/tmp/rcwh-test")).toBe(
      `setopt no_beep\n# rcwh completion\n${line}\n`,
    );
    expect(await rcwh("completion zsh --install", { env })).toMatchObject({
      stderr: `${script} is up to date.\n${shown}/.zshrc loads it already.\nStart a new zsh to use it.\n`,
    });
    expect(await rcwh("completion fish --install", { env })).toMatchObject({
      stderr: `Wrote ${shown}/.config/fish/completions/rcwh.fish.\nStart a new fish to use it.\n`,
    });
  });

  test("says why it cannot be installed", async ({ rcwh, directory, expect }) => {
    const env = { HOME: join(directory, "file"), XDG_DATA_HOME: "", SHELL: "/bin/zsh" };
    await writeFile(env.HOME, "");
    const script = "/tmp/rcwh-test/file/.local/share/rcwh/completion.zsh";
    expect(await rcwh("completion --install", { env })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        `error: Cannot write ${script}: not a directory.\n` +
        "hint: Print the script with `rcwh completion zsh`, and load it yourself.\n",
    });
    expect(await rcwh("completion --install", { env: { SHELL: "/bin/zsh", HOME: "" } })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "error: Cannot find your home directory: HOME is not set.\nhint: Set HOME.\n",
    });
    expect(await rcwh("completion powershell --install")).toMatchObject({ exitCode: 2 });
  });

  // Node's recursive mkdir never ends there.
  test.runIf(process.platform === "linux")(
    "is not installed where the system takes no directories",
    async ({ rcwh, expect }) => {
      const env = { HOME: "/proc/none", XDG_DATA_HOME: "", XDG_CONFIG_HOME: "" };
      expect(await rcwh("completion fish --install", { env })).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(
          "error: Cannot write /proc/none/.config/fish/completions/rcwh.fish: no such file or directory.\n",
        ),
      });
    },
  );
});
