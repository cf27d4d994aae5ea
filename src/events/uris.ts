import type { Member } from "./samples/people.ts";

/** The server's name in addresses inside of events, wherever the event comes from. */
const platform = "https://platform.ringcentral.com";

/** Where a message's attachment is fetched. */
export function contentUri(member: Member, messageId: string, attachmentId = messageId): string {
  return `${extensionUri(member)}/message-store/${messageId}/content/${attachmentId}`;
}

export function conversationUri(member: Member, conversationId: string): string {
  return `${extensionUri(member)}/conversation/${conversationId}`;
}

export function phoneNumberUri({ accountId }: Member, id: string): string {
  return `${platform}/restapi/v1.0/account/${accountId}/phone-number/${id}`;
}

/** Without a server, as SMS v2 writes it. */
export function contentPathV2({ accountId, extensionId }: Member, messageId: string): string {
  return `/restapi/v2/accounts/${accountId}/extensions/${extensionId}/sms/messages/${messageId}/content/${messageId}`;
}

function extensionUri({ accountId, extensionId }: Member): string {
  return `${platform}/restapi/v1.0/account/${accountId}/extension/${extensionId}`;
}
