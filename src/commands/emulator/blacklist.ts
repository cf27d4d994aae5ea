import type { CommandContext } from "../../context.ts";
import { createCommand, renderManual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { withEmulatorControl } from "./control-client.ts";

interface EmulatorBlacklistOptions extends EmulatorFlag {
  readonly reason?: string;
}

const manual = renderManual({
  examples: [
    [
      "rcwh emulator blacklist 9f2c7b1e-0000-4000-8000-000000000000",
      "as if its endpoint had failed for long",
    ],
    [
      "rcwh emulator blacklist 9f2c7b1e-0000-4000-8000-000000000000 --reason 'Webhook responses with code: [404], reason: [Not Found]'",
      "for a reason of your own",
    ],
    ["rcwh emulator state | cut -f1", "the ids that there are"],
  ],
  exitCodes: [0, 1, 2, 3, 5],
});

export function createEmulatorBlacklistCommand(
  context: CommandContext,
  run = blacklistSubscription,
) {
  const command = createCommand("blacklist", context)
    .summary("blacklist a subscription")
    .description(
      "Blacklist a subscription of a running emulator, as RingCentral does when an endpoint fails for long: it delivers nothing more.",
    )
    .argument("<id>", "the subscription's whole id")
    .optionsGroup("Blacklisting:")
    .option("--reason <text>", "in these words (default: a timeout's)");
  return addEmulatorFlag(command)
    .addHelpText("after", manual)
    .action((id, options) => run(id, options, context));
}

async function blacklistSubscription(
  id: string,
  { url, reason }: EmulatorBlacklistOptions,
  context: CommandContext,
): Promise<void> {
  const path = `/subscriptions/${encodeURIComponent(id)}/blacklist`;
  await withEmulatorControl(url, context, async ({ call }) => {
    await call(`blacklist ${id}`, "POST", path, { reason }, ({ status }) =>
      status === 404
        ? {
            message: "the emulator has no such subscription",
            hint: "See which there are with `rcwh emulator state`; the id has to be whole.",
          }
        : undefined,
    );
    context.io.note(`${id} is blacklisted.`);
  });
}
