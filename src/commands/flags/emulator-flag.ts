import type { Command, OptionValues } from "@commander-js/extra-typings";

/** The flag that says which emulator a command is for. */
export interface EmulatorFlag {
  readonly url?: string;
}

export function addEmulatorFlag<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return command
    .optionsGroup("Which emulator:")
    .option(
      "--url <url>",
      "address of the running emulator (default: RCWH_SERVER or the profile's server on this machine, else http://127.0.0.1:4010)",
    );
}
