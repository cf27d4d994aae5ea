import type { CommandContext } from "../context.ts";
import type { Account, Notice } from "../lifecycle/account.ts";

/** This run's account, as the lifecycle needs it. `deadline` as in `CommandContext.api`. */
export async function openAccount(context: CommandContext, deadline?: number): Promise<Account> {
  const { clock, signal, settings } = context;
  const client = await context.api(deadline);
  const [config, { profile, recordsKey }] = [await context.config(), await context.identity()];
  return {
    profile,
    client,
    records: config.records(recordsKey),
    journal: config.replacements(recordsKey),
    apis:
      settings.api === "all"
        ? ["platform", "webinar"]
        : settings.api === undefined
          ? undefined
          : [settings.api],
    clock,
    signal,
    endpoints: {
      async prove(address, verificationToken) {
        const { proveEndpoint } = await import("./endpoint-probe.ts");
        return proveEndpoint(address, verificationToken, context);
      },
      async explainRefusal(error, request) {
        const { examineRefusal } = await import("./endpoint-probe.ts");
        return examineRefusal(error, request, context);
      },
    },
    notify: (notice) => tell(notice, context),
    exclusively: (wait, work) => config.exclusively(`replace ${recordsKey}`, wait, work),
  };
}

function tell({ kind, text }: Notice, { io }: CommandContext): void {
  const say = { progress: io.progress, note: io.note, warning: io.warn };
  say[kind](text);
}
