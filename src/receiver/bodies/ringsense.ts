import type { Id } from "./messages.ts";

export interface InsightsBody {
  /** For RingCX only, as `rsRecordUri`, and `AIScore`, `QnA` and `BulletedSummary` of the insights. */
  readonly eventType?: string;
  readonly title?: string;
  readonly rsRecordUri?: string;
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
    readonly phoneNumber?: string;
  }[];
  readonly insights?: {
    readonly Transcript?: readonly (Insight & { readonly text?: string })[];
    readonly Summary?: readonly Insight[];
    readonly Sentiment?: readonly Insight[];
    readonly NextSteps?: readonly Insight[];
    readonly AIScore?: readonly Insight[];
    readonly QnA?: readonly Insight[];
    readonly BulletedSummary?: readonly Insight[];
  };
}

interface Insight {
  /** Seconds. */
  readonly start?: number;
  readonly end?: number;
  readonly speakerId?: string;
  readonly value?: string;
}
