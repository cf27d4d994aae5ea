import type * as Account from "./bodies/account.ts";
import type * as Messages from "./bodies/messages.ts";
import type * as Presence from "./bodies/presence.ts";
import type { InsightsBody } from "./bodies/ringsense.ts";
import type * as Team from "./bodies/team-messaging.ts";
import type * as Telephony from "./bodies/telephony.ts";

/**
 * The type of `body` for each filter's events, by the filter's alias, or its path if it has none. RingCentral guarantees
 * no field, so every one is optional.
 */
export interface EventBodies {
  readonly sms: Messages.InstantMessageBody;
  readonly "a2p-batches": Messages.BatchBody;
  readonly "a2p-batch": Messages.BatchBody;
  readonly "a2p-messages": Messages.BatchMessageBody;
  readonly "a2p-opt-outs": Messages.OptOutBody;
  readonly "sms-v2-batches": Messages.BatchBodyV2;
  readonly "sms-v2-messages": Messages.MessageBodyV2;
  readonly "sms-threads": Messages.ThreadsBody;
  readonly "sms-thread-messages": Messages.ThreadsBody;
  readonly fax: Messages.FaxBody;
  readonly messages: Messages.MessageStoreBody;
  readonly voicemail: Messages.VoicemailBody;
  readonly "/restapi/v1.0/account/{accountId}/extension/{extensionId}/inbound-messages": Messages.InboundPushBody;
  readonly "contact-center-numbers": Account.ContactCenterNumberBody;
  readonly "account-telephony": Telephony.TelephonySessionBody;
  readonly telephony: Telephony.TelephonySessionBody;
  readonly "/restapi/v1.0/account/{accountId}/extension/{extensionId}/missed-calls": Telephony.RingBody;
  readonly "/restapi/v1.0/account/{accountId}/extension/{extensionId}/start-ring": Telephony.RingBody;
  readonly "/restapi/v1.0/account/{accountId}/extension/{extensionId}/stop-ring": Telephony.RingBody;
  readonly "/restapi/v1.0/account/{accountId}/extension/{extensionId}/incoming-call-pickup": Telephony.RingBody;
  readonly "account-presence": Presence.AccountPresenceBody;
  readonly presence: Presence.PresenceBody;
  readonly "monitored-presence": Presence.PresenceBody;
  readonly "favorites-presence": Presence.PresenceBody;
  readonly "presence-detailed": Presence.DetailedPresenceBody;
  readonly "presence-sip": Presence.SipPresenceBody;
  readonly "monitored-presence-detailed": Presence.DetailedPresenceBody;
  readonly "monitored-presence-sip": Presence.SipPresenceBody;
  readonly "favorites-presence-detailed": Presence.DetailedPresenceBody;
  readonly "favorites-presence-sip": Presence.SipPresenceBody;
  readonly "presence-lines": Presence.PresenceLinesBody;
  readonly dnd: Presence.DoNotDisturbBody;
  readonly "call-queue-presence": Presence.CallQueuePresenceBody;
  readonly posts: Team.PostBody;
  /** RingCentral's samples deliver these events under the path of `chats`: add a handler for both. */
  readonly groups: Team.ChatBody;
  readonly chats: Team.ChatBody;
  readonly "/restapi/v1.0/glip/posts": Team.PostBody;
  readonly "/restapi/v1.0/glip/groups": Team.ChatBody;
  readonly "/restapi/v1.0/glip/teams": Team.ChatBody;
  readonly directory: Account.DirectoryBody;
  readonly "/restapi/v1.0/account/{accountId}/directory/contacts": Account.DirectoryBody;
  readonly "emergency-address": Account.EmergencyAddressBody;
  readonly favorites: Account.ExtensionBody;
  readonly grants: Account.ExtensionBody;
  readonly extension: Account.ExtensionInfoBody;
  readonly extensions: Account.ExtensionListBody;
  readonly "webinar-sessions": WebinarBody;
  readonly "webinar-state": WebinarBody;
  readonly "webinar-registration": WebinarBody;
  readonly "webinar-registrants": WebinarBody;
  readonly "ringsense-pbx": InsightsBody;
  readonly "ringsense-rcv": InsightsBody;
  readonly "ringsense-rcx": InsightsBody;
  readonly "ringsense-ms-teams": InsightsBody;
  readonly "ringsense-nice-incontact": InsightsBody;
  readonly reminder: ReminderBody;
  readonly "presence-totals": Presence.SipPresenceBody;
  readonly "answered-elsewhere": Telephony.TelephonySessionBody;
  readonly "account-presence-sip": Presence.SipPresenceBody;
}

/** RingCentral publishes no webinar events. */
type WebinarBody = Readonly<Record<string, unknown>>;

interface ReminderBody {
  /** Seconds until the subscription expires. */
  readonly expiresIn?: number;
}
