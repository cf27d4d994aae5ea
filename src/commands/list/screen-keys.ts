import type { ScreenRow } from "./screen-rows.ts";

/** What a key does with the selected subscription: most are a command of rcwh. */
export type RowAction =
  | "show"
  | "renew"
  | "check"
  | "recover"
  | "rotate"
  | "update"
  | "delete"
  | "recreate"
  | "forget"
  | "events"
  | "copyId"
  | "copyUrl";

export type ViewAction = "search" | "sort" | "filter" | "refresh" | "help" | "quit" | "clear";

export interface KeyHelp {
  /** As the line of keys shows it. */
  readonly key: string;
  readonly label: string;
  /** What the page of all keys says. */
  readonly meaning: string;
  /** The kinds of rows that it is for; all unless given. */
  readonly kinds?: readonly ScreenRow["kind"][];
}

/** What keys do, by what they type. Case matters: capital letters replace something, or copy a secret. */
export const rowKeys: Readonly<Record<string, RowAction>> = {
  return: "show",
  enter: "show",
  r: "renew",
  c: "check",
  R: "recover",
  t: "rotate",
  u: "update",
  d: "delete",
  n: "recreate",
  x: "forget",
  e: "events",
  y: "copyId",
  Y: "copyUrl",
};

export const viewKeys: Readonly<Record<string, ViewAction>> = {
  "/": "search",
  s: "sort",
  f: "filter",
  g: "refresh",
  "?": "help",
  q: "quit",
  escape: "clear",
};

const living = ["live"] as const;
const recorded = ["recorded"] as const;
const readable = ["live", "recorded"] as const;

const actionHelp: Readonly<Record<RowAction, KeyHelp>> = {
  show: { key: "Enter", label: "show", meaning: "show it in full" },
  renew: { key: "r", label: "renew", meaning: "renew it now", kinds: living },
  recreate: {
    key: "n",
    label: "re-create",
    meaning: "re-create it from its record",
    kinds: recorded,
  },
  forget: { key: "x", label: "forget", meaning: "drop its record", kinds: recorded },
  delete: { key: "d", label: "delete", meaning: "delete it, after a confirmation", kinds: living },
  update: { key: "u", label: "update", meaning: "change filters, lifetime or URL", kinds: living },
  recover: {
    key: "R",
    label: "recover",
    meaning: "replace it, if it is blacklisted",
    kinds: living,
  },
  check: { key: "c", label: "check", meaning: "check its endpoint from here", kinds: readable },
  events: { key: "e", label: "events", meaning: "see new events of its filters", kinds: readable },
  rotate: { key: "t", label: "token", meaning: "give it a new verification token", kinds: living },
  copyId: { key: "y", label: "copy id", meaning: "copy its id" },
  copyUrl: {
    key: "Y",
    label: "copy URL",
    meaning: "copy its URL, query included",
    kinds: readable,
  },
};

/** In the order in which the line of keys drops them, last first. */
const onTheLine: readonly RowAction[] = [
  ...(["show", "renew", "recreate", "forget", "delete", "update", "recover"] as const),
  ...(["check", "events", "rotate", "copyId", "copyUrl"] as const),
];

const viewHelp: readonly KeyHelp[] = [
  { key: "/", label: "search", meaning: "search ids, URLs, filters and statuses" },
  { key: "s", label: "sort", meaning: "sort by expiry, status, address or age" },
  { key: "f", label: "filter", meaning: "show one status, or what is due" },
  { key: "g", label: "refresh", meaning: "list again now" },
];

export const endHelp: readonly KeyHelp[] = [
  { key: "?", label: "keys", meaning: "show all keys" },
  { key: "q", label: "quit", meaning: "quit" },
];

/** Whether the action is for this row. */
function isFor(action: RowAction, { kind }: ScreenRow): boolean {
  return actionHelp[action].kinds?.includes(kind) ?? true;
}

/** Why an action is not for this row, and what is; undefined for one that is. */
export function refusalFor(action: RowAction, row: ScreenRow): string | undefined {
  const { kind, target, transport } = row;
  if (target.id === "") return "It has no id by which a command could name it.";
  if (!isFor(action, row)) {
    switch (kind) {
      case "live":
        return "It still exists at RingCentral: d deletes it; x and n are for what is Gone or Expired.";
      case "recorded":
        return "Only its record is left: n re-creates it, x drops the record.";
      case "malformed":
        return "rcwh cannot read this one, and changes nothing about it: Enter shows what RingCentral has.";
    }
  }
  if (target.address === "" && (action === "check" || action === "copyUrl")) {
    return `It has no URL: its events come by ${transport}.`;
  }
  if (target.filters.length === 0 && action === "events") {
    return "None of its filters delivers events: Enter shows why.";
  }
  return undefined;
}

/** The keys that fit below the list, for the selected row; the last two always come first. */
export function helpFor(row: ScreenRow | undefined): readonly KeyHelp[] {
  const own = row ? onTheLine.filter((action) => isFor(action, row)) : [];
  const [search, ...views] = viewHelp;
  const [first, second, ...others] = own.map((action) => actionHelp[action]);
  return [first, second, search, ...others.slice(0, 3), ...views, ...others.slice(3)].filter(
    (each) => each !== undefined,
  );
}

/** All keys, for the page that `?` shows. */
export function allHelp(upAndDown: string): readonly KeyHelp[] {
  return [
    { key: `${upAndDown} j k`, label: "", meaning: "move" },
    { key: "PgUp PgDn", label: "", meaning: "move by a page" },
    { key: "Home End", label: "", meaning: "first, last" },
    ...viewHelp,
    { key: "Esc", label: "", meaning: "show everything again" },
    ...onTheLine.map((action) => actionHelp[action]),
    ...endHelp,
    { key: "Ctrl-L", label: "", meaning: "draw the screen again" },
  ];
}
