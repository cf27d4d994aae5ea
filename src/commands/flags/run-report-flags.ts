import type { Command, OptionValues } from "@commander-js/extra-typings";

export function addRunReportFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return command
    .optionsGroup("Monitoring:")
    .option("--on-renewed <command>", "run this after a run that renewed or recovered something")
    .option("--on-failure <command>", "run this after a run whose exit code is not 0")
    .option("--hook-timeout <duration>", "end these commands after this long (default: 60s)")
    .option("--metrics-file <path>", "write metrics for node_exporter's textfile collector")
    .option("--ping-url <url>", "ping a dead man's switch at start and end (RCWH_PING_URL)");
}
