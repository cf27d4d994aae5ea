import type { EventBodies } from "./event-bodies.ts";

/** The catalogue's filters, plain ones first, without all that a receiver does not need. A test writes this file. */
export const filtersByName = {
  "a2p-batches": "/restapi/v1.0/account/{accountId}/a2p-sms/batches",
  "a2p-batch": "/restapi/v1.0/account/{accountId}/a2p-sms/batches/{batchId}",
  "a2p-messages": "/restapi/v1.0/account/{accountId}/a2p-sms/messages",
  "a2p-opt-outs": "/restapi/v1.0/account/{accountId}/a2p-sms/opt-outs",
  "sms-v2-batches": "/restapi/v2/accounts/{accountId}/extensions/{extensionId}/sms/batches",
  "sms-v2-messages": "/restapi/v2/accounts/{accountId}/extensions/{extensionId}/sms/messages",
  "sms-threads": "/restapi/v1.0/account/{accountId}/message-threads/sync",
  "sms-thread-messages": "/restapi/v1.0/account/{accountId}/message-threads/entries/sync",
  messages: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store",
  voicemail: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/voicemail",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/inbound-messages":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/inbound-messages",
  "account-telephony": "/restapi/v1.0/account/{accountId}/telephony/sessions",
  telephony: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/telephony/sessions",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/missed-calls":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/missed-calls",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/start-ring":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/start-ring",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/stop-ring":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/stop-ring",
  "/restapi/v1.0/account/{accountId}/extension/{extensionId}/incoming-call-pickup":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/incoming-call-pickup",
  "account-presence": "/restapi/v1.0/account/{accountId}/presence",
  presence: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence",
  "monitored-presence":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line/presence",
  "favorites-presence":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/favorite/presence",
  "presence-lines": "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line",
  dnd: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/dnd",
  "call-queue-presence": "/restapi/v1.0/account/{accountId}/call-queues/{groupId}/presence",
  posts: "/team-messaging/v1/posts",
  groups: "/team-messaging/v1/groups",
  chats: "/team-messaging/v1/chats",
  "/restapi/v1.0/glip/posts": "/restapi/v1.0/glip/posts",
  "/restapi/v1.0/glip/groups": "/restapi/v1.0/glip/groups",
  "/restapi/v1.0/glip/teams": "/restapi/v1.0/glip/teams",
  directory: "/restapi/v1.0/account/{accountId}/directory/entries",
  "/restapi/v1.0/account/{accountId}/directory/contacts":
    "/restapi/v1.0/account/{accountId}/directory/contacts",
  "emergency-address": "/restapi/v1.0/account/{accountId}/device/{deviceId}/emergency-address",
  favorites: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/favorite",
  grants: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/grant",
  extension: "/restapi/v1.0/account/{accountId}/extension/{extensionId}",
  extensions: "/restapi/v1.0/account/{accountId}/extension",
  "webinar-sessions": "/webinar/configuration/v1/company/sessions",
  "webinar-state": "/webinar/runtime/v1/company/sessions/state",
  "webinar-registration": "/webinar/registration/v1/company/sessions/state",
  "webinar-registrants": "/webinar/registration/v1/company/sessions/registrants",
  "ringsense-pbx": "/ai/ringsense/v1/public/accounts/{accountId}/domains/pbx/insights",
  "ringsense-rcv": "/ai/ringsense/v1/public/accounts/{accountId}/domains/rcv/insights",
  "ringsense-rcx": "/ai/ringsense/v1/public/accounts/{accountId}/domains/rcx/insights",
  "ringsense-ms-teams": "/ai/ringsense/v1/public/accounts/{accountId}/domains/ms-teams/insights",
  "ringsense-nice-incontact":
    "/ai/ringsense/v1/public/accounts/{accountId}/domains/nice-incontact/insights",
  sms: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/instant?type=SMS",
  fax: "/restapi/v1.0/account/{accountId}/extension/{extensionId}/fax?direction=Inbound",
  "contact-center-numbers":
    "/restapi/v1.0/account/{accountId}/phone-number?usageType=ContactCenterNumber",
  "presence-detailed":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence?detailedTelephonyState=true",
  "presence-sip":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence?detailedTelephonyState=true&sipData=true",
  "monitored-presence-detailed":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line/presence?detailedTelephonyState=true",
  "monitored-presence-sip":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence/line/presence?detailedTelephonyState=true&sipData=true",
  "favorites-presence-detailed":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/favorite/presence?detailedTelephonyState=true",
  "favorites-presence-sip":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/favorite/presence?detailedTelephonyState=true&sipData=true",
  reminder: "/restapi/v1.0/subscription/~?threshold={threshold}&interval={interval}",
  "presence-totals":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence?detailedTelephonyState=true&sipData=true&totalActiveCalls",
  "answered-elsewhere":
    "/restapi/v1.0/account/{accountId}/extension/{extensionId}/telephony?action=call-answered-elsewhere",
  "account-presence-sip":
    "/restapi/v1.0/account/{accountId}/presence?detailedTelephonyState=true&sipData=true",
} as const satisfies Record<keyof EventBodies, string>;
