import { wrap } from "../../io/text.ts";
import { blacklistReason } from "../../subscriptions/health.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { instant, relativeTime } from "../../subscriptions/time.ts";
import type { Look } from "./screen-look.ts";
import { expiryOf, type ScreenRow } from "./screen-rows.ts";

/** A name, and what belongs to it; what matters most is first, for a terminal that has no room for all. */
export type Detail = readonly [name: string, ...lines: readonly string[]];

/** What is known of a subscription. `safe` as in `RowOptions`. */
export function detailsOf(
  row: ScreenRow,
  now: number,
  safe: (text: string) => string,
): readonly Detail[] {
  const { subscription, recorded, record } = row;
  const at = (text: string | undefined) => {
    const time = Date.parse(text ?? "");
    return Number.isNaN(time) ? safe(text ?? "") : instant(Math.floor(time / 1000) * 1000);
  };
  const blacklistedAt = subscription?.blacklistedData?.blacklistedAt;
  const reason = subscription ? safe(blacklistReason(subscription)) : "";
  const since = blacklistedAt === undefined ? "" : ` since ${at(blacklistedAt)}`;
  const due = row.isDue ? ", due for renewal" : "";
  const expiry = expiryOf(row, now);
  const ends = subscription?.expirationTime;
  /** By the server's clock, with the time itself. */
  const when = (text: string | undefined) =>
    `${relativeTime(Date.parse(text ?? "") - now - row.ahead)}, ${at(text)}`;
  const disabled = subscription?.disabledFilters ?? [];
  const details: readonly (Detail | undefined)[] = [
    ["id", row.id],
    ["status", `${row.status}${since}${due}`, ...(reason === "" ? [] : [reason])],
    row.problem === undefined ? undefined : ["problem", row.problem],
    ...(recorded
      ? [
          [
            recorded.status === "Expired" ? "expired" : "would expire",
            when(recorded.expirationTime),
          ] as const,
          recorded.goneAt === undefined ? undefined : (["noticed", when(recorded.goneAt)] as const),
        ]
      : [["expires", ends === undefined ? expiry : `${expiry}, ${at(ends)}`] as const]),
    ["url", row.url],
    ["filters", ...row.filters],
    disabled.length === 0
      ? undefined
      : [
          "disabled",
          ...disabled.map(({ reason, message }) =>
            safe([reason, message].filter(Boolean).join(": ")),
          ),
        ],
    row.kind === "live" ? ["lifetime", lifetimeOf(row)] : undefined,
    subscription && Number.isFinite(row.createdAt)
      ? ["created", when(subscription.creationTime)]
      : undefined,
    row.kind === "malformed" ? undefined : ["token", tokenOf(record)],
    row.isKeptByOthers && row.kind === "live" ? ["kept by", keeperOf(row)] : undefined,
    ["api", row.api],
    ["profile", row.profile],
  ];
  return details.filter((each) => each !== undefined);
}

function lifetimeOf({ lifetime, isLifetimeKnown, mostLifetime, record }: ScreenRow): string {
  const span = (milliseconds: number) => formatDuration(Math.round(milliseconds / 60_000) * 60);
  if (isLifetimeKnown) return span(lifetime);
  if (record) return `the default, about ${span(lifetime)}`;
  const most = mostLifetime > 0 && mostLifetime < lifetime ? `, ${span(mostLifetime)} at most` : "";
  return `not on record${most}: the bar is for ${span(lifetime)}`;
}

function tokenOf(record: ScreenRow["record"]): string {
  if (record?.verificationToken !== undefined) return "on record";
  return record && !record.foreign ? "none" : "not on record";
}

function keeperOf({ transport }: ScreenRow): string {
  return transport === "WebSocket" ? "RingCentral, while it is connected" : "rcwh listen";
}

/** The details in lines of `width`, as many as there is room for; the last one says that there are more. */
export function drawDetails(
  details: readonly Detail[],
  { width, height }: { readonly width: number; readonly height: number },
  { style, measure, cut, plain, marks }: Look,
): readonly string[] {
  const nameWidth = Math.min(12, Math.max(...details.map(([name]) => name.length)));
  const room = width - nameWidth - 1;
  if (height < 1) return [];
  if (room < 12) {
    return details.slice(0, height).map(([, first = ""]) => cut(plain(first), width));
  }
  const lines = details.flatMap(([name, ...texts]) =>
    texts
      .flatMap((text) => wrap(plain(text), room, measure))
      .map((text, index) => {
        const label = (index === 0 ? name : "").padEnd(nameWidth);
        return `${style.dim(label)} ${text}`;
      }),
  );
  if (lines.length <= height) return lines;
  return [...lines.slice(0, height - 1), style.dim(`${marks.ellipsis} Enter shows all`)];
}
