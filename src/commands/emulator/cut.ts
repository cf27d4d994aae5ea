import type { CommandContext } from "../../context.ts";
import { createCommand, renderManual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { withEmulatorControl } from "./control-client.ts";

const manual = renderManual({
  examples: [
    ["rcwh emulator cut", "see whether your client connects again"],
    ["rcwh emulator cut --url http://127.0.0.1:4011", "those of another emulator"],
    ["rcwh emulator event posts", "what happens meanwhile is for the recovered session"],
  ],
  exitCodes: [0, 1, 2, 5],
});

export function createEmulatorCutCommand(context: CommandContext, run = cutWebSockets) {
  const command = createCommand("cut", context)
    .summary("cut every WebSocket")
    .description(
      "Cut every WebSocket of a running emulator without a word, as a network that breaks does.",
    );
  return addEmulatorFlag(command)
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

async function cutWebSockets({ url }: EmulatorFlag, context: CommandContext): Promise<void> {
  await withEmulatorControl(url, context, async ({ call }) => {
    const { cut } = (await call("cut the WebSockets", "POST", "/websockets/cut")) as {
      readonly cut: number;
    };
    context.io.note(cut === 1 ? "1 WebSocket was cut." : `${cut} WebSockets were cut.`);
  });
}
