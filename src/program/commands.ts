import type { CommandEntry } from "./command-entry.ts";

const aliases: Readonly<Record<string, string>> = { list: "ls", delete: "rm" };

/** Commands that finish their work even if their output is closed. */
const workUnread = [
  "create",
  "renew",
  "update",
  "delete",
  "recover",
  "forget",
  "rotate-token",
  "apply",
  "move",
  "ensure",
];

/** Commands with a picture as one of their formats. */
const drawing = ["forecast"];

const loaders = {
  create: async () => (await import("../commands/create/create.ts")).createCreateCommand,
  list: async () => (await import("../commands/list/list.ts")).createListCommand,
  forecast: async () => (await import("../commands/forecast/forecast.ts")).createForecastCommand,
  show: async () => (await import("../commands/show.ts")).createShowCommand,
  renew: async () => (await import("../commands/renew.ts")).createRenewCommand,
  update: async () => (await import("../commands/update/update.ts")).createUpdateCommand,
  move: async () => (await import("../commands/move.ts")).createMoveCommand,
  delete: async () => (await import("../commands/delete.ts")).createDeleteCommand,
  "rotate-token": async () =>
    (await import("../commands/rotate-token.ts")).createRotateTokenCommand,
  recover: async () => (await import("../commands/recover.ts")).createRecoverCommand,
  forget: async () => (await import("../commands/forget.ts")).createForgetCommand,
  plan: async () => (await import("../commands/plan.ts")).createPlanCommand,
  ensure: async () => (await import("../commands/ensure.ts")).createEnsureCommand,
  apply: async () => (await import("../commands/apply.ts")).createApplyCommand,
  filters: async () => (await import("../commands/filters.ts")).createFiltersCommand,
  check: async () => (await import("../commands/check.ts")).createCheckCommand,
  listen: async () => (await import("../commands/listen/listen.ts")).createListenCommand,
  trigger: async () => (await import("../commands/trigger/trigger.ts")).createTriggerCommand,
  replay: async () => (await import("../commands/replay.ts")).createReplayCommand,
  explain: async () => (await import("../commands/explain.ts")).createExplainCommand,
  export: async () => (await import("../commands/export.ts")).createExportCommand,
  schema: async () => (await import("../commands/schema.ts")).createSchemaCommand,
  status: async () => (await import("../commands/status.ts")).createStatusCommand,
  cron: async () => (await import("../commands/cron.ts")).createCronCommand,
  audit: async () => (await import("../commands/audit.ts")).createAuditCommand,
  doctor: async () => (await import("../commands/doctor.ts")).createDoctorCommand,
  login: async () => (await import("../commands/login/login.ts")).createLoginCommand,
  logout: async () => (await import("../commands/logout.ts")).createLogoutCommand,
  whoami: async () => (await import("../commands/whoami.ts")).createWhoamiCommand,
  profile: async () => (await import("../commands/profile.ts")).createProfileCommand,
  emulator: async () => (await import("../commands/emulator/emulator.ts")).createEmulatorCommand,
  demo: async () => (await import("../commands/demo.ts")).createDemoCommand,
  mcp: async () => (await import("../commands/mcp/mcp.ts")).createMcpCommand,
  commands: async () => {
    const { createCommandsCommand } = await import("../commands/commands.ts");
    const { readWholeProgram } = await import("./describe-program.ts");
    return (context) => createCommandsCommand(context, () => readWholeProgram(context, commands));
  },
  completion: async () => {
    const { createCompletionCommand } = await import("../commands/completion/completion.ts");
    const { readProgram } = await import("./describe-program.ts");
    return (context) => createCompletionCommand(context, () => readProgram(context, commands));
  },
} satisfies Readonly<Record<string, CommandEntry["load"]>>;
type Name = keyof typeof loaders;

/** Summaries in the groups and the order of the root help. */
const groups: Readonly<Record<string, Readonly<Partial<Record<Name, string>>>>> = {
  "Webhooks:": {
    create: "create a webhook subscription",
    list: "list subscriptions, soonest to expire first",
    forecast: "draw when subscriptions are renewed and expire",
    show: "show one subscription in full",
    renew: "renew subscriptions that are due; made for cron",
    update: "change filters, lifetime, URL or token",
    move: "move subscriptions to another host or path",
    "rotate-token": "give a subscription a new verification token",
    delete: "delete subscriptions",
    recover: "replace blacklisted subscriptions",
    forget: "drop the records of subscriptions that are gone",
    filters: "search the catalogue of event filters",
    check: "check an endpoint against RingCentral's rules",
    listen: "receive events on this machine, and forward them",
    trigger: "send a sample event to an endpoint",
    replay: "send recorded events again",
    explain: "explain an error code, and what to do about it",
    status: "show when the last unattended run ended, and how",
    cron: "print a schedule for crontab, systemd and others",
    audit: "find duplicates, overlaps and other risks",
    doctor: "check configuration, credentials, clock and server",
  },
  "Webhooks as code:": {
    plan: "show what rcwh.yaml would change",
    apply: "make RingCentral's webhooks match rcwh.yaml",
    export: "print existing webhooks as rcwh.yaml",
    ensure: "apply, renew and recover in one run; made for cron",
    schema: "print the JSON Schema of rcwh.yaml or an output",
  },
  "Credentials:": {
    login: "sign in and save the credentials",
    logout: "revoke the session and forget the credentials",
    whoami: "show who is signed in",
    profile: "list, choose and remove profiles",
  },
  "Without an account:": {
    emulator: "run an emulated RingCentral on this machine",
    demo: "watch the whole life of a webhook, in seconds",
  },
  "For shells and programs:": {
    completion: "complete commands, flags and ids with the Tab key",
    commands: "describe every command and flag, as data",
    mcp: "serve tools for agents (Model Context Protocol)",
  },
};

export const commands: readonly CommandEntry[] = Object.entries(groups).flatMap(
  ([group, summaries]) =>
    Object.entries(summaries).map(([name, summary]) => ({
      name,
      alias: aliases[name],
      summary,
      group,
      finishesUnread: workUnread.includes(name),
      draws: drawing.includes(name),
      load: loaders[name as Name],
    })),
);

/** With their aliases. */
export const commandNames: readonly string[] = commands.flatMap(({ name, alias }) =>
  alias ? [name, alias] : [name],
);

export function findCommand(name: string | undefined): CommandEntry | undefined {
  return commands.find((entry) => name !== undefined && [entry.name, entry.alias].includes(name));
}
