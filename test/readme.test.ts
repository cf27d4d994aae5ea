import { execFile } from "node:child_process";
import { access, chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { describe } from "vitest";
import { exitCodeMeanings } from "../src/commands/flags/exit-codes.ts";
import { defaultSettings } from "../src/emulator/setting-table.ts";
import { commands, findCommand } from "../src/program/commands.ts";
import { closedPort } from "./support/endpoints.ts";
import { test as base, type Fixtures } from "./support/rcwh.ts";
import { installRcwh, withProcesses } from "./support/shell-rcwh.ts";

/** Some of what the pages start runs in processes of its own, with the real time. */
const test = base.extend("clock", {
  now: Date.now,
  sleep: (milliseconds: number) => setTimeout(milliseconds),
  sleeps: [],
  advance() {},
});

const root = join(import.meta.dirname, "..");
const pages = [
  "README.md",
  "docs/ci.md",
  "docs/cron.md",
  "docs/emulator.md",
  "docs/endpoints.md",
  "docs/faq.md",
  "docs/first-webhook.md",
  "docs/fleet.md",
  "docs/migration.md",
  "docs/monitoring.md",
  "docs/testing.md",
  "docs/troubleshooting.md",
  "docs/trigger.md",
  "docs/verification-tokens.md",
  "docs/webhooks-as-code.md",
  "skills/rcwh/SKILL.md",
] as const;

/** Examples below these headings need RingCentral itself: they are not run, but must parse. */
const sectionsWithAccount = ["With an account", "Uninstalling", "CI and containers"];

/** A fenced block. `sh` is run as it is; a `console` block must show the output of its `$ ` lines. */
interface Block {
  readonly language: string;
  readonly text: string;
  /** The nearest heading of the second level. */
  readonly section: string;
}

function readPage(page: string): Promise<string> {
  return readFile(join(root, page), "utf8");
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map((match) => ({
    language: match[2] ?? "",
    text: (match[3] ?? "").replaceAll(new RegExp(`^${match[1]}`, "gm"), ""),
    section: [...text.slice(0, match.index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? "",
  }));
}

/** What readers of some pages have already: a webhook whose endpoint works. */
const withWebhook: readonly Block[] = [
  "# runs until Ctrl-C\nrcwh listen --receive-only --port 8080 --path /hook\n",
  "export RCWH_PROFILE=emulator\nrcwh create --filter posts --url http://127.0.0.1:8080/hook\n",
  "echo its-token > token.txt\n",
].map((text) => ({ language: "sh", section: "", text }));

describe.skipIf(process.platform === "win32")("every command that needs no account runs", () => {
  for (const [page, prelude = []] of [
    ["README.md"],
    ["docs/ci.md", withWebhook],
    ["docs/emulator.md"],
    ["docs/first-webhook.md"],
    ["docs/migration.md", withWebhook],
    ["docs/troubleshooting.md", withWebhook],
    ["docs/trigger.md"],
    ["docs/verification-tokens.md"],
    ["docs/webhooks-as-code.md"],
  ] as const) {
    test(`in ${page}`, async ({ directory, rcwh, expect }) => {
      const blocks = [...prelude, ...blocksOf(await readPage(page))].filter(
        ({ section, text }) => !sectionsWithAccount.includes(section) && !text.startsWith("npm "),
      );
      const outputs = await play(blocks, directory, rcwh);

      const shown = blocks.filter(({ language }) => language === "console");
      expect(outputs.map(withSteadyIds)).toEqual(shown.map(({ text }) => withSteadyIds(text)));
    });
  }
});

/** Runs blocks from top to bottom, as a reader would. Returns the output of the console blocks. */
async function play(
  blocks: readonly Block[],
  directory: string,
  rcwh: Fixtures["rcwh"],
): Promise<string[]> {
  const bin = join(directory, "bin");
  await mkdir(bin);
  await using _ = await installRcwh(bin, directory, rcwh);
  await install(bin, "await-port", awaitPort);
  if (!(await isInstalled("curl"))) await install(bin, "curl", `#!/usr/bin/env node\n${curl}\n`);

  const [emulatorPort, endpointPort] = [await closedPort(), await closedPort()];
  const onFreePorts = (text: string) =>
    text
      .replace(/rcwh emulator$/m, "rcwh emulator --port 4010")
      // Both at once, because a free port may be the other one's.
      .replace(/\b(?:4010|8080)\b/g, (port) =>
        String(port === "4010" ? emulatorPort : endpointPort),
      );
  const script = blocks.map(({ language, text }, index) => {
    const onPorts = onFreePorts(text);
    if (language === "console") return `{ ${toScript(onPorts)}\n} > ${index}.out`;
    if (!text.startsWith("# runs until Ctrl-C\n")) return language === "sh" ? onPorts : "";
    const port = text.includes("8080") ? endpointPort : emulatorPort;
    const program = withProcesses(onPorts.replace(/^(?=rcwh|node)/m, "exec "));
    return `(\n${program}) &\nstarted="$started $!"\nawait-port ${port}`;
  });
  const file = join(directory, "script.sh");
  const frame = ["set -e", "trap 'kill $started' EXIT", ...script];
  await writeFile(file, frame.join("\n"));

  const path = [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter);
  await promisify(execFile)("sh", [file], {
    cwd: directory,
    env: { PATH: path, HOME: directory, NO_COLOR: "1", TERM: "xterm" },
  });
  const shown = [...blocks.keys()].filter((index) => blocks[index]?.language === "console");
  return Promise.all(
    shown.map(async (index) => {
      const output = await readFile(join(directory, `${index}.out`), "utf8");
      return output
        .replace(new RegExp(`\\b${emulatorPort}\\b`, "g"), "4010")
        .replace(new RegExp(`\\b${endpointPort}\\b`, "g"), "8080");
    }),
  );
}

/** A console block as a script with the same output, in a terminal of 80 columns. */
function toScript(text: string): string {
  const lines = text.split("\n").filter((line) => line.startsWith("$ "));
  return lines
    .map((line) => `echo '${line}'\nRCWH_OUTPUT=table COLUMNS=80 ${line.slice(2)}`)
    .join("\n");
}

function withSteadyIds(text: string): string {
  return text.replace(/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g, "<id>");
}

async function install(bin: string, name: string, code: string): Promise<void> {
  const path = join(bin, name);
  await writeFile(path, code);
  await chmod(path, 0o755);
}

async function isInstalled(name: string): Promise<boolean> {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  const found = directories.map((directory) => access(join(directory, name)));
  return Promise.any(found).then(
    () => true,
    () => false,
  );
}

const awaitPort = `#!/usr/bin/env bash
for ((tries = 0; tries < 500; tries++)); do
  (: < /dev/tcp/127.0.0.1/"$1") 2> /dev/null && exit
  sleep 0.02
done
exit 1
`;

/** The part of curl that the pages need, for machines without it. */
const curl = `
const words = process.argv.slice(2);
const after = (flag) => words[words.indexOf(flag) + 1];
const url = "http://" + words.find((word) => word.startsWith("localhost"));
const post = { method: "POST", body: after("-d"), headers: { "content-type": "application/json" } };
fetch(url, words.includes("-d") ? post : {}).then(async (answer) => process.stdout.write(await answer.text()));`;

/** The `--help` of a command and of the subcommands that its words name. */
async function helpOf(
  path: readonly string[],
  [next, ...rest]: readonly string[],
  rcwh: Fixtures["rcwh"],
): Promise<string> {
  const { stdout } = await readHelp(path.join(" "), rcwh);
  const [, below = ""] = /\nCommands:\n(.*?)\n\n/s.exec(stdout) ?? [];
  const names = below.split("\n").map((line) => line.trim().split(/[|\s]/)[0]);
  if (next === undefined || !names.includes(next)) return stdout;
  return `${stdout}\n${await helpOf([...path, next], rest, rcwh)}`;
}

const helps = new Map<string, ReturnType<Fixtures["rcwh"]>>();

function readHelp(command: string, rcwh: Fixtures["rcwh"]): ReturnType<Fixtures["rcwh"]> {
  const known = helps.get(command) ?? rcwh(`${command} --help`.trim());
  helps.set(command, known);
  return known;
}

describe("the pages name", () => {
  for (const page of pages) {
    test(`only existing commands and flags, in ${page}`, async ({ rcwh, expect }) => {
      const text = await readPage(page);
      const inProse = [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`(rcwh [^`]*)`/g)];
      const inBlocks = blocksOf(text).flatMap((block) => block.text.split("\n"));
      const lines = [...inProse.map((match) => match[1] ?? ""), ...inBlocks];

      const { stdout: global } = await readHelp("", rcwh);
      for (const line of lines) {
        const [, call] = /(?:^|[\s/])rcwh (.*?)(?: +# .*)?$/.exec(line) ?? [];
        const [name = "", ...words] = call?.split(" | ")[0]?.split(" ") ?? [];
        if (call === undefined || /^[<-]/.test(name)) continue;
        expect(name === "help" || findCommand(name), line).toBeTruthy();
        const help = await helpOf([name], words, rcwh);
        for (const [flag] of words.join(" ").matchAll(/(?<=^| )--?[a-z][\w-]*/g)) {
          expect(`${help}\n${global}`, line).toMatch(new RegExp(`(?:^|[\\s,])${flag}(?=[\\s,])`));
        }
      }
    });
  }

  test("every command", async ({ expect }) => {
    const rows = [...(await readPage("README.md")).matchAll(/^\| (`[a-z].*?) +\| [a-z]/gm)];
    const named = rows.flatMap(({ 1: cell = "" }) =>
      [...cell.matchAll(/`([a-z-]+)/g)].map((match) => match[1]),
    );
    const known = commands.flatMap(({ name, alias }) => (alias ? [name, alias] : [name]));
    expect(named.toSorted()).toEqual(known.toSorted());
  });

  test("existing commands, in the picture", async ({ expect }) => {
    const picture = await readPage("docs/images/terminal.svg");
    const typed = [...picture.matchAll(/>rcwh ([a-z]+)/g)].map(([, name = ""]) => name);
    expect(typed).toEqual(["list", "recover", "renew", "list"]);
    expect(typed.every((name) => findCommand(name))).toBe(true);
  });

  test("every exit code", async ({ expect }) => {
    const rows = [...(await readPage("README.md")).matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)];
    const named = rows.map(({ 1: code, 2: meaning }) => [Number(code), meaning]);
    expect(named).toEqual([...exitCodeMeanings]);
  });

  test("every setting of the emulator with its default", async ({ expect }) => {
    const text = await readPage("docs/emulator-reference.md");
    const rows = [...text.matchAll(/^\| `([a-z]\w+)` +\| (.*?) +\| (.*?) +\|$/gim)];
    const named = rows.map(({ 1: name, 2: value = "" }) => [name, value.replaceAll("`", "")]);
    const known = Object.entries(defaultSettings).map(([name, value]) => {
      if (name === "apps") return [name, "the one above"];
      return [
        name,
        typeof value === "object" ? Object.values(value).join("/") || "none" : String(value),
      ];
    });
    expect(named).toEqual(known);
  });

  test("every page of the documentation, in the README", async ({ expect }) => {
    const text = await readPage("README.md");
    const files = await readdir(join(root, "docs"), { recursive: true });
    // The others are not in the package: its declarations say what docs/api says, and some are about rcwh itself.
    const shipped = files.filter((file) =>
      /^(?!emulator-reference|performance|reliability)[^/]+\.md$/.test(file),
    );
    const unlinked = shipped.filter((file) => !text.includes(`(docs/${file})`));
    expect(text).toContain("`docs/reliability.md` and `docs/performance.md`");
    expect(unlinked).toEqual([]);
  });

  test("only existing files and scripts", async ({ expect }) => {
    const { scripts } = JSON.parse(await readPage("package.json")) as { scripts: object };
    for (const page of [...pages, "CONTRIBUTING.md", "ARCHITECTURE.md"]) {
      const text = await readPage(page);
      for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        await expect(access(join(root, dirname(page), target)), target).resolves.toBeUndefined();
      }
      for (const [, script = ""] of text.matchAll(/npm run ([\w:-]+)/g)) {
        expect(Object.keys(scripts)).toContain(script);
      }
    }
  });
});
