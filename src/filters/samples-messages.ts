import {
  accountId,
  changedAt,
  company,
  contentUri,
  conversationUri,
  customer,
  extensionId,
  startedAt,
} from "./sample-people.ts";

const messageId = "3190274008";
const conversationId = "7483920164775310336";
const recipient = { ...company, location: "Washington, DC", target: true };

const received = {
  from: customer,
  to: [recipient],
  creationTime: startedAt,
  lastModifiedTime: changedAt,
  readStatus: "Unread",
  priority: "Normal",
  direction: "Inbound",
  availability: "Alive",
  messageStatus: "Received",
};

const instantMessage = {
  ...received,
  id: messageId,
  type: "SMS",
  subject: "Is my bike ready to be picked up?",
  attachments: [
    { id: Number(messageId), uri: contentUri(messageId), type: "Text", contentType: "text/plain" },
  ],
  conversationId,
  conversation: { id: conversationId, uri: conversationUri(conversationId) },
  ownerId: extensionId,
};

const fax = {
  ...received,
  id: messageId,
  type: "Fax",
  subject: customer.phoneNumber,
  attachments: [
    {
      id: messageId,
      uri: contentUri(messageId),
      type: "RenderedDocument",
      contentType: "application/pdf",
    },
  ],
  faxResolution: "High",
  faxPageCount: 3,
};

const voicemail = {
  ...received,
  id: Number(messageId),
  type: "Voicemail",
  subject: "Voice message",
  attachments: [
    {
      id: Number(messageId),
      uri: contentUri(messageId),
      type: "AudioRecording",
      contentType: "audio/mpeg",
      vmDuration: 17,
    },
  ],
  vmTranscriptionStatus: "NotAvailable",
};

const messageStore = {
  extensionId,
  lastUpdated: changedAt,
  changes: [{ type: "SMS", newCount: 1, updatedCount: 0, newMessageIds: [Number(messageId)] }],
  ownerId: extensionId,
};

const inboundPush = {
  aps: {
    alert: { title: customer.name, body: instantMessage.subject },
    badge: "1",
    sound: "default",
    "content-available": "1",
  },
  messageId,
  conversationId,
  from: customer.phoneNumber,
  to: company.phoneNumber,
  ownerId: extensionId,
};

const batch = {
  id: "5f0c3c1e-7a52-4a39-9f4e-2d6f1c8b9e07",
  from: company.phoneNumber,
  batchSize: 250,
  processedCount: 250,
  status: "Completed",
  creationTime: startedAt,
  lastModifiedTime: changedAt,
  cost: 1.75,
};

const batchMessage = {
  id: "48213",
  from: customer.phoneNumber,
  to: [company.phoneNumber],
  text: "Yes, Thursday works for me.",
  direction: "Inbound",
  messageStatus: "Delivered",
  segmentCount: 1,
  cost: 0.007,
  creationTime: startedAt,
  lastModifiedTime: changedAt,
};

const optOut = { from: company.phoneNumber, to: customer.phoneNumber, active: true };

const messageV2 = {
  ...batchMessage,
  from: { phoneNumber: customer.phoneNumber },
  to: [{ phoneNumber: company.phoneNumber, messageStatus: "Delivered" }],
  attachments: [
    {
      id: batchMessage.id,
      contentType: "text/plain",
      contentUri: `/restapi/v2/accounts/${accountId}/extensions/${extensionId}/sms/messages/${batchMessage.id}/content/${batchMessage.id}`,
    },
  ],
};

const threadsChanged = { lastModifiedTime: changedAt };

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;
const extensionV2 = "/restapi/v2/accounts/{accountId}/extensions/{extensionId}";

export const messageSamples: Readonly<Record<string, unknown>> = {
  [`${extension}/message-store/instant?type=SMS`]: instantMessage,
  [`${extension}/message-store`]: messageStore,
  [`${extension}/fax?direction=Inbound`]: fax,
  [`${extension}/voicemail`]: voicemail,
  [`${extension}/inbound-messages`]: inboundPush,
  [`${account}/a2p-sms/batches`]: batch,
  [`${account}/a2p-sms/batches/{batchId}`]: batch,
  [`${account}/a2p-sms/messages`]: batchMessage,
  [`${account}/a2p-sms/opt-outs`]: optOut,
  [`${extensionV2}/sms/batches`]: { ...batch, from: company },
  [`${extensionV2}/sms/messages`]: messageV2,
  [`${account}/message-threads/sync`]: threadsChanged,
  [`${account}/message-threads/entries/sync`]: threadsChanged,
};
