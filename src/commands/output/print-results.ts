import type { CommandContext } from "../../context.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { shortFilter } from "../../filters/search.ts";
import { printRecords } from "../../io/formats.ts";
import type { Result } from "../../lifecycle/results.ts";
import { redactAddress } from "../../machine/redact.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";

const failedOutcomes = new Set(["failed", "shortened", "refused", "try-later", "blacklisted"]);
const warningOutcomes = new Set([
  "degraded",
  "unfinished",
  "disabled-filters",
  "gone",
  "interrupted",
  "not-tried",
  "skipped",
]);

/**
 * Prints the result for each subscription. Programs get id, outcome, expirationTime, address, eventFilters,
 * profile, newId and the error's message: new columns only at the end. With results of several users, `own`
 * gives each user's ids, and `showProfile` shows people the profile.
 */
export async function printResults(
  { io, clock, settings }: Pick<CommandContext, "io" | "clock" | "settings">,
  results: readonly Result[],
  own: OwnIds | ((result: Result) => OwnIds),
  extra: Readonly<Record<string, unknown>> = {},
  showProfile = false,
): Promise<void> {
  const now = clock.now();
  const { green, red, yellow } = io.style;
  const onlyWhere = (condition: boolean) => (condition ? {} : ({ reader: "programs" } as const));
  await printRecords(io, {
    key: "results",
    records: results,
    extra,
    columns: [
      { title: "id", value: ({ id }) => id },
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
        value: ({ subscription }) => subscription?.expirationTime ?? "",
        show: ({ subscription }) =>
          subscription ? relativeExpiry(remainingSeconds(subscription, now) * 1000) : "",
        ...onlyWhere(results.some(({ outcome }) => outcome !== "deleted" && outcome !== "gone")),
      },
      {
        title: "url",
        key: "address",
        value: ({ subscription }) =>
          redactAddress(subscription?.deliveryMode.address ?? "", settings.showSecrets),
        shrink: "wrap",
      },
      {
        title: "filters",
        key: "eventFilters",
        value: ({ subscription }) => subscription?.eventFilters.join(",") ?? "",
        show: (result) => {
          const ids = typeof own === "function" ? own(result) : own;
          return result.subscription?.eventFilters.map((filter) => shortFilter(filter, ids)) ?? [];
        },
        shrink: "wrap",
      },
      { title: "profile", value: ({ profile }) => profile, ...onlyWhere(showProfile) },
      {
        title: "new id",
        key: "newId",
        value: ({ newId }) => newId ?? "",
        ...onlyWhere(results.some(({ newId }) => newId !== undefined)),
      },
      { title: "error", value: ({ error }) => error?.message ?? "", reader: "programs" },
    ],
  });
}
