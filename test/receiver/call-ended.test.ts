import fc from "fast-check";
import { describe, test } from "vitest";
import type { CallParty } from "../../src/receiver/bodies/telephony.ts";
import { createCallEndedWith, type EndedCall } from "../../src/receiver/call-ended.ts";
import { createCallEnded, createReceiver } from "../../src/receiver/receiver.ts";

type Status = NonNullable<CallParty["status"]>;
type Code = NonNullable<Status["code"]>;

interface Moment {
  readonly sequence: number;
  readonly telephonySessionId: string;
  readonly parties: readonly CallParty[];
}

/** One event, such as `say("s-1", 3, "p-2", "Answered")`. */
function say(
  telephonySessionId: string,
  sequence: number,
  id: string,
  code: Code,
  more: Omit<Status, "code"> = {},
): Moment {
  return { sequence, telephonySessionId, parties: [{ id, status: { code, ...more } }] };
}

const gone = (telephonySessionId: string, partyId: string): Omit<Status, "code"> => ({
  peerId: { telephonySessionId, partyId },
});

/** Calls from their first event to their last. Nothing before the last one ends them. */
const calls: Readonly<Record<string, readonly Moment[]>> = {
  "an answered call with a hold": [
    say("s-1", 1, "p-2", "Setup"),
    say("s-1", 2, "p-2", "Proceeding"),
    say("s-1", 4, "p-2", "Answered"),
    say("s-1", 6, "p-2", "Hold"),
    say("s-1", 8, "p-2", "Answered"),
    say("s-1", 9, "p-2", "Disconnected", { reason: "CallFinished" }),
  ],
  "a call that goes to voicemail": [
    say("s-1", 1, "p-2", "Proceeding"),
    say("s-1", 3, "p-2", "VoiceMail"),
    say("s-1", 5, "p-2", "Disconnected"),
  ],
  "a blind transfer": [
    say("s-1", 1, "p-2", "Answered"),
    say("s-1", 3, "p-2", "Disconnected", { reason: "BlindTransfer" }),
    say("s-1", 4, "p-3", "Proceeding"),
    say("s-1", 6, "p-3", "Answered"),
    say("s-1", 8, "p-3", "Disconnected"),
  ],
  "a queue in which one agent answers": [
    say("s-1", 1, "p-2", "Proceeding"),
    say("s-1", 2, "p-3", "Proceeding"),
    say("s-1", 3, "p-4", "Proceeding"),
    say("s-1", 5, "p-3", "Disconnected", { reason: "AgentAnswered" }),
    say("s-1", 6, "p-2", "Disconnected", { reason: "AgentAnswered" }),
    say("s-1", 7, "p-4", "Answered"),
    say("s-1", 9, "p-4", "Disconnected"),
  ],
  "an attended transfer between two sessions": [
    say("s-1", 1, "p-2", "Answered"),
    say("s-1", 3, "p-2", "Hold"),
    say("s-2", 1, "q-1", "Answered"),
    say("s-2", 2, "q-2", "Answered"),
    say("s-2", 4, "q-1", "Gone", gone("s-1", "p-2")),
    say("s-1", 5, "p-2", "Disconnected", { reason: "AttendedTransfer" }),
    say("s-2", 5, "q-2", "Gone", gone("s-1", "p-3")),
    say("s-1", 7, "p-3", "Answered"),
    say("s-1", 9, "p-3", "Disconnected"),
  ],
  "a parked call that is taken in another session": [
    say("s-1", 1, "p-2", "Answered"),
    say("s-1", 3, "p-2", "Parked", { parkData: "801" }),
    say("s-1", 5, "p-2", "Gone", gone("s-2", "q-1")),
    say("s-2", 1, "q-1", "Answered"),
    say("s-2", 3, "q-1", "Disconnected"),
  ],
  "an attended transfer into the second session": [
    say("s-1", 1, "p-1", "Answered"),
    say("s-1", 2, "p-2", "Answered"),
    say("s-2", 1, "q-1", "Answered"),
    say("s-1", 4, "p-1", "Gone", gone("s-2", "q-3")),
    say("s-1", 5, "p-2", "Disconnected", { reason: "AttendedTransfer" }),
    say("s-2", 6, "q-1", "Disconnected"),
  ],
  "a party that moves within its session": [
    say("s-1", 1, "p-2", "Answered"),
    say("s-1", 3, "p-2", "Gone", gone("s-1", "p-3")),
    say("s-1", 4, "p-3", "Answered"),
    say("s-1", 6, "p-3", "Disconnected"),
  ],
  "a conference that everybody leaves": [
    {
      sequence: 1,
      telephonySessionId: "s-1",
      parties: ["p-1", "p-2", "p-3"].map((id) => ({ id, status: { code: "Answered" } })),
    },
    say("s-1", 3, "p-1", "Disconnected"),
    say("s-1", 4, "p-3", "Disconnected"),
    say("s-1", 6, "p-2", "Disconnected"),
  ],
};

/** Time stands still until it is let pass. */
function watch(options = {}) {
  const waiting: (() => void)[] = [];
  const waited: number[] = [];
  const ended: EndedCall[] = [];
  const seesEnd = createCallEndedWith(options, (milliseconds) => {
    waited.push(milliseconds);
    return new Promise((resolve) => waiting.push(resolve));
  });
  const work: Promise<unknown>[] = [];
  return {
    ended,
    waited,
    see(moment: object) {
      const done = seesEnd({ body: moment }).then((call) => call && ended.push(call));
      work.push(done);
    },
    /** Lets more time pass than a call must be quiet. */
    async pass() {
      for (const resolve of waiting.splice(0)) resolve();
      await Promise.all(work.splice(0));
    },
  };
}

describe("createCallEnded", () => {
  for (const [what, moments] of Object.entries(calls)) {
    const sessions = [...new Set(moments.map((moment) => moment.telephonySessionId))].toSorted();

    test(`reports the end of ${what} with the last event, not earlier`, async ({ expect }) => {
      const { ended, see, pass } = watch();
      for (const moment of moments) {
        expect(ended).toEqual([]);
        see(moment);
        await pass();
      }
      expect(ended.map((call) => call.telephonySessionIds.toSorted())).toEqual([sessions]);
      for (const moment of moments) see(moment);
      await pass();
      expect(ended).toHaveLength(1);
    });

    test(`reports the end of ${what} once, even if events are reordered or repeated`, async () => {
      const shuffled = fc
        .shuffledSubarray([...moments, ...moments], { minLength: moments.length })
        .filter((some) => moments.every((moment) => some.includes(moment)));
      const property = fc.asyncProperty(shuffled, async (some) => {
        const { ended, see, pass } = watch();
        for (const moment of some) see(moment);
        await pass();
        return (
          ended.length === 1 && ended[0]?.telephonySessionIds.toSorted().join() === sessions.join()
        );
      });
      await fc.assert(property, { numRuns: 30, seed: 7 });
    });
  }

  test("waits for the phone that rings next", async ({ expect }) => {
    const { ended, waited, see, pass } = watch();
    see(say("s-1", 1, "p-2", "Proceeding"));
    see(say("s-1", 3, "p-2", "Disconnected", { reason: "NoAnswer" }));
    see(say("s-1", 4, "p-3", "Proceeding"));
    await pass();
    expect([waited, ended]).toEqual([[5_000], []]);
    see(say("s-1", 6, "p-3", "Disconnected", { reason: "NoAnswer" }));
    await pass();
    expect(ended).toMatchObject([
      { parties: [{ id: "p-2" }, { id: "p-3", status: { reason: "NoAnswer" } }] },
    ]);
  });

  test("stops waiting for a session whose call continues in another session", async ({
    expect,
  }) => {
    const { ended, see, pass } = watch();
    see(say("s-1", 3, "p-2", "Disconnected"));
    see(say("s-1", 2, "p-1", "Gone", gone("s-2", "q-1")));
    await pass();
    expect(ended).toEqual([]);
    see(say("s-2", 1, "q-1", "Disconnected"));
    await pass();
    expect(ended).toMatchObject([{ telephonySessionIds: ["s-2", "s-1"] }]);
  });

  test("does not report the end while the call continues on a phone that sends no events", async ({
    expect,
  }) => {
    const { ended, see, pass } = watch();
    see(say("s-1", 1, "p-2", "Answered"));
    see(say("s-1", 3, "p-2", "Disconnected", { reason: "BlindTransfer" }));
    see(say("s-3", 1, "p-2", "Answered"));
    see(say("s-3", 3, "p-2", "Gone", gone("s-4", "q-1")));
    await pass();
    expect(ended).toEqual([]);
  });

  test("keeps calls apart and forgets the least active one", async ({ expect }) => {
    const { ended, see, pass } = watch({ maximum: 2, quietSeconds: 1 });
    for (const id of ["s-1", "s-2", "s-1", "s-3"]) see(say(id, 1, "p-2", "Answered"));
    // s-2 is forgotten: that anybody was in it but the one who leaves.
    see(say("s-2", 3, "p-3", "Disconnected"));
    await pass();
    see(say("s-3", 3, "p-3", "Disconnected"));
    await pass();
    expect(ended.map((call) => call.telephonySessionIds)).toEqual([["s-2"]]);
  });

  test("ignores an event that is not about a call", async ({ expect }) => {
    const { ended, see, pass } = watch();
    for (const body of [{}, { telephonySessionId: "s-1" }, { parties: [] }]) see(body);
    await pass();
    expect(ended).toEqual([]);
  });

  test("works in a receiver's handler, and the receiver is idle once the end is reported", async ({
    expect,
  }) => {
    const ended: EndedCall[] = [];
    const callEnded = createCallEnded({ quietSeconds: 0 });
    const receive = createReceiver({
      on: {
        telephony: async (event) => {
          const call = await callEnded(event);
          if (call) ended.push(call);
        },
      },
    });
    for (const moment of calls["a blind transfer"] ?? []) {
      const event = "/restapi/v1.0/account/1/extension/2/telephony/sessions";
      const body = JSON.stringify({ event, body: moment });
      await receive(new Request("http://127.0.0.1/", { method: "POST", body }));
    }
    await receive.idle();
    expect(ended).toEqual([
      {
        telephonySessionIds: ["s-1"],
        parties: [
          { id: "p-2", status: { code: "Disconnected", reason: "BlindTransfer" } },
          { id: "p-3", status: { code: "Disconnected" } },
        ],
      },
    ]);
  });
});
