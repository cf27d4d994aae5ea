import type { Command, OptionValues } from "@commander-js/extra-typings";
import { collect } from "./command.ts";

/** Adds the flags of `ManifestFlags` (operations/load-manifest.ts). */
export function addManifestFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return command
    .optionsGroup("The file:")
    .option("-f, --file <path>", "read this file, or - for stdin (default: rcwh.yaml)")
    .option("--var <name=value>", "set a variable of the file; repeat for others", collect);
}
