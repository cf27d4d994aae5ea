import { listAt, textAt, valueAt } from "../payload.ts";
import { type BodySummaries, joined, nameOf, quoted } from "../wording.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;
const accountV2 = "/restapi/v2/accounts/{accountId}";

/** Summaries of events about SMS, fax, voicemail and posts. */
export const messageSummaries: BodySummaries = {
  [`${extension}/message-store/instant`]: (body) => withSender(body, textAt(body, "subject")),
  [`${extension}/fax`]: (body) => received(body, "Fax", counted(body, "faxPageCount", "page")),
  [`${extension}/voicemail`]: (body) => {
    const seconds = textAt(body, "attachments", 0, "vmDuration");
    return received(body, "Voice message", seconds && `${seconds} s`);
  },
  [`${extension}/message-store`]: messageStore,
  [`${extension}/inbound-messages`]: (body) =>
    saidBy(textAt(body, "aps", "alert", "title"), textAt(body, "aps", "alert", "body")),
  [`${account}/a2p-sms/batches`]: batch,
  [`${account}/a2p-sms/batches/{batchId}`]: batch,
  [`${account}/a2p-sms/messages`]: (body) => withSender(body, textAt(body, "text")),
  [`${account}/a2p-sms/opt-outs`]: optOut,
  [`${accountV2}/extensions/{extensionId}/sms/batches`]: batch,
  [`${accountV2}/extensions/{extensionId}/sms/messages`]: (body) =>
    withSender(body, textAt(body, "text")),
  [`${account}/message-threads/sync`]: () => "Message threads have changed",
  [`${account}/message-threads/entries/sync`]: () => "Messages in threads have changed",
  "/team-messaging/v1/posts": post,
  "/team-messaging/v1/groups": chat,
  "/team-messaging/v1/chats": chat,
  "/restapi/v1.0/glip/posts": post,
  "/restapi/v1.0/glip/groups": chat,
  "/restapi/v1.0/glip/teams": chat,
};

/** Names the other party: the sender, or the first recipient. */
function withSender(body: unknown, text: string): string {
  const outbound = textAt(body, "direction") === "Outbound";
  const [first, ...others] = listAt(body, "to");
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  const status = textAt(body, "messageStatus") || textAt(first, "messageStatus");
  const failed = /fail/i.test(status) ? status : "";
  if (!outbound) return joined([saidBy(nameOf(valueAt(body, "from")), text), failed]);
  return joined([saidBy(`To ${nameOf(first) || "somebody"}${more}`, text), failed]);
}

function saidBy(name: string, text: string): string {
  if (text === "") return name && `Message from ${name}`;
  return name === "" ? quoted(text) : `${name}: ${quoted(text)}`;
}

function received(body: unknown, what: string, extent: string): string {
  const outbound = textAt(body, "direction") === "Outbound";
  const other = nameOf(outbound ? valueAt(body, "to", 0) : valueAt(body, "from"));
  return joined([`${what}${other && ` ${outbound ? "to" : "from"} ${other}`}`, extent]);
}

function counted(body: unknown, key: string, unit: string): string {
  const count = textAt(body, key);
  return count && `${count} ${unit}${count === "1" ? "" : "s"}`;
}

function messageStore(body: unknown): string {
  const changes = listAt(body, "changes").slice(0, 4);
  return changes
    .map((change) => {
      const counts = [
        ["newCount", "new"],
        ["updatedCount", "changed"],
      ].flatMap(([key = "", word = ""]) => {
        const count = textAt(change, key);
        return count === "" || count === "0" ? [] : [`${count} ${word}`];
      });
      return `${textAt(change, "type") || "Messages"}: ${counts.join(", ") || "nothing new"}`;
    })
    .join("; ");
}

function batch(body: unknown): string {
  const from = nameOf(valueAt(body, "from"));
  const [done, size] = [textAt(body, "processedCount"), textAt(body, "batchSize")];
  const progress = done && size && `${done} of ${size}`;
  return joined([`Batch${from && ` from ${from}`}`, textAt(body, "status"), progress]);
}

function optOut(body: unknown): string {
  const [from, to] = [nameOf(valueAt(body, "from")), nameOf(valueAt(body, "to"))];
  const verb = valueAt(body, "active") === false ? "opted in again to" : "opted out of";
  return `${to || "Somebody"} ${verb} ${from || "messages"}`;
}

function post(body: unknown): string {
  const type = textAt(body, "eventType");
  const creator = textAt(body, "creatorId");
  const text = textAt(body, "text");
  if (text === "")
    return joined([type || "Post", textAt(body, "type"), creator && `by ${creator}`]);
  const change = type === "PostAdded" ? "" : type;
  return joined([saidBy(creator, text), change]);
}

function chat(body: unknown): string {
  const type = textAt(body, "eventType") || "Changed";
  const name = textAt(body, "name") || textAt(body, "type");
  const members = listAt(body, "members").length;
  return joined([name ? `${name}: ${type}` : type, members > 0 ? `${members} members` : ""]);
}
