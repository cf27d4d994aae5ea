import type { Api } from "../api.ts";

type Category =
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
  /** Another pair that has to be in the query as well, such as `detailedTelephonyState=true`. */
  readonly needs?: string;
  readonly note?: string;
}

/** One event filter that RingCentral knows. */
export interface CatalogueEntry {
  /** The whole URI with its placeholders, such as `{accountId}`, and the query that belongs to it. */
  readonly filter: string;
  readonly name: string;
  readonly category: Category;
  readonly summary: string;
  /** The app scope, as the Developer Console names it. */
  readonly permission: string;
  /** Scopes that other public sources give for the same filter. */
  readonly permissionDisputed?: readonly string[];
  /** What the user's role has to allow, next to the app scope. */
  readonly userPermission?: string;
  readonly query: readonly QueryParameter[];
  readonly api: Api;
  /** Short names for `--filter`; unique in the catalogue, the preferred one first. */
  readonly aliases: readonly string[];
  /** Those of `aliases` that stand for this filter with a query of their own, and that query. */
  readonly presets?: Readonly<Record<string, string>>;
  /** The API version that brought it. */
  readonly since?: string;
  readonly deprecated?: true;
  readonly replacedBy?: string;
  readonly confidence: Confidence;
  readonly notes?: readonly string[];
}
