/** The people, numbers and ids that the sample events have in common. */
export const accountId = "400131426008";
export const extensionId = "400131430008";
export const colleagueId = "400131431008";
export const queueId = "400131440008";

export const company = { phoneNumber: "+12025550110", name: "Mara Lindqvist" } as const;
export const customer = {
  phoneNumber: "+12025550172",
  name: "Noor Haddad",
  location: "Washington, DC",
} as const;

/** A call, or whatever else the events tell of, begins here. */
export const startedAt = "2026-03-02T09:30:00.000Z";
export const changedAt = "2026-03-02T09:30:04.512Z";

const extensionUri = `https://platform.ringcentral.com/restapi/v1.0/account/${accountId}/extension/${extensionId}`;

/** Where a message's attachment is fetched. */
export function contentUri(messageId: string): string {
  return `${extensionUri}/message-store/${messageId}/content/${messageId}`;
}

export function conversationUri(conversationId: string): string {
  return `${extensionUri}/conversation/${conversationId}`;
}
