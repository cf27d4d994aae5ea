import { phoneNumberUri } from "../uris.ts";
import type { EventBody } from "./event-context.ts";
import { directNumberOf, drawColleague } from "./people.ts";
import type { Choices } from "./random-choices.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";

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

function directory({ draws, member, turn }: Scene): EventBody {
  const { accountId } = member;
  const { extensionId, extensionNumber, name, phoneNumber } = drawColleague(accountId, draws);
  const [firstName = name, lastName = ""] = name.split(" ");
  const address = `${firstName}.${lastName}`.normalize("NFD").replaceAll(/[^\w.]/g, "");
  return {
    contacts: [
      {
        eventType: turn(["Update", "Create"]),
        id: extensionId,
        type: "User",
        status: "Enabled",
        name,
        firstName,
        lastName,
        department: draws.pick(["Workshop", "Front desk", "Purchasing", "Accounts"]),
        email: `${address.toLowerCase()}@example.com`,
        extensionNumber,
        account: { id: accountId },
        phoneNumbers: [{ phoneNumber, usageType: "DirectNumber", type: "VoiceFax" }],
        profileImage: { etag: draws.hex(32) },
      },
    ],
  };
}

function emergencyAddress({ member, id }: Scene): EventBody {
  return { extensionId: member.extensionId, deviceId: id("deviceId") };
}

/** All that the platform tells: read the list again. */
function extensionOnly({ member, ownerId }: Scene): EventBody {
  return { extensionId: member.extensionId, ownerId };
}

function extensionInfo(scene: Scene): EventBody {
  const { member, ownerId } = scene;
  return { extensionId: member.extensionId, eventType: "Update", hints: hintsOf(scene), ownerId };
}

/** A new extension, one that is gone, and the subscriber's own, which changed; one or two of them at a time. */
function extensionList(scene: Scene): EventBody {
  const { draws, member, turn } = scene;
  const updated = {
    extensionId: member.extensionId,
    eventType: "Update",
    hints: hintsOf(scene),
  };
  const created = { extensionId: draws.id(), eventType: "Create" };
  const deleted = { extensionId: draws.id(), eventType: "Delete" };
  return { extensions: turn([[updated, created], [deleted], [updated]]) };
}

function hintsOf({ draws, turn }: Scene): readonly string[] {
  const first = turn(hints);
  const second = draws.pick(hints);
  return first === second ? [first] : [first, second];
}

const hints: Choices<string> = [
  "ExtensionInfo",
  "Permissions",
  "AnsweringRules",
  "CompanyNumbers",
  "Features",
  "Limits",
  "ProfileImage",
  "VideoConfiguration",
];

function contactCenterNumber({ draws, member, given, turn }: Scene): EventBody {
  const id = draws.id();
  return {
    eventType: turn(["Created", "Updated", "Deleted"]),
    phoneNumberInfo: {
      uri: phoneNumberUri(member, id),
      id,
      phoneNumber: directNumberOf(String(draws.integer(10, 99))),
      paymentType: "Local",
      location: "Washington, DC",
      type: "VoiceFax",
      usageType: given("usageType", "ContactCenterNumber"),
      status: "Normal",
      contactCenterProvider: { id: "61", name: "Example Contact Center" },
    },
  };
}
