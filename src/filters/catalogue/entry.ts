import type { Api } from "../api.ts";

export type Category =
  | "sms"
  | "messages"
  | "contact-center"
  | "telephony"
  | "presence"
  | "team-messaging"
  | "account"
  | "webinar"
  | "ringsense"
  | "subscription";

/**
 * How reliable a filter is: `documented` in RingCentral's guide; `observed` in RingCentral's own code only;
 * `preview` announced but not published; `legacy` known from mobile push and changelogs; `third-party` seen
 * only in other people's code.
 */
type Confidence = "documented" | "observed" | "preview" | "legacy" | "third-party";

export interface QueryParameter {
  readonly name: string;
  /** A `flag` is a name without a value, such as `totalActiveCalls`. */
  readonly type: "enum" | "boolean" | "string" | "integer" | "flag";
  /** The only values that the filter takes. A boolean without any takes `true` and `false`. */
  readonly values?: readonly string[];
  readonly required?: true;
  /** Another pair that the query must have as well, such as `detailedTelephonyState=true`. */
  readonly needs?: string;
  readonly note?: string;
}

/** One event filter that RingCentral knows. */
export interface CatalogueEntry {
  /** The whole URI with placeholders such as `{accountId}`, and its fixed query. */
  readonly filter: string;
  readonly name: string;
  readonly category: Category;
  readonly summary: string;
  /** The app scope, as the Developer Console names it. */
  readonly permission: string;
  /** Other scopes that public sources give for this filter. */
  readonly permissionDisputed?: readonly string[];
  /** The permission that the user's role needs, besides the app scope. */
  readonly userPermission?: string;
  readonly query: readonly QueryParameter[];
  readonly api: Api;
  /** Short names for `--filter`; unique in the catalogue, the preferred one first. */
  readonly aliases: readonly string[];
  /** The queries of those `aliases` that stand for this filter with a query. */
  readonly presets?: Readonly<Record<string, string>>;
  /** The API version that introduced it. */
  readonly since?: string;
  readonly deprecated?: true;
  readonly replacedBy?: string;
  readonly confidence: Confidence;
  readonly notes?: readonly string[];
}

/** What a row of the catalogue says itself; its other fields are shared, or have a default. */
type Row = Pick<CatalogueEntry, "filter" | "name" | "summary"> & Partial<CatalogueEntry>;
type Shared = Pick<CatalogueEntry, "category" | "permission"> & Partial<CatalogueEntry>;

/** Entries that share fields. By default a filter is documented, of the platform, and has no query and no alias. */
export function entries(shared: Shared, rows: readonly Row[]): readonly CatalogueEntry[] {
  return rows.map((row) => ({
    api: "platform",
    query: [],
    aliases: [],
    confidence: "documented",
    ...shared,
    ...row,
  }));
}
