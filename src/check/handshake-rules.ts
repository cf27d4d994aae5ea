import type { Socket } from "node:net";
import type { HostAddress } from "../endpoint/endpoint-call.ts";
import { checkAnswer } from "./answer-rules.ts";
import { type Handshake, shakeHandsOn } from "./calls.ts";
import type { Target } from "./raw-connection.ts";
import type { Report } from "./report.ts";
import { checkTls } from "./tls-rules.ts";

interface Attempt {
  readonly socket: Socket;
  readonly address: HostAddress;
  /** When the call began, including the name look-up. */
  readonly startedAt: number;
  readonly target: Target;
  readonly verificationToken: string | undefined;
}

interface Shaken {
  readonly handshake: Handshake;
  /** Whether the platform accepts the answer. */
  readonly passed: boolean;
  /** Milliseconds until the end, and until the first byte. */
  readonly took: { readonly total: number; readonly firstByte: number };
}

/** Checks TLS, and the answer to one handshake. Undefined if the platform would not send one. */
export async function checkHandshake(
  { socket, address, startedAt, target, verificationToken }: Attempt,
  report: Report,
): Promise<Shaken | undefined> {
  const { timeout } = target;
  const endsAt = startedAt + timeout;
  let open: Socket | undefined = socket;
  if (target.secure) open = await checkTls(socket, address, target, endsAt, report);
  else skipTls(report);
  // An endpoint that cannot prove its identity gets no token.
  if (!open || report.refused()) return undefined;
  report.start("http");
  const handshake = await shakeHandsOn(open, { target, verificationToken }, endsAt);
  open.destroy();
  const passed = checkAnswer(handshake, { startedAt, timeout }, report);
  const { firstByteAt = handshake.endedAt, endedAt } = handshake;
  const took = { total: endedAt - startedAt, firstByte: firstByteAt - startedAt };
  return { handshake, passed, took };
}

function skipTls(report: Report): void {
  for (const rule of [
    "tls-version",
    "certificate-chain",
    "certificate-name",
    "certificate-days",
  ] as const) {
    report.skip(rule, "plain http, accepted on this machine only");
  }
}
