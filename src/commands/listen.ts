import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { isJson } from "../io/format.ts";
import { wrapWords } from "../io/text.ts";
import { type HeldLease, openLease } from "../listener/leases.ts";
import { createGate } from "../listener/linked-signal.ts";
import type { ListenerServer } from "../listener/server.ts";
import type { Session } from "../listener/session.ts";
import type { EventSource } from "../listener/source.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";
import { collect, createCommand, renderManual } from "./flags/command.ts";
import {
  defaultBuffer,
  defaultListenPort,
  type ListenOptions,
  type ListenPlan,
  planListening,
} from "./listen-plan.ts";

const manual = renderManual({
  examples: [
    ["rcwh listen --filter posts", "see events come, over a WebSocket: no tunnel needed"],
    [
      "rcwh listen --filter posts,sms --forward-to localhost:3000/webhook",
      "hand each one to a program on this machine",
    ],
    [
      "rcwh listen --filter posts --url https://abc.example.com/hook",
      "as a webhook, at a tunnel that leads to port 4011",
    ],
    [
      "rcwh listen --receive-only --forward-to 3000",
      "take what `rcwh trigger` or `rcwh replay` sends, without an account",
    ],
    ["rcwh listen --filter sms --record events.ndjson", "keep them, for `rcwh replay`"],
    ["rcwh listen --filter posts --json --exit-after 1", "for a script: one event, as JSON"],
  ],
  json: '{ "receivedAt", "transport", "headers", "event": { …as RingCentral sends it },\n  "forward": { "status", "milliseconds", "problem" } }   one line for each event',
  exitCodes: [0, 1, 2, 4, 5, 6, 130],
});

export function createListenCommand(context: CommandContext, run = listen) {
  return createCommand("listen", context)
    .description(
      "Receive events on this machine, print one line for each, and forward them. Without --url they come over a WebSocket, which needs no public address; with it a webhook subscription is made for that address, which has to lead to this listener's port. What is made is renewed meanwhile and deleted at the end; should the process be killed, a webhook subscription lives for an hour at most, and one over a WebSocket for minutes. Where RingCentral cannot be reached, it goes on trying: over a WebSocket for about eight minutes, as a webhook for as long as the subscription lives; then it ends with 5.",
    )
    .optionsGroup("Which events, and how:")
    .option("--filter <filter>", "events to receive; repeat, or separate by commas", collect)
    .option("--url <url>", "the public address of this listener, such as a tunnel's")
    .option("--receive-only", "make no subscription; take what is sent to the port")
    .option("--allow-unknown-filter", "send filters that the catalogue does not know")
    .optionsGroup("What to do with them:")
    .option("--forward-to <url>", "send them on, as RingCentral would; a port will do")
    .option("--buffer <n>", `events that may wait for that (default: ${defaultBuffer})`)
    .option("--record <file>", "append them to a file, as NDJSON")
    .option("--exit-after <n>", "end after so many events, or after a duration such as 5m")
    .optionsGroup("Where to receive:")
    .option("--port <port>", `listen here; 0 takes a free port (default: ${defaultListenPort})`)
    .option("--path <path>", "the path to take deliveries at (default: that of --url, or /)")
    .option("--host <address>", "listen on this address (default: 127.0.0.1)")
    .optionsGroup("Verification token (made up unless given, with --url):")
    .option("--verification-token-file <path>", "read it from a file, or from - (stdin)")
    .option("--verification-token <token>", "the token itself; `ps` shows it to everybody")
    .option("--reject-status <status>", "answer deliveries without it so (default: 200)")
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

export async function listen(options: ListenOptions, context: CommandContext): Promise<void> {
  const plan = await planListening(options, context);
  const say = createTalk(context);
  if (!isLoopback(plan.host)) {
    context.io.warn(`Others can reach ${plan.host} too: whatever they send is taken for an event.`);
  }
  const sweep = plan.subscription && (await startSweep(say, context));
  const token = plan.verificationToken ?? (await generatedToken(plan));
  const session = await openSession(plan, say, context);
  const opened: Opened = {};
  try {
    const server = await openServer(plan, token, session, context);
    opened.server = server;
    refuseLoop(plan, server);
    opened.lease = await openLease(
      {
        transport: "none",
        url: server.url,
        lifetime: 0,
        ...(token !== undefined && { verificationToken: token }),
      },
      context,
    );
    say(`Taking deliveries at ${server.url}.`);
    opened.source = await openSource(plan, token, session, server, context);
    announce(plan, say, context);
    opened.isListening = true;
    await untilTheEnd(plan, session, opened.source, context);
    await session.drain(drainTime);
    await sweep?.settle();
  } finally {
    await sweep?.stop();
    await closeAll(opened, session);
    if (opened.isListening) say(session.summary());
  }
}

async function startSweep(say: (line: string) => void, context: CommandContext) {
  const { sweepLeases } = await import("../listener/sweep.ts");
  return sweepLeases(context, say);
}

/** Milliseconds that a forward target has for what came before the end. */
const drainTime = 10_000;

interface Opened {
  server?: ListenerServer;
  lease?: HeldLease;
  source?: EventSource | undefined;
  isListening?: boolean;
}

/** With JSON, too, one wants to see that it runs: events are all that stdout holds, and `-q` is silence. */
function createTalk({ io, settings }: CommandContext): (line: string) => void {
  if (!isJson(io.format) && io.stderr.isTTY) return (line) => io.note(wrapWords(line, io.width));
  if (!isJson(io.format)) return io.note;
  return settings.quiet ? () => {} : io.say;
}

/** A webhook's address is public: with a token nobody else's posts are taken for events. */
async function generatedToken({ subscription }: ListenPlan): Promise<string | undefined> {
  if (subscription?.url === undefined) return undefined;
  const { randomBytes } = await import("node:crypto");
  return randomBytes(24).toString("base64url");
}

async function openSession(
  plan: ListenPlan,
  say: (line: string) => void,
  { io, clock, settings }: CommandContext,
): Promise<Session> {
  const [{ createSession }, { createPrinter }] = await Promise.all([
    import("../listener/session.ts"),
    import("../listener/printer.ts"),
  ]);
  const { forwardTo, record, exitAfter, buffer, verificationToken } = plan;
  const { verbose, showSecrets } = settings;
  const printer = await createPrinter(io, {
    forwards: forwardTo !== undefined,
    verbose,
    eventFilters: plan.subscription?.eventFilters ?? [],
  });
  return createSession({
    clock,
    printer,
    recorder: record === undefined ? undefined : await openRecording(record, say),
    forward:
      forwardTo === undefined
        ? undefined
        : {
            url: forwardTo,
            name: redactAddress(forwardTo, showSecrets),
            verificationToken,
            buffer,
          },
    enough: exitAfter && "events" in exitAfter ? exitAfter.events : Number.POSITIVE_INFINITY,
    say,
  });
}

async function openRecording(path: string, say: (line: string) => void) {
  const { openRecorder } = await import("../listener/recorder.ts");
  const recorder = await openRecorder(path);
  if (recorder.appends) say(`${path} holds a recording already: events are added to it.`);
  return recorder;
}

async function openServer(
  { host, port, portMayChange, path, rejectStatus }: ListenPlan,
  verificationToken: string | undefined,
  session: Session,
  { clock }: CommandContext,
): Promise<ListenerServer> {
  const { startListenerServer } = await import("../listener/server.ts");
  const start = (wanted: number) =>
    startListenerServer({
      host,
      port: wanted,
      path,
      verificationToken,
      rejectStatus,
      now: clock.now,
      onEvent: session.event,
      onRejected: session.rejected,
      onError: session.fail,
    });
  return start(port).catch((error: unknown) => {
    if (portMayChange && error instanceof CliError && error.code === "PORT") return start(0);
    throw error;
  });
}

/** Each event would come back as another one. */
function refuseLoop({ forwardTo, host }: ListenPlan, { port }: ListenerServer): void {
  if (forwardTo === undefined) return;
  const target = new URL(forwardTo);
  const isHere = isLoopback(target.hostname) || target.hostname === host;
  const targetPort = Number(target.port || (target.protocol === "https:" ? 443 : 80));
  if (!isHere || targetPort !== port) return;
  throw new UsageError(
    `--forward-to ${redactAddress(forwardTo)} is this listener itself.`,
    "Forward to the port of your own program, or listen on another one with `rcwh listen --port <port>`.",
  );
}

async function openSource(
  { subscription, verificationToken }: ListenPlan,
  token: string | undefined,
  session: Session,
  server: ListenerServer,
  context: CommandContext,
): Promise<EventSource | undefined> {
  if (!subscription) return undefined;
  const { eventFilters, api, url } = subscription;
  if (url === undefined) {
    const { openWebSocketSource } = await import("../listener/websocket-source.ts");
    return openWebSocketSource(eventFilters, session, context);
  }
  const { openWebhookSource } = await import("../listener/webhook-source.ts");
  const shown = redactAddress(url, context.settings.showSecrets);
  session.say(`Subscribing ${shown}, which has to lead to port ${server.port} of this machine.`);
  const verification = token ?? verificationToken ?? "";
  return openWebhookSource(
    { api, eventFilters, url, verificationToken: verification },
    session,
    context,
  );
}

function announce(
  { subscription, forwardTo, record }: ListenPlan,
  say: (line: string) => void,
  { settings }: CommandContext,
): void {
  if (forwardTo !== undefined)
    say(`Forwarding to ${redactAddress(forwardTo, settings.showSecrets)}.`);
  if (record !== undefined) say(`Recording to ${record}.`);
  say(
    subscription
      ? `Listening for ${subscription.eventFilters.join(", ")}. Ctrl-C ends it, and deletes the subscription.`
      : "Listening. Ctrl-C ends it.",
  );
}

async function untilTheEnd(
  { exitAfter }: ListenPlan,
  session: Session,
  source: EventSource | undefined,
  { clock, signal, deadlineAt }: CommandContext,
): Promise<void> {
  const gate = createGate(signal);
  const time = exitAfter && "milliseconds" in exitAfter ? exitAfter.milliseconds : undefined;
  const deadline = deadlineAt(Number.POSITIVE_INFINITY);
  try {
    await Promise.race([
      aborted(gate.signal),
      session.enough,
      session.failed,
      ...(source ? [source.ended] : []),
      ...(time === undefined ? [] : [clock.sleep(time, gate.signal)]),
      ...(Number.isFinite(deadline) ? [failAt(deadline, clock, gate.signal)] : []),
    ]);
  } finally {
    gate.shut();
  }
}

/** Rejects with the signal's reason, once it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  ended.catch(() => {});
  return ended;
}

async function failAt(
  instant: number,
  { now, sleep }: CommandContext["clock"],
  signal: AbortSignal,
): Promise<never> {
  await sleep(Math.max(0, instant - now()), signal);
  throw new CliError("The time that --deadline gives is over.", {
    exitCode: ExitCode.unavailable,
    code: "DEADLINE",
    hint: "Leave out --deadline, or end in good order with `rcwh listen --exit-after <duration>`.",
  });
}

/** The subscription goes first: until then deliveries come, and are answered. */
async function closeAll({ source, server, lease }: Opened, session: Session): Promise<void> {
  await source?.close();
  await server?.close();
  await lease?.end();
  await session.close();
}
