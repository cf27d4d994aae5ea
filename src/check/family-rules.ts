import { isLoopback } from "../machine/loopback.ts";
import type { Check } from "./check.ts";
import { type Connected, place } from "./connection-rules.ts";
import { checkHandshake } from "./handshake-rules.ts";
import { openSocket, type Target } from "./raw-connection.ts";
import { createReport, type Report } from "./report.ts";

interface Comparison {
  /** The connection of the family that was not checked yet. */
  readonly other: Connected;
  readonly target: Target;
  readonly verificationToken: string | undefined;
}

/**
 * Repeats the handshake over the other address family, and reports a difference in the row of its
 * connection: after a refused connection a client tries the next address, after a failed handshake it does not.
 */
export async function checkOtherFamily(
  { other, target, verificationToken }: Comparison,
  report: Report,
): Promise<void> {
  const { address, milliseconds } = other;
  const rule = address.family === 6 ? "tcp-ipv6" : "tcp-ipv4";
  const where = `${place(address, target)} in ${milliseconds} ms`;
  const hasPassed = !report.refused();
  report.start(rule);
  const broken = await findFailure({ other, target, verificationToken }, report);
  if (broken && hasPassed) {
    const { code = "SUB-521" } = broken;
    const measured = `${where}, but the handshake fails there: ${broken.rule}: ${broken.measured}`;
    const hint =
      "Point the IPv4 and IPv6 addresses at the same endpoint, or remove one record: it is not documented which one RingCentral uses.";
    // On this machine, the emulator uses the first address that answers.
    if (isLoopback(target.hostname)) report.warn(rule, measured, { code, hint });
    else report.fail(rule, measured, { code, hint });
  } else if (!broken && !hasPassed) report.pass(rule, `${where}, and the handshake passes there`);
  else report.pass(rule, where);
}

async function findFailure(
  { other, target, verificationToken }: Comparison,
  { quote }: Report,
): Promise<Check | undefined> {
  const { address } = other;
  const { timeout, signal } = target;
  const own = createReport({ timeout, quote });
  const startedAt = performance.now();
  const socket = await openSocket(address, target, startedAt + timeout).catch(() => undefined);
  signal.throwIfAborted();
  // It was open a moment ago; if it is closed now, a client uses the other address.
  if (!socket) return undefined;
  try {
    await checkHandshake({ socket, address, startedAt, target, verificationToken }, own);
  } finally {
    socket.destroy();
  }
  return own.conclude().find(({ status }) => status === "fail");
}
