import type { Id } from "./messages.ts";

export interface ExtensionBody {
  readonly extensionId?: string;
  readonly ownerId?: string;
}

export interface ExtensionInfoBody extends ExtensionBody {
  readonly eventType?: "Update" | "Delete";
  /** What changed. */
  readonly hints?: readonly ExtensionHint[];
}

type ExtensionHint =
  | "AccountSettings"
  | "AccountStatus"
  | "AnsweringRules"
  | "CompanyNumbers"
  | "DialingPlan"
  | "ExtensionInfo"
  | "Features"
  | "Limits"
  | "Permissions"
  | "ProfileImage"
  | "VideoConfiguration";

/** RingCentral's sample has `extensions`, its definition has the other fields. */
export interface ExtensionListBody extends ExtensionBody {
  readonly eventType?: ExtensionChange;
  readonly extensions?: readonly {
    readonly extensionId?: string;
    readonly eventType?: ExtensionChange;
    readonly hints?: readonly string[];
  }[];
}

type ExtensionChange = "Create" | "Update" | "Delete";

export interface DirectoryBody {
  readonly contacts?: readonly DirectoryContact[];
}

interface DirectoryContact {
  readonly eventType?: string;
  readonly id?: Id;
  readonly type?: string;
  readonly status?: string;
  readonly name?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly department?: string;
  readonly email?: string;
  readonly extensionNumber?: string;
  readonly account?: { readonly id?: Id };
  readonly phoneNumbers?: readonly {
    readonly phoneNumber?: string;
    readonly usageType?: string;
    readonly type?: string;
  }[];
  readonly profileImage?: { readonly etag?: string };
  readonly site?: { readonly id?: Id; readonly name?: string };
}

export interface EmergencyAddressBody {
  readonly extensionId?: string;
  readonly deviceId?: string;
}

export interface ContactCenterNumberBody {
  readonly eventType?: "Created" | "Updated" | "Deleted";
  readonly phoneNumberInfo?: {
    readonly uri?: string;
    readonly id?: Id;
    readonly phoneNumber?: string;
    readonly paymentType?: string;
    readonly location?: string;
    readonly type?: string;
    readonly usageType?: string;
    readonly status?: string;
    readonly contactCenterProvider?: { readonly id?: Id; readonly name?: string };
  };
}
