/** A removed post has only its id. */
export interface PostBody {
  readonly id?: string;
  readonly groupId?: string;
  readonly type?: string;
  readonly text?: string | null;
  readonly creatorId?: string;
  readonly addedPersonIds?: readonly string[] | null;
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
  readonly attachments?: readonly unknown[] | null;
  readonly activity?: string | null;
  readonly title?: string | null;
  readonly iconUri?: string | null;
  readonly iconEmoji?: string | null;
  readonly mentions?: readonly unknown[] | null;
  readonly eventType?: "PostAdded" | "PostChanged" | "PostRemoved";
}

export interface ChatBody {
  readonly id?: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly type?: string;
  readonly status?: string;
  readonly members?: readonly string[];
  readonly isPublic?: boolean | null;
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
  readonly eventType?: string;
}
