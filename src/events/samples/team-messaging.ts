import type { EventBody } from "./event-context.ts";
import { colleagueOf, randomColleague } from "./people.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";
import { postTexts, teamDescriptions, teamNames } from "./texts.ts";

export const teamMessagingBodies: BodyGenerators = {
  "/team-messaging/v1/posts": post,
  "/team-messaging/v1/groups": chat,
  "/team-messaging/v1/chats": chat,
  "/restapi/v1.0/glip/posts": post,
  "/restapi/v1.0/glip/groups": chat,
  "/restapi/v1.0/glip/teams": (data) => chat(data, true),
};

/** Mostly a new post. For a deleted one the platform sends only its id. */
function post({ random, member, ago }: SampleData): EventBody {
  const eventType = random.chance(0.8) ? "PostAdded" : random.pick(["PostChanged", "PostRemoved"]);
  const id = random.id();
  const creationTime = ago(random.integer(3_000, 60_000));
  const changedTime = ago(random.integer(100, 2_900));
  const body = {
    id,
    groupId: random.id(),
    type: "TextMessage",
    text: random.pick(postTexts),
    creatorId: randomColleague(member.accountId, random).extensionId,
    addedPersonIds: null,
    creationTime,
    lastModifiedTime: eventType === "PostChanged" ? changedTime : creationTime,
    attachments: null,
    activity: null,
    title: null,
    iconUri: null,
    iconEmoji: null,
    mentions: null,
    eventType,
  };
  return eventType === "PostRemoved" ? { id, eventType } : body;
}

/** A team has a name and a description, a group has neither. A user who left is no longer a member. */
function chat({ random, member, ago, cycle }: SampleData, onlyTeams = false): EventBody {
  const eventType = cycle(["GroupChanged", "GroupRenamed", "GroupJoined", "GroupLeft"]);
  // A group cannot be renamed or left.
  const isGroup = random.chance(0.5) && eventType === "GroupJoined";
  const isTeam = onlyTeams || !isGroup;
  const name = random.pick(teamNames);
  const description = random.pick(teamDescriptions);
  const first = random.integer(0, 3);
  const others = [first, first + 1, first + 2].map(
    (index) => colleagueOf(member.accountId, index).extensionId,
  );
  const created = random.integer(86_400_000, 31_536_000_000);
  const justNow = random.integer(1_200, 9_000);
  return {
    id: random.id(),
    name: isTeam ? name : null,
    description: isTeam ? description : null,
    type: isTeam ? "Team" : "Group",
    status: "Active",
    members: eventType === "GroupLeft" ? others : [member.extensionId, ...others],
    isPublic: isTeam ? false : null,
    creationTime: ago(isTeam ? created : justNow),
    lastModifiedTime: ago(random.integer(100, 1_100)),
    eventType,
  };
}
