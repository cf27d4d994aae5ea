import type { HostAddress } from "../endpoint/endpoint-call.ts";
import { maximumAnswerBytes } from "../endpoint/limits.ts";
import { deliverEvent } from "./calls.ts";
import type { Target } from "./raw-connection.ts";
import type { Exchanged } from "./raw-exchange.ts";
import type { Report } from "./report.ts";
import { describeSize } from "./size-rule.ts";

interface EventDelivery {
  readonly target: Target;
  readonly address: HostAddress;
  readonly verificationToken: string | undefined;
  readonly text: string;
}

const consequence =
  "An endpoint that passes the handshake but fails on events is blacklisted within hours, without notice.";

/** Delivers one event, and reports why the platform would blacklist the endpoint. */
export async function checkEvent(
  { target, address, verificationToken, text }: EventDelivery,
  report: Report,
): Promise<void> {
  report.start("event-status");
  const outcome = await deliverEvent(address, { target, verificationToken }, text);
  const { answer, failure, bytes } = outcome;
  const took = Math.round(outcome.endedAt - outcome.startedAt);
  if (bytes > maximumAnswerBytes) {
    tellTooLarge(outcome, took, report);
    return;
  }
  if (failure?.kind === "timeout") {
    tellLate(target, report);
    return;
  }
  if (failure || !answer) {
    const reason = `I/O operation is failed. Details: [${report.quote(failure?.detail ?? "no answer", 120)}]`;
    report.fail("event-status", reason, {
      code: "blacklisted-timeout",
      hint: `Answer every event with 200 in HTTP/1.1; \`rcwh explain blacklisted-timeout\` has details. ${consequence}`,
    });
    skipRest("skipped: no answer", report);
    return;
  }
  const statusText = report.quote(answer.statusText, 60);
  if (answer.status === 200) report.pass("event-status", `200 ${statusText}`.trim());
  else {
    const reason = `Webhook responses with code: [${answer.status}], reason: [${statusText}]`;
    report.fail("event-status", reason, {
      code: "blacklisted-status",
      hint: `${remedyFor(answer.status, verificationToken)}; \`rcwh explain blacklisted-status\` has details. ${consequence}`,
    });
  }
  report.pass("event-time", `${took} ms`);
  report.pass("event-size", `${bytes} bytes`);
}

function remedyFor(status: number, verificationToken: string | undefined): string {
  const lacksToken = (status === 401 || status === 403) && verificationToken === undefined;
  return lacksToken
    ? "Add --verification-token-file if the endpoint expects a Verification-Token, or answer every event with 200"
    : "Answer every event with 200, even one that you ignore";
}

function tellTooLarge(outcome: Exchanged, took: number, report: Report): void {
  const { answer, statusAtLimit } = outcome;
  report.skip(
    "event-status",
    `${answer?.status ?? statusAtLimit ?? "none"}; not checked, because the answer is too large`,
  );
  report.pass("event-time", `${took} ms`);
  const reason = `Webhook response exceeds max size. Read bytes count: [${maximumAnswerBytes}]`;
  report.fail("event-size", `${describeSize(outcome, report)}; ${reason}`, {
    code: "blacklisted-size",
    hint: `Answer without a body and with few headers; \`rcwh explain blacklisted-size\` has details. ${consequence}`,
  });
}

function tellLate({ timeout }: Target, report: Report): void {
  report.skip("event-status", "skipped: no answer in time");
  const reason = "I/O operation is failed. Details: [Read timed out]";
  report.fail("event-time", `no answer within ${timeout} ms; ${reason}`, {
    code: "blacklisted-timeout",
    hint: `Answer 200 first and process afterwards; \`rcwh explain blacklisted-timeout\` has details. ${consequence}`,
  });
  report.skip("event-size", "skipped: no answer in time");
}

function skipRest(why: string, report: Report): void {
  report.skip("event-time", why);
  report.skip("event-size", why);
}
