import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { outputs } from "../src/commands/schemas/outputs.ts";
import { findCommandPaths } from "./support/command-paths.ts";
import { test } from "./support/rcwh.ts";

const ended = AbortSignal.abort();

/** What follows each command to make it do something, in an order in which all of them can. */
const lines: Readonly<Record<string, string>> = {
  commands: "",
  schema: "list",
  filters: "sms",
  "filters show": "sms",
  explain: "SUB-525",
  profile: "list",
  "profile list": "",
  login: "--profile default",
  whoami: "",
  "profile use": "default",
  status: "",
  doctor: "",
  audit: "",
  cron: "print",
  "cron print": "",
  create: "--filter posts --url ENDPOINT",
  list: "",
  show: "ENDPOINT",
  update: "ENDPOINT --add-filter sms",
  export: "",
  plan: "-f FILE",
  apply: "-f FILE --yes",
  ensure: "-f FILE",
  renew: "",
  forecast: "",
  check: "ENDPOINT",
  trigger: "posts --to ENDPOINT",
  replay: "EVENTS --to ENDPOINT",
  move: "--from http://127.0.0.1:9 --to http://127.0.0.1:8 --yes",
  "rotate-token": "ENDPOINT --yes --generate-verification-token",
  recover: "",
  forget: "--all",
  "emulator clock": "--url SERVER",
  "emulator event": "posts --url SERVER",
  "emulator fault": "--path /none --status 503 --url SERVER",
  "emulator fault list": "--url SERVER",
  "emulator fault clear": "--url SERVER",
  "emulator state": "--url SERVER",
  "emulator log": "--clear --url SERVER",
  "emulator settings": "--url SERVER",
  "emulator cut": "--url SERVER",
  "emulator blacklist": "ID --url SERVER",
  delete: "--all --yes",
  logout: "--profile default",
  "profile remove": "second --yes",
};

/** Their own tests read the line that each prints while it runs. */
const untilStopped = ["emulator", "listen"];

describe("--json", () => {
  test("is an object of each command that has a schema", async ({
    rcwh,
    server,
    endpoint,
    directory,
    expect,
  }) => {
    expect([...Object.keys(lines), ...untilStopped].toSorted()).toEqual(
      Object.keys(outputs).toSorted(),
    );
    const file = join(directory, "rcwh.yaml");
    const webhook = `{ url: ${endpoint.url}, filters: [posts, sms] }`;
    await writeFile(file, `version: 1\nwebhooks:\n  orders: ${webhook}\n`);
    const events = join(directory, "events.ndjson");
    const { stdout: sample } = await rcwh("trigger posts --dry-run --json");
    await writeFile(events, `${JSON.stringify(JSON.parse(sample).requests[0].body)}\n`);
    await rcwh("login --profile second");

    const silent: string[] = [];
    for (const [command, more] of Object.entries(lines)) {
      const { stdout: listed } = command.includes("blacklist")
        ? await rcwh("list --json")
        : { stdout: "" };
      const words = `${command} ${more} --json`
        .replace("ID", () => JSON.parse(listed).subscriptions[0].id)
        .replace("ENDPOINT", endpoint.url)
        .replace("SERVER", server)
        .replace("FILE", file)
        .replace("EVENTS", events)
        .split(/ +/);
      const { stdout, stderr } = await rcwh(words);
      if (!stdout.startsWith("{")) silent.push(`${words.join(" ")}: ${stdout}${stderr}`);
      else expect(JSON.parse(stdout), command).toBeTypeOf("object");
    }
    expect(silent).toEqual([]);
  });

  test("is refused by each command that has none", async ({ rcwh, expect }) => {
    const paths = await findCommandPaths();
    const without = paths.filter((path) => !(path in outputs));
    expect(without).toEqual([
      "demo",
      "completion",
      "mcp",
      "emulator exec",
      "completion suggest",
      "completion refresh",
    ]);
    for (const path of without) {
      const more = /exec|suggest/.test(path) ? " -- true" : "";
      const { stdout, stderr, exitCode } = await rcwh(`${path} --json${more}`, { signal: ended });
      expect({ stdout, exitCode }, path).toEqual({ stdout: "", exitCode: 2 });
      const { message } = JSON.parse(stderr).error;
      expect(message).toBe(`\`rcwh ${path}\` has no JSON output.`);
    }
  });

  test.for([
    ["list --json --output jsonl", 'Invalid --output value "jsonl": use table, tsv, json,'],
    ["list --json -o xml", 'Invalid --output value "xml": use table, tsv, json,'],
  ])("is refused in `rcwh %s`", async ([words = "", message = ""], { rcwh, expect }) => {
    const { stdout, stderr, exitCode } = await rcwh(words);

    expect(JSON.parse(stderr).error.message).toContain(message);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
    expect(await rcwh("list --json -o json")).toMatchObject({ exitCode: 0 });
  });
});
