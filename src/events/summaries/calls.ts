import { listAt, textAt, valueAt } from "../payload.ts";
import { type BodySummaries, fewOf, joined, nameOf } from "../wording.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;

/** Summaries of events about calls and presence. */
export const callSummaries: BodySummaries = {
  [`${account}/telephony/sessions`]: session,
  [`${extension}/telephony/sessions`]: session,
  [`${extension}/telephony`]: (body) => {
    const [from, to] = ["from", "to"].map((end) => numberOf(valueAt(body, "parties", 0, end)));
    return ring({ from, to }, "Answered elsewhere");
  },
  [`${extension}/missed-calls`]: (body) => ring(body, "Missed call"),
  [`${extension}/start-ring`]: (body) => ring(body, "Ringing"),
  [`${extension}/stop-ring`]: (body) => ring(body, "Stopped ringing"),
  [`${extension}/incoming-call-pickup`]: (body) => ring(body, "Picked up"),
  [`${account}/presence`]: presence,
  [`${extension}/presence`]: presence,
  [`${extension}/presence/line/presence`]: presence,
  [`${extension}/favorite/presence`]: presence,
  [`${extension}/presence/line`]: (body) => {
    const count = listAt(body, "extension").length;
    return `${count} monitored ${count === 1 ? "line" : "lines"}`;
  },
  [`${extension}/presence/dnd`]: (body) => textAt(body, "dndStatus"),
  [`${account}/call-queues/{groupId}/presence`]: queue,
};

function session(body: unknown): string {
  return fewOf(listAt(body, "parties").map(party));
}

function party(one: unknown): string {
  const outbound = textAt(one, "direction") === "Outbound";
  const missed = valueAt(one, "missedCall") === true;
  const kind = missed ? "Missed call" : outbound ? "Outgoing call" : "Incoming call";
  const ends = between(numberOf(valueAt(one, "from")), numberOf(valueAt(one, "to")));
  const code = missed ? "" : textAt(one, "status", "code");
  return joined([`${kind}${ends && ` ${ends}`}`, code, textAt(one, "status", "reason")]);
}

function ring(body: unknown, what: string): string {
  const ends = between(
    textAt(body, "fromName") || textAt(body, "from"),
    textAt(body, "toName") || textAt(body, "to"),
  );
  return `${what}${ends && `: ${ends}`}`;
}

function presence(body: unknown, owner: string): string {
  const status = textAt(body, "telephonyStatus");
  const dnd = textAt(body, "dndStatus");
  const [call] = listAt(body, "activeCalls");
  const ends = between(textAt(call, "from"), textAt(call, "to"));
  const whose = textAt(body, "extensionId");
  const what = joined([
    status === "NoCall" ? "" : `${status} ${ends}`.trim(),
    textAt(body, "presenceStatus"),
    dnd === "TakeAllCalls" ? "" : dnd,
  ]);
  return whose !== "" && whose !== owner ? `${whose}: ${what}` : what;
}

function queue(body: unknown): string {
  const member = textAt(body, "extensionId") || textAt(body, "records", 0, "member", "id");
  const accepts =
    valueAt(body, "acceptCalls") ?? valueAt(body, "records", 0, "acceptCurrentQueueCalls");
  const verb = accepts === false ? "takes no calls of queue" : "takes calls of queue";
  return `${member || "Somebody"} ${verb} ${textAt(body, "callQueueId")}`.trim();
}

/** Prefers numbers, because telephony events also name the account's own users. */
function numberOf(party: unknown): string {
  return textAt(party, "phoneNumber") || textAt(party, "extensionNumber") || nameOf(party);
}

function between(from: string, to: string): string {
  if (from === "" && to === "") return "";
  return `${from || "unknown"} → ${to || "unknown"}`;
}
