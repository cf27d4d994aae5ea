import { remedyFor } from "../api/error-hints.ts";
import { CliError, ExitCode } from "../errors.ts";
import { redactAddress } from "../io/text.ts";

/** RingCentral's own limit for an endpoint's answer, milliseconds. */
const endpointDeadline = 3000;

/**
 * Shakes hands with an endpoint from this machine, by the platform's rules. Throws exit 6 with the
 * platform's code (SUB-520 to SUB-525) for the first rule that it breaks.
 */
export async function checkEndpoint(
  address: string,
  verificationToken: string | undefined,
): Promise<void> {
  const [{ shakeHands }, { systemLookup }, { Problem }, { randomUUID }] = await Promise.all([
    import("../emulator/handshake.ts"),
    import("../emulator/endpoint.ts"),
    import("../emulator/problems.ts"),
    import("node:crypto"),
  ]);
  const settings = { endpointDeadline, allowRemoteDeliveries: true, certificateAuthorities: [] };
  const caller = { settings, createId: randomUUID, lookup: systemLookup };
  try {
    await shakeHands({ address, verificationToken }, caller);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const code = codeOf(error.body);
    const shown = redactAddress(address);
    throw new CliError(
      `Checked from here, ${shown} fails RingCentral's handshake: ${error.message} (${code}). Nothing was changed.`,
      { exitCode: ExitCode.endpoint, code, hint: remedyFor(code), cause: error },
    );
  }
}

function codeOf(body: object): string {
  return "errorCode" in body ? String(body.errorCode) : "SUB-521";
}
