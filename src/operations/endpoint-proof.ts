import { remedyFor } from "../api/error-hints.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";

interface ProvenEndpoint {
  readonly address: string;
  readonly verificationToken?: string | undefined;
}

/**
 * Shakes hands with an endpoint from this machine, by the platform's rules. Throws exit 6 with the
 * platform's code (SUB-520 to SUB-525) for the rule that it breaks, or exit 5 where this machine cannot try it.
 */
export async function proveEndpoint(
  { address, verificationToken }: ProvenEndpoint,
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
