import { contentUri } from "../uris.ts";
import type { EventBody } from "./event-context.ts";
import { randomContact } from "./people.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";
import { customerTexts } from "./texts.ts";

const extension = "/restapi/v1.0/account/{accountId}/extension/{extensionId}";

export const messageBodies: BodyGenerators = {
  [`${extension}/message-store`]: messageStore,
  [`${extension}/fax`]: fax,
  [`${extension}/voicemail`]: voicemail,
  [`${extension}/inbound-messages`]: inboundPush,
};

/** Counts of new and changed messages, and the ids of new ones. */
function messageStore({ random, member, queryValue, ago }: SampleData): EventBody {
  const type = queryValue("type", random.pick(["SMS", "SMS", "Fax", "Voicemail", "Pager"]));
  const newIds = random.chance(0.8) ? [Number(random.id())] : [];
  const updatedCount = newIds.length === 0 ? random.integer(1, 3) : 0;
  return {
    accountId: member.accountId,
    extensionId: member.extensionId,
    lastUpdated: ago(random.integer(100, 900)),
    changes: [
      {
        // The filter has Voicemail, the event VoiceMail.
        type: type === "Voicemail" ? "VoiceMail" : type,
        newCount: newIds.length,
        updatedCount,
        ...(newIds.length > 0 && { newMessageIds: newIds }),
      },
    ],
  };
}

function fax(data: SampleData): EventBody {
  const { random, member, queryValue } = data;
  const { message, sender } = randomReceived(data);
  const id = random.id();
  return {
    ...message,
    id,
    direction: queryValue("direction", "Inbound"),
    type: "Fax",
    subject: sender.phoneNumber,
    attachments: [
      {
        id,
        uri: contentUri(member, id),
        type: "RenderedDocument",
        contentType: "application/pdf",
      },
    ],
    faxResolution: random.pick(["High", "Low"]),
    faxPageCount: random.integer(1, 12),
  };
}

function voicemail(data: SampleData): EventBody {
  const { random, member } = data;
  const { message } = randomReceived(data);
  const id = random.id();
  const transcriptId = random.id();
  const transcribed = random.chance(0.5);
  const recording = {
    id: Number(id),
    uri: contentUri(member, id),
    type: "AudioRecording",
    contentType: "audio/mpeg",
    vmDuration: random.integer(3, 90),
  };
  const transcript = {
    id: Number(transcriptId),
    uri: contentUri(member, id, transcriptId),
    type: "AudioTranscription",
    contentType: "text/plain",
  };
  return {
    ...message,
    id: Number(id),
    direction: "Inbound",
    type: "Voicemail",
    subject: "Voice message",
    attachments: transcribed ? [recording, transcript] : [recording],
    vmTranscriptionStatus: transcribed ? "Completed" : "NotAvailable",
  };
}

/** Shaped for a phone's push service. */
function inboundPush({ random, member, queryValue }: SampleData): EventBody {
  const sender = randomContact(random);
  const badge = String(random.integer(1, 9));
  return {
    aps: {
      alert: { title: sender.name, body: random.pick(customerTexts) },
      ...(queryValue("badge", "true") === "true" && { badge }),
      sound: "default",
      "content-available": "1",
    },
    messageId: random.id(),
    conversationId: random.longId(),
    from: sender.phoneNumber,
    to: member.phoneNumber,
  };
}

function randomReceived({ random, member, ago }: SampleData) {
  const sender = randomContact(random);
  const { phoneNumber, name, location } = member;
  const message = {
    from: sender,
    to: [{ phoneNumber, name, location, target: true }],
    creationTime: ago(random.integer(2_000, 8_000)),
    lastModifiedTime: ago(random.integer(100, 1_900)),
    readStatus: "Unread",
    priority: random.pick(["Normal", "Normal", "High"]),
    availability: "Alive",
    messageStatus: "Received",
  };
  return { message, sender };
}
