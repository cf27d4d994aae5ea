import type { HostAddress } from "../endpoint/endpoint-call.ts";
import { maximumAnswerBytes } from "../endpoint/limits.ts";
import { type Handshake, onNewConnection, shakeHandsAgain, shakeHandsOn } from "./calls.ts";
import type { Target } from "./raw-connection.ts";
import type { Exchanged } from "./raw-exchange.ts";
import type { Report } from "./report.ts";

interface Samples {
  readonly target: Target;
  readonly address: HostAddress;
  readonly verificationToken: string | undefined;
  /** Milliseconds of the first handshake, and those to its first byte. */
  readonly first: { readonly total: number; readonly firstByte: number };
  readonly samples: number;
}

const wakeUp =
  "Wake up a serverless endpoint just before `rcwh create`, or keep one instance warm.";

/**
 * Times more handshakes if asked to, and compares the slowest with the limit. Returns how many came in
 * time and failed.
 */
export async function checkTime(
  { target, address, verificationToken, first, samples }: Samples,
  report: Report,
): Promise<number> {
  report.start("time");
  const times = [first.total];
  let late = 0;
  let bad = 0;
  for (let count = 1; count < samples; count++) {
    const sample = await shakeHandsAgain(address, { target, verificationToken });
    if (sample.failure?.kind === "timeout") late += 1;
    else if (problemOf(sample) !== undefined) bad += 1;
    times.push(sample.endedAt - sample.startedAt);
  }
  const { timeout } = target;
  const slowest = Math.max(...times);
  const isCold = samples > 2 && first.total > 300 && first.total > 4 * median(times.slice(1));
  const measured =
    samples === 1
      ? `${Math.round(first.total)} ms, first byte after ${Math.round(first.firstByte)} ms`
      : `p50 ${Math.round(median(times))} ms, max ${Math.round(slowest)} ms of ${samples}${isCold ? ", the first was a cold start" : ""}`;
  if (late > 0) {
    report.fail("time", `${late} of ${samples} handshakes took longer; ${measured}`, {
      code: "SUB-521",
      hint: "Answer first and process afterwards.",
    });
  } else if (slowest > (timeout * 2) / 3) {
    report.warn("time", measured, {
      hint: isCold ? wakeUp : "Answer first and process afterwards.",
    });
  } else report.pass("time", measured);
  return bad;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

interface Repetition {
  readonly target: Target;
  readonly address: HostAddress;
  readonly verificationToken: string | undefined;
  /** How many repetitions came before, and how many of them failed. */
  readonly before: { readonly count: number; readonly bad: number };
}

/** Milliseconds in which a server shows whether it keeps a connection after its answer. */
const afterwards = 50;

/** Repeats the handshake, and once more on the same connection if the endpoint keeps it open. */
export async function checkRepetition(
  { target, address, verificationToken, before }: Repetition,
  report: Report,
): Promise<void> {
  report.start("repeated-handshake");
  report.start("keep-alive");
  const endsAt = performance.now() + target.timeout;
  let connection: Connection = { kind: "untried" };
  const options = { target, verificationToken, keepAlive: true };
  const second = await onNewConnection(address, target, endsAt, async (socket) => {
    const handshake = await shakeHandsOn(socket, options, endsAt);
    const problem = problemOf(handshake);
    if (problem !== undefined) return handshake;
    let extra = handshake.behind;
    const count = (chunk: Buffer) => {
      extra += chunk.length;
    };
    socket.on("data", count);
    await new Promise((resolve) => setTimeout(resolve, afterwards));
    socket.off("data", count);
    if (extra > 0) connection = { kind: "extra", bytes: extra };
    else if (!socket.writable || !socket.readable || socket.destroyed) {
      connection = { kind: "closed" };
    } else {
      const third = await shakeHandsOn(socket, options, performance.now() + target.timeout);
      connection = { kind: "kept", third };
    }
    return handshake;
  });
  tellRepetition(second, before, report);
  tellConnection(connection, report);
}

type Connection =
  | { readonly kind: "untried" }
  | { readonly kind: "closed" }
  | { readonly kind: "extra"; readonly bytes: number }
  | { readonly kind: "kept"; readonly third: Handshake };

function tellRepetition(
  second: Handshake | Exchanged,
  { count, bad }: Repetition["before"],
  report: Report,
): void {
  const problem = "validationToken" in second ? problemOf(second) : second.failure?.detail;
  if (problem === undefined && bad === 0) {
    report.pass("repeated-handshake", count === 0 ? "a second one passed too" : "all passed");
    return;
  }
  const measured = bad === 0 ? `the second one failed: ${problem}` : `${bad} of ${count} failed`;
  report.warn("repeated-handshake", measured, {
    hint: "Answer every handshake: RingCentral may repeat it when a subscription is renewed.",
  });
}

/** Why the platform would refuse an answer, in a few words. */
function problemOf({ answer, failure, validationToken, bytes }: Handshake): string | undefined {
  if (failure) return failure.detail;
  if (!answer) return `at least ${bytes} bytes`;
  const { status, headers } = answer;
  if (status !== 200) return `status ${status}`;
  if (headers["validation-token"] !== validationToken) return "a different token";
  return bytes > maximumAnswerBytes ? `${bytes} bytes` : undefined;
}

/** Extra bytes: a client that keeps the connection takes them for the next answer. */
export function warnOfBytesBehind(bytes: number, report: Report): void {
  report.warn("keep-alive", `${bytes} bytes after the end of the answer`, {
    hint: "Send a Content-Length that matches the body, and nothing after it.",
  });
}

function tellConnection(connection: Connection, report: Report): void {
  const closed = "the connection is closed after an answer";
  if (connection.kind === "untried") {
    report.skip("keep-alive", "skipped: the second handshake failed");
  } else if (connection.kind === "extra") {
    warnOfBytesBehind(connection.bytes, report);
  } else if (connection.kind === "closed") {
    report.pass("keep-alive", closed);
  } else {
    const { third } = connection;
    const problem = problemOf(third);
    if (problem === undefined) report.pass("keep-alive", "the connection stays open");
    else if (third.failure?.kind === "closed" && third.bytes === 0) {
      report.pass("keep-alive", closed);
    } else {
      report.warn("keep-alive", `a second request on the same connection failed: ${problem}`, {
        hint: third.failure
          ? "Answer every request on a connection, or close it after the answer."
          : "Answer every request on a connection like the first one.",
      });
    }
  }
}
