import type { Member } from "./samples/people.ts";

/** The server in URIs inside bodies, whichever server sends the event. */
const platform = "https://platform.ringcentral.com";

/** The URI of a message's attachment. */
export function contentUri(member: Member, messageId: string, attachmentId = messageId): string {
  return `${extensionUri(member)}/message-store/${messageId}/content/${attachmentId}`;
}

export function conversationUri(member: Member, conversationId: string): string {
  return `${extensionUri(member)}/conversation/${conversationId}`;
}

export function phoneNumberUri({ accountId }: Member, id: string): string {
  return `${platform}/restapi/v1.0/account/${accountId}/phone-number/${id}`;
}

/** The path of an attachment in SMS v2, which writes it without a server. */
export function contentPathV2({ accountId, extensionId }: Member, messageId: string): string {
  return `/restapi/v2/accounts/${accountId}/extensions/${extensionId}/sms/messages/${messageId}/content/${messageId}`;
}

function extensionUri({ accountId, extensionId }: Member): string {
  return `${platform}/restapi/v1.0/account/${accountId}/extension/${extensionId}`;
}
