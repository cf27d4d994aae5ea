import { contentUri } from "../uris.ts";
import type { EventBody } from "./event-context.ts";
import { drawStranger } from "./people.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";
import { customerTexts } from "./texts.ts";

const extension = "/restapi/v1.0/account/{accountId}/extension/{extensionId}";

export const messageBodies: BodyGenerators = {
  [`${extension}/message-store`]: messageStore,
  [`${extension}/fax`]: fax,
  [`${extension}/voicemail`]: voicemail,
  [`${extension}/inbound-messages`]: inboundPush,
};

/** Counts of what is new and of what changed, and the ids of what is new. */
function messageStore({ draws, member, ownerId, given, ago }: Scene): EventBody {
  const type = given("type", draws.pick(["SMS", "SMS", "Fax", "Voicemail", "Pager"]));
  const newIds = draws.chance(0.8) ? [Number(draws.id())] : [];
  const updatedCount = newIds.length === 0 ? draws.integer(1, 3) : 0;
  return {
    extensionId: member.extensionId,
    lastUpdated: ago(draws.integer(100, 900)),
    changes: [
      {
        // The filter says Voicemail, the event VoiceMail.
        type: type === "Voicemail" ? "VoiceMail" : type,
        newCount: newIds.length,
        updatedCount,
        ...(newIds.length > 0 && { newMessageIds: newIds }),
      },
    ],
    ownerId,
  };
}

function fax(scene: Scene): EventBody {
  const { draws, member, given } = scene;
  const { message, sender } = drawReceived(scene);
  const id = draws.id();
  return {
    ...message,
    id,
    direction: given("direction", "Inbound"),
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
    faxResolution: draws.pick(["High", "Low"]),
    faxPageCount: draws.integer(1, 12),
  };
}

function voicemail(scene: Scene): EventBody {
  const { draws, member } = scene;
  const { message } = drawReceived(scene);
  const id = draws.id();
  const transcriptId = draws.id();
  const transcribed = draws.chance(0.5);
  const recording = {
    id: Number(id),
    uri: contentUri(member, id),
    type: "AudioRecording",
    contentType: "audio/mpeg",
    vmDuration: draws.integer(3, 90),
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

/** As a telephone's push service takes it. */
function inboundPush({ draws, member, ownerId, given }: Scene): EventBody {
  const sender = drawStranger(draws);
  const badge = String(draws.integer(1, 9));
  return {
    aps: {
      alert: { title: sender.name, body: draws.pick(customerTexts) },
      ...(given("badge", "true") === "true" && { badge }),
      sound: "default",
      "content-available": "1",
    },
    messageId: draws.id(),
    conversationId: draws.longId(),
    from: sender.phoneNumber,
    to: member.phoneNumber,
    ownerId,
  };
}

function drawReceived({ draws, member, ago }: Scene) {
  const sender = drawStranger(draws);
  const { phoneNumber, name, location } = member;
  const message = {
    from: sender,
    to: [{ phoneNumber, name, location, target: true }],
    creationTime: ago(draws.integer(2_000, 8_000)),
    lastModifiedTime: ago(draws.integer(100, 1_900)),
    readStatus: "Unread",
    priority: draws.pick(["Normal", "Normal", "High"]),
    availability: "Alive",
    messageStatus: "Received",
  };
  return { message, sender };
}
