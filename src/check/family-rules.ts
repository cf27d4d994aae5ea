import { isLoopback } from "../machine/loopback.ts";
import type { Check } from "./check.ts";
import { type Connected, place } from "./connection-rules.ts";
import { checkHandshake } from "./handshake-rules.ts";
import { openSocket, type Target } from "./raw-connection.ts";
import { createReport, type Report } from "./report.ts";

interface Comparison {
  /** The connection of the family that was not tried yet. */
  readonly other: Connected;
  readonly target: Target;
  readonly verificationToken: string | undefined;
}

/**
 * Shakes hands over the other family too, and says in the row of its connection what differs: a
 * connection that is refused makes a client try the next address, a handshake that fails does not.
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
  const broken = await whatIsBroken({ other, target, verificationToken }, report);
  if (broken && hasPassed) {
    const { code = "SUB-521" } = broken;
    const measured = `${where}, but there the handshake fails: ${broken.rule}: ${broken.measured}`;
    const hint =
      "Have both families' addresses lead to the same endpoint, or remove one's record: which one RingCentral takes is not documented.";
    // Of this machine's own two the emulator takes the first one that answers.
    if (isLoopback(target.hostname)) report.warn(rule, measured, { code, hint });
    else report.fail(rule, measured, { code, hint });
  } else if (!broken && !hasPassed) report.pass(rule, `${where}, and there the handshake passes`);
  else report.pass(rule, where);
}

async function whatIsBroken(
  { other, target, verificationToken }: Comparison,
  { quote }: Report,
): Promise<Check | undefined> {
  const { address } = other;
  const { timeout, signal } = target;
  const own = createReport({ timeout, quote });
  const startedAt = performance.now();
  const socket = await openSocket(address, target, startedAt + timeout).catch(() => undefined);
  signal.throwIfAborted();
  // It was open a moment ago; where it is not any more, a client takes the other address.
  if (!socket) return undefined;
  try {
    await checkHandshake({ socket, address, startedAt, target, verificationToken }, own);
  } finally {
    socket.destroy();
  }
  return own.conclude().find(({ status }) => status === "fail");
}
