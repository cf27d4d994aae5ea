import type { ObservedAnswer } from "../../api/observed-transport.ts";
import { type Check, rule } from "../../check/check.ts";
import { localServer } from "../../config/profile-name.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { roundedSpan } from "../../subscriptions/time.ts";

/** Milliseconds. */
const tolerance = 30_000;
const maximum = 5 * 60_000;

const ofClock = rule("clock", "within 30 s of the server's");
const ofQuota = rule("quota", "more than a tenth left");

/** Compares the clock with the server's Date header, which has whole seconds. */
export function checkClock(answer: ObservedAnswer | undefined, server: string): readonly Check[] {
  if (!answer) return [];
  const serverNow = Date.parse(answer.headers["date"] ?? "");
  if (Number.isNaN(serverNow)) return [ofClock.skip("the server did not send its time")];
  // The header was written between request and answer, and its second may have just begun or be over.
  const ahead = Math.max(answer.sentAt - (serverNow + 999), 0);
  const behind = Math.max(serverNow - answer.receivedAt, 0);
  const distance = Math.max(ahead, behind);
  const measured =
    distance < 1000
      ? "less than 1 s apart"
      : `${roundedSpan(distance)} ${ahead > behind ? "ahead of" : "behind"} the server's`;
  // Its user moves the clock of the emulator inside rcwh.
  if (server === localServer && distance > tolerance) {
    return [ofClock.skip(`${measured}, as moved with \`rcwh emulator clock\``)];
  }
  // A server on this machine may be an emulator, whose clock its user moves.
  const isNear = isLoopback(new URL(server).hostname);
  const instant = new Date(answer.receivedAt).toISOString();
  const emulated = isNear
    ? ` That of an emulator is set with \`rcwh emulator clock --set ${instant}\`.`
    : "";
  const hint = `Set this machine's clock, and keep it accurate with NTP.${emulated}`;
  if (distance > maximum) return [ofClock.fail(measured, { hint })];
  return [distance > tolerance ? ofClock.warn(measured, { hint }) : ofClock.pass(measured)];
}

/** Checks how many requests the user and app have left, by the headers of the last answer. */
export function checkQuota(answer: ObservedAnswer | undefined): readonly Check[] {
  const header = (name: string) => {
    const text = answer?.headers[`x-rate-limit-${name}`]?.trim() ?? "";
    return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  const [limit, remaining, window = 60] = [header("limit"), header("remaining"), header("window")];
  if (limit === undefined || remaining === undefined) {
    return [ofQuota.skip("the server did not send it")];
  }
  const group = answer?.headers["x-rate-limit-group"] ?? "";
  const measured = `${remaining} of ${limit} left in ${window} s${/^\w+$/.test(group) ? ` (${group})` : ""}`;
  if (remaining * 10 > limit) return [ofQuota.pass(measured)];
  const hint = "Find out what else uses this app and user: all share the limit.";
  return [ofQuota.warn(measured, { hint })];
}
