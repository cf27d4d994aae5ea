import { phoneNumberUri } from "../uris.ts";
import type { EventBody } from "./event-context.ts";
import { directNumberOf, randomColleague } from "./people.ts";
import type { NonEmpty } from "./random-choices.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;

export const accountBodies: BodyGenerators = {
  [`${account}/directory/entries`]: directory,
  [`${account}/directory/contacts`]: directory,
  [`${account}/device/{deviceId}/emergency-address`]: emergencyAddress,
  [`${extension}/favorite`]: extensionOnly,
  [`${extension}/grant`]: extensionOnly,
  [extension]: extensionInfo,
  [`${account}/extension`]: extensionList,
  [`${account}/phone-number`]: contactCenterNumber,
};

function directory({ random, member, cycle }: SampleData): EventBody {
  const { accountId } = member;
  const { extensionId, extensionNumber, name, phoneNumber } = randomColleague(accountId, random);
  const [firstName = name, lastName = ""] = name.split(" ");
  const address = `${firstName}.${lastName}`.normalize("NFD").replaceAll(/[^\w.]/g, "");
  return {
    contacts: [
      {
        eventType: cycle(["Update", "Create"]),
        id: extensionId,
        type: "User",
        status: "Enabled",
        name,
        firstName,
        lastName,
        department: random.pick(["Workshop", "Front desk", "Purchasing", "Accounts"]),
        email: `${address.toLowerCase()}@example.com`,
        extensionNumber,
        account: { id: accountId },
        phoneNumbers: [{ phoneNumber, usageType: "DirectNumber", type: "VoiceFax" }],
        profileImage: { etag: random.hex(32) },
        site: { id: `${accountId}90`, name: random.pick(["Main Site", "West branch"]) },
      },
    ],
  };
}

function emergencyAddress({ member, id }: SampleData): EventBody {
  return { extensionId: member.extensionId, deviceId: id("deviceId") };
}

/** The platform sends only whose list changed. */
function extensionOnly({ member }: SampleData): EventBody {
  return { extensionId: member.extensionId };
}

function extensionInfo(data: SampleData): EventBody {
  const { member } = data;
  return { extensionId: member.extensionId, eventType: "Update", hints: hintsOf(data) };
}

/** In turn: the subscriber's own extension updated and another created, one deleted, the own one updated. */
function extensionList(data: SampleData): EventBody {
  const { random, member, cycle } = data;
  const updated = {
    extensionId: member.extensionId,
    eventType: "Update",
    hints: hintsOf(data),
  };
  const created = { extensionId: random.id(), eventType: "Create" };
  const deleted = { extensionId: random.id(), eventType: "Delete" };
  return { extensions: cycle([[updated, created], [deleted], [updated]]) };
}

function hintsOf({ random, cycle }: SampleData): readonly string[] {
  const first = cycle(hints);
  const second = random.pick(hints);
  return first === second ? [first] : [first, second];
}

const hints: NonEmpty<string> = [
  "ExtensionInfo",
  "Permissions",
  "AnsweringRules",
  "CompanyNumbers",
  "Features",
  "Limits",
  "ProfileImage",
  "VideoConfiguration",
];

function contactCenterNumber({ random, member, queryValue, cycle }: SampleData): EventBody {
  const id = random.id();
  return {
    eventType: cycle(["Created", "Updated", "Deleted"]),
    phoneNumberInfo: {
      uri: phoneNumberUri(member, id),
      id,
      phoneNumber: directNumberOf(String(random.integer(10, 99))),
      paymentType: "Local",
      location: "Washington, DC",
      type: "VoiceFax",
      usageType: queryValue("usageType", "ContactCenterNumber"),
      status: "Normal",
      contactCenterProvider: { id: "61", name: "Example Contact Center" },
    },
  };
}
