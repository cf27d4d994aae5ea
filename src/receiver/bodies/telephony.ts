/** One moment of a call. Events may arrive in any order: sort them by `sequence`. */
export interface TelephonySessionBody {
  readonly sequence?: number;
  readonly sessionId?: string;
  readonly telephonySessionId?: string;
  readonly serverId?: string;
  readonly eventTime?: string;
  readonly origin?: {
    readonly type?:
      | "Call"
      | "RingOut"
      | "RingMe"
      | "Conference"
      | "GreetingsRecording"
      | "VerificationCall"
      | "Zoom"
      | "CallOut";
  };
  readonly parties?: readonly CallParty[];
}

export interface CallParty {
  readonly accountId?: string;
  /** Absent for the company's greeting, for example. */
  readonly extensionId?: string;
  readonly id?: string;
  readonly direction?: "Inbound" | "Outbound";
  readonly to?: CallPartyInfo;
  readonly from?: CallPartyInfo;
  readonly recordings?: readonly { readonly id?: string; readonly active?: boolean }[];
  readonly status?: CallStatus;
  readonly park?: { readonly id?: string };
  readonly queueCall?: boolean;
  readonly missedCall?: boolean;
  readonly standAlone?: boolean;
  readonly muted?: boolean;
  readonly conferenceRole?: "Host" | "Participant";
  readonly sipData?: {
    readonly toTag?: string;
    readonly fromTag?: string;
    readonly callId?: string;
  };
  readonly uiCallInfo?: {
    readonly primary?: ShownCallInfo;
    readonly additional?: ShownCallInfo;
  };
}

interface CallPartyInfo {
  readonly phoneNumber?: string;
  readonly name?: string;
  readonly extensionId?: string;
  /** Of a RingCentral phone. */
  readonly deviceId?: string;
}

interface ShownCallInfo {
  readonly type?: "QueueName" | "CallerIdName";
  readonly value?: string;
}

interface CallStatus {
  readonly code?:
    | "Setup"
    | "Proceeding"
    | "Answered"
    | "Disconnected"
    | "Gone"
    | "Parked"
    | "Hold"
    | "VoiceMail"
    | "FaxReceive"
    | "Tds"
    | "VoiceMailScreening";
  readonly reason?: CallStatusReason;
  readonly description?: string;
  readonly parkData?: string;
  readonly peerId?: {
    readonly sessionId?: string;
    readonly telephonySessionId?: string;
    readonly partyId?: string;
  };
  readonly mobilePickupData?: {
    readonly ccMailboxes?: readonly string[];
    readonly to?: string;
    readonly sid?: string;
    readonly srvlvl?: string;
    readonly srvLvlExt?: string;
  };
  readonly rcc?: boolean;
}

type CallStatusReason =
  | "Pickup"
  | "Supervising"
  | "TakeOver"
  | "Timeout"
  | "BlindTransfer"
  | "RccTransfer"
  | "AttendedTransfer"
  | "CallerInputRedirect"
  | "CallFlip"
  | "ParkLocation"
  | "DtmfTransfer"
  | "AgentAnswered"
  | "AgentDropped"
  | "Rejected"
  | "Cancelled"
  | "InternalError"
  | "NoAnswer"
  | "TargetBusy"
  | "InvalidNumber"
  | "InternationalDisabled"
  | "DestinationBlocked"
  | "NotEnoughFunds"
  | "NoSuchUser"
  | "CallPark"
  | "CallRedirected"
  | "CallReplied"
  | "CallSwitch"
  | "CallFinished"
  | "CallDropped"
  | "Voicemail";

/** As a phone's push service gets it; whether a webhook gets the same is unknown. */
export interface RingBody {
  readonly extensionId?: string;
  readonly action?: string;
  readonly sessionId?: string;
  readonly serverId?: string;
  readonly from?: string;
  readonly fromName?: string;
  readonly to?: string;
  readonly toName?: string;
  readonly timestamp?: string;
  readonly sid?: string;
  readonly toUrl?: string;
  readonly srvLvl?: string;
  readonly srvLvlExt?: string;
  readonly recUrl?: string;
  readonly pn_ttl?: number;
  readonly ownerId?: string;
}
