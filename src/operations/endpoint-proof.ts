import { remedyFor } from "../api/error-hints.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import { redactAddress } from "../io/text.ts";

interface ProvenEndpoint {
  readonly address: string;
  readonly verificationToken?: string | undefined;
}

/**
 * Shakes hands with an endpoint from this machine, by the platform's rules. Throws exit 6 with the
 * platform's code (SUB-520 to SUB-525) for the rule that it breaks.
 */
export async function proveEndpoint(
  { address, verificationToken }: ProvenEndpoint,
  { env, signal }: Pick<CommandContext, "env" | "signal">,
): Promise<void> {
  const { checkEndpoint } = await import("../endpoint/rules.ts");
  const checks = await checkEndpoint(address, { verificationToken, once: true, env, signal });
  const broken = checks.find(({ status }) => status === "fail");
  if (!broken) return;
  const { rule, measured, code = "SUB-521" } = broken;
  const shown = redactAddress(address);
  throw new CliError(
    `Checked from here, ${shown} fails RingCentral's handshake: ${rule}: ${measured} (${code}). Nothing was changed.`,
    { exitCode: ExitCode.endpoint, code, hint: remedyFor(code) },
  );
}
