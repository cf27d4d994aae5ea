import type { CommandContext } from "../context.ts";
import { asSentence, UsageError } from "../errors.ts";
import { printRecords } from "../io/formats.ts";
import type { ScheduleFile } from "../operations/schedule/schedule.ts";
import { parseLifetime } from "../subscriptions/lifetime.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { version } from "./flags/version.ts";
import { planRenewals } from "./renew-flags.ts";

export interface CronPrintOptions {
  readonly lifetime?: string;
  readonly image?: string;
  readonly only?: string;
  readonly ensure?: string;
}

const formats = ["crontab", "systemd", "launchd", "kubernetes", "github-actions"] as const;

export type ScheduleFormat = (typeof formats)[number];

/** No image is published: users build it from the Dockerfile. */
const exampleImage = `registry.example.com/rcwh:${version}`;

const shape =
  '{ "schemaVersion": 1, "files": [ { "path", "text" } ],\n  "schedule": { "format", "intervalSeconds", "command": [], "environment": {} } }';

export function createCronCommand(context: CommandContext) {
  const command = createCommand("cron", context, {
    examples: {
      "rcwh cron print": "a line for crontab",
      "rcwh cron print systemd": "a service and its timer",
      "rcwh doctor --cron": "check that it works under cron",
    },
    json: shape,
    exitCodes: {
      0: "printed",
      3: "profile not found",
    },
  })
    .usage("<command> [flags]")
    .description("Schedule `rcwh renew`.");
  command.addCommand(createPrintCommand(context));
  return command;
}

const manual: Manual = {
  examples: {
    "rcwh cron print": "a line for `crontab -e`",
    "rcwh cron print crontab -- --recover": "with flags for `rcwh renew`",
    "rcwh cron print --ensure /etc/rcwh.yaml": "for `rcwh ensure` with this file",
    "rcwh cron print systemd --only rcwh-renew.timer": "one of its files",
    "rcwh cron print kubernetes --image registry.example.com/rcwh:1": "a CronJob",
    "rcwh cron print github-actions --lifetime 30d": "a workflow, without asking RingCentral",
  },
  json: shape,
  exitCodes: {
    0: "printed",
    3: "profile not found",
  },
};

function createPrintCommand(context: CommandContext, run = printSchedule) {
  return createCommand("print", context, manual)
    .summary("print a schedule, and change nothing")
    .usage("[flags] [format] [-- <flag of renew...>]")
    .description(
      "Print a schedule for `rcwh renew` or `rcwh ensure`, and change nothing. Runs often enough to survive three failed runs, based on your shortest lifetime, at a minute picked for this machine. Uses the current profile and configuration, and contains no secret.",
    )
    .argument("[format]", `${formats.join(", ")} (default: crontab)`)
    .argument("[flags...]", "after --: flags for the runs")
    .optionsGroup("Schedule:")
    .option("--ensure <path>", "run `rcwh ensure` with this file (crontab, systemd, launchd)")
    .option("--lifetime <duration>", "shortest lifetime (default: as recorded, else 7d)")
    .option("--image <name>", `the container image (default: ${exampleImage})`)
    .option("--only <file>", "print only this file of the schedule")
    .action((format, flags, options) => run(format, flags, options, context));
}

export async function printSchedule(
  format: string | undefined,
  flags: readonly string[],
  options: CronPrintOptions,
  context: CommandContext,
): Promise<void> {
  const { io, clock } = context;
  const hasFormat = format !== undefined && !format.startsWith("-");
  const chosen = parseFormat(hasFormat ? format : "crontab");
  const passedOn = hasFormat || format === undefined ? flags : [format, ...flags];
  const keepsRecords = chosen !== "kubernetes" && chosen !== "github-actions";
  const lifetime =
    options.lifetime === undefined
      ? undefined
      : parseLifetime(options.lifetime, "--lifetime").from(clock.now());
  const { ensure } = options;
  if (ensure !== undefined && !keepsRecords) {
    throw new UsageError(
      `--ensure cannot be used with ${chosen}: the file would not exist there.`,
      "Use crontab, systemd or launchd.",
    );
  }
  const hasStore = chosen === "kubernetes" && context.settings.store !== undefined;
  const schedule = await planRenewals(
    passedOn,
    { lifetime, keepsRecords, hasStore, ensure },
    context,
  );
  const { obstacle, note } = schedule;
  if (obstacle) io.warn(`${asSentence(obstacle.message)} ${obstacle.hint}`);
  if (note !== undefined) io.note(note);

  const { program, words, interval, environment } = schedule;
  const files = choose(await render(chosen), options.only);
  if (io.format === "table" || io.format === "tsv") {
    return io.data(files.map(({ path, text }) => withPath(path, text)).join("\n\n"));
  }
  await printRecords(io, {
    key: "files",
    records: files,
    columns: [
      { title: "path", value: ({ path }) => path },
      { title: "text", value: ({ text }) => text },
    ],
    extra: {
      schedule: {
        format: chosen,
        intervalSeconds: interval.minutes * 60,
        command: keepsRecords ? [...program, ...words] : ["rcwh", ...words],
        environment,
      },
    },
  });

  async function render(wanted: ScheduleFormat): Promise<readonly ScheduleFile[]> {
    switch (wanted) {
      case "crontab":
        return (await import("../operations/schedule/crontab.ts")).renderCrontab(schedule);
      case "systemd":
        return (await import("../operations/schedule/systemd.ts")).renderSystemd(schedule);
      case "launchd":
        return (await import("../operations/schedule/launchd.ts")).renderLaunchd(schedule);
      case "kubernetes": {
        const { renderKubernetes } = await import("../operations/schedule/kubernetes.ts");
        return renderKubernetes(schedule, options.image ?? exampleImage, hasStore);
      }
      case "github-actions": {
        const { renderGitHubActions } = await import("../operations/schedule/github-actions.ts");
        return renderGitHubActions(schedule, version);
      }
    }
  }

  /** Puts the path before a file, unless it is the only one. */
  function withPath(path: string, text: string): string {
    return files.length > 1 ? `# ${path}\n${text}` : text;
  }
}

function parseFormat(text: string): ScheduleFormat {
  const format = formats.find((each) => each === text);
  if (format) return format;
  throw new UsageError(
    `Invalid format ${JSON.stringify(text)}: use ${formats.slice(0, -1).join(", ")} or ${formats.at(-1)}.`,
  );
}

function choose(files: readonly ScheduleFile[], only: string | undefined): readonly ScheduleFile[] {
  if (only === undefined) return files;
  const nameOf = (path: string) => path.split("/").at(-1);
  const chosen = files.filter(({ path }) => path === only || nameOf(path) === only);
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    `Invalid --only value ${JSON.stringify(only)}: the schedule does not have this file.`,
    `Use ${files.map(({ path }) => nameOf(path)).join(" or ")}.`,
  );
}
