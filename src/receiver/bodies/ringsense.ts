import type { Id } from "./messages.ts";

export interface InsightsBody {
  readonly title?: string;
  readonly domain?: string;
  readonly sourceSessionId?: string;
  readonly sourceRecordId?: string;
  readonly callDirection?: string;
  readonly ownerExtensionId?: Id;
  readonly recordingDurationMs?: number;
  readonly recordingStartTime?: string;
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
  readonly speakerInfo?: readonly {
    readonly speakerId?: string;
    readonly name?: string;
    readonly accountId?: Id | null;
    readonly extensionId?: Id | null;
  }[];
  readonly insights?: {
    readonly Transcript?: readonly (Insight & { readonly text?: string })[];
    readonly Summary?: readonly Insight[];
    readonly Sentiment?: readonly Insight[];
    readonly NextSteps?: readonly Insight[];
  };
}

interface Insight {
  /** Seconds. */
  readonly start?: number;
  readonly end?: number;
  readonly speakerId?: string;
  readonly value?: string;
}
