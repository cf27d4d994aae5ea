import type { EventBody } from "./event-context.ts";
import { colleagueOf, drawColleague } from "./people.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";
import { postTexts, teamDescriptions, teamNames } from "./texts.ts";

export const teamMessagingBodies: BodyGenerators = {
  "/team-messaging/v1/posts": post,
  "/team-messaging/v1/groups": chat,
  "/team-messaging/v1/chats": chat,
  "/restapi/v1.0/glip/posts": post,
  "/restapi/v1.0/glip/groups": chat,
  "/restapi/v1.0/glip/teams": (scene) => chat(scene, true),
};

/** Mostly a new post; of one that was deleted the platform tells the id alone. */
function post({ draws, member, ago }: Scene): EventBody {
  const eventType = draws.chance(0.8) ? "PostAdded" : draws.pick(["PostChanged", "PostRemoved"]);
  const id = draws.id();
  const creationTime = ago(draws.integer(3_000, 60_000));
  const changedTime = ago(draws.integer(100, 2_900));
  const body = {
    id,
    groupId: draws.id(),
    type: "TextMessage",
    text: draws.pick(postTexts),
    creatorId: drawColleague(member.accountId, draws).extensionId,
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

/** A group has no name, and nobody but its members; a team has both. Who left is no member any more. */
function chat({ draws, member, ago, turn }: Scene, onlyTeams = false): EventBody {
  const eventType = turn(["GroupChanged", "GroupRenamed", "GroupJoined", "GroupLeft"]);
  // Nobody renames or leaves a group: those who write in it are what it is.
  const isGroup = draws.chance(0.5) && eventType === "GroupJoined";
  const isTeam = onlyTeams || !isGroup;
  const name = draws.pick(teamNames);
  const description = draws.pick(teamDescriptions);
  const first = draws.integer(0, 3);
  const others = [first, first + 1, first + 2].map(
    (index) => colleagueOf(member.accountId, index).extensionId,
  );
  const created = draws.integer(86_400_000, 31_536_000_000);
  const justNow = draws.integer(1_200, 9_000);
  return {
    id: draws.id(),
    name: isTeam ? name : null,
    description: isTeam ? description : null,
    type: isTeam ? "Team" : "Group",
    status: "Active",
    members: eventType === "GroupLeft" ? others : [member.extensionId, ...others],
    isPublic: isTeam ? false : null,
    creationTime: ago(isTeam ? created : justNow),
    lastModifiedTime: ago(draws.integer(100, 1_100)),
    eventType,
  };
}
