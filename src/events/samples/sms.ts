import { contentPathV2, contentUri, conversationUri } from "../uris.ts";
import type { EventBody } from "./event-context.ts";
import { drawStranger } from "./people.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";
import { customerTexts, workshopTexts } from "./texts.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extensionV2 = "/restapi/v2/accounts/{accountId}/extensions/{extensionId}";

export const smsBodies: BodyGenerators = {
  [`${account}/extension/{extensionId}/message-store/instant`]: instantMessage,
  [`${account}/a2p-sms/batches`]: (scene) => batch(scene, scene.draws.uuid()),
  [`${account}/a2p-sms/batches/{batchId}`]: (scene) => batch(scene, scene.id("batchId")),
  [`${account}/a2p-sms/messages`]: batchMessage,
  [`${account}/a2p-sms/opt-outs`]: optOut,
  [`${extensionV2}/sms/batches`]: batchV2,
  [`${extensionV2}/sms/messages`]: messageV2,
  [`${account}/message-threads/sync`]: threadsChanged,
  [`${account}/message-threads/entries/sync`]: threadsChanged,
};

function instantMessage({ draws, member, ownerId, given, ago }: Scene): EventBody {
  const { name, phoneNumber, location } = drawStranger(draws);
  const id = draws.id();
  const conversationId = draws.longId();
  const sent = draws.integer(1_500, 6_000);
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
    type: given("type", "SMS"),
    creationTime: ago(sent),
    lastModifiedTime: ago(draws.integer(100, 1_400)),
    readStatus: "Unread",
    priority: "Normal",
    attachments: [
      {
        id: Number(id),
        uri: contentUri(member, id),
        type: "Text",
        contentType: "text/plain",
      },
    ],
    direction: "Inbound",
    availability: "Alive",
    subject: draws.pick(customerTexts),
    messageStatus: "Received",
    conversationId,
    conversation: { id: conversationId, uri: conversationUri(member, conversationId) },
    ownerId,
  };
}

/** By both of the platform's guides a batch is in one of two states. */
function batch({ draws, member, given, ago }: Scene, id: string): EventBody {
  const batchSize = draws.integer(2, 500);
  const processed = draws.integer(1, batchSize - 1);
  const completed = draws.chance(0.6);
  const processedCount = completed ? batchSize : processed;
  return {
    id,
    from: given("from", member.phoneNumber),
    batchSize,
    processedCount,
    status: completed ? "Completed" : "Processing",
    creationTime: ago(draws.integer(2_000, 60_000)),
    lastModifiedTime: ago(draws.integer(100, 1_900)),
    cost: priceOf(processedCount, 0.007),
  };
}

function batchMessage(scene: Scene): EventBody {
  const { draws, given, ago } = scene;
  const { direction, from, to, text, messageStatus } = drawMessage(scene);
  const batchId = given("batchId", "");
  return {
    id: String(draws.integer(10_000, 99_999_999)),
    ...(batchId !== "" && { batchId }),
    from,
    to: [to],
    text,
    direction,
    messageStatus,
    segmentCount: 1,
    cost: priceOf(1, 0.007),
    creationTime: ago(draws.integer(1_500, 6_000)),
    lastModifiedTime: ago(draws.integer(100, 1_400)),
  };
}

/** The opt-out is active for messages from the account's number to the customer's. */
function optOut({ draws, member, given, turn }: Scene): EventBody {
  const { phoneNumber } = drawStranger(draws);
  return {
    from: given("from", member.phoneNumber),
    to: given("to", phoneNumber),
    active: turn([true, false]),
  };
}

/** One event for each batch, when all of it is done. */
function batchV2({ draws, member, given, ago }: Scene): EventBody {
  const batchSize = draws.integer(2, 500);
  return {
    id: draws.uuid(),
    from: { phoneNumber: given("from", member.phoneNumber) },
    batchSize,
    processedCount: batchSize,
    status: "Completed",
    creationTime: ago(draws.integer(2_000, 60_000)),
    lastModifiedTime: ago(draws.integer(100, 1_900)),
    cost: priceOf(batchSize, 0.0085),
  };
}

function messageV2(scene: Scene): EventBody {
  const { draws, member, ago } = scene;
  const { direction, from, to, text, messageStatus } = drawMessage(scene);
  const id = draws.id();
  const batchId = draws.uuid();
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
    creationTime: ago(draws.integer(1_500, 6_000)),
    lastModifiedTime: ago(draws.integer(100, 1_400)),
  };
}

function threadsChanged({ draws, ago }: Scene): EventBody {
  return { lastModifiedTime: ago(draws.integer(50, 400)) };
}

function drawMessage({ draws, member, given }: Scene) {
  const { phoneNumber: customer } = drawStranger(draws);
  const direction = given("direction", draws.pick(["Inbound", "Outbound"]));
  const question = draws.pick(customerTexts);
  const answer = draws.pick(workshopTexts);
  const outcome = draws.pick(["Sent", "Delivered", "Delivered", "DeliveryFailed"]);
  const inbound = direction === "Inbound";
  return {
    direction,
    from: given("from", inbound ? customer : member.phoneNumber),
    to: given("to", inbound ? member.phoneNumber : customer),
    text: inbound ? question : answer,
    messageStatus: inbound ? "Delivered" : outcome,
  };
}

/** In dollars, without the noise of binary fractions. */
function priceOf(count: number, each: number): number {
  return Math.round(count * each * 10_000) / 10_000;
}
