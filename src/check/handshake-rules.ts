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
  /** When the call began, with the name's look-up. */
  readonly startedAt: number;
  readonly target: Target;
  readonly verificationToken: string | undefined;
}

interface Shaken {
  readonly handshake: Handshake;
  /** Whether the platform takes the answer. */
  readonly passed: boolean;
  /** Milliseconds of all of it, and those to its first byte. */
  readonly took: { readonly total: number; readonly firstByte: number };
}

/** TLS, one handshake, and its answer. Undefined where the platform would not even ask. */
export async function checkHandshake(
  { socket, address, startedAt, target, verificationToken }: Attempt,
  report: Report,
): Promise<Shaken | undefined> {
  const { timeout } = target;
  const endsAt = startedAt + timeout;
  let open: Socket | undefined = socket;
  if (target.secure) open = await checkTls(socket, address, target, endsAt, report);
  else skipTls(report);
  // Whoever has no proof of who the endpoint is tells it no token.
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
    report.skip(rule, "http, which is for this machine only");
  }
}
