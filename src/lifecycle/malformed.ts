import { CliError, ExitCode } from "../errors.ts";
import { membersOf } from "../machine/json.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { Outsider } from "../subscriptions/select.ts";
import type { Inventory, OwnedMalformed } from "./inventory.ts";
import type { Alarm } from "./renewal/alarms.ts";
import type { Result, ResultError } from "./results.ts";

/** What to say about a malformed record, which every command leaves alone. */
export function describeMalformed({ id, value, problem }: OwnedMalformed) {
  const name = nameOf({ id: id === "" ? "without an id" : id, address: addressIn(value) });
  return {
    code: "MALFORMED",
    message: `RingCentral's list has a malformed subscription, ${name}: ${problem}. rcwh leaves it alone.`,
    hint: `See it with \`rcwh ${isTypeable(id) ? `show ${id}` : "list --json"}\`.`,
    exitCode: ExitCode.attention,
  } as const satisfies ResultError;
}

function refuseMalformed(malformed: OwnedMalformed): CliError {
  const { message, ...options } = describeMalformed(malformed);
  return new CliError(message, options);
}

export function malformedAlarm(malformed: OwnedMalformed): Alarm {
  return { id: malformed.id, ...describeMalformed(malformed) };
}

/** The malformed records as what can be named, but not worked on. */
export function malformedOutsiders({
  subscriptions,
  malformed,
}: Pick<Inventory, "subscriptions" | "malformed">): readonly MalformedOutsider[] {
  const ids = new Set(["", ...subscriptions.map(({ id }) => id)]);
  return malformed
    .filter(({ id }) => !ids.has(id))
    .map((each) => {
      const address = addressIn(each.value);
      const deliveryMode = address === undefined ? {} : { address };
      return { id: each.id, deliveryMode, refusal: refuseMalformed(each), malformed: each };
    });
}

export interface MalformedOutsider extends Outsider {
  readonly malformed: OwnedMalformed;
}

/** The malformed records as results of a run about all subscriptions. */
export function malformedResults({ malformed }: Pick<Inventory, "malformed">): Result[] {
  return malformed.map((each) => {
    const { id, profile } = each;
    return { id, profile, outcome: "malformed", error: describeMalformed(each) };
  });
}

function addressIn(value: unknown): string | undefined {
  const { address } = membersOf(membersOf(value)["deliveryMode"]);
  return typeof address === "string" ? address : undefined;
}

/** Whether an id can be pasted into a command line. */
function isTypeable(id: string): boolean {
  return /^\w[\w.:~@+=-]{3,}$/.test(id);
}
