import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandContext } from "../context.ts";
import type { Emulator } from "../emulator/interface.ts";
import type { RunningServer } from "../emulator/server/serve.ts";
import { CliError, ExitCode } from "../errors.ts";
import { wrapLine } from "../io/text.ts";
import type { Environment } from "../machine/environment.ts";
import { shellWord } from "../machine/shell-word.ts";
import { createCommand, type Manual } from "./flags/command.ts";

const manual: Manual = {
  examples: {
    "rcwh demo": "no account needed, nothing left behind",
    "rcwh demo --fast": "without waiting for a key between the steps",
    "rcwh demo --debug": "with every HTTP request",
    "rcwh demo --no-color | less": "page by page",
  },
  exitCodes: {
    0: "the demo ran to its end",
    1: "a step failed, which is a bug in rcwh",
    130: "interrupted; nothing is left behind",
  },
};

export function createDemoCommand(context: CommandContext, run = runDemo) {
  return createCommand("demo", context, manual)
    .description(
      "Watch the whole life of a webhook, with an endpoint that fails, a blacklisted subscription and its recovery. The demo starts an emulated RingCentral and an endpoint on this machine, then runs the real commands and shows what they print. It needs no account and leaves your configuration alone.",
    )
    .option("--fast", "do not wait for a key between the steps")
    .action((options) => run(options, context));
}

export interface DemoOptions {
  readonly fast?: true;
}

export async function runDemo(options: DemoOptions, context: CommandContext): Promise<void> {
  const { clock } = context;
  const [{ createEmulator }, { serve }] = await Promise.all([
    import("../emulator/emulator.ts"),
    import("../emulator/server/serve.ts"),
  ]);
  const directory = await mkdtemp(join(tmpdir(), "rcwh-demo-"));
  const servers: RunningServer[] = [];
  try {
    const emulator = createEmulator({ clock });
    const platform = await serve(emulator.fetch);
    servers.push(platform);
    const endpoint = await createEndpoint(context);
    const server = await serve(endpoint.fetch);
    servers.push(server);
    const stage = { directory, platform: platform.url, url: `${server.url}/hook` };
    await play({ ...stage, emulator, endpoint }, options, context);
  } finally {
    for (const server of servers) await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** An endpoint that prints what it receives. */
interface DemoEndpoint {
  readonly fetch: (request: Request) => Promise<Response>;
  /** The texts of the posts that it received. */
  readonly received: ReadonlySet<string>;
  /** Whether it answers 500. */
  isBroken: boolean;
}

async function createEndpoint({ io }: CommandContext): Promise<DemoEndpoint> {
  const { createReceiver } = await import("../receiver/receiver.ts");
  const tell = (text: string, paint = io.style.cyan) => {
    // The command that runs meanwhile may show its progress there.
    if (io.watched) io.stderr.write("\r\u001b[K");
    const lines = wrapLine(`  endpoint: ${text}`, io.textWidth, { indent: "    " });
    io.data(lines.map(paint).join("\n"));
  };
  const received = new Set<string>();
  const receive = createReceiver({
    onHandshake: () => tell("received a Validation-Token, returned it with 200"),
    onRejected: (reason) => tell(reason),
    onEvent(event) {
      const { event: filter, body } = event as { event: string; body: { text: string } };
      received.add(body.text);
      tell(`received an event: ${filter}, "${body.text}"`);
    },
  });
  const endpoint: DemoEndpoint = {
    received,
    isBroken: false,
    async fetch(request) {
      if (!endpoint.isBroken) {
        const answer = await receive(request);
        // What it tells belongs before whatever the answer brings about.
        await receive.idle();
        return answer;
      }
      tell("answered 500", io.style.red);
      return new Response("", { status: 500 });
    },
  };
  return endpoint;
}

/** Everything that the demo plays with. */
interface Stage {
  readonly directory: string;
  /** The emulator's URL. */
  readonly platform: string;
  readonly emulator: Emulator;
  /** The endpoint's URL. */
  readonly url: string;
  readonly endpoint: DemoEndpoint;
}

const minute = 60 * 1000;
const hour = 60 * minute;
const day = 24 * hour;

async function play(
  { directory, platform, emulator, url, endpoint }: Stage,
  { fast }: DemoOptions,
  context: CommandContext,
): Promise<void> {
  const { io, env, signal } = context;
  const secretFile = join(directory, "client-secret.txt");
  const jwtFile = join(directory, "jwt.txt");
  await writeFile(secretFile, "emulator-secret\n", { mode: 0o600 });
  await writeFile(jwtFile, "user-1\n", { mode: 0o600 });
  const runEnv = {
    ...displayVariables(env),
    RCWH_CONFIG_DIR: join(directory, "config"),
    // The demo is for people, even in a pipe.
    RCWH_OUTPUT: "table",
  };

  const print = (lines: readonly string[], paint: (text: string) => string) =>
    io.data(lines.map(paint).join("\n"));
  const tell = (text: string) => {
    io.data("");
    print(wrapLine(`# ${text}`, io.textWidth, { indent: "# " }), io.style.dim);
  };
  /** Begins a step when the user is ready. */
  const step = async (text: string) => {
    if (!fast && io.interactive) await (await context.prompter()).pause("Press any key to go on.");
    tell(text);
  };
  const rcwh = async (words: readonly string[], expected: ExitCode = ExitCode.ok) => {
    const command = `$ rcwh ${words.map(shellWord).join(" ")}`;
    print(wrapLine(command, io.textWidth, { indent: "    ", isCommand: true }), io.style.bold);
    const exitCode = await context.rerun(words, runEnv);
    signal.throwIfAborted();
    if (exitCode === expected) return;
    throw new CliError(`\`rcwh ${words[0]}\` ended with exit code ${exitCode}.`, {
      code: "DEMO",
      hint: "Run `rcwh demo --debug`, and report what it prints.",
    });
  };
  const write = (text: string) =>
    emulator.sendEvent({
      filter: "/team-messaging/v1/posts",
      body: { eventType: "PostAdded", type: "TextMessage", text },
    });
  const newestId = () => emulator.state().subscriptions.at(-1)?.id.slice(0, 8) ?? "";

  tell(`An emulated RingCentral runs at ${platform}. Sign in:`);
  await rcwh([
    ...["login", "--server", platform, "--client-id", "emulator-client"],
    ...["--client-secret-file", secretFile, "--jwt-file", jwtFile],
  ]);
  await step("Find an event filter:");
  await rcwh(["filters", "posts"]);
  await step("Subscribe to new posts. RingCentral tries the endpoint first:");
  await rcwh(["create", "--filter", "posts", "--url", url]);
  await step("List subscriptions, and when they expire:");
  await rcwh(["list"]);
  await step("Someone writes a post:");
  await write("Hello, webhook!");
  await step(
    "Six days later it is about to expire. `rcwh renew`, run by cron, extends what is due:",
  );
  await emulator.clock.advance(6 * day);
  await rcwh(["renew"]);
  await step("Add voicemails:");
  await rcwh(["update", newestId(), "--add-filter", "voicemail"]);

  await step(
    "A deployment breaks the endpoint. Someone writes a post, and another one 15 minutes later:",
  );
  endpoint.isBroken = true;
  const failed = ["Is the build green?", "Who broke it?"];
  for (const text of failed) {
    await emulator.clock.advance(15 * minute);
    await write(text);
  }
  await step(
    "RingCentral has blacklisted the subscription: it delivers nothing, and nobody is told. Show it in full:",
  );
  await rcwh(["show", newestId()]);
  await step(
    "The endpoint is repaired. Three posts are written in the next two hours, and none arrives:",
  );
  endpoint.isBroken = false;
  const unsent = ["It works again.", "Hello?", "Is anybody there?"];
  for (const text of unsent) {
    await emulator.clock.advance(40 * minute);
    io.data(`  post: "${text}"`);
    await write(text);
  }
  await step("But `rcwh renew`, run by cron, reports it, and exits with 8:");
  await rcwh(["renew"], ExitCode.attention);
  await step(
    "Recover it. A new subscription takes its place, and RingCentral tries the endpoint first:",
  );
  await rcwh(["recover", newestId(), "--yes"]);
  await step("Posts arrive again:");
  await write("Welcome back!");
  const lost = (texts: readonly string[]) =>
    texts.filter((text) => !endpoint.received.has(text)).length;
  tell(
    `The gap: ${lost(unsent)} posts were written while it was blacklisted, and ${lost(failed)} while the endpoint failed. RingCentral does not deliver them later; an app has to read them with the API.`,
  );
  await step("Delete it:");
  await rcwh(["delete", newestId(), "--yes"]);
  await rcwh(["list"]);
  tell("Next, try your own account: `rcwh login`.");
}

/** The variables that affect the look of the output: no credentials, no configuration. */
function displayVariables(env: Environment): Environment {
  const { TERM, COLUMNS, NO_COLOR, FORCE_COLOR, CI } = env;
  return { TERM, COLUMNS, NO_COLOR, FORCE_COLOR, CI };
}
