import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CommandContext } from "../context.ts";

/** A command as the root help shows it. Only the command that runs is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly alias: string | undefined;
  readonly summary: string;
  readonly group: string;
  readonly finishesUnread: boolean;
  /** Whether `-o svg` is one of its formats. */
  readonly draws: boolean;
  load(): Promise<(context: CommandContext) => CommandUnknownOpts>;
}
