import { entries } from "./entry.ts";

const shared = {
  category: "webinar",
  permission: "ReadWebinars",
  query: [
    { name: "hostUserId", type: "string", note: "one host's webinars" },
    { name: "webinarId", type: "string", note: "one webinar" },
  ],
  api: "webinar",
  notes: [
    "Lives in the webinar subscription API, apart from all other filters.",
    "Its name and permission are inferred: the guide gives neither, and no sample event.",
  ],
} as const;

export const webinarFilters = entries(shared, [
  {
    filter: "/webinar/configuration/v1/company/sessions",
    name: "Webinar Session Configuration Event",
    summary: "A webinar session was planned or changed",
    aliases: ["webinar-sessions"],
  },
  {
    filter: "/webinar/runtime/v1/company/sessions/state",
    name: "Webinar Session State Event",
    summary: "A webinar session began, ended, or is otherwise in another state",
    aliases: ["webinar-state"],
  },
  {
    filter: "/webinar/registration/v1/company/sessions/state",
    name: "Webinar Registration State Event",
    summary: "The registration of a webinar session was set up differently",
    aliases: ["webinar-registration"],
  },
  {
    filter: "/webinar/registration/v1/company/sessions/registrants",
    name: "Webinar Registrant Event",
    summary: "Somebody registered for a webinar session, or a registration changed",
    aliases: ["webinar-registrants"],
  },
]);
