import type { CommandContext } from "../../context.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { withEmulator } from "./control-client.ts";

interface EmulatorBlacklistOptions extends EmulatorFlag {
  readonly reason?: string;
}

const manual: Manual = {
  examples: {
    "rcwh emulator blacklist 9f2c7b1e-0000-4000-8000-000000000000":
      "as if its endpoint had kept failing",
    "rcwh emulator blacklist 9f2c7b1e-0000-4000-8000-000000000000 --reason 'Webhook responses with code: [404], reason: [Not Found]'":
      "with your own reason",
    "rcwh emulator state | cut -f1": "list subscription ids",
  },
  exitCodes: [0, 1, 2, 3, 5],
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
    .argument("<id>", "the subscription's full id")
    .optionsGroup("Blacklisting:")
    .option("--reason <text>", "the reason to report (default: a read timeout)");
  return addEmulatorFlag(command).action((id, options) => run(id, options, context));
}

async function blacklistSubscription(
  id: string,
  { url, reason }: EmulatorBlacklistOptions,
  context: CommandContext,
): Promise<void> {
  const path = `/subscriptions/${encodeURIComponent(id)}/blacklist` as const;
  await withEmulator(url, context, async (call) => {
    await call(`blacklist ${id}`, `POST ${path}`, {
      body: { reason },
      explain: ({ status }) => (status === 404 ? unknownSubscription : undefined),
    });
    context.io.note(`${id} is blacklisted.`);
  });
}

const unknownSubscription = {
  message: "the emulator has no subscription with this id",
  hint: "Give a full id; list them with `rcwh emulator state`.",
};
