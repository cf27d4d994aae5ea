import { contentPathV2, contentUri, conversationUri } from "../uris.ts";
import type { EventBody } from "./event-context.ts";
import { randomContact } from "./people.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";
import { customerTexts, workshopTexts } from "./texts.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extensionV2 = "/restapi/v2/accounts/{accountId}/extensions/{extensionId}";

export const smsBodies: BodyGenerators = {
  [`${account}/extension/{extensionId}/message-store/instant`]: instantMessage,
  [`${account}/a2p-sms/batches`]: (data) => batch(data, data.random.uuid()),
  [`${account}/a2p-sms/batches/{batchId}`]: (data) => batch(data, data.id("batchId")),
  [`${account}/a2p-sms/messages`]: batchMessage,
  [`${account}/a2p-sms/opt-outs`]: optOut,
  [`${extensionV2}/sms/batches`]: batchV2,
  [`${extensionV2}/sms/messages`]: messageV2,
  [`${account}/message-threads/sync`]: threadsChanged,
  [`${account}/message-threads/entries/sync`]: threadsChanged,
};

function instantMessage({ random, member, queryValue, ago }: SampleData): EventBody {
  const { name, phoneNumber, location } = randomContact(random);
  const id = random.id();
  const conversationId = random.longId();
  const sent = random.integer(1_500, 6_000);
  const changed = random.integer(100, 1_400);
  const subject = random.pick(customerTexts);
  return {
    id,
    to: [
      {
        phoneNumber: member.phoneNumber,
        name: member.name,
        location: member.location,
        target: true,
      },
    ],
    from: { phoneNumber, name, location },
    type: queryValue("type", "SMS"),
    creationTime: ago(sent),
    lastModifiedTime: ago(changed),
    readStatus: "Unread",
    priority: "Normal",
    attachments: [
      {
        id: Number(id),
        uri: contentUri(member, id),
        type: "Text",
        contentType: "text/plain",
        size: Buffer.byteLength(subject),
      },
    ],
    direction: "Inbound",
    availability: "Alive",
    subject,
    messageStatus: "Received",
    conversationId,
    conversation: { id: conversationId, uri: conversationUri(member, conversationId) },
  };
}

/** In both of the platform's guides a batch is either Processing or Completed. */
function batch({ random, member, queryValue, ago }: SampleData, id: string): EventBody {
  const batchSize = random.integer(2, 500);
  const processed = random.integer(1, batchSize - 1);
  const completed = random.chance(0.6);
  const processedCount = completed ? batchSize : processed;
  return {
    id,
    from: queryValue("from", member.phoneNumber),
    batchSize,
    processedCount,
    status: completed ? "Completed" : "Processing",
    creationTime: ago(random.integer(2_000, 60_000)),
    lastModifiedTime: ago(random.integer(100, 1_900)),
    cost: priceOf(processedCount, 0.007),
  };
}

function batchMessage(data: SampleData): EventBody {
  const { random, queryValue, ago } = data;
  const { direction, from, to, text, messageStatus } = randomMessage(data);
  const batchId = queryValue("batchId", "");
  return {
    id: String(random.integer(10_000, 99_999_999)),
    ...(batchId !== "" && { batchId }),
    from,
    to: [to],
    text,
    direction,
    messageStatus,
    segmentCount: 1,
    cost: priceOf(1, 0.007),
    creationTime: ago(random.integer(1_500, 6_000)),
    lastModifiedTime: ago(random.integer(100, 1_400)),
  };
}

/** An opt-out applies to messages from the account's number to the customer's. */
function optOut({ random, member, queryValue, cycle }: SampleData): EventBody {
  const { phoneNumber } = randomContact(random);
  return {
    from: queryValue("from", member.phoneNumber),
    to: queryValue("to", phoneNumber),
    active: cycle([true, false]),
  };
}

/** One event per batch, when the whole batch is done. */
function batchV2({ random, member, queryValue, ago }: SampleData): EventBody {
  const batchSize = random.integer(2, 500);
  return {
    id: random.uuid(),
    from: { phoneNumber: queryValue("from", member.phoneNumber) },
    batchSize,
    processedCount: batchSize,
    status: "Completed",
    creationTime: ago(random.integer(2_000, 60_000)),
    lastModifiedTime: ago(random.integer(100, 1_900)),
    cost: priceOf(batchSize, 0.0085),
  };
}

function messageV2(data: SampleData): EventBody {
  const { random, member, ago } = data;
  const { direction, from, to, text, messageStatus } = randomMessage(data);
  const id = random.id();
  const batchId = random.uuid();
  return {
    id,
    ...(direction === "Outbound" && { batchId }),
    from: { phoneNumber: from },
    to: [{ phoneNumber: to, messageStatus }],
    text,
    direction,
    attachments: [{ id, contentType: "text/plain", contentUri: contentPathV2(member, id) }],
    segmentCount: 1,
    cost: priceOf(1, 0.0085),
    creationTime: ago(random.integer(1_500, 6_000)),
    lastModifiedTime: ago(random.integer(100, 1_400)),
  };
}

function threadsChanged({ random, ago }: SampleData): EventBody {
  return { lastModifiedTime: ago(random.integer(50, 400)) };
}

function randomMessage({ random, member, queryValue }: SampleData) {
  const { phoneNumber: customer } = randomContact(random);
  const direction = queryValue("direction", random.pick(["Inbound", "Outbound"]));
  const question = random.pick(customerTexts);
  const answer = random.pick(workshopTexts);
  const outcome = random.pick(["Sent", "Delivered", "Delivered", "DeliveryFailed"]);
  const inbound = direction === "Inbound";
  return {
    direction,
    from: queryValue("from", inbound ? customer : member.phoneNumber),
    to: queryValue("to", inbound ? member.phoneNumber : customer),
    text: inbound ? question : answer,
    messageStatus: inbound ? "Delivered" : outcome,
  };
}

/** In dollars, without the noise of binary fractions. */
function priceOf(count: number, each: number): number {
  return Math.round(count * each * 10_000) / 10_000;
}
