import type { CommandContext } from "../../context.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { printDone } from "../output/print-done.ts";
import { withEmulator } from "./control-client.ts";

export interface CutResult {
  readonly outcome: "cut";
  /** The WebSockets. */
  readonly count: number;
}

const manual: Manual = {
  examples: {
    "rcwh emulator cut": "see whether your client reconnects",
    "rcwh emulator cut --url http://127.0.0.1:4011": "of another emulator",
    "rcwh emulator event posts": "an event sent meanwhile reaches the recovered session",
  },
  json: '{ "schemaVersion": 1, "results": [ { "outcome": "cut", "count" } ] }',
  exitCodes: emulatorExitCodes,
};

export function createEmulatorCutCommand(context: CommandContext, run = cutWebSockets) {
  const command = createCommand("cut", context, manual)
    .summary("cut every WebSocket")
    .description(
      "Cut every WebSocket of a running emulator without a close frame, as a broken network does.",
    );
  return addEmulatorFlag(command).action((options) => run(options, context));
}

async function cutWebSockets({ url }: EmulatorFlag, context: CommandContext): Promise<void> {
  await withEmulator(url, context, async (call) => {
    const { cut } = await call<{ cut: number }>("cut the WebSockets", "POST /websockets/cut");
    context.io.note(cut === 1 ? "Cut 1 WebSocket." : `Cut ${cut} WebSockets.`);
    const result: CutResult = { outcome: "cut", count: cut };
    await printDone(context, "results", [result]);
  });
}
