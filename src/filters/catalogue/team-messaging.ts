import { entries } from "./entry.ts";

const chats = {
  category: "team-messaging",
  permission: "TeamMessaging",
  permissionDisputed: ["UnifiedAppDesktop"],
  since: "1.0.32",
} as const;
const chatFilters = entries(chats, [
  {
    filter: "/team-messaging/v1/posts",
    name: "Team Messaging Post Event",
    summary: "A post that the user can see was written, edited or deleted",
    aliases: ["posts", "msgposts"],
    notes: ["Delivered under this very path, without an account or extension."],
  },
  {
    filter: "/team-messaging/v1/groups",
    name: "Team Messaging Groups Event",
    summary: "A chat or team changed, or somebody joined or left it; the same event as chats",
    aliases: ["groups"],
    notes: ["RingCentral writes both groups and chats, and delivers chats."],
  },
  {
    filter: "/team-messaging/v1/chats",
    name: "Team Messaging Chats Event",
    summary: "A chat or team was renamed or changed, or somebody joined or left it",
    aliases: ["chats", "msggroups"],
  },
]);

const glip = { ...chats, permissionDisputed: ["Glip", "UnifiedAppDesktop"] } as const;
const glipFilters = entries(glip, [
  {
    filter: "/restapi/v1.0/glip/posts",
    name: "Team Messaging Post Event (Glip)",
    summary: "What posts was called before 2023",
    deprecated: true,
    replacedBy: "/team-messaging/v1/posts",
  },
  {
    filter: "/restapi/v1.0/glip/groups",
    name: "Team Messaging Groups Event (Glip)",
    summary: "What chats was called before 2023",
    deprecated: true,
    replacedBy: "/team-messaging/v1/chats",
  },
]);

const botFilters = entries({ category: "team-messaging", permission: "TeamMessaging" }, [
  {
    filter: "/restapi/v1.0/glip/teams",
    name: "Team Messaging Teams Event (Glip)",
    summary: "Found in old bots for changes of teams; chats has them",
    deprecated: true,
    replacedBy: "/team-messaging/v1/chats",
    confidence: "third-party",
    notes: ["RingCentral never documented it, and may refuse it (CMN-101)."],
  },
]);

export const teamMessagingFilters = [...chatFilters, ...glipFilters, ...botFilters];
