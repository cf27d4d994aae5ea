import type { CommandContext } from "../../context.ts";
import type { PagePlan } from "../../inspector/open-page.ts";
import type { ListenPlan } from "../../listener/plan.ts";
import { collect, createCommand, type Manual } from "../flags/command.ts";
import { authFailure } from "../flags/exit-codes.ts";
import { refuseBeside } from "../flags/flag-rules.ts";
import { addPageFlags, planPage } from "../flags/page-flags.ts";
import { addVerificationTokenFlags } from "../flags/verification-token-flags.ts";
import { version } from "../flags/version.ts";
import {
  defaultBuffer,
  defaultListenPort,
  type ListenOptions,
  planListening,
} from "./listen-plan.ts";

const manual: Manual = {
  commonFlags: ["--filter", "--url", "--forward-to", "--record", "--port"],
  examples: {
    "rcwh listen --filter posts": "print events as they arrive over a WebSocket, without a tunnel",
    "rcwh listen --filter posts,sms --forward-to localhost:3000/webhook --ui":
      "forward each one to a program on this machine, and watch it in a browser",
    "rcwh listen --filter posts --url https://abc.example.com/hook":
      "receive a webhook through a tunnel that leads to port 4011",
    "rcwh listen --receive-only --forward-to 3000":
      "receive what `rcwh trigger` or `rcwh replay` sends, without an account",
    "rcwh listen --filter sms --record events.ndjson": "record events for `rcwh replay`",
    "rcwh listen --filter posts --json --exit-after 1": "in a script: one event, as JSON",
  },
  json: '{ "receivedAt", "transport", "headers", "event": { …as RingCentral sends it },\n  "forward": { "status", "milliseconds", "problem" } }   one line per event\n{ "gap": { "since", "until", "reason" } }   events in this time may be lost',
  exitCodes: {
    0: "stopped by --exit-after, or by a reader that closed the pipe",
    1: "RingCentral refused the subscription, or the recording cannot be written",
    4: authFailure,
    5: "lost the connection or the subscription, or the port is in use",
    6: "--url: the address failed RingCentral's handshake",
    130: "stopped with Ctrl-C; the subscription is deleted",
  },
};

export function createListenCommand(context: CommandContext, run = listen) {
  const command = createCommand("listen", context, manual)
    .description(
      "Receive events on this machine, print them and forward them. They arrive over a WebSocket, which needs no public address; with --url, rcwh creates a webhook subscription for that address, which must lead to this listener's port. The subscription is renewed while the listener runs and deleted when it stops. On a terminal it asks which events, unless --filter names them.",
    )
    .optionsGroup("Which events, and how:")
    .option("-f, --filter <filter>", "events to receive; repeat or separate with commas", collect)
    .option("-u, --url <url>", "public address of this listener, such as a tunnel's")
    .option("--receive-only", "create no subscription; accept what is sent to the port or --url")
    .option("--allow-unknown-filter", "send filters that are not in the catalogue")
    .optionsGroup("What to do with them:")
    .option("--forward-to <url>", "forward events as RingCentral delivers them; a port is enough")
    .option("--buffer <n>", `events that may wait to be forwarded (default: ${defaultBuffer})`)
    .option("--record <file>", "append events to a file, as NDJSON")
    .option("--exit-after <n>", "stop after <n> events, or after a duration such as 5m")
    .optionsGroup("Where to receive:")
    .option(
      "--port <port>",
      `port to listen on; 0 picks a free one (default: ${defaultListenPort})`,
    )
    .option("--path <path>", "path that accepts deliveries (default: that of --url, or /)")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .optionsGroup("Verification token (generated for --url by default):");
  refuseBeside(command, "--receive-only", ["--filter"], {
    message: "--receive-only creates no subscription, so it cannot be used with --filter.",
    hint: "Leave out one of the two.",
  });
  return addPageFlags(
    addVerificationTokenFlags(command).option(
      "--reject-status <status>",
      "answer to deliveries without it (default: 200)",
    ),
  ).action((options) => run(options, context));
}

export async function listen(options: ListenOptions, context: CommandContext): Promise<void> {
  const page = planPage(options);
  const plan = await planListening(options, context);
  const { runListener } = await import("../../listener/run-listener.ts");
  await runListener(plan, context, page && (await openPage(page, plan, context)));
}

async function openPage(page: PagePlan, plan: ListenPlan, context: CommandContext) {
  const { openListenerPage } = await import("../../inspector/listener-page.ts");
  return openListenerPage(page, plan, version, context);
}
