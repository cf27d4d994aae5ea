import type { Command, OptionValues } from "@commander-js/extra-typings";
import { UsageError } from "../../errors.ts";
import type { PagePlan } from "../../inspector/open-page.ts";

export interface PageFlags {
  readonly ui?: true;
  readonly uiPort?: string;
}

/** Adds the flags of `PageFlags`. */
export function addPageFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return command
    .optionsGroup("In a browser:")
    .option("--ui", "serve a page on this machine that shows events, and sends them again")
    .option(
      "--ui-port <port>",
      "port of the page; 0 picks a free one (default: 4012, or a free one)",
    );
}

/** Undefined where no page is wanted: `--ui-port` asks for one too. Throws UsageError. */
export function planPage({ ui, uiPort }: PageFlags): PagePlan | undefined {
  if (!ui && uiPort === undefined) return undefined;
  if (uiPort === undefined) return { port: undefined };
  const port = /^\d{1,5}$/.test(uiPort) ? Number(uiPort) : Number.NaN;
  if (port <= 65_535) return { port };
  throw new UsageError(
    `Invalid --ui-port value ${JSON.stringify(uiPort)}: must be a whole number from 0 to 65535.`,
    "Use --ui-port 0 to pick a free port.",
  );
}
