/** RingCentral writes the same id as a number or as a string. */
export type Id = string | number;

export interface InstantMessageBody extends ReceivedMessage {
  /** The text. */
  readonly subject?: string;
  readonly type?: string;
  readonly conversationId?: string;
  readonly conversation?: { readonly id?: string; readonly uri?: string };
  readonly ownerId?: string;
}

export interface VoicemailBody extends ReceivedMessage {
  readonly type?: "Voicemail";
  readonly vmTranscriptionStatus?:
    | "NotAvailable"
    | "InProgress"
    | "TimedOut"
    | "Completed"
    | "CompletedPartially"
    | "Failed"
    | "Unknown";
}

export interface FaxBody extends ReceivedMessage {
  readonly type?: "Fax";
  readonly faxResolution?: "High" | "Low";
  readonly faxPageCount?: number;
}

/** What changed. Fetch the messages themselves through the API. */
export interface MessageStoreBody {
  readonly accountId?: Id;
  readonly extensionId?: Id;
  readonly lastUpdated?: string;
  readonly changes?: readonly MessageChanges[];
  readonly ownerId?: string;
}

interface MessageChanges {
  readonly type?: "Fax" | "SMS" | "VoiceMail" | "Pager";
  readonly newCount?: number;
  readonly updatedCount?: number;
  readonly newMessageIds?: readonly number[];
}

interface ReceivedMessage {
  readonly id?: Id;
  readonly to?: readonly MessageRecipient[];
  readonly from?: MessageSender;
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
  readonly readStatus?: "Read" | "Unread";
  readonly priority?: "Normal" | "High";
  readonly attachments?: readonly MessageAttachment[];
  readonly direction?: "Inbound" | "Outbound";
  readonly availability?: "Alive" | "Deleted" | "Purged";
  readonly subject?: string;
  readonly messageStatus?: MessageStatus;
}

type MessageStatus =
  | "Queued"
  | "Sent"
  | "Delivered"
  | "DeliveryFailed"
  | "SendingFailed"
  | "Received";

interface MessageSender {
  readonly phoneNumber?: string;
  readonly extensionNumber?: string;
  readonly location?: string;
  readonly name?: string;
}

interface MessageRecipient extends MessageSender {
  /** Whether this recipient owns the message. */
  readonly target?: boolean;
}

interface MessageAttachment {
  readonly id?: Id;
  readonly uri?: string;
  readonly type?:
    | "AudioRecording"
    | "AudioTranscription"
    | "Text"
    | "SourceDocument"
    | "RenderedDocument"
    | "MmsAttachment";
  readonly contentType?: string;
  /** Seconds. */
  readonly vmDuration?: number;
  readonly fileName?: string;
  readonly size?: number;
  readonly height?: number;
  readonly width?: number;
}

/** As a phone's push service gets it; whether a webhook gets the same is unknown. */
export interface InboundPushBody {
  readonly aps?: {
    readonly alert?: { readonly title?: string; readonly body?: string };
    readonly badge?: string;
    readonly sound?: string;
    readonly "content-available"?: string;
    readonly category?: string;
  };
  readonly messageId?: string;
  readonly conversationId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly ownerId?: string;
}

/** High-volume SMS. */
export interface BatchBody extends Batch {
  readonly from?: string;
}

/** From a draft of RingCentral's guide. */
export interface BatchBodyV2 extends Batch {
  readonly from?: { readonly phoneNumber?: string };
}

interface Batch {
  readonly id?: string;
  readonly batchSize?: number;
  readonly processedCount?: number;
  readonly status?: string;
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
  readonly cost?: number;
}

export interface BatchMessageBody extends BatchMessage {
  readonly from?: string;
  readonly to?: readonly string[];
  readonly messageStatus?: string;
}

/** From a draft of RingCentral's guide. */
export interface MessageBodyV2 extends BatchMessage {
  readonly from?: { readonly phoneNumber?: string };
  readonly to?: readonly { readonly phoneNumber?: string; readonly messageStatus?: string }[];
  readonly attachments?: readonly {
    readonly id?: string;
    readonly contentType?: string;
    readonly contentUri?: string;
  }[];
}

interface BatchMessage {
  readonly id?: string;
  readonly batchId?: string;
  readonly text?: string;
  readonly direction?: "Inbound" | "Outbound";
  readonly segmentCount?: number;
  readonly cost?: number;
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
}

export interface OptOutBody {
  readonly from?: string;
  readonly to?: string;
  /** False if the recipient opted in again. */
  readonly active?: boolean;
}

/** Fetch what changed through the API. */
export interface ThreadsBody {
  readonly lastModifiedTime?: string;
}
