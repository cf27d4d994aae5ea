import type { CommandContext } from "../../context.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { printRecords } from "../../io/formats.ts";
import type { Result } from "../../lifecycle/results.ts";
import { redactAddress } from "../../machine/redact.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { describeEnd, relativeExpiry } from "../../subscriptions/time.ts";
import { describeFilters, isDisabled } from "./subscription-columns.ts";

const failedOutcomes = new Set([
  "malformed",
  "failed",
  "shortened",
  "refused",
  "try-later",
  "blacklisted",
]);
const warningOutcomes = new Set([
  "degraded",
  "unfinished",
  "disabled-filters",
  "gone",
  "interrupted",
  "not-tried",
  "skipped",
]);

/** What is known of the account that results are about. */
interface AccountView {
  readonly own: OwnIds;
  /** What time it was for the server, if it said so; otherwise it is this machine's. Milliseconds since the epoch. */
  readonly serverNow?: number | undefined;
}

/**
 * Prints the result for each subscription. Programs get id, outcome, expirationTime, address, eventFilters,
 * profile, newId and the error's message: new columns only at the end. With results of several users, `view`
 * gives each user's, and `showProfile` and `showExpiry` show people the profile and the expiry. Which columns
 * people see depends on the command alone, and not on what happened; `showWebhook` is for one about webhooks of a file.
 */
export async function printResults(
  { io, clock, settings }: Pick<CommandContext, "io" | "clock" | "settings">,
  results: readonly Result[],
  view: AccountView | ((result: Result) => AccountView),
  extra: Readonly<Record<string, unknown>> = {},
  showProfile = false,
  showExpiry = true,
  showWebhook = false,
): Promise<void> {
  const viewOf = typeof view === "function" ? view : () => view;
  const nowOf = (result: Result) => viewOf(result).serverNow ?? clock.now();
  const { green, red, yellow } = io.style;
  const onlyWhere = (condition: boolean) => (condition ? {} : ({ reader: "programs" } as const));
  await printRecords(io, {
    key: "results",
    records: results.map((result) =>
      result.error?.hint === undefined
        ? result
        : { ...result, error: { ...result.error, hint: io.completeHints(result.error.hint) } },
    ),
    extra,
    columns: [
      {
        title: "id",
        value: ({ id }) => id,
        // Below the old one: a column of its own would come and go with what happened.
        show: ({ id, newId }) => (newId === undefined ? id : [id, `→ ${newId}`]),
      },
      ...(showWebhook ? [{ title: "webhook", value: webhookOf, reader: "people" as const }] : []),
      {
        title: "outcome",
        value: ({ outcome }) => outcome,
        style: (text) =>
          failedOutcomes.has(text)
            ? red(text)
            : warningOutcomes.has(text)
              ? yellow(text)
              : green(text),
      },
      {
        title: "expires",
        key: "expirationTime",
        value: (result) => knownOf(result)?.expirationTime ?? "",
        show: (result) => {
          const { outcome, subscription, recorded } = result;
          if (recorded) return describeEnd(recorded, nowOf(result));
          // Of one that was just deleted, the rest of its life says nothing.
          return subscription && outcome !== "deleted" && outcome !== "gone"
            ? relativeExpiry(remainingSeconds(subscription, nowOf(result)) * 1000)
            : "";
        },
        ...onlyWhere(showExpiry),
      },
      {
        title: "url",
        key: "address",
        value: (result) =>
          redactAddress(knownOf(result)?.deliveryMode.address ?? "", settings.showSecrets),
        shrink: "wrap",
      },
      {
        title: "filters",
        key: "eventFilters",
        value: (result) => knownOf(result)?.eventFilters.join(",") ?? "",
        show: (result) => {
          const known = knownOf(result);
          return known ? describeFilters(known, viewOf(result).own) : [];
        },
        style: (text) => (isDisabled(text) ? yellow(text) : text),
        shrink: "wrap",
      },
      { title: "profile", value: ({ profile }) => profile, ...onlyWhere(showProfile) },
      {
        title: "new id",
        key: "newId",
        value: ({ newId }) => newId ?? "",
        reader: "programs",
      },
      { title: "error", value: ({ error }) => error?.message ?? "", reader: "programs" },
      ...(showWebhook ? [{ title: "webhook", value: webhookOf, reader: "programs" as const }] : []),
    ],
  });
}

function webhookOf({ webhook = "" }: Result): string {
  return webhook;
}

/** The subscription, or what is on record of one that is gone. */
function knownOf({ subscription, recorded }: Result) {
  return subscription ?? recorded;
}
