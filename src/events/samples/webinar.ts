import type { EventBody } from "./event-context.ts";
import { drawStranger } from "./people.ts";
import type { BodyGenerators, Scene } from "./sample-data.ts";
import { webinarTitles } from "./texts.ts";

/** RingCentral publishes no webinar event: these shapes are guesses. */
export const webinarBodies: BodyGenerators = {
  "/webinar/configuration/v1/company/sessions": (scene) => ({
    ...session(scene),
    eventType: scene.turn(["Create", "Update"]),
  }),
  "/webinar/runtime/v1/company/sessions/state": (scene) => ({
    ...session(scene),
    state: scene.turn(["Started", "Ended"]),
  }),
  "/webinar/registration/v1/company/sessions/state": (scene) => ({
    ...session(scene),
    registrationStatus: scene.turn(["Open", "Closed"]),
  }),
  "/webinar/registration/v1/company/sessions/registrants": (scene) => ({
    ...session(scene),
    registrant: registrant(scene),
  }),
};

function session({ draws, ownerId, given, ago }: Scene): EventBody {
  return {
    id: draws.hex(16),
    webinarId: given("webinarId", draws.hex(16)),
    hostUserId: given("hostUserId", ownerId),
    title: draws.pick(webinarTitles),
    lastModifiedTime: ago(draws.integer(50, 900)),
  };
}

function registrant({ draws }: Scene): EventBody {
  const [firstName = "", lastName = ""] = drawStranger(draws).name.split(" ");
  return { id: draws.hex(16), firstName, lastName };
}
