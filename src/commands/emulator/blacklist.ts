import type { CommandContext } from "../../context.ts";
import type { EmulatorState } from "../../emulator/state.ts";
import { UsageError } from "../../errors.ts";
import { type Nameable, nameOf } from "../../subscriptions/name.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { printDone } from "../output/print-done.ts";
import { withEmulator } from "./control-client.ts";

interface EmulatorBlacklistOptions extends EmulatorFlag {
  readonly reason?: string;
}

export interface BlacklistResult {
  readonly id: string;
  readonly outcome: "blacklisted";
}

const manual: Manual = {
  examples: {
    "rcwh emulator blacklist 9f2c7b1e-0000-4000-8000-000000000000":
      "as if its endpoint had kept failing",
    "rcwh emulator blacklist 9f2c7b1e-0000-4000-8000-000000000000 --reason 'Webhook responses with code: [404], reason: [Not Found]'":
      "with your own reason",
    "rcwh emulator state | cut -f1": "list subscription ids",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "outcome": "blacklisted" } ] }',
  exitCodes: {
    ...emulatorExitCodes,
    3: "the emulator has no such subscription",
  },
};

export function createEmulatorBlacklistCommand(
  context: CommandContext,
  run = blacklistSubscription,
) {
  const command = createCommand("blacklist", context, manual)
    .summary("blacklist a subscription")
    .description(
      "Blacklist a subscription of a running emulator, as RingCentral does when an endpoint keeps failing. It receives no more events.",
    )
    .argument("<id>", "the subscription's id, or the beginning of it")
    .optionsGroup("Blacklisting:")
    .option("--reason <text>", "the reason to report (default: a read timeout)");
  return addEmulatorFlag(command).action((id, options) => run(id, options, context));
}

async function blacklistSubscription(
  given: string,
  { url, reason }: EmulatorBlacklistOptions,
  context: CommandContext,
): Promise<void> {
  await withEmulator(url, context, async (call) => {
    const { subscriptions } = await call<EmulatorState>(`blacklist ${given}`, "GET /state");
    const { id, ...found } = complete(given, subscriptions);
    await call(`blacklist ${id}`, `POST /subscriptions/${encodeURIComponent(id)}/blacklist`, {
      body: { reason },
      explain: ({ status }) => (status === 404 ? unknownSubscription : undefined),
    });
    context.io.note(`${nameOf({ id, ...found })} is blacklisted.`);
    const result: BlacklistResult = { id, outcome: "blacklisted" };
    await printDone(context, "results", [result]);
  });
}

/** The one whose id starts so, or only the id that was given if none does. Throws UsageError if several do. */
function complete(given: string, subscriptions: EmulatorState["subscriptions"]): Nameable {
  const exact = subscriptions.find(({ id }) => id === given);
  if (exact) return exact;
  const matching = subscriptions.filter(({ id }) => id.startsWith(given));
  if (matching.length > 1 || given === "") {
    const names = matching.slice(0, 3).map((each) => nameOf(each));
    throw new UsageError(
      `"${given}" is the beginning of ${matching.length} ids: ${names.join(", ")}${matching.length > 3 ? ", …" : ""}.`,
      "Give more of the id; list them with `rcwh emulator state`.",
    );
  }
  return matching[0] ?? { id: given };
}

const unknownSubscription = {
  message: "the emulator has no subscription with this id",
  hint: "Give an id or its beginning; list them with `rcwh emulator state`.",
};
