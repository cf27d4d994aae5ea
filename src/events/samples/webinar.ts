import type { EventBody } from "./event-context.ts";
import { randomContact } from "./people.ts";
import type { BodyGenerators, SampleData } from "./sample-data.ts";
import { webinarTitles } from "./texts.ts";

/** RingCentral publishes no webinar event: these shapes are guesses. */
export const webinarBodies: BodyGenerators = {
  "/webinar/configuration/v1/company/sessions": (data) => ({
    ...session(data),
    eventType: data.cycle(["Create", "Update"]),
  }),
  "/webinar/runtime/v1/company/sessions/state": (data) => ({
    ...session(data),
    state: data.cycle(["Started", "Ended"]),
  }),
  "/webinar/registration/v1/company/sessions/state": (data) => ({
    ...session(data),
    registrationStatus: data.cycle(["Open", "Closed"]),
  }),
  "/webinar/registration/v1/company/sessions/registrants": (data) => ({
    ...session(data),
    registrant: registrant(data),
  }),
};

function session({ random, ownerId, queryValue, ago }: SampleData): EventBody {
  return {
    id: random.hex(16),
    webinarId: queryValue("webinarId", random.hex(16)),
    hostUserId: queryValue("hostUserId", ownerId),
    title: random.pick(webinarTitles),
    lastModifiedTime: ago(random.integer(50, 900)),
  };
}

function registrant({ random }: SampleData): EventBody {
  const [firstName = "", lastName = ""] = randomContact(random).name.split(" ");
  return { id: random.hex(16), firstName, lastName };
}
