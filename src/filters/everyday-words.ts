/** Words that people use, and the aliases that they may mean, the likeliest first. None is an alias itself. */
const words: readonly (readonly [words: string, ...aliases: string[]])[] = [
  ["call calls calling phone phones call-log ringing", "telephony", "missed-calls"],
  ["missed missed-call missedcall missedcalls", "missed-calls"],
  ["text texts texting mms txt text-message text-messages", "sms", "sms-threads"],
  ["chat", "chats", "posts"],
  ["team teams", "chats", "posts"],
  ["group", "groups", "chats"],
  ["post", "posts"],
  ["glip team-messaging im", "posts", "chats"],
  ["message msg msgs", "messages", "sms", "posts"],
  ["message-store inbox", "messages", "sms", "voicemail"],
  ["faxes", "fax"],
  ["voicemails voice-mail voice-mails vm", "voicemail"],
  ["webinar webinars", "webinar-sessions", "webinar-state", "webinar-registrants"],
  ["meeting meetings video rcv", "webinar-sessions", "ringsense-rcv"],
  ["ringsense ace ai-notes transcript transcripts", "ringsense-pbx", "ringsense-rcv"],
  ["status availability", "presence", "presence-detailed", "dnd"],
  ["queue queues call-queue call-queues", "call-queue-presence"],
  ["do-not-disturb donotdisturb", "dnd"],
  ["user users", "extensions", "extension"],
  ["contact contacts address-book", "directory", "favorites"],
  ["permission permissions", "grants"],
  ["remind reminders renewal", "reminder"],
];

export const everydayWords: ReadonlyMap<string, readonly string[]> = new Map(
  words.flatMap(([each, ...aliases]) => each.split(" ").map((word) => [word, aliases] as const)),
);
