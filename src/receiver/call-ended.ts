import type { CallParty, TelephonySessionBody } from "./bodies/telephony.ts";
import { checkAmounts } from "./checked-options.ts";
import type { RingCentralEvent } from "./events.ts";

export interface CallEndedOptions {
  /** How long a call must look over before it is, in seconds: the next phone may only begin to ring. Default: 5. */
  readonly quietSeconds?: number;
  /** Calls to remember at a time; the ones without an event for longest go first. Default: 10,000. */
  readonly maximum?: number;
}

/** A call that is over. */
export interface EndedCall {
  /** More than one if somebody moved to another session during the call. */
  readonly telephonySessionIds: readonly string[];
  /** Everybody who took part, as of the last event about them. */
  readonly parties: readonly CallParty[];
}

/** Takes every telephony event. Resolves to the call with the event that ended it, and to undefined with any other. */
export type CallEnded = (
  event: Pick<RingCentralEvent<TelephonySessionBody>, "body">,
) => Promise<EndedCall | undefined>;

/**
 * Tells from the events of `telephony` or `account-telephony` when a call is over: everybody in it has hung up, nobody is
 * parked or on hold, and nobody has moved on to where no event has come from yet. Events may arrive in any order, and
 * twice. Throws TypeError for invalid options.
 */
export function createCallEnded(options: CallEndedOptions = {}): CallEnded {
  checkAmounts(options, "createCallEnded", { quietSeconds: 0, maximum: 1 });
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  return createCallEndedWith(options, pause);
}

/** The same with another way to wait. */
export function createCallEndedWith(
  { quietSeconds = 5, maximum = 10_000 }: CallEndedOptions,
  wait: (milliseconds: number) => Promise<void>,
): CallEnded {
  const calls = createCalls(maximum);
  return async ({ body }) => {
    const call = calls.update(body);
    if (!call || !isOver(call)) return undefined;
    const { changes } = call;
    await wait(quietSeconds * 1_000);
    return call.changes === changes ? describe(call) : undefined;
  };
}

/** Sessions that are one call. */
interface Call {
  sessions: readonly Session[];
  changes: number;
}

interface Session {
  readonly id: string;
  readonly parties: Map<string, Seen>;
  call: Call;
}

/** The last event about a party. */
interface Seen {
  readonly party: CallParty;
  readonly sequence: number;
}

function createCalls(maximum: number) {
  const sessions = new Map<string, Session>();
  /** The one with the latest event is last. */
  const calls = new Set<Call>();

  const sessionOf = (id: string): Session => {
    const known = sessions.get(id);
    if (known) return known;
    const call: Call = { sessions: [], changes: 0 };
    const session = { id, parties: new Map(), call };
    call.sessions = [session];
    sessions.set(id, session);
    calls.add(call);
    return session;
  };
  const join = (first: Call, second: Call) => {
    if (first === second) return;
    for (const session of second.sessions) session.call = first;
    first.sessions = [...first.sessions, ...second.sessions];
    calls.delete(second);
    // Its pending wait must not report an end.
    second.changes += 1;
  };
  const forget = () => {
    for (const call of calls) {
      if (calls.size <= maximum) return;
      calls.delete(call);
      for (const { id } of call.sessions) sessions.delete(id);
    }
  };

  return {
    /** The call that an event tells something new about. */
    update(body: TelephonySessionBody | undefined): Call | undefined {
      const id = body?.telephonySessionId ?? body?.sessionId;
      if (!body || id === undefined) return undefined;
      const session = sessionOf(id);
      const news = newsOf(session, body);
      for (const { party, key, sequence } of news) {
        session.parties.set(key, { party, sequence });
        const peer = movedTo(party, session);
        if (peer !== undefined) join(sessionOf(peer).call, session.call);
      }
      const { call } = session;
      calls.delete(call);
      calls.add(call);
      forget();
      if (news.length === 0) return undefined;
      call.changes += 1;
      return call;
    },
  };
}

function newsOf({ parties }: Session, { parties: given, sequence }: TelephonySessionBody) {
  return (given ?? []).flatMap((party) => {
    const key = party.id ?? party.extensionId ?? "";
    const known = parties.get(key)?.sequence ?? Number.NEGATIVE_INFINITY;
    const own = sequence ?? known;
    const isNew = sequence === undefined || sequence > known;
    return isNew ? [{ party, key, sequence: own }] : [];
  });
}

/** The other session that a party has moved to. */
function movedTo({ status }: CallParty, { id }: Session): string | undefined {
  const peer = status?.code === "Gone" ? status.peerId?.telephonySessionId : undefined;
  return peer === id ? undefined : peer;
}

function isOver({ sessions }: Call): boolean {
  return sessions.every((session) => {
    const seen = [...session.parties.values()];
    return (
      seen.length > 0 &&
      seen.every(({ party }) => hasLeft(party)) &&
      !seen.some((each) => isHandOver(each.party, session) && !wentOn(each, seen, session))
    );
  });
}

function hasLeft({ status }: CallParty): boolean {
  return status?.code === "Disconnected" || status?.code === "Gone";
}

/** Whether a party has left its session to somebody else. */
function isHandOver({ status }: CallParty, { id }: Session): boolean {
  const hasPeer = status?.code === "Gone" && status.peerId?.telephonySessionId === id;
  return hasPeer || handOvers.has(status?.reason ?? "");
}

/** Whether anything came after a hand-over: an event of another party, or a move to another session. */
function wentOn({ sequence }: Seen, seen: readonly Seen[], session: Session): boolean {
  return seen.some(
    (other) => other.sequence > sequence || movedTo(other.party, session) !== undefined,
  );
}

/** The reasons, by their names, for which one party leaves a call that goes on with another one. */
const handOvers: ReadonlySet<string> = new Set([
  "Pickup",
  "TakeOver",
  "BlindTransfer",
  "RccTransfer",
  "AttendedTransfer",
  "DtmfTransfer",
  "CallerInputRedirect",
  "CallRedirected",
  "CallFlip",
  "CallSwitch",
  "CallPark",
  "ParkLocation",
  "AgentAnswered",
]);

function describe({ sessions }: Call): EndedCall {
  return {
    telephonySessionIds: sessions.map(({ id }) => id),
    parties: sessions.flatMap(({ parties }) => [...parties.values()].map(({ party }) => party)),
  };
}
