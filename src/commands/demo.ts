import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandContext } from "../context.ts";
import type { Emulator } from "../emulator/interface.ts";
import type { RunningServer } from "../emulator/server/serve.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { wrapLine } from "../io/text.ts";
import type { Environment } from "../machine/environment.ts";
import { shellWord } from "../machine/shell-word.ts";
import { createCommand, type Manual } from "./flags/command.ts";

const manual: Manual = {
  examples: {
    "rcwh demo": "no account needed, nothing left behind",
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
      "Watch the whole life of a webhook. It starts an emulated RingCentral and an endpoint on this machine, then runs the real commands and shows what they print. It needs no account and leaves your configuration alone.",
    )
    .action((_options, command) => {
      refuseFormats(command.optsWithGlobals());
      return run(context);
    });
}

/** RCWH_OUTPUT is ignored: it is set for other commands. */
function refuseFormats({ json, output }: { readonly json?: true; readonly output?: string }): void {
  if (!json && (output === undefined || output === "table")) return;
  throw new UsageError(
    `\`rcwh demo\` is for people and has no ${json ? "JSON" : output} output.`,
    "Leave out the flag; programs can use `rcwh emulator`.",
  );
}

export async function runDemo(context: CommandContext): Promise<void> {
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
    const endpoint = await serve(await createEndpoint(context));
    servers.push(endpoint);
    await play(directory, platform.url, `${endpoint.url}/hook`, emulator, context);
  } finally {
    for (const server of servers) await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** A correct endpoint that prints what it receives. */
async function createEndpoint({ io }: CommandContext) {
  const { createReceiver } = await import("../receiver/receiver.ts");
  const tell = (text: string) => io.data(io.style.cyan(`  endpoint: ${text}`));
  return createReceiver({
    onHandshake: () => tell("received a Validation-Token, returned it with 200"),
    onRejected: (reason) => tell(reason),
    onEvent: (event) => tell(`received an event: ${describeEvent(event)}`),
  });
}

function describeEvent(event: unknown): string {
  const { event: filter, body } = event as { event: string; body: { text?: string } };
  return body.text === undefined ? filter : `${filter}, "${body.text}"`;
}

async function play(
  directory: string,
  server: string,
  url: string,
  emulator: Emulator,
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
  const rcwh = async (...words: string[]) => {
    const command = `$ rcwh ${words.map(shellWord).join(" ")}`;
    print(wrapLine(command, io.textWidth, { indent: "    ", isCommand: true }), io.style.bold);
    const exitCode = await context.rerun(words, runEnv);
    signal.throwIfAborted();
    if (exitCode === ExitCode.ok) return;
    throw new CliError(`\`rcwh ${words[0]}\` ended with exit code ${exitCode}.`, {
      code: "DEMO",
      hint: "Run `rcwh demo --debug`, and report what it prints.",
    });
  };

  tell(`An emulated RingCentral runs at ${server}. Sign in:`);
  await rcwh(
    ...["login", "--server", server, "--client-id", "emulator-client"],
    ...["--client-secret-file", secretFile, "--jwt-file", jwtFile],
  );
  tell("Find an event filter:");
  await rcwh("filters", "posts");
  tell("Subscribe to new posts. RingCentral tries the endpoint first:");
  await rcwh("create", "--filter", "posts", "--url", url);
  const [subscription] = emulator.state().subscriptions;
  const id = subscription?.id.slice(0, 8) ?? "";
  tell("List subscriptions, and when they expire:");
  await rcwh("list");
  tell("Someone writes a post:");
  await emulator.sendEvent({
    filter: "/team-messaging/v1/posts",
    body: { eventType: "PostAdded", type: "TextMessage", text: "Hello, webhook!" },
  });
  tell("Six days later it is about to expire. `rcwh renew`, run by cron, extends what is due:");
  await emulator.clock.advance(6 * 24 * 60 * 60 * 1000);
  await rcwh("renew");
  tell("Add voicemails:");
  await rcwh("update", id, "--add-filter", "voicemail");
  tell("Show all of it:");
  await rcwh("show", id);
  tell("Delete it:");
  await rcwh("delete", id, "--yes");
  await rcwh("list");
  tell("Next, try your own account: `rcwh login`.");
}

/** The variables that affect the look of the output: no credentials, no configuration. */
function displayVariables(env: Environment): Environment {
  const { TERM, COLUMNS, NO_COLOR, FORCE_COLOR, CI } = env;
  return { TERM, COLUMNS, NO_COLOR, FORCE_COLOR, CI };
}
