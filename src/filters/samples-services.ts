import {
  accountId,
  changedAt,
  colleagueId,
  company,
  customer,
  extensionId,
  startedAt,
} from "./sample-people.ts";

const post = {
  id: "31822741508",
  groupId: "84213629954",
  type: "TextMessage",
  text: "The new webhook works.",
  creatorId: colleagueId,
  addedPersonIds: null,
  creationTime: startedAt,
  lastModifiedTime: startedAt,
  attachments: null,
  activity: null,
  title: null,
  iconUri: null,
  iconEmoji: null,
  mentions: null,
  eventType: "PostAdded",
};

const chat = {
  id: post.groupId,
  name: "Spring bike repairs",
  description: "Who repairs what, and until when",
  type: "Team",
  status: "Active",
  members: [extensionId, colleagueId],
  isPublic: false,
  creationTime: startedAt,
  lastModifiedTime: changedAt,
  eventType: "GroupChanged",
};

const directory = {
  contacts: [
    {
      eventType: "Update",
      id: colleagueId,
      type: "User",
      status: "Enabled",
      name: "Idris Okafor",
      firstName: "Idris",
      lastName: "Okafor",
      department: "Workshop",
      email: "idris.okafor@example.com",
      extensionNumber: "104",
      account: { id: accountId },
      phoneNumbers: [{ phoneNumber: "+12025550114", usageType: "DirectNumber", type: "VoiceFax" }],
    },
  ],
};

const extensionList = {
  extensions: [
    { extensionId: colleagueId, eventType: "Create" },
    { extensionId, eventType: "Update", hints: ["ExtensionInfo", "Permissions"] },
  ],
};

const contactCenterNumber = {
  eventType: "Created",
  phoneNumberInfo: {
    uri: `https://platform.ringcentral.com/restapi/v1.0/account/${accountId}/phone-number/521870008`,
    id: "521870008",
    phoneNumber: "+12025550130",
    paymentType: "Local",
    location: "Washington, DC",
    type: "VoiceFax",
    usageType: "ContactCenterNumber",
    status: "Normal",
    contactCenterProvider: { id: "61", name: "Example Contact Center" },
  },
};

const webinar = {
  id: "wtk7Qm3eT6aVb0sY",
  webinarId: "wnr4Jd8cR1uXz5pL",
  hostUserId: extensionId,
  title: "How to true a wheel",
  lastModifiedTime: changedAt,
};

const speakers = [
  { speakerId: "speaker-1", name: company.name, accountId, extensionId },
  { speakerId: "speaker-2", name: customer.name, accountId: null, extensionId: null },
];

function insightsOf(domain: string): unknown {
  return {
    title: `${company.name} and ${customer.name}`,
    domain,
    sourceSessionId: "s-a0d7c1f25e3b4z19ca41f8b32z5c9d40000",
    sourceRecordId: "6071935528004",
    callDirection: "Inbound",
    ownerExtensionId: extensionId,
    recordingDurationMs: 64_200,
    recordingStartTime: startedAt,
    creationTime: changedAt,
    lastModifiedTime: changedAt,
    speakerInfo: speakers,
    insights: {
      Transcript: [
        { start: 0.8, end: 4.1, speakerId: "speaker-1", text: "Good morning, the workshop." },
        { start: 4.6, end: 8.3, speakerId: "speaker-2", text: "Hello, is my bike ready?" },
      ],
      Summary: [{ start: 0, end: 1, value: "A customer asks whether a repair is done." }],
      Sentiment: [{ value: "Positive" }],
      NextSteps: [{ start: 9, end: 15.2, speakerId: "speaker-1", value: "Call back by noon." }],
    },
  };
}

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;
const ringsense = "/ai/ringsense/v1/public/accounts/{accountId}/domains";

export const serviceSamples: Readonly<Record<string, unknown>> = {
  "/team-messaging/v1/posts": post,
  "/team-messaging/v1/groups": chat,
  "/team-messaging/v1/chats": chat,
  "/restapi/v1.0/glip/posts": post,
  "/restapi/v1.0/glip/groups": chat,
  "/restapi/v1.0/glip/teams": chat,
  [`${account}/directory/entries`]: directory,
  [`${account}/directory/contacts`]: directory,
  [`${account}/device/{deviceId}/emergency-address`]: { extensionId, deviceId: "803194726008" },
  [`${account}/phone-number?usageType=ContactCenterNumber`]: contactCenterNumber,
  [`${account}/extension`]: extensionList,
  [extension]: { extensionId, eventType: "Update", hints: ["ExtensionInfo"], ownerId: extensionId },
  [`${extension}/favorite`]: { extensionId, ownerId: extensionId },
  [`${extension}/grant`]: { extensionId, ownerId: extensionId },
  "/webinar/configuration/v1/company/sessions": { ...webinar, eventType: "Update" },
  "/webinar/runtime/v1/company/sessions/state": { ...webinar, state: "Started" },
  "/webinar/registration/v1/company/sessions/state": { ...webinar, registrationStatus: "Open" },
  "/webinar/registration/v1/company/sessions/registrants": {
    ...webinar,
    registrant: { id: "wrg2Hs9fK7nMq3tB", firstName: "Noor", lastName: "Haddad" },
  },
  [`${ringsense}/pbx/insights`]: insightsOf("pbx"),
  [`${ringsense}/rcv/insights`]: insightsOf("rcv"),
  [`${ringsense}/rcx/insights`]: insightsOf("rcx"),
  [`${ringsense}/ms-teams/insights`]: insightsOf("ms-teams"),
  [`${ringsense}/nice-incontact/insights`]: insightsOf("nice-incontact"),
  "/restapi/v1.0/subscription/~?threshold={threshold}&interval={interval}": { expiresIn: 259_200 },
};
