import { remedyFor } from "../api/error-hints.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { Account, Notice } from "../lifecycle/account.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";
import { examineRefusal } from "./refused-endpoint.ts";

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
      prove: (address, verificationToken) => proveEndpoint(address, verificationToken, context),
      explainRefusal: (error, request) => examineRefusal(error, request, context),
    },
    notify: (notice) => tell(notice, context),
    exclusively: (wait, work) => config.exclusively(`replace ${recordsKey}`, wait, work),
  };
}

function tell({ kind, text }: Notice, { io }: CommandContext): void {
  const say = { progress: io.progress, note: io.note, warning: io.warn };
  say[kind](text);
}

/**
 * Shakes hands with an endpoint from this machine, by the platform's rules. Throws exit 6 with the
 * platform's code (SUB-520 to SUB-525) for the rule that it breaks, or exit 5 where this machine cannot try it.
 */
async function proveEndpoint(
  address: string,
  verificationToken: string | undefined,
  { env, signal, identity }: Pick<CommandContext, "env" | "signal" | "identity">,
): Promise<void> {
  const { checkEndpoint } = await import("../check/rules.ts");
  const ownServer = isLoopback(new URL((await identity()).server).hostname);
  const options = { verificationToken, once: true, ownServer, env, signal };
  const checks = await checkEndpoint(address, options);
  const broken = checks.find(({ status }) => status === "fail");
  if (!broken) return;
  const { rule, measured, code = "SUB-521", hint, exitCode } = broken;
  const shown = redactAddress(address);
  if (exitCode === ExitCode.unavailable) {
    throw new CliError(
      `${shown} could not be tried from here: ${rule}: ${measured}. Nothing was changed.`,
      { exitCode, code, hint },
    );
  }
  throw new CliError(
    `Checked from here, ${shown} fails RingCentral's handshake: ${rule}: ${measured} (${code}). Nothing was changed.`,
    { exitCode: ExitCode.endpoint, code, hint: remedyFor(code) },
  );
}
