export interface PresenceBody extends Presence {
  readonly aggregatedTelephonyStatus?: TelephonyStatus;
  readonly cxTelephonyStatus?: "NoCall" | "CallConnected";
}

export type AccountPresenceBody = Presence;

/** Presence with the calls in progress. */
export interface DetailedPresenceBody extends Detailed {
  readonly activeCalls?: readonly ActiveCall[];
}

/** Presence with the calls in progress and their SIP data. */
export interface SipPresenceBody extends Detailed {
  readonly activeCalls?: readonly SipActiveCall[];
}

interface Detailed extends Presence {
  /** With `aggregated=true`. */
  readonly aggregatedTelephonyStatus?: TelephonyStatus;
  readonly totalActiveCalls?: number;
  readonly appearances?: {
    readonly phoneNumber?: string;
    readonly appearanceNumber?: number;
    readonly lineStatus?: "Seized" | "Released";
  };
}

interface Presence {
  readonly extensionId?: string;
  readonly telephonyStatus?: TelephonyStatus;
  /** Increases with each event. */
  readonly sequence?: number;
  readonly presenceStatus?: PresenceStatus;
  readonly userStatus?: PresenceStatus;
  readonly meetingStatus?: MeetingStatus;
  readonly dndStatus?: DoNotDisturbStatus;
  readonly dndStatusPersonal?: "TakeAllCalls" | "DoNotAcceptAnyCalls" | "Unknown";
  readonly allowSeeMyPresence?: boolean;
  readonly acceptCallQueueCalls?: boolean;
  readonly ringOnMonitoredCall?: boolean;
  readonly pickUpCallsOnHold?: boolean;
  readonly ownerId?: string;
}

type TelephonyStatus = "NoCall" | "CallConnected" | "Ringing" | "OnHold" | "ParkedCall";

type PresenceStatus = "Offline" | "Busy" | "Available";

type DoNotDisturbStatus =
  | "TakeAllCalls"
  | "DoNotAcceptDepartmentCalls"
  | "TakeDepartmentCallsOnly"
  | "DoNotAcceptAnyCalls"
  | "Unknown";

type MeetingStatus = "Connected" | "Disconnected";

interface ActiveCall extends Call {
  readonly terminationType?: "final" | "intermediate";
}

interface SipActiveCall extends Call {
  readonly terminationType?: string;
  readonly onBehalfOf?: string;
  readonly sipData?: {
    readonly callId?: string;
    readonly toTag?: string;
    readonly fromTag?: string;
    readonly remoteUri?: string;
    readonly localUri?: string;
    readonly rcSessionId?: string;
  };
}

interface Call {
  readonly id?: string;
  readonly direction?: "Inbound" | "Outbound";
  readonly queueCall?: boolean;
  readonly from?: string;
  readonly fromName?: string;
  readonly to?: string;
  readonly toName?: string;
  readonly partyId?: string;
  readonly startTime?: string;
  readonly sessionId?: string;
  readonly telephonySessionId?: string;
  readonly telephonyStatus?: TelephonyStatus;
  readonly callInfo?: { readonly primary?: CallInfo; readonly additional?: CallInfo };
  readonly appearanceInfo?: {
    readonly phoneNumber?: string;
    readonly appearanceNumber?: number;
  };
}

interface CallInfo {
  readonly type?:
    | "PhoneNumberLabel"
    | "PhoneNumber"
    | "QueueExtension"
    | "QueueName"
    | "CallerIdName"
    | "CallerIdNumber"
    | "None";
  readonly value?: string;
}

/** The extensions that this one monitors. */
export interface PresenceLinesBody {
  readonly extension?: readonly { readonly id?: string }[];
  readonly sequence?: number;
}

export interface DoNotDisturbBody {
  readonly extensionId?: string;
  readonly dndStatus?: DoNotDisturbStatus;
}

/** RingCentral's sample has `records`, its definition has the other fields. */
export interface CallQueuePresenceBody {
  readonly extensionId?: string;
  readonly callQueueId?: string;
  readonly acceptCalls?: boolean;
  readonly records?: readonly {
    readonly member?: { readonly id?: string };
    readonly acceptCurrentQueueCalls?: boolean;
  }[];
}
