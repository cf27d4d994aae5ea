import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { createFiltersCommand } from "../commands/filters.ts";
import type { CommandContext } from "../context.ts";

/** A command as the root help shows it. Only the command that runs is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly group: string;
  /** It finishes its work even if nobody reads its output. */
  readonly worksUnread?: true;
  load(): Promise<(context: CommandContext) => CommandUnknownOpts>;
}

const credentials = "Credentials:";
const webhooks = "Webhooks:";
const tryOut = "Without an account:";

export const commands: readonly CommandEntry[] = [
  {
    name: "create",
    summary: "create a webhook subscription",
    group: webhooks,
    worksUnread: true,
    load: async () => (await import("../commands/create.ts")).createCreateCommand,
  },
  {
    name: "list",
    alias: "ls",
    summary: "list subscriptions, soonest to expire first",
    group: webhooks,
    load: async () => (await import("../commands/list.ts")).createListCommand,
  },
  {
    name: "show",
    summary: "show one subscription in full",
    group: webhooks,
    load: async () => (await import("../commands/show.ts")).createShowCommand,
  },
  {
    name: "renew",
    summary: "renew subscriptions that are due; made for cron",
    group: webhooks,
    worksUnread: true,
    load: async () => (await import("../commands/renew.ts")).createRenewCommand,
  },
  {
    name: "update",
    summary: "change filters, lifetime, URL or token",
    group: webhooks,
    worksUnread: true,
    load: async () => (await import("../commands/update.ts")).createUpdateCommand,
  },
  {
    name: "delete",
    alias: "rm",
    summary: "delete subscriptions",
    group: webhooks,
    worksUnread: true,
    load: async () => (await import("../commands/delete.ts")).createDeleteCommand,
  },
  {
    name: "recover",
    summary: "replace blacklisted subscriptions",
    group: webhooks,
    worksUnread: true,
    load: async () => (await import("../commands/recover.ts")).createRecoverCommand,
  },
  {
    name: "filters",
    summary: "search the catalogue of event filters",
    group: webhooks,
    // Part of the bundle's main file, whose compiled code is cached: loading a separate file takes longer.
    load: async () => createFiltersCommand,
  },
  {
    name: "check",
    summary: "check an endpoint against RingCentral's rules",
    group: webhooks,
    load: async () => (await import("../commands/check.ts")).createCheckCommand,
  },
  {
    name: "listen",
    summary: "receive events on this machine, and forward them",
    group: webhooks,
    load: async () => (await import("../commands/listen.ts")).createListenCommand,
  },
  {
    name: "trigger",
    summary: "send a sample event to an endpoint",
    group: webhooks,
    load: async () => (await import("../commands/trigger.ts")).createTriggerCommand,
  },
  {
    name: "replay",
    summary: "send recorded events again",
    group: webhooks,
    load: async () => (await import("../commands/replay.ts")).createReplayCommand,
  },
  {
    name: "explain",
    summary: "explain an error code, and what to do about it",
    group: webhooks,
    load: async () => (await import("../commands/explain.ts")).createExplainCommand,
  },
  {
    name: "status",
    summary: "show when the last unattended run ended, and how",
    group: webhooks,
    load: async () => (await import("../commands/status.ts")).createStatusCommand,
  },
  {
    name: "cron",
    summary: "print a schedule for crontab, systemd and others",
    group: webhooks,
    load: async () => (await import("../commands/cron.ts")).createCronCommand,
  },
  {
    name: "doctor",
    summary: "check configuration, credentials, clock and server",
    group: webhooks,
    load: async () => (await import("../commands/doctor.ts")).createDoctorCommand,
  },
  {
    name: "login",
    summary: "sign in and save the credentials",
    group: credentials,
    load: async () => (await import("../commands/login.ts")).createLoginCommand,
  },
  {
    name: "logout",
    summary: "revoke the session and forget the credentials",
    group: credentials,
    load: async () => (await import("../commands/logout.ts")).createLogoutCommand,
  },
  {
    name: "whoami",
    summary: "show who is signed in",
    group: credentials,
    load: async () => (await import("../commands/whoami.ts")).createWhoamiCommand,
  },
  {
    name: "profile",
    summary: "list, choose and remove profiles",
    group: credentials,
    load: async () => (await import("../commands/profile.ts")).createProfileCommand,
  },
  {
    name: "emulator",
    summary: "run an emulated RingCentral on this machine",
    group: tryOut,
    load: async () => (await import("../commands/emulator/emulator.ts")).createEmulatorCommand,
  },
  {
    name: "demo",
    summary: "watch the whole life of a webhook, in seconds",
    group: tryOut,
    load: async () => (await import("../commands/demo.ts")).createDemoCommand,
  },
];

export function findCommand(name: string | undefined): CommandEntry | undefined {
  return commands.find((entry) => name !== undefined && [entry.name, entry.alias].includes(name));
}
